import numpy as np
import pandas as pd
import pytest
from helpers.data import make_targets
from helpers.evidence import CLASSES, NUMBERS, make_coverage, make_history, make_models

from coalflow.report.findings.model_findings import (
    find_beaten_net,
    find_miscalibrated,
    find_recovered_priors,
    find_unfinished,
    find_useless,
)


@pytest.mark.parametrize("targets", [CLASSES, NUMBERS])
def test_a_model_that_is_better_than_the_mean_is_fine(targets):
    models = make_models(targets, net=(0.5, 0.4, 0.6), mean=(1.6,))
    assert list(find_useless(models, targets)) == []


@pytest.mark.parametrize(
    "scores",
    [
        {"net": (1.5, 1.3, 1.7), "mean": (1.6,)},  # the interval has the mean
        {"mean": (1.6, 1.6, 1.6), "net": (1.7, 1.65, 1.8)},
    ],
)
@pytest.mark.parametrize("targets", [CLASSES, NUMBERS])
def test_models_that_are_not_better_than_the_mean_are_useless(scores, targets):
    (finding,) = find_useless(make_models(targets, **scores), targets)
    assert "not even the best model is better" in finding.finding
    assert "simulation.sequence_length" in finding.fix


def test_without_the_mean_nothing_is_compared_with_it():
    assert list(find_useless(make_models(net=(1.5, 1.3, 1.7)), CLASSES)) == []


@pytest.mark.parametrize(("verdict", "number"), [("worse", 1), ("cannot tell", 0), ("better", 0)])
def test_a_net_that_loses_to_a_baseline_is_found(verdict, number):
    models = make_models(ridge=(0.4, 0.3, 0.5), net=(0.5, 0.4, 0.6))
    row = {"net": "net", "baseline": "ridge", "target": "sweep", "metric": "log_loss"}
    table = pd.DataFrame([{**row, "difference": 0.1, "verdict": verdict}])
    found = list(find_beaten_net(models, table, CLASSES))
    assert len(found) == number
    if found:
        assert found[0].about == "net"
        assert found[0].finding.startswith("it is worse than the baseline ridge")


def test_trainings_that_stopped_too_early_are_found_once_for_all_restarts():
    falling, flat = np.linspace(2, 1, 20), np.r_[np.linspace(2, 1, 15), [1.01] * 5]
    tables = {"a/0": falling, "a/1": falling, "a/2": flat, "b/0": flat, "c/0": falling}
    histories = {name: make_history(losses) for name, losses in tables.items()}
    # c could have had more epochs: it stopped by its patience.
    epochs = {**dict.fromkeys(tables, 20), "c/0": 100}
    (finding,) = find_unfinished(histories, epochs)
    assert finding.about == "a"
    assert "(2 of 3 restarts)" in finding.finding
    assert finding.fix == "raise training.epochs, which is 20"


def test_a_training_whose_loss_is_not_a_number_is_found():
    (finding,) = find_unfinished({"a/0": make_history([np.nan] * 5)}, {"a/0": 5})
    assert finding.about == "a/0"
    assert "not a number" in finding.finding


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({}, 0),
        ({"share": 0.8}, 1),
        ({"share": 0.8, "kind": "set"}, 1),
        ({"share": 0.8, "expected_low": 0.7}, 0),  # too few windows to say
        ({"share": 0.8, "stage": "before"}, 0),
        ({"share": 0.8, "group": "size"}, 0),
        ({"share": 0.8, "model": "ridge"}, 0),
    ],
)
def test_intervals_that_hold_too_little_are_found(changes, number):
    found = list(find_miscalibrated("net", make_coverage(**changes), None))
    assert len(found) == number
    if found:
        assert "in only 80 % of the test windows" in found[0].finding


@pytest.mark.parametrize(("low", "number"), [(0.01, 0), (0.03, 1)])
def test_probabilities_that_are_off_are_found(low, number):
    row = {"model": "net", "stage": "after", "group": "all", "ece": 0.04, "ci_low": low}
    found = list(find_miscalibrated("net", make_coverage(), pd.DataFrame([row])))
    assert len(found) == number


@pytest.mark.parametrize(
    ("changes", "number"),
    [({}, 1), ({"size": 0.5}, 0), ({"stage": "before"}, 0), ({"kind": "quantile"}, 0)],
)
def test_targets_of_which_nothing_is_known_but_the_prior_are_found(changes, number):
    targets = make_targets("tajimas_d", "diversity")
    rows = [
        make_coverage(model=model, target=target, **{"size": size, **changes, **of_mean})
        for target, size in (("tajimas_d", 0.95), ("diversity", 0.3))
        for model, of_mean in (("net", {}), ("mean", {"size": 1.0}))
    ]
    found = list(find_recovered_priors("net", pd.concat(rows), targets))
    assert len(found) == number
    if found:
        assert found[0].finding.startswith("a window says next to nothing about Tajima's D: 90 %")
        assert "95 % as wide" in found[0].finding
