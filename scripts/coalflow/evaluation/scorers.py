"""Scorers: all metrics of one model's predictions, computed for many resamples at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.bootstrap import count_draws
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.metrics import ALL, LOG10, METRICS, SCALED_MSE

SMALLEST = np.finfo(np.float64).eps  # a probability of 0 would make an infinite loss

#: A target and a metric.
MetricName: TypeAlias = tuple[str, str]
#: Indices of windows, int64 (resamples, windows); or a slice, which is one sample.
Rows: TypeAlias = npt.NDArray[np.int64] | slice
RowScore: TypeAlias = Callable[[Rows], npt.NDArray[np.float64]]


@dataclasses.dataclass(frozen=True)
class Scorer:
    """The metrics of predictions whose truth is known.

    Attributes
    ----------
    names : list of (str, str)
        A target and a metric each.
    score_rows : callable
        Maps rows, int64 (resamples, windows) or a slice, to the metrics of each resample, float64
        (resamples, metrics).
    """

    names: list[MetricName]
    score_rows: RowScore

    def score_all(self) -> npt.NDArray[np.float64]:
        """Return the metrics of all windows, float64 (metrics,)."""
        return self.score_rows(slice(None))[0]

    def select(self, names: Iterable[MetricName]) -> Scorer:
        """Return a scorer of some of the metrics, in the order of ``names``."""
        names = list(names)
        columns = [self.names.index(name) for name in names]
        return Scorer(names, lambda rows: self.score_rows(rows)[:, columns])


def make_scorer(
    truth: npt.NDArray[Any],
    predicted: npt.NDArray[np.float64],
    predictands: Predictands,
    only: Iterable[MetricName] | None = None,
) -> Scorer:
    """Return the scorer of some predictions.

    For classes the metrics are accuracy, log loss, and each class's recall, the share of its
    windows that are found, and precision, the share of the windows assigned to it that belong to
    it.

    Parameters
    ----------
    truth : ndarray of float64, shape (windows, targets), or of int64, shape (windows,)
        The true values; or the indices of the true classes.
    predicted : ndarray of float64, shape (windows, targets) or (windows, classes)
        Numbers; or the probabilities of classes.
    predictands : Predictands
        What is predicted.
    only : iterable of (str, str), optional
        The metrics wanted, a target and a metric each. Without it, all.
    """
    if predictands.scaling is None:
        scorer = _make_class_scorer(truth, predicted, predictands)
    else:
        scorer = _make_number_scorer(truth, predicted, predictands.scaling)
    return scorer if only is None else scorer.select(only)


def _make_number_scorer(
    truth: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64], scaling: TargetScaling
) -> Scorer:
    logs = scaling.take_logs(truth), scaling.take_logs(predicted)
    scores: dict[MetricName, RowScore] = {}
    for i, (name, is_log) in enumerate(zip(scaling.names, scaling.logs, strict=True)):
        pairs = {"": (truth, predicted), LOG10: logs} if is_log else {"": (truth, predicted)}
        for suffix, pair in pairs.items():
            columns = [values[:, i] for values in pair]
            for metric, compute in METRICS.items():
                scores[name, metric + suffix] = _score_pair(compute, *columns)
    if len(scaling.names) > 1:
        squares = np.mean(((logs[1] - logs[0]) / scaling.sds) ** 2, axis=1)
        scores[ALL, SCALED_MSE] = lambda rows: np.mean(squares[rows], axis=-1)

    def score_rows(rows: Rows) -> npt.NDArray[np.float64]:
        return np.column_stack([score(rows) for score in scores.values()])

    return Scorer(list(scores), score_rows)


def _score_pair(
    compute: Callable[..., npt.NDArray[np.float64]],
    truth: npt.NDArray[np.float64],
    predicted: npt.NDArray[np.float64],
) -> RowScore:
    return lambda rows: compute(truth[rows], predicted[rows])


def _make_class_scorer(
    truth: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.float64],
    predictands: Predictands,
) -> Scorer:
    # Each metric is a sum over windows, divided by another: so all resamples are one product.
    windows, classes = len(truth), predictands.classes or ()
    most_probable = probabilities.argmax(axis=1)
    true_probability = np.clip(probabilities[np.arange(windows), truth], SMALLEST, None)
    is_true, is_predicted = (np.eye(len(classes))[labels] for labels in (truth, most_probable))
    is_right = (most_probable == truth).astype(float)
    above = [
        is_right,
        -np.log(true_probability),
        is_true * is_right[:, None],
        is_predicted * is_right[:, None],
    ]
    below = [np.ones(windows), np.ones(windows), is_true, is_predicted]
    summands = np.column_stack([*above, *below])

    def score_rows(rows: Rows) -> npt.NDArray[np.float64]:
        counts = np.ones((1, windows)) if isinstance(rows, slice) else count_draws(rows, windows)
        sums = counts @ summands
        half = sums.shape[1] // 2
        with np.errstate(invalid="ignore"):
            return sums[:, :half] / sums[:, half:]

    names = ["accuracy", "log_loss"]
    names += [f"recall_{name}" for name in classes] + [f"precision_{name}" for name in classes]
    target = predictands.targets.first
    return Scorer([(target, name) for name in names], score_rows)
