"""Metrics are those of other programs, also where they are not defined."""

import math

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from helpers.cards import draw_numbers
from helpers.data import make_targets

from coalflow.evaluation import metrics


@pytest.mark.parametrize("number", [2, 3, 10, 1000])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (metrics.compute_rmse, sklearn.metrics.root_mean_squared_error),
        (metrics.compute_mae, sklearn.metrics.mean_absolute_error),
        (metrics.compute_r2, sklearn.metrics.r2_score),
        (metrics.compute_pearson_r, lambda *pair: scipy.stats.pearsonr(*pair).statistic),
    ],
)
def test_metrics_are_those_of_other_programs(ours, theirs, number):
    for seed in range(5):
        truth, predicted = draw_numbers(number, seed)
        assert ours(truth, predicted) == pytest.approx(theirs(truth, predicted), rel=1e-9)


@pytest.mark.parametrize("metric", metrics.METRICS.values())
def test_metrics_of_many_resamples_are_those_of_each(metric):
    truth, predicted = draw_numbers(30)
    rows = np.random.default_rng(1).integers(30, size=(7, 30))
    each = [metric(truth[resample], predicted[resample]) for resample in rows]
    np.testing.assert_allclose(metric(truth[rows], predicted[rows]), each, rtol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 0.1])
@pytest.mark.parametrize("number", [1, 3, 1000])
def test_constant_predictions_have_no_correlation(value, number):
    truth = draw_numbers(number)[0]
    assert math.isnan(metrics.compute_pearson_r(truth, np.full(number, value)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("metric", [metrics.compute_pearson_r, metrics.compute_r2])
@pytest.mark.parametrize("value", [0.0, 0.1])
@pytest.mark.parametrize("number", [1, 3, 1000])
def test_constant_truth_has_neither_correlation_nor_variance_to_explain(metric, value, number):
    predicted = draw_numbers(number)[1]
    assert math.isnan(metric(np.full(number, value), predicted))


def test_perfect_predictions():
    truth = draw_numbers(50)[0]
    values = {name: metric(truth, truth) for name, metric in metrics.METRICS.items()}
    assert values == {"rmse": 0, "mae": 0, "r2": 1, "pearson_r": pytest.approx(1)}


def test_mean_explains_nothing():
    truth = draw_numbers(50)[0]
    assert metrics.compute_r2(truth, np.full(50, truth.mean())) == pytest.approx(0, abs=1e-12)


# What models are compared by -------------------------------------------------------------------


def test_a_number_is_compared_by_its_error():
    targets = make_targets("diversity")
    assert metrics.list_compared_metrics(targets) == {("diversity", "rmse"): False}
    assert metrics.list_metrics_by_cell(targets) == [("diversity", "rmse")]


def test_several_numbers_are_compared_together_and_each():
    targets = make_targets(diversity={}, fst={"scale": "log"})
    assert metrics.list_compared_metrics(targets) == {
        (metrics.ALL, "scaled_mse"): False,
        ("diversity", "rmse"): False,
        ("fst", "rmse_log10"): False,
    }
    assert metrics.list_metrics_by_cell(targets) == [("diversity", "rmse"), ("fst", "rmse_log10")]


def test_classes_are_compared_by_log_loss_and_accuracy():
    targets = make_targets("sweep", classes=["soft", "hard"])
    compared = metrics.list_compared_metrics(targets)
    assert list(compared.items()) == [(("sweep", "log_loss"), False), (("sweep", "accuracy"), True)]
    assert metrics.list_metrics_by_cell(targets) == [("sweep", "accuracy")]
