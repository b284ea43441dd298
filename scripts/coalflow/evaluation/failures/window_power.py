"""Power of single windows: the share that is called at a stated rate of false positives."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.calibration.coverage import find_binomial_interval
from coalflow.evaluation.calibration.window_groups import ALL, WindowGroup, list_groups
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.failures.described_windows import select_parameters
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.predictions import TRUTH, Values, select_prediction

RATES = (0.05, 0.01)
DRAWN_RATE = RATES[0]  # of the picture
COLUMNS = [
    *("model", "kind", "rate", "threshold", "null_windows", "class", "group", "part"),
    *("from", "to", "windows", "called", "share", "ci_low", "ci_high"),
]


@dataclasses.dataclass(frozen=True)
class _Threshold:
    """From which score on windows are called at a rate of false positives; nan if none can be."""

    rate: float
    score: float
    null_windows: int


def tabulate_window_power(
    predicted: pd.DataFrame,
    validation: pd.DataFrame,
    models: JudgedModels,
    predictands: Predictands,
    neutral: Collection[str],
) -> pd.DataFrame:
    """Return the table of ``window_power.tsv``.

    The score of a window is the probability that it is not of a neutral class. The threshold is
    such that of new neutral windows the stated share is called on average, at most: it is found on
    validation windows.

    Parameters
    ----------
    predicted, validation : DataFrame
        Predictions of test windows, with their parameters, and of validation windows.
    models : JudgedModels
    predictands : Predictands
        The only target has classes.
    neutral : collection of str
        The classes that are the null.

    Returns
    -------
    DataFrame
        A row per model, rate and group of test windows: how many there are and which share is
        called, with its 95 % interval (Clopper and Pearson) at this threshold. Groups are those of
        each class, neutral ones too, and all others together, each as a whole and in parts by each
        parameter. Where there are too few neutral validation windows for a rate, shares are nan.
    """
    parameters = select_parameters(predicted, predictands)
    groups = list(_list_class_groups(parameters, predictands, neutral))
    rows: list[dict[str, Any]] = []
    for model in models.shown:
        scores = score_windows(predicted, model, predictands, neutral)
        null = score_windows(validation, model, predictands, neutral)
        null = null[validation[TRUTH].isin(list(neutral)).to_numpy()]
        for rate in RATES:
            threshold = _Threshold(rate, find_threshold(null, rate), len(null))
            start = {
                "model": model,
                "kind": models.find_kind(model),
                "rate": rate,
                "threshold": threshold.score,
                "null_windows": threshold.null_windows,
            }
            rows += [
                {
                    **start,
                    "class": name,
                    **group.as_columns(),
                    **_count_called(scores, group, threshold),
                }
                for name, group in groups
            ]
    return pd.DataFrame(rows, columns=COLUMNS)


def score_windows(
    predicted: pd.DataFrame, model: str, predictands: Predictands, neutral: Collection[str]
) -> Values:
    """Return the probability that windows are not neutral, float64 (windows,).

    Parameters
    ----------
    predicted : DataFrame
    model : str
    predictands : Predictands
    neutral : collection of str
        The classes that are the null.
    """
    values = select_prediction(predicted, model, predictands.targets).values
    others = [name not in neutral for name in predictands.classes or ()]
    return values[:, others].sum(axis=1)


def find_threshold(null: Values, rate: float) -> float:
    """Return the score from which on windows are called; nan where no score is high enough.

    By the principle of conformal prediction, a new neutral window is called with at most this
    probability if the validation windows are drawn afresh, too.

    Parameters
    ----------
    null : ndarray of float64, shape (windows,)
        Scores of neutral windows of the validation.
    rate : float
        The share of false positives.

    Examples
    --------
    >>> find_threshold(np.arange(99.0), 0.05)
    94.00000000000001
    >>> find_threshold(np.arange(10.0), 0.05)
    nan
    """
    as_high = int(rate * (len(null) + 1) + 1e-9) - 1  # validation windows that are called
    if as_high < 0:
        return float("nan")
    highest_not_called = np.sort(null)[::-1][as_high]
    return float(np.nextafter(highest_not_called, np.inf))


def _list_class_groups(
    parameters: pd.DataFrame, predictands: Predictands, neutral: Collection[str]
) -> Iterator[tuple[str, WindowGroup]]:
    """Yield groups of windows, each with the name of a class, or ``ALL`` of those not neutral."""
    target = predictands.targets.first
    names = [str(name) for name in parameters if name != target]
    truth = parameters[target].to_numpy()
    is_neutral = np.isin(truth, list(neutral))
    chosen: dict[str, npt.NDArray[np.bool_]] = {ALL: ~is_neutral}
    chosen |= {name: truth == name for name in predictands.classes or ()}
    for name, is_chosen in chosen.items():
        rows = np.flatnonzero(is_chosen)
        for group in list_groups(parameters.iloc[rows], names, None, target):
            yield name, dataclasses.replace(group, rows=rows[group.rows])


def _count_called(scores: Values, group: WindowGroup, threshold: _Threshold) -> dict[str, float]:
    called = int((scores[group.rows] >= threshold.score).sum())
    if np.isnan(threshold.score):
        return {"called": np.nan, "share": np.nan, "ci_low": np.nan, "ci_high": np.nan}
    low, high = find_binomial_interval(called, len(group.rows))
    return {"called": called, "share": called / len(group.rows), "ci_low": low, "ci_high": high}
