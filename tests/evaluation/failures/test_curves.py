"""Curves and their areas are those of scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics
from helpers.failures import PAIR, SWEEP, predict_classes

from coalflow.evaluation.failures import curves


@pytest.fixture
def scores():
    generator = np.random.default_rng(1)
    truth = generator.random(300) < 0.3
    # With ties.
    return truth, np.round(generator.normal(size=300) + truth, 1)


def test_curves_are_those_of_scikit_learn(scores):
    found = curves.trace_curves(*scores)
    fpr, tpr, thresholds = sklearn.metrics.roc_curve(*scores, drop_intermediate=False)
    np.testing.assert_allclose(found.false_positive_rate, fpr[1:])
    np.testing.assert_allclose(found.recall, tpr[1:])
    np.testing.assert_allclose(found.thresholds, thresholds[1:])
    precision, recall, _ = sklearn.metrics.precision_recall_curve(*scores)
    # scikit-learn's end where all are found.
    np.testing.assert_allclose(found.precision[::-1], precision[:-1])
    np.testing.assert_allclose(found.recall[::-1], recall[:-1])


def test_areas_are_those_of_scikit_learn_also_where_windows_count_several_times(scores):
    truth, values = scores
    weights = np.random.default_rng(2).integers(0, 4, size=(5, 300))
    areas = curves.trace_curves(truth, values, weights).compute_areas()
    for counts, (roc, average) in zip(weights, areas, strict=True):
        given = {"sample_weight": counts}
        assert roc == pytest.approx(sklearn.metrics.roc_auc_score(truth, values, **given))
        expected = sklearn.metrics.average_precision_score(truth, values, **given)
        assert average == pytest.approx(expected)


@pytest.mark.usefixtures("capped_bootstraps")
def test_each_class_and_all_that_are_not_neutral_have_areas():
    predicted = predict_classes()
    contrasts = curves.list_contrasts(predicted, PAIR, SWEEP, ["neutral"])
    table = curves.tabulate_areas(contrasts, seed=1)
    assert list(dict.fromkeys(table["class"])) == ["not neutral", "neutral", "hard", "soft"]
    (row,) = table.query("model == 'net' and `class` == 'soft' and measure == 'roc_auc'").to_dict(
        "records"
    )
    expected = sklearn.metrics.roc_auc_score(predicted["truth"] == "soft", predicted["net:soft"])
    assert row["value"] == pytest.approx(expected)
    assert row["ci_low"] < row["value"] < row["ci_high"]
    assert (table["ci_high"] - table["ci_low"]).max() < 0.2
    points = curves.tabulate_curves(contrasts)
    assert points.groupby(["model", "class", "curve"]).size().max() <= curves.MOST_POINTS
    ends = points.query("curve == 'roc'").groupby(["model", "class"])[["x", "y"]].last()
    assert (ends == 1).all(axis=None)


@pytest.mark.usefixtures("capped_bootstraps")
def test_a_class_that_is_missing_has_no_area():
    predicted = predict_classes(30).query("truth != 'soft'").reset_index(drop=True)
    contrasts = curves.list_contrasts(predicted, PAIR, SWEEP, ["neutral"])
    table = curves.tabulate_areas(contrasts, seed=1)
    assert table.loc[table["class"] == "soft", ["value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert table.loc[table["class"] == "hard", "value"].notna().all()
    assert "soft" not in set(curves.tabulate_curves(contrasts)["class"])
    alone = curves.list_contrasts(predicted.query("truth == 'hard'"), PAIR, SWEEP, ["neutral"])
    assert curves.tabulate_curves(alone).empty
    assert curves.tabulate_areas(alone, seed=1)["value"].isna().all()
