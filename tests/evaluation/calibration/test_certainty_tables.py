"""Expected calibration errors, coverage and ranks, with their intervals. Seeds are fixed."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from helpers.cards import draw_classes
from helpers.data import make_predictands

from coalflow.evaluation.calibration.calibration import calibrate, fit_calibration
from coalflow.evaluation.calibration.calibration_errors import (
    Judged,
    assign_bins,
    measure_calibration_errors,
    tabulate_calibration,
    tabulate_calibration_errors,
)
from coalflow.evaluation.calibration.coverage import (
    find_binomial_interval,
    find_uniformity_p,
    tabulate_coverage,
)
from coalflow.evaluation.calibration.window_groups import divide_by_fifths, list_groups
from coalflow.evaluation.predictions import LEVELS, Prediction

CLASSES = ("hard", "neutral", "soft")
SWEEP, NUMBERS = make_predictands("sweep", classes=CLASSES), make_predictands("d")


def draw_judged(number, off, seed):
    """Return probabilities that are too high by ``off``."""
    generator = np.random.default_rng(seed)
    probability = generator.uniform(0.3, 1, number)
    return Judged(np.arange(number), probability, generator.random(number) < probability - off)


@pytest.mark.parametrize(("off", "within"), [(0.0, 0.004), (0.05, 0.006), (0.15, 0.006)])
def test_calibration_errors_are_nearly_unbiased(off, within):
    found = measure_calibration_errors(
        [draw_judged(4000, off, seed) for seed in range(30)], 4000, 1
    )
    assert abs(np.mean([each.ece for each in found]) - off) < within + 0.002
    covered = [each.ci_low <= off <= each.ci_high for each in found]
    assert np.mean(covered) >= 0.8
    if off == 0:  # without the subtraction, chance alone makes .017
        assert np.mean([each.plain for each in found]) == pytest.approx(found[0].by_chance, rel=0.2)
        assert found[0].by_chance > 0.015


def test_ties_are_in_one_bin():
    assert assign_bins(np.full(500, 0.4)).max() == 0
    bins = assign_bins(np.repeat([0.1, 0.5, 0.9], [100, 500, 100]))
    assert [len(set(bins[part])) for part in (slice(100), slice(100, 600))] == [1, 1]
    assert np.bincount(assign_bins(np.linspace(0, 1, 1000))).tolist() == [100] * 10


def test_errors_of_equal_predictions_are_how_far_off_they_are():
    judged = Judged(np.arange(400), np.full(400, 0.5), np.arange(400) < 300)
    (found,) = measure_calibration_errors([judged], 400, 1)
    assert found.plain == pytest.approx(0.25)
    assert found.ece == pytest.approx(0.25, abs=0.005)
    assert found.ci_low < 0.25 < found.ci_high


def test_tables_of_classes_have_parts_and_both_stages():
    truth, predicted = draw_classes(900, 1)
    raw = Prediction(predicted**3 / (predicted**3).sum(axis=1, keepdims=True))
    found = fit_calibration(truth[:300], Prediction(raw.values[:300]), SWEEP, 1)
    test = Prediction(raw.values[300:])
    stages = {"before": {"m": test}, "after": {"m": calibrate(test, found, SWEEP)}}
    table = pd.DataFrame({"sweep": np.array(CLASSES)[truth[300:]], "size": np.arange(600) % 100})
    groups = list_groups(table, ["size", "sweep"], CLASSES, "sweep")
    assert [group.group for group in groups] == ["all"] + ["class"] * 3 + ["size"] * 5
    errors = tabulate_calibration_errors(truth[300:], stages, groups, CLASSES, 1)
    whole = errors[errors["group"] == "all"].set_index("stage")["ece"]
    assert whole["after"] < whole["before"] / 2
    assert (errors[errors["group"] == "class"]["windows"] == 600).all()
    curve = tabulate_calibration(truth[300:], stages)
    assert (curve.groupby("stage")["windows"].sum() == 600).all()
    table = tabulate_coverage(truth[300:], stages, {"m": found}, SWEEP, groups)
    assert set(table["kind"]) == {"set"}
    assert set(table["stage"]) == {"after"}
    by_class = table[table["group"] == "class"]
    assert by_class["share"].between(by_class["expected_low"], by_class["expected_high"]).all()


def test_coverage_of_numbers_has_intervals_quantiles_and_ranks():
    generator = np.random.default_rng(3)
    mean = generator.normal(size=3000)
    truth = (mean + generator.normal(size=3000))[:, None]
    quantiles = mean[:, None, None] + 0.6 * scipy.stats.norm.ppf(LEVELS)
    raw = Prediction(mean[:, None], quantiles[:, :, 0], quantiles[:, :, -1], quantiles=quantiles)
    rest = Prediction(*(each[1000:] for each in (raw.values, raw.low, raw.high)),
                      quantiles=quantiles[1000:])  # fmt: skip
    first = Prediction(raw.values[:1000], quantiles=quantiles[:1000])
    found = fit_calibration(truth[:1000], first, NUMBERS, 1)
    stages = {"before": {"m": rest}, "after": {"m": calibrate(rest, found, NUMBERS)}}
    groups = list_groups(pd.DataFrame({"x": np.arange(2000)}), ["x"], None, "d")
    table = tabulate_coverage(truth[1000:], stages, {"m": found}, NUMBERS, groups)
    counts = table.groupby(["stage", "kind"]).size()
    assert counts["after", "interval"] == counts["before", "interval"] == 1 + 5 + 5
    assert counts["after", "quantile"] == 19
    assert counts["after", "rank"] == 20
    whole = table[(table["kind"] == "interval") & (table["group"] == "all")].set_index("stage")
    assert whole.loc["before", "share"] < 0.72
    after = whole.loc["after"]
    assert after["expected_low"] <= after["share"] <= after["expected_high"]
    ranks = table[table["kind"] == "rank"].groupby("stage")
    assert (ranks["share"].sum().round(9) == 1).all()
    p = ranks["p"].first()
    assert p["before"] < 1e-6
    assert p["after"] > 1e-3


def test_uniformity_is_rejected_as_often_as_stated():
    """Ranks by 500 windows' quantiles of 2,000 others: without their noise, far more are."""
    generator = np.random.default_rng(4)
    p, naive = [], []
    for _ in range(300):
        edges = np.quantile(generator.random(500), LEVELS, method="weibull")
        counts = np.bincount(np.searchsorted(edges, generator.random(2000)), minlength=20)
        p.append(find_uniformity_p(counts, 500))
        naive.append(find_uniformity_p(counts))
    assert scipy.stats.binomtest(int(np.sum(np.array(p) < 0.05)), 300, 0.05).pvalue > 1e-3
    assert np.mean(np.array(naive) < 0.05) > 0.5


def test_binomial_intervals_are_those_of_scipy():
    for inside, number in ((0, 5), (3, 7), (7, 7), (900, 1000)):
        expected = scipy.stats.binomtest(inside, number).proportion_ci(0.95)
        np.testing.assert_allclose(find_binomial_interval(inside, number), expected)


def test_fifths_are_of_numbers_that_differ_and_ties_stay_together():
    assert list(divide_by_fifths("x", np.ones(100))) == []
    assert list(divide_by_fifths("x", np.full(100, np.nan))) == []
    parts = list(divide_by_fifths("x", np.append(np.repeat([1.0, 2, 3], 50), [np.nan] * 9)))
    assert [(part.low, part.high, len(part.rows)) for part in parts] == [
        (1, 1, 50), (2, 2, 50), (3, 3, 50)
    ]  # fmt: skip
    parts = list(divide_by_fifths("x", np.random.default_rng(1).random(1000)))
    assert [len(part.rows) for part in parts] == [200] * 5
    names = pd.DataFrame({"history": ["a", "b"] * 30, "d": np.zeros(60)})
    assert [group.part for group in list_groups(names, ["history"], None, "d")] == ["all", "a", "b"]
