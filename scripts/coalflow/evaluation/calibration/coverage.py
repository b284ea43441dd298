"""How often sets and intervals contain the true value, quantiles hold, and ranks are uniform."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.calibration.calibration import Calibration, Calibrations
from coalflow.evaluation.calibration.calibration_errors import AFTER
from coalflow.evaluation.calibration.class_calibration import LEVEL
from coalflow.evaluation.calibration.window_groups import (
    ALL,
    CLASS,
    PREDICTED,
    WindowGroup,
    divide_by_fifths,
)
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.predictions import LEVELS, Prediction, Values

SET, INTERVAL, QUANTILE, RANK = "set", "interval", "quantile", "rank"
CONFIDENCE = 0.95
NORMAL_95 = 1.959964  # of a normal distribution, 95 % is within as many standard deviations
RANKS = len(LEVELS) + 1

COLUMNS = [
    *("model", "target", "stage", "kind", "level", "group", "part", "from", "to", "windows"),
    *("share", "ci_low", "ci_high", "expected_low", "expected_high", "size", "p"),
]


@dataclasses.dataclass(frozen=True)
class _Judged:
    """Which windows hold what is stated, and how many windows that was calibrated on."""

    kind: str
    level: float
    holds: npt.NDArray[np.bool_]
    size: Values
    calibrated_on: int | None


def tabulate_coverage(
    truth: npt.NDArray[Any],
    predicted: Mapping[str, Mapping[str, Prediction]],
    calibrations: Calibrations,
    predictands: Predictands,
    groups: Sequence[WindowGroup],
) -> pd.DataFrame:
    """Return the table of ``coverage.tsv``.

    Parameters
    ----------
    truth : ndarray of float64, shape (windows, targets), or of int64, shape (windows,)
        The true values; or the indices of the true classes.
    predicted : mapping of str to mapping of str to Prediction
        By ``before`` and ``after`` calibration, then by the name of the model.
    calibrations : mapping of str to Calibration
        Of the models.
    predictands : Predictands
        What is predicted.
    groups : sequence of WindowGroup
        Of windows.

    Returns
    -------
    DataFrame
        A row per model, target, stage, kind, level and group of windows: the share that holds,
        with its 95 % interval (Clopper and Pearson); the range in which it is in 95 % of
        repetitions of calibration and test where windows of the group are like those of the
        calibration; and the mean size of sets or intervals. Of predicted distributions, there are
        the shares of true values below each of 19 quantiles, and in each twentieth of the
        distribution, with the p-value of a test that ranks are uniform.
    """
    rows: list[dict[str, Any]] = []
    for stage, predictions in predicted.items():
        for model, prediction in predictions.items():
            calibration = calibrations[model] if stage == AFTER else None
            by_class = _count_calibrated(calibration, predictands)
            for target, kinds, own in _judge(truth, prediction, calibration, predictands):
                start = {"model": model, "target": target, "stage": stage}
                for judged in kinds:
                    shown = groups[:1] if judged.kind == QUANTILE else [*groups, *own]
                    rows += [start | _describe_share(judged, each, by_class) for each in shown]
            for target, ranks, counted in _rank(truth, prediction, calibration, predictands):
                start = {"model": model, "target": target, "stage": stage}
                rows += [start | row for row in _describe_ranks(ranks, counted)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _judge(
    truth: npt.NDArray[Any],
    predicted: Prediction,
    calibration: Calibration | None,
    predictands: Predictands,
) -> Iterator[tuple[str, list[_Judged], list[WindowGroup]]]:
    """Yield what is stated of each target, and groups of windows by what is predicted."""
    if predictands.scaling is None:
        if predicted.in_set is not None and calibration is not None and calibration.classes:
            holds = predicted.in_set[np.arange(len(truth)), truth]
            size = predicted.in_set.sum(axis=1).astype(float)
            windows = sum(calibration.classes.windows)
            yield predictands.targets.first, [_Judged(SET, LEVEL, holds, size, windows)], []
        return
    if predicted.low is None or predicted.high is None:
        return
    logs = predictands.scaling.take_logs
    widths = logs(predicted.high) - logs(predicted.low)
    for index, name in enumerate(predictands.names):
        true, low, high = truth[:, index], predicted.low[:, index], predicted.high[:, index]
        numbers = calibration.numbers if calibration is not None else None
        counted = numbers[name].windows if numbers else None
        holds = (low <= true) & (true <= high)
        kinds = [_Judged(INTERVAL, LEVEL, holds, widths[:, index], counted)]
        if predicted.quantiles is not None:
            below = true[:, None] <= predicted.quantiles[:, index]
            nothing = np.full(len(true), np.nan)
            kinds += [
                _Judged(QUANTILE, float(level), below[:, column], nothing, counted)
                for column, level in enumerate(LEVELS)
            ]
        yield name, kinds, list(divide_by_fifths(PREDICTED, predicted.values[:, index]))


def _count_calibrated(calibration: Calibration | None, predictands: Predictands) -> dict[str, int]:
    """Return how many windows of each class a calibration had."""
    if calibration is None or calibration.classes is None:
        return {}
    return dict(zip(predictands.classes or (), calibration.classes.windows, strict=True))


def _describe_share(
    judged: _Judged, group: WindowGroup, by_class: Mapping[str, int]
) -> dict[str, Any]:
    inside, number = int(judged.holds[group.rows].sum()), len(group.rows)
    low, high = find_binomial_interval(inside, number)
    half = np.nan
    counted = judged.calibrated_on
    if group.group == CLASS and counted is not None:
        counted = by_class[group.part]
    if counted:
        variance = judged.level * (1 - judged.level) * (1 / number + 1 / counted)
        half = NORMAL_95 * np.sqrt(variance)
    return {
        "kind": judged.kind,
        "level": judged.level,
        **group.as_columns(),
        "share": inside / number,
        "ci_low": low,
        "ci_high": high,
        "expected_low": max(0.0, judged.level - half) if counted else half,
        "expected_high": min(1.0, judged.level + half) if counted else half,
        "size": float(judged.size[group.rows].mean()),
        "p": np.nan,
    }


def find_binomial_interval(
    inside: int, number: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return the interval of a share (Clopper and Pearson).

    Parameters
    ----------
    inside, number : int
        How many of how many.
    confidence : float

    Examples
    --------
    >>> [round(end, 3) for end in find_binomial_interval(9, 10)]
    [0.555, 0.997]
    """
    from scipy.special import betaincinv  # only where a table is made

    tail = (1 - confidence) / 2
    low = betaincinv(inside, number - inside + 1, tail) if inside else 0.0
    high = betaincinv(inside + 1, number - inside, 1 - tail) if inside < number else 1.0
    return float(low), float(high)


# Ranks -----------------------------------------------------------------------------------------


def _rank(
    truth: npt.NDArray[Any],
    predicted: Prediction,
    calibration: Calibration | None,
    predictands: Predictands,
) -> Iterator[tuple[str, npt.NDArray[np.int64], int | None]]:
    """Yield in which twentieth of its distribution the true value of each window is, by target."""
    if predicted.quantiles is None:
        return
    for index, name in enumerate(predictands.names):
        known = np.isfinite(predicted.quantiles[:, index]).all(axis=1)
        above = truth[known, index, None] > predicted.quantiles[known, index]
        numbers = calibration.numbers if calibration is not None else None
        yield name, above.sum(axis=1), numbers[name].windows if numbers else None


def _describe_ranks(
    ranks: npt.NDArray[np.int64], calibrated_on: int | None
) -> Iterator[dict[str, Any]]:
    """Yield a row for each twentieth."""
    counts, total = np.bincount(ranks, minlength=RANKS), len(ranks)
    p = find_uniformity_p(counts, calibrated_on)
    for index, count in enumerate(counts.tolist()):
        low, high = find_binomial_interval(count, total)
        yield {
            "kind": RANK,
            "level": (index + 1) / RANKS,
            "group": ALL,
            "part": ALL,
            "from": np.nan,
            "to": np.nan,
            "windows": total,
            "share": count / total,
            "ci_low": low,
            "ci_high": high,
            "expected_low": np.nan,
            "expected_high": np.nan,
            "size": np.nan,
            "p": p,
        }


def find_uniformity_p(counts: npt.NDArray[np.int64], calibrated_on: int | None = None) -> float:
    """Return the p-value of a chi-squared test that ranks are uniform.

    Parameters
    ----------
    counts : ndarray of int64, shape (ranks,)
        How many windows have each rank.
    calibrated_on : int, optional
        How many windows the ranks were calibrated on. Their noise is in the ranks of all other
        windows: the statistic is divided by 1 + windows / calibrated windows.
    """
    from scipy.special import chdtrc  # only where a table is made

    total = int(counts.sum())
    expected = total / len(counts)
    statistic = ((counts - expected) ** 2 / expected).sum()
    if calibrated_on:
        statistic /= 1 + total / calibrated_on
    return float(chdtrc(len(counts) - 1, statistic))
