"""The share of windows that is called at a rate of false positives."""

import numpy as np
import pytest
from helpers.failures import PAIR, SWEEP, predict_classes

from coalflow.evaluation.failures.window_power import find_threshold, tabulate_window_power

NEUTRAL = ("neutral",)


def tabulate(test, validation):
    return tabulate_window_power(test, validation, PAIR, SWEEP, NEUTRAL)


def test_power_is_the_share_above_the_threshold_of_validation_windows():
    test, validation = predict_classes(seed=1), predict_classes(seed=2)
    table = tabulate(test, validation)
    row = table.query("model == 'net' and rate == 0.05 and `class` == 'hard' and group == 'all'")
    (row,) = row.to_dict("records")
    null = 1 - validation.loc[validation["truth"] == "neutral", "net:neutral"].to_numpy()
    scores = 1 - test.loc[test["truth"] == "hard", "net:neutral"].to_numpy()
    # A window is called if no more than 5 % of neutral ones, itself among them, score as high.
    ps = (1 + (null[:, None] >= scores).sum(axis=0)) / (len(null) + 1)
    assert row["windows"] == len(scores)
    assert row["called"] == (ps <= 0.05).sum()
    assert row["ci_low"] < row["share"] < row["ci_high"]
    assert row["null_windows"] == len(null)


def test_stronger_sweeps_are_called_more_often():
    table = tabulate(predict_classes(2000, 1), predict_classes(2000, 2))
    rows = table.query("model == 'net' and rate == 0.05 and `class` == 'all'")
    shares = rows.loc[rows["group"] == "selection_coefficient", "share"].to_numpy()
    assert len(shares) == 5
    assert shares[-1] > shares[0] + 0.1


@pytest.mark.parametrize(("windows", "rate"), [(40, 0.05), (250, 0.01), (255, 0.05)])
def test_the_rate_of_false_positives_is_the_stated_one(windows, rate):
    generator = np.random.default_rng(windows)
    null, new = generator.normal(size=(4000, windows)), generator.normal(size=(4000, 20))
    called = [(row >= find_threshold(own, rate)).mean() for own, row in zip(null, new, strict=True)]
    stated = int(rate * (windows + 1)) / (windows + 1)  # no more than the rate
    assert np.mean(called) == pytest.approx(stated, abs=0.004)


def test_with_too_few_neutral_windows_there_is_no_threshold():
    assert np.isnan(find_threshold(np.arange(18.0), 0.05))
    assert find_threshold(np.arange(19.0), 0.05) > 18
    table = tabulate(predict_classes(100, 1), predict_classes(20, 2))
    assert table["share"].isna().all()
    without = predict_classes(50, 2).query("truth != 'neutral'")
    assert (tabulate(predict_classes(3, 1), without)["null_windows"] == 0).all()


def test_a_class_without_test_windows_has_no_row():
    test = predict_classes(200, 1).query("truth != 'soft'").reset_index(drop=True)
    table = tabulate(test, predict_classes(200, 2))
    assert set(table["class"]) == {"all", "neutral", "hard"}
    neutral = predict_classes(60, 1).query("truth == 'neutral'").reset_index(drop=True)
    assert set(tabulate(neutral, predict_classes(200, 2))["class"]) == {"neutral"}


@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_ties_are_not_called(rate):
    assert find_threshold(np.ones(200), rate) > 1
