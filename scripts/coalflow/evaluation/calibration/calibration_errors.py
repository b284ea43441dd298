"""Whether probabilities hold: curves, and the expected calibration error with its interval.

Windows are divided by a probability into bins of equal numbers of windows. The expected calibration
error is the mean over windows of the absolute difference, in each bin, between the mean probability
and the share that is right (Naeini et al. 2015). Chance alone makes differences, so the plain error
of perfect probabilities is not 0: that of 1,000 windows in ten bins is about 0.03. The error that
is reported has this bias subtracted. In each bin the bias is that of the absolute value of a normal
number, whose mean is estimated from all bins together (empirical Bayes): where bins differ by no
more than chance would make them it is the whole noise, and where they differ by much more, nearly
nothing.

The probability is that of the predicted class; within a class, it is the probability of that class,
in all windows, and "right" means that the window is of it (Kull et al. 2019).

References
----------
Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian
binning. AAAI.
Kull et al. (2019), Beyond temperature scaling. NeurIPS.
Kumar, Liang and Ma (2019), Verified uncertainty calibration. NeurIPS: on the bias.
"""

import dataclasses
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation import bootstrap
from coalflow.evaluation.calibration.window_groups import ALL, CLASS, WindowGroup
from coalflow.evaluation.predictions import Prediction, Values

WINDOWS_PER_BIN = 50
MOST_BINS = 10
BEFORE, AFTER = "before", "after"
NORMAL = statistics.NormalDist()


@dataclasses.dataclass(frozen=True)
class CalibrationError:
    """The expected calibration error of some windows, with its 95 % bootstrap interval.

    ``plain`` is the error before the bias is subtracted, and ``by_chance`` what it would be of
    perfect probabilities.
    """

    ece: float
    ci_low: float
    ci_high: float
    plain: float
    by_chance: float
    bins: int


def assign_bins(
    probability: Values, most: int = MOST_BINS, each: int = WINDOWS_PER_BIN
) -> npt.NDArray[np.int64]:
    """Return the bin of each window, counted from 0: equal numbers, and ties together.

    Parameters
    ----------
    probability : ndarray of float64, shape (windows,)
    most : int
        How many bins there are at most.
    each : int
        How many windows a bin has at least, unless there is only one.
    """
    bins = int(np.clip(len(probability) // each, 1, most))
    edges = np.unique(np.quantile(probability, np.arange(1, bins) / bins))
    parts = np.searchsorted(edges, probability, side="right")
    return np.unique(parts, return_inverse=True)[1]


@dataclasses.dataclass(frozen=True)
class Judged:
    """Probabilities of some windows, and whether they were right.

    Attributes
    ----------
    rows : ndarray of int64, shape (windows of these,)
        Which of all windows they are.
    probability : ndarray of float64, shape (windows of these,)
    is_right : ndarray of bool, shape (windows of these,)
    """

    rows: npt.NDArray[np.int64]
    probability: Values
    is_right: npt.NDArray[np.bool_]


def measure_calibration_errors(
    judged: Sequence[Judged], windows: int, seed: int
) -> list[CalibrationError]:
    """Return the expected calibration errors of several sets of probabilities.

    Parameters
    ----------
    judged : sequence of Judged
    windows : int
        How many there are in all. The same ones are drawn for all sets.
    seed : int
        The run's, for resamples.
    """
    parts = [_BinnedWindows(each) for each in judged]
    drawn: list[list[Values]] = [[] for _ in parts]
    for rows in bootstrap.draw_resamples(windows, seed):
        index = rows + windows * np.arange(len(rows))[:, None]
        counts = np.bincount(index.ravel(), minlength=rows.size).reshape(rows.shape).astype(float)
        for part, found in zip(parts, drawn, strict=True):
            found.append(part.average(counts))
    return [part.measure(np.concatenate(found)) for part, found in zip(parts, drawn, strict=True)]


class _BinnedWindows:
    """How far off the probabilities of some windows are, by bins."""

    def __init__(self, judged: Judged) -> None:
        bins = assign_bins(judged.probability)
        off = judged.is_right - judged.probability
        self.rows = judged.rows
        self.is_in = np.eye(bins.max() + 1)[bins]
        self.off = self.is_in * off[:, None]
        self.counts = self.is_in.sum(axis=0)
        self.means = self.off.sum(axis=0) / self.counts
        # Of the mean of a bin, by how far its windows differ; of perfect probabilities, p (1 - p).
        squares = (self.off**2).sum(axis=0) / self.counts
        self.variances = np.maximum(squares - self.means**2, 0) / self.counts
        variance = judged.probability * (1 - judged.probability)
        self.perfect = np.bincount(bins, variance) / self.counts**2
        self.weights = self.counts / len(bins)

    def average(self, counts: Values) -> Values:
        """Return how far off each bin is in each resample, float64 (resamples, bins).

        Parameters
        ----------
        counts : ndarray of float64, shape (resamples, windows)
            How often each window was drawn.
        """
        own = counts if len(self.rows) == counts.shape[1] else counts[:, self.rows]
        return (own @ self.off) / np.maximum(own @ self.is_in, 1)

    def measure(self, resampled: Values) -> CalibrationError:
        """Return the error, by how far off each bin is in resamples."""
        # A resample has the noise of the windows, and as much again of its own.
        errors = _subtract_bias(resampled, 2 * self.variances, self.weights)
        low, high = bootstrap.find_interval(errors)
        return CalibrationError(
            ece=float(_subtract_bias(self.means[None], self.variances, self.weights)[0]),
            ci_low=float(low),
            ci_high=float(high),
            plain=float((self.weights * np.abs(self.means)).sum()),
            by_chance=float((self.weights * np.sqrt(self.perfect)).sum() * np.sqrt(2 / np.pi)),
            bins=len(self.counts),
        )


def _subtract_bias(means: Values, variances: Values, weights: Values) -> Values:
    """Return errors without their bias, at least 0.

    Parameters
    ----------
    means : ndarray of float64, shape (samples, bins)
        How far off each bin is.
    variances, weights : ndarray of float64, shape (bins,)
        Of the noise of each bin; and its share of the windows.

    Returns
    -------
    ndarray of float64, shape (samples,)
    """
    plain = (weights * np.abs(means)).sum(axis=1)
    real = np.maximum((weights * (means**2 - variances)).sum(axis=1, keepdims=True), 0)
    total = real + variances
    shrunk = np.abs(means) * np.divide(real, total, out=np.zeros_like(means), where=total > 0)
    sd = np.broadcast_to(np.sqrt(variances), means.shape)
    ratio = np.divide(shrunk, sd, out=np.full_like(means, np.inf), where=sd > 0)
    # The mean of the absolute value of a normal number, less the absolute value of its mean.
    density = np.exp(-(np.minimum(ratio, 40.0) ** 2) / 2)
    bias = sd * np.sqrt(2 / np.pi) * density - 2 * shrunk * _find_tail(ratio)
    return np.maximum(plain - (weights * np.maximum(bias, 0)).sum(axis=1), 0)


def _find_tail(ratio: Values) -> Values:
    """Return the probability that a normal number is above each ratio."""
    grid = np.linspace(0.0, 8.0, 801)
    tails = np.array([1 - NORMAL.cdf(x) for x in grid])
    return np.interp(ratio, grid, tails, right=0.0)


# Tables ----------------------------------------------------------------------------------------


def tabulate_calibration_errors(
    truth: npt.NDArray[np.int64],
    predicted: Mapping[str, Mapping[str, Prediction]],
    groups: Sequence[WindowGroup],
    classes: Sequence[str],
    seed: int,
) -> pd.DataFrame:
    """Return the table of ``calibration_error.tsv``.

    Parameters
    ----------
    truth : ndarray of int64, shape (windows,)
        The indices of the true classes.
    predicted : mapping of str to mapping of str to Prediction
        By ``before`` and ``after`` calibration, then by the name of the model.
    groups : sequence of WindowGroup
        Of windows.
    classes : sequence of str
    seed : int
        The run's, for resamples.

    Returns
    -------
    DataFrame
        A row per model, stage and group of windows. In the rows of a class, all windows count, by
        the probability of that class. Within parts of a parameter even perfect probabilities are
        off: a model cannot know that a window is of the weakest sweeps, among which it is right
        less often than it expects.
    """
    rows: list[dict[str, Any]] = []
    for stage, predictions in predicted.items():
        for model, prediction in predictions.items():
            judged = [_judge_group(truth, prediction, group, classes) for group in groups]
            # One model at a time: all at once would need gigabytes for a large test set.
            errors = measure_calibration_errors(judged, len(truth), seed)
            for group, each, error in zip(groups, judged, errors, strict=True):
                rows.append(
                    {
                        "model": model,
                        "stage": stage,
                        **group.as_columns(),
                        "windows": len(each.rows),
                        **dataclasses.asdict(error),
                        "mean_probability": each.probability.mean(),
                        "share_right": each.is_right.mean(),
                    }
                )
    return pd.DataFrame(rows)


def _judge_group(
    truth: npt.NDArray[np.int64],
    predicted: Prediction,
    group: WindowGroup,
    classes: Sequence[str],
) -> Judged:
    """Return the probabilities that are judged in a group of windows."""
    values = predicted.values
    if group.group == CLASS:
        index = list(classes).index(group.part)
        return Judged(np.arange(len(truth)), values[:, index], truth == index)
    own = values[group.rows]
    return Judged(group.rows, own.max(axis=1), own.argmax(axis=1) == truth[group.rows])


def tabulate_calibration(
    truth: npt.NDArray[np.int64], predicted: Mapping[str, Mapping[str, Prediction]]
) -> pd.DataFrame:
    """Return the table of ``calibration.tsv``: how often predictions of a probability are right.

    Parameters
    ----------
    truth, predicted
        As in :func:`tabulate_calibration_errors`.

    Returns
    -------
    DataFrame
        A row per model, stage and bin of the probability of the predicted class: its lowest and
        highest value, how many windows, the mean of that probability, and the share of windows
        whose predicted class is right.
    """
    rows = []
    for stage, predictions in predicted.items():
        for model, prediction in predictions.items():
            highest = prediction.values.max(axis=1)
            is_right = prediction.values.argmax(axis=1) == truth
            bins = assign_bins(highest)
            for index in range(bins.max() + 1):
                inside = bins == index
                rows.append(
                    {
                        "model": model,
                        "stage": stage,
                        "from": highest[inside].min(),
                        "to": highest[inside].max(),
                        "windows": int(inside.sum()),
                        "mean_probability": highest[inside].mean(),
                        "accuracy": is_right[inside].mean(),
                    }
                )
    return pd.DataFrame(rows)


def select_whole(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table that are about all test windows."""
    return table[table["group"] == ALL]
