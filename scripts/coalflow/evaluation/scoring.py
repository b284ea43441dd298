"""Scores of models, with bootstrap intervals, as tables."""

import dataclasses
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation import bootstrap, predictions
from coalflow.evaluation.cards import Card, Predictands, get_predictands
from coalflow.evaluation.metrics import COVERAGE, list_compared_metrics
from coalflow.evaluation.predictions import Prediction
from coalflow.evaluation.result_tables import read_result_table
from coalflow.evaluation.scorers import MetricName, Rows, Scorer, make_scorer


@dataclasses.dataclass(frozen=True)
class Score:
    """A metric of a model's predictions of a target, and its 95 % percentile bootstrap interval.

    ``n`` is the number of windows.
    """

    target: str
    metric: str
    value: float
    ci_low: float
    ci_high: float
    n: int


def score_predictions(
    truth: npt.NDArray[Any],
    predicted: npt.NDArray[np.float64],
    seed: int,
    predictands: Predictands,
    only: Iterable[MetricName] | None = None,
) -> list[Score]:
    """Return all metrics of some predictions.

    Parameters
    ----------
    truth, predicted, predictands, only
        As in :func:`coalflow.evaluation.scorers.make_scorer`.
    seed : int
        The run's, for resamples.
    """
    scorer = make_scorer(truth, predicted, predictands, only)
    return _score_resamples(scorer, len(truth), seed)


def score_intervals(
    truth: npt.NDArray[np.float64], predicted: Prediction, seed: int, predictands: Predictands
) -> list[Score]:
    """Return the share of true values that 90 % intervals contain, for each target.

    Parameters
    ----------
    truth : ndarray of float64, shape (windows, targets)
        The true values.
    predicted : Prediction
        Without intervals, there is no share.
    seed : int
        The run's, for resamples.
    predictands : Predictands
        What is predicted: numbers.
    """
    if predicted.low is None or predicted.high is None:
        return []
    inside = ((predicted.low <= truth) & (truth <= predicted.high)).astype(float)
    names = [(name, COVERAGE) for name in predictands.names]

    def score_rows(rows: Rows) -> npt.NDArray[np.float64]:
        return inside[rows].mean(axis=-2).reshape(-1, len(names))

    return _score_resamples(Scorer(names, score_rows), len(truth), seed)


def _score_resamples(scorer: Scorer, windows: int, seed: int) -> list[Score]:
    resampled = bootstrap.compute_on_resamples(scorer.score_rows, windows, seed)
    scores = []
    for name, value, values in zip(scorer.names, scorer.score_all(), resampled.T, strict=True):
        low, high = bootstrap.find_interval(values)
        scores.append(Score(*name, float(value), low, high, windows))
    return scores


def score_validation(
    truth: npt.NDArray[Any], predicted: npt.NDArray[np.float64], predictands: Predictands
) -> dict[str, dict[str, float]]:
    """Return what models are compared by, of validation windows: by target, then by metric.

    Parameters
    ----------
    truth, predicted, predictands
        As in :func:`coalflow.evaluation.scorers.make_scorer`.
    """
    compared = list_compared_metrics(predictands.targets)
    scorer = make_scorer(truth, predicted, predictands, compared)
    scores: dict[str, dict[str, float]] = {}
    for (target, metric), value in zip(scorer.names, scorer.score_all().tolist(), strict=True):
        scores.setdefault(target, {})[metric] = value
    return scores


# Tables --------------------------------------------------------------------------------------


def tabulate_validation(cards: Mapping[str, Card]) -> pd.DataFrame:
    """Return the table of ``validation.tsv``: the scores by which choices are made.

    Parameters
    ----------
    cards : mapping of str to Card
        The card of each model by its name.

    Returns
    -------
    DataFrame
        A row per model, target and metric.
    """
    return pd.DataFrame(
        {**_describe_model(card), "target": target, "metric": metric, "value": value}
        for card in cards.values()
        for target, scores in card.validation.items()
        for metric, value in scores.items()
    )


def read_scores(path: pathlib.Path) -> pd.DataFrame:
    """Return a table of scores, such as ``validation.tsv``, with each model's name as ``name``.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CoalflowError
        If the file is missing, or is not such a table.
    """
    texts = ("model", "restart", "kind", "target", "metric")
    table = read_result_table(path, numbers=["value"], texts=texts)
    suffix = np.where(table["restart"] == "", "", "/" + table["restart"])
    return table.assign(name=table["model"] + suffix)


def tabulate_scores(
    predicted: pd.DataFrame,
    cards: Mapping[str, Card],
    seed: int,
    only: Iterable[MetricName] | None = None,
) -> pd.DataFrame:
    """Return the table of ``metrics.tsv`` for a table of predictions on test windows.

    The same windows are drawn for all models.

    Parameters
    ----------
    predicted : DataFrame
        A row per window, with the columns of :mod:`coalflow.evaluation.predictions`: the truth, and
        each model's predictions.
    cards : mapping of str to Card
        The card of each model by its name.
    seed : int
        The run's, for resamples.
    only : iterable of (str, str), optional
        The metrics wanted, a target and a metric each. Without it, all.

    Returns
    -------
    DataFrame
        A row per model, target and metric: its value, the 95 % percentile bootstrap interval,
        the number of windows, and for an ensemble in ``sd_of_restarts`` the standard deviation of
        the metric between its restarts.
    """
    predictands = get_predictands(cards)
    truth = predictions.select_truth(predicted, predictands.targets)
    rows = [
        {**_describe_model(card), "split": "test", **dataclasses.asdict(score)}
        for name, card in cards.items()
        for score in _score_model(predicted, name, truth, seed, predictands, only)
    ]
    return _add_spread(pd.DataFrame(rows))


def _describe_model(card: Card) -> dict[str, str | int]:
    restart = "" if card.restart is None else card.restart
    return {"model": card.model, "kind": card.kind, "restart": restart}


def _score_model(
    predicted: pd.DataFrame,
    name: str,
    truth: npt.NDArray[Any],
    seed: int,
    predictands: Predictands,
    only: Iterable[MetricName] | None,
) -> list[Score]:
    found = predictions.select_prediction(predicted, name, predictands.targets)
    scores = score_predictions(truth, found.values, seed, predictands, only)
    return scores + score_intervals(truth, found, seed, predictands)


def _add_spread(table: pd.DataFrame) -> pd.DataFrame:
    """Add how a metric differs between the restarts of an ensemble."""
    restarts = table[table["kind"] == "net"]
    spread = restarts.groupby(["model", "target", "metric"])["value"].std()
    rows = pd.MultiIndex.from_frame(table[["model", "target", "metric"]])
    found = spread.reindex(rows).to_numpy()
    return table.assign(sd_of_restarts=np.where(table["kind"] == "ensemble", found, np.nan))


def tabulate_cell_scores(
    predicted: pd.DataFrame, cards: Mapping[str, Card], seed: int
) -> pd.DataFrame:
    """Return the table of ``metrics_by_cell.tsv``: the scores within each cell.

    A cell has only one class, so that recall and precision would say nothing new.

    Parameters
    ----------
    predicted, cards, seed
        As in :func:`tabulate_scores`.
    """
    targets = get_predictands(cards).targets
    only = list_compared_metrics(targets) if targets.has_classes else None
    parts = []
    for cell, part in predicted.groupby("cell"):
        table = tabulate_scores(part, cards, seed, only)
        table.insert(0, "cell", cell)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)
