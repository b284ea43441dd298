"""Tails of distributions, beyond a threshold: the generalised Pareto distribution.

Its two parameters are not estimated but averaged over, by how well they explain the values. So the
tail is a prediction of what further values would be: it is never empty, and its uncertainty is
that of the parameters.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import scipy.special

# The shape, whose prior is normal: scores are logarithms of odds or of numbers, whose tails are
# about exponential (shape 0) or lighter.
SHAPES = np.linspace(-1.0, 0.8, 73)
SHAPE_SD = 0.2
# The scale, times what it would be by the mean of the excesses. Its prior is flat; or where it is
# known beforehand, normal for the logarithm.
SCALES = np.exp(np.linspace(-1.2, 1.2, 49))
SCALE_SD = 0.25
# Where the tail is tabulated, in means of the excesses.
POINTS = np.expm1(np.linspace(0, np.log1p(1e4), 400))
LEAST_LOG = -690.0  # of a probability: that of the smallest float64
INTERVAL = (0.025, 0.975)
NEGLIGIBLE = 1e-9  # of the weight of the best parameters


@dataclasses.dataclass(frozen=True)
class ParetoTail:
    """How probable it is that a value beyond a threshold exceeds it by more than any amount.

    Attributes
    ----------
    excess : ndarray of float64, shape (points,)
        Amounts, ascending from 0.
    log_p : ndarray of float64, shape (3, points)
        Logarithms of the probability, and of the ends of its 95 % interval.
    """

    excess: npt.NDArray[np.float64]
    log_p: npt.NDArray[np.float64]

    @classmethod
    def average(
        cls, excess: npt.NDArray[np.float64], weight: float = 1.0, mean: float | None = None
    ) -> ParetoTail:
        """Return the tail of some values, averaged over the parameters of the distribution.

        Parameters
        ----------
        excess : ndarray of float64, shape (values,)
            By how much values exceed a threshold; all above 0.
        weight : float
            How many independent values each counts as.
        mean : float, optional
            What is known of their mean beforehand. There may then be no value at all.

        References
        ----------
        Coles (2001), An introduction to statistical modeling of extreme values, section 9.1.
        """
        unit = float(excess.mean()) if mean is None else mean
        shapes, scales, weights = _weigh_parameters(excess / unit, weight, mean is not None)
        logs = _log_survival(POINTS[:, None], shapes, scales)
        log_weights = np.log(weights)
        with np.errstate(divide="ignore"):
            expected = scipy.special.logsumexp(logs + log_weights, axis=1)
        order = np.argsort(logs, axis=1)
        cumulated = np.cumsum(weights[order], axis=1)
        rows = np.arange(len(POINTS))
        ends = [
            logs[rows, order[rows, np.minimum((cumulated < level).sum(axis=1), len(weights) - 1)]]
            for level in INTERVAL
        ]
        log_p = np.maximum([expected, *ends], LEAST_LOG)
        # Descending, whatever rounding does.
        return cls(POINTS * unit, np.minimum.accumulate(log_p, axis=1))

    def find_log_p(self, excess: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the logarithms of probabilities, and of the ends of their intervals.

        Parameters
        ----------
        excess : ndarray of float64, shape (values,)
            0 or more.

        Returns
        -------
        ndarray of float64, shape (3, values)
        """
        scale = self.excess[1]
        along, points = np.log1p(excess / scale), np.log1p(self.excess / scale)
        return np.stack([np.interp(along, points, logs) for logs in self.log_p])


def _weigh_parameters(
    excess: npt.NDArray[np.float64], weight: float, mean_is_known: bool
) -> tuple[npt.NDArray[np.float64], ...]:
    """Return shapes, scales and how probable each pair is, of excesses whose mean is about 1."""
    # The mean of the distribution is scale / (1 - shape).
    grid = np.meshgrid(SHAPES, SCALES, indexing="ij")
    shapes, means = grid[0].ravel(), grid[1].ravel()
    scales = means * (1 - shapes)
    fits = shapes * excess.max(initial=0) > -scales
    shapes, scales, means = shapes[fits], scales[fits], means[fits]
    # The density is the survival to the power of 1 + shape, over the scale.
    logs = np.array(
        [
            ((1 + shape) * _log_survival(excess, shape, scale)).sum()
            for shape, scale in zip(shapes, scales, strict=True)
        ]
    )
    logs = weight * (logs - len(excess) * np.log(scales)) - (shapes / SHAPE_SD) ** 2 / 2
    if mean_is_known:
        logs -= (np.log(means) / SCALE_SD) ** 2 / 2
    weights = np.exp(logs - logs.max())
    kept = weights > NEGLIGIBLE
    weights = weights[kept]
    return shapes[kept], scales[kept], weights / weights.sum()


def _log_survival(
    excess: npt.NDArray[np.float64], shape: npt.ArrayLike, scale: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return the logarithm of the probability of more than an excess; -inf beyond the end."""
    shape, scaled = np.asarray(shape), excess / np.asarray(scale)
    is_exponential = np.abs(shape) < 1e-9
    safe = np.where(is_exponential, 1.0, shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = -np.log(np.maximum(1 + safe * scaled, 0)) / safe
    return np.where(is_exponential, -scaled, powers)


def measure_misfit(tail: ParetoTail, excess: npt.NDArray[np.float64]) -> float:
    """Return Anderson and Darling's distance between a tail and values, which weighs the ends most.

    Parameters
    ----------
    tail : ParetoTail
    excess : ndarray of float64, shape (values,)
        Above 0.

    References
    ----------
    Choulakian and Stephens (2001), doi.org/10.1198/00401700152672573.
    """
    log_above = np.minimum(tail.find_log_p(np.sort(excess))[0], -1e-12)
    log_below = np.log(-np.expm1(log_above))
    count = len(excess)
    odd = 2 * np.arange(1, count + 1) - 1
    return float(-count - np.mean(odd * (log_below + log_above[::-1])))
