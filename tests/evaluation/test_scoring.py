"""Scores with intervals, and their tables."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics
from helpers.cards import (
    draw_classes,
    draw_numbers,
    make_card,
    make_cards,
    predict_classes,
    predict_numbers,
)
from helpers.data import make_predictands

from coalflow.evaluation import bootstrap, metrics, scoring
from coalflow.evaluation.predictions import Prediction
from coalflow.evaluation.scorers import make_scorer

DIVERSITY = make_predictands("diversity")
CARDS = make_cards(DIVERSITY, {"net/0": 0.4, "mean": 1.0, "ridge": 0.5})
CLASSES = ("soft", "neutral", "hard")
SWEEP = make_predictands("sweep", classes=CLASSES)
CLASS_METRICS = ["accuracy", "log_loss", *(f"recall_{c}" for c in CLASSES)]
CLASS_METRICS += [f"precision_{c}" for c in CLASSES]


def score_numbers(truth, predicted, seed):
    """Return the scores of one target that is a number."""
    return scoring.score_predictions(truth[:, None], predicted[:, None], seed, DIVERSITY)


# Intervals -------------------------------------------------------------------------------------


def test_score_gives_value_interval_and_number():
    truth, predicted = draw_numbers(200)
    scores = score_numbers(truth, predicted, seed=1)
    assert [score.metric for score in scores] == ["rmse", "mae", "r2", "pearson_r"]
    for score in scores:
        assert score.value == metrics.METRICS[score.metric](truth, predicted)
        assert score.ci_low < score.value < score.ci_high
        assert (score.target, score.n) == ("diversity", 200)


def test_interval_is_the_one_of_scipy():
    truth, predicted = draw_numbers(200)
    ours = score_numbers(truth, predicted, seed=1)[0]
    theirs = scipy.stats.bootstrap(
        (truth, predicted),
        lambda *pair, axis: metrics.compute_rmse(*pair),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=10_000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (ours.ci_low, ours.ci_high) == pytest.approx(tuple(theirs), rel=0.01)


def test_intervals_cover_the_truth_as_often_as_they_should(monkeypatch):
    """Of 200 intervals of 95 %, the number that covers is binomial; significance 1e-4 a metric."""
    monkeypatch.setattr(bootstrap, "BOOTSTRAPS", 400)
    error_sd, number, repetitions = 0.5, 300, 200
    truths = {
        "rmse": error_sd,
        "mae": error_sd * math.sqrt(2 / math.pi),
        "r2": 1 - error_sd**2,
        "pearson_r": 1 / math.sqrt(1 + error_sd**2),
    }
    covered = dict.fromkeys(truths, 0)
    for repetition in range(repetitions):
        generator = np.random.default_rng(repetition)
        truth = generator.normal(size=number)
        predicted = truth + generator.normal(0.0, error_sd, size=number)
        for score in score_numbers(truth, predicted, seed=repetition):
            covered[score.metric] += score.ci_low <= truths[score.metric] <= score.ci_high
    low, high = scipy.stats.binom.ppf([0.5e-4, 1 - 0.5e-4], repetitions, bootstrap.LEVEL)
    assert {name: count for name, count in covered.items() if not low <= count <= high} == {}


def test_intervals_of_constant_predictions_have_no_correlation():
    truth = draw_numbers(50)[0]
    by_metric = {score.metric: score for score in score_numbers(truth, np.full(50, 0.1), seed=1)}
    correlation = by_metric["pearson_r"]
    assert np.isnan([correlation.value, correlation.ci_low, correlation.ci_high]).all()
    assert math.isfinite(by_metric["r2"].ci_low)


def test_intervals_of_classes_cover_as_often_as_they_should(monkeypatch):
    """As for numbers: binomial, significance 1e-4 a metric."""
    monkeypatch.setattr(bootstrap, "BOOTSTRAPS", 400)
    truth, probabilities = draw_classes(200_000, seed=99)
    everything = make_scorer(truth, probabilities, SWEEP).score_all()
    covered, repetitions = np.zeros(len(CLASS_METRICS)), 200
    for repetition in range(repetitions):
        rows = slice(300 * repetition, 300 * (repetition + 1))
        scores = scoring.score_predictions(truth[rows], probabilities[rows], repetition, SWEEP)
        covered += [
            score.ci_low <= value <= score.ci_high
            for score, value in zip(scores, everything, strict=True)
        ]
    low, high = scipy.stats.binom.ppf([0.5e-4, 1 - 0.5e-4], repetitions, bootstrap.LEVEL)
    assert ((covered >= low) & (covered <= high)).all(), covered


def test_coverage_is_the_share_of_the_truth_within_intervals(capped_bootstraps):
    predictands = make_predictands("diversity", "fst")
    truth = np.random.default_rng(1).normal(size=(400, 2))
    half = np.array([1.0, 2.0])
    predicted = Prediction(truth * 0, truth * 0 - half, truth * 0 + half)
    scores = scoring.score_intervals(truth, predicted, 1, predictands)
    assert [(score.target, score.metric) for score in scores] == [
        ("diversity", "coverage_90"),
        ("fst", "coverage_90"),
    ]
    for score, inside in zip(scores, (np.abs(truth) <= half).mean(axis=0), strict=True):
        assert score.value == pytest.approx(inside)
        assert score.ci_low < score.value < score.ci_high
        assert score.n == 400


def test_validation_scores_are_what_models_are_compared_by():
    truth, probabilities = draw_classes(50)
    scores = scoring.score_validation(truth, probabilities, SWEEP)["sweep"]
    assert list(scores) == ["log_loss", "accuracy"]
    assert scores["log_loss"] == pytest.approx(sklearn.metrics.log_loss(truth, probabilities))
    truth, predicted = draw_numbers(50)
    scores = scoring.score_validation(truth[:, None], predicted[:, None], DIVERSITY)
    assert scores == {"diversity": {"rmse": metrics.compute_rmse(truth, predicted)}}


# Tables -----------------------------------------------------------------------------------------


def test_score_table_has_a_row_per_model_and_metric(capped_bootstraps):
    predicted = predict_numbers(**{"net/0": 0.1, "mean": 1.0, "ridge": 0.2})
    table = scoring.tabulate_scores(predicted, CARDS, seed=1)
    columns = "model kind restart split target metric value ci_low ci_high n sd_of_restarts"
    assert list(table.columns) == columns.split()
    assert set(table["target"]) == {"diversity"}
    assert len(table) == 12
    assert list(dict.fromkeys(table["model"])) == ["net", "mean", "ridge"]
    assert list(table["kind"]) == ["net"] * 4 + ["baseline"] * 8
    assert list(table["restart"]) == [0] * 4 + [""] * 8
    assert set(table["split"]) == {"test"}
    assert set(table["n"]) == {60}


def test_score_table_scores_each_model_by_its_own_predictions(capped_bootstraps):
    predicted = predict_numbers(**{"net/0": 0.1, "mean": 1.0, "ridge": 0.2})
    table = scoring.tabulate_scores(predicted, CARDS, seed=1)
    rmse = table[table["metric"] == "rmse"].set_index("model")["value"]
    truth = predicted["truth:diversity"].to_numpy()
    for name, model in (("net/0", "net"), ("mean", "mean"), ("ridge", "ridge")):
        values = predicted[f"{name}:diversity"].to_numpy()
        assert rmse[model] == metrics.compute_rmse(truth, values)


def test_same_rows_are_drawn_for_every_model(capped_bootstraps):
    predicted = predict_numbers(**{"net/0": 0.3})
    for name in ("mean", "ridge"):
        predicted[f"{name}:diversity"] = predicted["net/0:diversity"]
    for table in (
        scoring.tabulate_scores(predicted, CARDS, seed=1),
        scoring.tabulate_cell_scores(predicted, CARDS, seed=1).query("cell == 'c1'"),
    ):
        intervals = table[["metric", "ci_low", "ci_high"]].drop_duplicates()
        assert len(intervals) == 4


def test_an_ensemble_shows_how_its_restarts_differ(capped_bootstraps):
    restarts = make_cards(DIVERSITY, {f"net/{n}": 0.4 for n in range(3)})
    cards = {"net": make_card("net", "ensemble", DIVERSITY), **restarts, **CARDS}
    predicted = predict_numbers(
        **{"net/0": 0.1, "net/1": 0.3, "net/2": 0.4, "mean": 1.0, "ridge": 0.2}
    )
    predicted["net:diversity"] = predicted["net/0:diversity"]
    table = scoring.tabulate_scores(predicted, cards, seed=1)
    rmse = table[table["metric"] == "rmse"].set_index("kind")
    assert rmse.loc["ensemble", "sd_of_restarts"] == pytest.approx(rmse.loc["net", "value"].std())
    assert table.loc[table["kind"] != "ensemble", "sd_of_restarts"].isna().all()
    assert table.loc[table["kind"] == "ensemble", "sd_of_restarts"].notna().all()


def test_cells_are_scored_by_their_own_windows(capped_bootstraps):
    predicted = predict_numbers(**{"net/0": 0.1, "mean": 1.0, "ridge": 0.2})
    by_cell = scoring.tabulate_cell_scores(predicted, CARDS, seed=1)
    assert list(by_cell.columns)[0] == "cell"
    assert len(by_cell) == 3 * 12
    for cell, part in predicted.groupby("cell"):
        rows = by_cell[by_cell["cell"] == cell].drop(columns="cell").reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, scoring.tabulate_scores(part, CARDS, seed=1))
        assert set(rows["n"]) == {20}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_cells_with_few_windows_have_numbers_or_nan(number, capped_bootstraps):
    """In resamples of few windows the truth does not always vary."""
    predicted = predict_numbers(number, cells=1, **{"net/0": 0.1, "mean": 1.0, "ridge": 0.2})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = scoring.tabulate_cell_scores(predicted, CARDS, seed=1)
    values = table[["value", "ci_low", "ci_high"]].to_numpy()
    assert not np.isinf(values).any()
    errors = table["metric"].isin(["rmse", "mae"])
    assert np.isfinite(values[errors]).all()


def test_tables_of_classes(capped_bootstraps):
    cards = make_cards(SWEEP, {"net/0": 0.5, "mean": 1.1, "gradient_boosting": 0.6})
    table = predict_classes(
        SWEEP.targets, 90, **{"net/0": 4.0, "mean": 0.0, "gradient_boosting": 2.0}
    )
    scores = scoring.tabulate_scores(table, cards, 1)
    assert list(scores["metric"]) == CLASS_METRICS * 3
    by_cell = scoring.tabulate_cell_scores(table, cards, 1)
    # In a cell of one class, accuracy is that class's recall.
    recall = scores[(scores["model"] == "net") & (scores["metric"] == "recall_hard")]
    accuracy = by_cell[
        (by_cell["cell"] == "hard")
        & (by_cell["model"] == "net")
        & (by_cell["metric"] == "accuracy")
    ]
    assert accuracy["value"].item() == pytest.approx(recall["value"].item())
    assert set(by_cell["metric"]) == {"log_loss", "accuracy"}


def test_the_table_of_validation_scores_is_that_of_the_cards():
    table = scoring.tabulate_validation(CARDS)
    assert list(table) == ["model", "kind", "restart", "target", "metric", "value"]
    assert table["value"].tolist() == [0.4, 1.0, 0.5]
    assert table["restart"].tolist() == [0, "", ""]
    assert set(zip(table["target"], table["metric"], strict=True)) == {("diversity", "rmse")}
