"""What the report says about models is decided by the tables of a run."""

import numpy as np
import pandas as pd
import pytest
from helpers.data import make_targets

from coalflow.core.files import write_table
from coalflow.report.scores import (
    ModelScores,
    Score,
    find_linear_targets,
    format_interval,
    rank_models,
    summarise_certainty,
)
from coalflow.report.targets import ShownTarget


def shown(name, log=False):
    return ShownTarget(name=name, title=f"title of {name}", log=log)


def model(name, **r2):
    scores = {target: {"r2": Score(value)} for target, value in r2.items()}
    return ModelScores(name=name, kind="baseline", rank=1, windows=10, scores=scores)


@pytest.mark.parametrize("rounding", [0, 1e-13])
def test_a_target_that_is_linear_in_the_statistics_is_named(rounding):
    models = [model("ridge", pi=1 - rounding, fst=0.9999), model("mean", pi=0.0, fst=0.0)]
    targets = [shown("pi"), shown("fst")]
    assert find_linear_targets(models, targets) == ["title of pi"]


def test_only_a_linear_model_shows_it():
    assert find_linear_targets([model("coalflow/0", pi=1.0)], [shown("pi")]) == []
    assert find_linear_targets([model("ridge", pi=1.0)], [shown("pi", log=True)]) == []


def test_models_are_ordered_by_test_windows_and_ranked_by_validation_windows(tmp_path):
    models = {"model": ["net", "net", "ridge"], "kind": ["net", "ensemble", "baseline"]}
    table = pd.DataFrame({**models, "restart": [0, "", ""], "target": "tajimas_d"})
    table["metric"] = "rmse"
    validation = table.assign(value=[0.3, 0.1, 0.2])
    test = table.assign(value=[0.3, 0.2, 0.1], ci_low=0.05, ci_high=0.4, n=50)
    test["sd_of_restarts"] = [np.nan, 0.01, np.nan]
    write_table(tmp_path / "validation.tsv", validation)
    write_table(tmp_path / "metrics.tsv", test)
    ranked = rank_models(tmp_path, make_targets("tajimas_d"))
    assert [(one.name, one.kind, one.rank) for one in ranked] == [
        ("ridge", "baseline", 2),
        ("net", "ensemble", 1),
        ("net/0", "net", 3),
    ]
    assert ranked[1].scores["tajimas_d"]["rmse"] == Score(0.2, 0.05, 0.4, 0.01)
    assert ranked[1].windows == 50


def test_a_score_without_an_interval_is_shown_alone():
    assert format_interval(Score(0.25)) == "0.25"


def test_certainty_is_that_after_calibration_with_its_worst_part(tmp_path):
    share = [0.7, 0.9, 0.95, 0.85, 0.92, 0.91, 0.93]
    table = pd.DataFrame(
        {
            "model": "ridge", "target": "d", "kind": "interval", "share": share, "p": np.nan,
            "stage": ["before"] + ["after"] * 6,
            "group": ["all", "all"] + ["population_size"] * 5,
            "part": ["all", "all", "1", "2", "3", "4", "5"],
            "from": 1.0, "to": 2.0,
        }
    )  # fmt: skip
    table = table.assign(ci_low=table["share"] - 0.02, ci_high=table["share"] + 0.02)
    write_table(tmp_path / "coverage.tsv", table)
    (found,) = summarise_certainty(tmp_path, make_targets("d"))
    assert (found.model, found.target, found.holds.value) == ("ridge", "d", 0.9)
    worst = "least in the second fifth of population size: 85 % (83 % to 87 %)"
    assert found.worst == worst
    assert found.before is found.after is None
