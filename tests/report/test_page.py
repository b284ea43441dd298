"""What the report says is decided by the tables of a run."""

import pytest

from coalflow.report import page


def shown(name, log=False):
    return {"name": name, "title": f"title of {name}", "log": log}


def model(name, **r2):
    return {
        "name": name,
        "scores": {target: {"r2": {"value": value}} for target, value in r2.items()},
    }


@pytest.mark.parametrize("rounding", [0, 1e-13])
def test_a_target_that_is_linear_in_the_statistics_is_named(rounding):
    models = [model("ridge", pi=1 - rounding, fst=0.9999), model("mean", pi=0.0, fst=0.0)]
    targets = [shown("pi"), shown("fst")]
    assert page._find_linear_targets(models, targets) == ["title of pi"]


def test_only_a_linear_model_shows_it():
    assert page._find_linear_targets([model("coalflow/0", pi=1.0)], [shown("pi")]) == []
    assert page._find_linear_targets([model("ridge", pi=1.0)], [shown("pi", log=True)]) == []
