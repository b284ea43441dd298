"""Scorers of numbers and of classes: all metrics, of all windows and of many resamples."""

import numpy as np
import pytest
import sklearn.metrics
from helpers.cards import draw_classes
from helpers.data import make_predictands

from coalflow.dataset.target_scaling import TargetScale, TargetScaling
from coalflow.evaluation import metrics
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.scorers import make_scorer

CLASSES = ("soft", "neutral", "hard")
SWEEP = make_predictands("sweep", classes=CLASSES)


# Several targets, and logarithms ----------------------------------------------------------------


def draw_two(number=200, seed=3):
    """Return the truth and predictions of a number and of one that is learned as a logarithm."""
    generator = np.random.default_rng(seed)
    truth = np.column_stack([generator.normal(size=number), 10 ** generator.normal(size=number)])
    noise = generator.normal(size=(number, 2))
    predicted = np.column_stack([truth[:, 0] + 0.5 * noise[:, 0], truth[:, 1] * 10 ** noise[:, 1]])
    return truth, predicted


def two_targets():
    targets = make_predictands("diversity", "fst", logs=["fst"]).targets
    scales = {
        "diversity": TargetScale(log=False, mean=0.0, sd=2.0),
        "fst": TargetScale(log=True, mean=0.0, sd=1.0),
    }
    return Predictands(targets, TargetScaling.from_scales(scales))


def test_logarithms_are_scored_as_well_as_the_values_themselves():
    truth, predicted = draw_two()
    scorer = make_scorer(truth, predicted, two_targets())
    scores = dict(zip(scorer.names, scorer.score_all(), strict=True))
    for name, metric in metrics.METRICS.items():
        assert scores["diversity", name] == metric(truth[:, 0], predicted[:, 0])
        assert scores["fst", name] == metric(truth[:, 1], predicted[:, 1])
        logs = np.log10(truth[:, 1]), np.log10(predicted[:, 1])
        assert scores["fst", f"{name}_log10"] == pytest.approx(metric(*logs))
        assert ("diversity", f"{name}_log10") not in scores


def test_several_targets_are_compared_by_their_errors_in_sd_of_training():
    truth, predicted = draw_two()
    scorer = make_scorer(truth, predicted, two_targets())
    scaled = scorer.score_all()[scorer.names.index((metrics.ALL, "scaled_mse"))]
    diversity = np.mean((predicted[:, 0] - truth[:, 0]) ** 2) / 2.0**2
    fst = np.mean((np.log10(predicted[:, 1]) - np.log10(truth[:, 1])) ** 2)
    assert scaled == pytest.approx((diversity + fst) / 2)


def test_resamples_of_several_targets_are_those_of_each():
    truth, predicted = draw_two(40)
    scorer = make_scorer(truth, predicted, two_targets())
    rows = np.random.default_rng(1).integers(40, size=(7, 40))
    each = [
        make_scorer(truth[resample], predicted[resample], two_targets()).score_all()
        for resample in rows
    ]
    np.testing.assert_allclose(scorer.score_rows(rows), each, rtol=1e-12)


def test_some_metrics_are_those_of_all_in_the_order_wanted():
    truth, predicted = draw_two()
    everything = make_scorer(truth, predicted, two_targets())
    scores = dict(zip(everything.names, everything.score_all(), strict=True))
    wanted = [("fst", "mae"), (metrics.ALL, "scaled_mse"), ("diversity", "r2")]
    some = make_scorer(truth, predicted, two_targets(), wanted)
    assert some.names == wanted
    assert some.score_all().tolist() == [scores[name] for name in wanted]


# Classes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [10, 300])
def test_metrics_of_classes_are_those_of_scikit_learn(number):
    truth, probabilities = draw_classes(number, seed=4)
    predicted = probabilities.argmax(axis=1)
    scorer = make_scorer(truth, probabilities, SWEEP)
    expected = {
        "accuracy": sklearn.metrics.accuracy_score(truth, predicted),
        "log_loss": sklearn.metrics.log_loss(truth, probabilities),
    }
    for name in ("recall", "precision"):
        scores = getattr(sklearn.metrics, f"{name}_score")(truth, predicted, average=None)
        expected.update(zip((f"{name}_{c}" for c in CLASSES), scores, strict=True))
    assert scorer.names == [("sweep", metric) for metric in expected]
    assert scorer.score_all().tolist() == pytest.approx(list(expected.values()), rel=1e-12)


def test_metrics_of_many_resamples_of_classes_are_those_of_each():
    truth, probabilities = draw_classes(40)
    scorer = make_scorer(truth, probabilities, SWEEP)
    rows = np.random.default_rng(1).integers(40, size=(7, 40))
    each = [
        make_scorer(truth[resample], probabilities[resample], SWEEP).score_all()
        for resample in rows
    ]
    np.testing.assert_allclose(scorer.score_rows(rows), each, rtol=1e-12)
    assert len(scorer.names) == scorer.score_rows(rows).shape[1]


@pytest.mark.filterwarnings("error")
def test_a_class_that_is_never_predicted_has_no_precision():
    truth = np.array([0, 1, 2, 0])
    scorer = make_scorer(truth, np.tile([0.5, 0.3, 0.2], (4, 1)), SWEEP)
    scores = dict(zip(scorer.names, scorer.score_all(), strict=True))
    assert np.isnan(scores["sweep", "precision_hard"])
    assert scores["sweep", "recall_hard"] == 0
    assert scores["sweep", "precision_soft"] == 0.5


def test_a_probability_of_zero_is_not_an_infinite_loss():
    predictands, wanted = make_predictands("sweep", classes=["a", "b"]), [("sweep", "log_loss")]
    scorer = make_scorer(np.array([0]), np.array([[0.0, 1.0]]), predictands, wanted)
    assert 30 < scorer.score_all().item() < 40
