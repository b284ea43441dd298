"""Where errors are largest, and how often a region is named without a reason."""

import numpy as np
import pytest
import scipy.stats
from helpers.failures import ALONE, DIVERSITY, PAIR, SWEEP, predict_classes, predict_numbers

from coalflow.evaluation.failures.worst_regions import (
    compare_means,
    correct_by_holm,
    tabulate_worst_regions,
)

pytestmark = pytest.mark.usefixtures("capped_bootstraps")


def find(predicted, models=PAIR, predictands=DIVERSITY, seed=1):
    return tabulate_worst_regions(predicted, models, predictands, seed, lambda name: name)


def test_the_region_where_a_net_fails_is_named_and_measured():
    table = find(predict_numbers(1200, seed=2))
    first = table[table["rank"] == 1].set_index(["model", "measure"])
    assert set(first["region"]) == {"history is growth and rate is 2"}
    row = first.loc["net", "rmse"]
    assert row["verdict"] == "worse"
    assert row["ci_low"] < np.sqrt(16 + 0.25) < row["ci_high"]
    assert row["elsewhere"] == pytest.approx(np.sqrt(1.25), rel=0.1)
    # The baseline does not fail there.
    assert first.loc["ridge", "rmse"]["value"] < 1.4
    assert first.loc["ridge", "rmse"]["verdict"] == ""


def test_of_noise_hardly_any_region_is_called_worse():
    rng = np.random.default_rng(5)
    called = 0
    for seed in range(60):
        predicted = predict_numbers(200, seed)
        predicted["net:diversity"] = predicted["truth:diversity"] + rng.normal(size=200)
        called += (find(predicted, ALONE, seed=seed)["verdict"] == "worse").any()
    assert called <= 7  # 5 % of 60 are 3


def test_classes_are_compared_by_log_loss():
    table = find(predict_classes(2000), predictands=SWEEP)
    first = table[(table["rank"] == 1) & (table["model"] == "net")].set_index("measure")
    assert "selection_coefficient" in first["region"].iloc[0]
    assert first.loc["log_loss", "verdict"] == "worse"
    assert first.loc["accuracy", "value"] < first.loc["accuracy", "elsewhere"]


@pytest.mark.parametrize("windows", [1, 3, 30])
def test_too_few_windows_have_no_regions(windows):
    assert find(predict_numbers(windows), ALONE).empty


def test_means_are_compared_as_scipy_does():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.5, 2, 30), rng.normal(0, 1, 100)
    expected = scipy.stats.ttest_ind(first, second, equal_var=False, alternative="greater")
    assert compare_means(first, second) == pytest.approx(expected.pvalue)
    assert np.isnan(compare_means(np.ones(3), np.ones(4)))
    assert correct_by_holm(np.array([])).tolist() == []
