"""How well probabilities separate classes: ROC and precision-recall curves, and their areas."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation import bootstrap
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.predictions import TRUTH, Values, select_prediction

ROC, PRECISION_RECALL = "roc", "precision_recall"
MOST_POINTS = 200  # of a curve in the table
CURVE_COLUMNS = ["model", "kind", "class", "curve", "x", "y", "threshold"]
AREA_COLUMNS = [
    *("model", "kind", "class", "windows", "of_class", "measure"),
    *("value", "ci_low", "ci_high", "by_chance"),
]


@dataclasses.dataclass(frozen=True)
class Contrast:
    """Some classes against all others, by one model.

    Attributes
    ----------
    model, kind : str
    name : str
        The class, or in words which classes these are.
    is_positive : ndarray of bool, shape (windows,)
        Which windows are of these classes.
    scores : ndarray of float64, shape (windows,)
        The probability of these classes.
    """

    model: str
    kind: str
    name: str
    is_positive: npt.NDArray[np.bool_]
    scores: Values


def list_contrasts(
    predicted: pd.DataFrame,
    models: JudgedModels,
    predictands: Predictands,
    neutral: Collection[str],
) -> list[Contrast]:
    """Return each class against all others, and all that are not neutral against those that are.

    Parameters
    ----------
    predicted : DataFrame
        Predictions of test windows.
    models : JudgedModels
    predictands : Predictands
        The only target has classes.
    neutral : collection of str
        The classes that are the null; there may be none.
    """
    classes = predictands.classes or ()
    sets = {name: [name] for name in classes}
    others = [name for name in classes if name not in neutral]
    if neutral and len(others) > 1:
        sets = {f"not {' or '.join(neutral)}": others, **sets}
    truth = predicted[TRUTH]
    contrasts = []
    for model in models.shown:
        values = select_prediction(predicted, model, predictands.targets).values
        for name, members in sets.items():
            chosen = [other in members for other in classes]
            is_positive = truth.isin(members).to_numpy()
            scores = values[:, chosen].sum(axis=1)
            contrasts.append(Contrast(model, models.find_kind(model), name, is_positive, scores))
    return contrasts


@dataclasses.dataclass(frozen=True)
class Curves:
    """What is found from each threshold on, highest first.

    Attributes
    ----------
    thresholds : ndarray of float64, shape (thresholds,)
        The distinct scores.
    false_positive_rate, recall, precision : ndarray of float64, shape (..., thresholds)
        nan where there are no windows to count.
    """

    thresholds: Values
    false_positive_rate: Values
    recall: Values
    precision: Values

    def compute_areas(self) -> Values:
        """Return the area under the ROC curve, and the average precision, float64 (..., 2)."""
        start = [(0, 0)] * (self.recall.ndim - 1) + [(1, 0)]
        recall, others = np.pad(self.recall, start), np.pad(self.false_positive_rate, start)
        heights = (recall[..., 1:] + recall[..., :-1]) / 2
        roc_area = (np.diff(others) * heights).sum(axis=-1)
        average_precision = (np.diff(recall) * np.nan_to_num(self.precision)).sum(axis=-1)
        return np.stack([roc_area, average_precision], axis=-1)


def trace_curves(
    is_positive: npt.NDArray[np.bool_],
    scores: Values,
    weights: npt.NDArray[np.integer] | None = None,
) -> Curves:
    """Return the curves of scores.

    Parameters
    ----------
    is_positive : ndarray of bool, shape (windows,)
    scores : ndarray of float64, shape (windows,)
    weights : ndarray of int64, shape (..., windows), optional
        How often each window counts; once by default.

    Examples
    --------
    >>> curves = trace_curves(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
    >>> curves.recall.tolist(), curves.false_positive_rate.tolist()
    ([0.5, 0.5, 1.0], [0.0, 1.0, 1.0])
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.flatnonzero(np.append(np.diff(ranked) != 0, True))  # of windows of the same score
    if weights is None:
        weights = np.ones(len(scores), np.int64)
    weights = weights[..., order]
    true = np.cumsum(weights * is_positive[order], axis=-1)[..., last]
    called = np.cumsum(weights, axis=-1)[..., last]
    false = called - true
    with np.errstate(invalid="ignore", divide="ignore"):
        return Curves(ranked[last], false / false[..., -1:], true / true[..., -1:], true / called)


def tabulate_curves(contrasts: Collection[Contrast]) -> pd.DataFrame:
    """Return the table of ``curves.tsv``.

    Parameters
    ----------
    contrasts : collection of Contrast

    Returns
    -------
    DataFrame
        Points of curves, at most 200 of each: of ``roc``, ``x`` is the share of windows of other
        classes that are called from a threshold on and ``y`` that of windows of the class; of
        ``precision_recall``, ``x`` is the latter and ``y`` the share of called windows that are of
        the class. There are none where the test windows do not have both.
    """
    parts = []
    for contrast in contrasts:
        if contrast.is_positive.all() or not contrast.is_positive.any():
            continue
        curves = trace_curves(contrast.is_positive, contrast.scores)
        number = len(curves.thresholds)
        chosen = np.unique(np.linspace(0, number - 1, min(number, MOST_POINTS)).round().astype(int))
        start = {"model": contrast.model, "kind": contrast.kind, "class": contrast.name}
        for curve, x, y in (
            (ROC, curves.false_positive_rate, curves.recall),
            (PRECISION_RECALL, curves.recall, curves.precision),
        ):
            points = {"x": x[chosen], "y": y[chosen], "threshold": curves.thresholds[chosen]}
            parts.append(pd.DataFrame({**start, "curve": curve, **points}))
    if not parts:
        return pd.DataFrame(columns=CURVE_COLUMNS)
    return pd.concat(parts, ignore_index=True)[CURVE_COLUMNS]


def tabulate_areas(contrasts: Collection[Contrast], seed: int) -> pd.DataFrame:
    """Return the table of ``curve_areas.tsv``.

    Parameters
    ----------
    contrasts : collection of Contrast
    seed : int
        The run's, for resamples.

    Returns
    -------
    DataFrame
        A row per model, class and measure, ``roc_auc`` and ``average_precision``, with its 95 %
        bootstrap interval and what random guessing scores; nan where the test windows do not have
        both windows of the class and others.
    """
    contrasts = list(contrasts)
    windows = len(contrasts[0].scores) if contrasts else 0
    areas: list[list[Values]] = [[] for _ in contrasts]
    for resample in bootstrap.draw_resamples(windows, seed) if windows else ():
        counts = bootstrap.count_draws(resample, windows)
        for found, contrast in zip(areas, contrasts, strict=True):
            curves = trace_curves(contrast.is_positive, contrast.scores, counts)
            found.append(curves.compute_areas())
    rows = []
    for found, contrast in zip(areas, contrasts, strict=True):
        values = trace_curves(contrast.is_positive, contrast.scores).compute_areas()
        number = int(contrast.is_positive.sum())
        both = 0 < number < windows
        lows, highs = (
            np.nanquantile(np.concatenate(found), [0.025, 0.975], axis=0)
            if both
            else (np.full((2, 2), np.nan))
        )
        measures = (("roc_auc", 0.5), ("average_precision", number / windows))
        for index, (measure, by_chance) in enumerate(measures):
            rows.append(
                {
                    "model": contrast.model,
                    "kind": contrast.kind,
                    "class": contrast.name,
                    "windows": windows,
                    "of_class": number,
                    "measure": measure,
                    "value": float(values[index]) if both else np.nan,
                    "ci_low": lows[index],
                    "ci_high": highs[index],
                    "by_chance": by_chance,
                }
            )
    return pd.DataFrame(rows, columns=AREA_COLUMNS)
