"""Tails of distributions, beyond a threshold: the generalised Pareto distribution.

Its two parameters are not estimated but averaged over, by how well they explain the values. So the
tail is a prediction of what further values would be: it is never empty, and its uncertainty is
that of the parameters.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

# The shape, whose prior is normal to either side of 0: scores are logarithms of odds or of numbers,
# whose tails are about exponential (shape 0) or a little lighter. Much lighter ones are rather an
# accident of the null, by which p would be too small.
SHAPES = np.linspace(-0.975, 0.8, 72)
SHAPE_SDS = 0.1, 0.2
# The mean, in those of the excesses. The prior of its logarithm is flat; or where it is known
# beforehand, normal.
MEANS = np.exp(np.linspace(-1.2, 1.2, 49))
SCALE_SD = 0.25
# Where the tail is tabulated, in means of the excesses.
POINTS = np.expm1(np.linspace(0, np.log1p(1e4), 150))
LEAST_LOG = -690.0  # of a probability: that of the smallest float64
INTERVAL = (0.025, 0.975)
NEGLIGIBLE = 1e-7  # of the weight of the best parameters


@dataclasses.dataclass(frozen=True)
class ParetoParameters:
    """Parameters of the distribution, and how probable they are.

    Attributes
    ----------
    unit : float
        In which excesses are measured.
    shapes, scales, weights : ndarray of float64, shape (pairs,)
        The weights sum to 1.
    """

    unit: float
    shapes: npt.NDArray[np.float64]
    scales: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]

    @classmethod
    def weigh(
        cls,
        excess: npt.NDArray[np.float64],
        weight: float = 1.0,
        mean: float | None = None,
        shape_sds: tuple[float, float] = SHAPE_SDS,
    ) -> ParetoParameters:
        """Return parameters by how well they explain values.

        Parameters
        ----------
        excess : ndarray of float64, shape (values,)
            By how much values exceed a threshold; all above 0.
        weight : float
            How many independent values each counts as.
        mean : float, optional
            What is known of their mean beforehand. There may then be no value at all.
        shape_sds : tuple of float
            How far the shape is below and above 0 beforehand.

        References
        ----------
        Coles (2001), An introduction to statistical modeling of extreme values, section 9.1.
        """
        unit = float(excess.mean()) if mean is None else mean
        scaled, rows = excess / unit, []
        for shape in SHAPES:
            # The mean of the distribution is scale / (1 - shape).
            scales = MEANS * (1 - shape)
            # The density is the survival to the power of 1 + shape, over the scale.
            survival = _log_survival(scaled, shape, scales[:, None]).sum(axis=1)
            rows.append((1 + shape) * survival - len(excess) * np.log(scales))
        shape_sd = np.where(SHAPES < 0, *shape_sds)
        logs = weight * np.array(rows) - ((SHAPES / shape_sd) ** 2 / 2)[:, None]
        if mean is not None:
            logs -= (np.log(MEANS) / SCALE_SD) ** 2 / 2
        weights = np.exp(logs - logs.max())
        shapes, means = (index[weights > NEGLIGIBLE] for index in np.indices(weights.shape))
        kept = weights[weights > NEGLIGIBLE]
        chosen = SHAPES[shapes]
        return cls(unit, chosen, MEANS[means] * (1 - chosen), kept / kept.sum())

    def find_log_p(
        self, excess: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the logarithms of how probable more than an excess is.

        Parameters
        ----------
        excess : ndarray of float64, shape (values,)

        Returns
        -------
        ndarray of float64, shape (values,)
            On the average over all parameters.
        ndarray of float64, shape (values, pairs)
            By each pair of parameters.
        """
        logs = _log_survival((excess / self.unit)[:, None], self.shapes, self.scales)
        with np.errstate(divide="ignore"):
            return np.log(np.exp(logs) @ self.weights), logs

    def measure_misfit(self, excess: npt.NDArray[np.float64]) -> float:
        """Return Anderson and Darling's distance from values, in which the ends weigh most.

        Parameters
        ----------
        excess : ndarray of float64, shape (values,)
            Above 0.

        References
        ----------
        Choulakian and Stephens (2001), doi.org/10.1198/00401700152672573.
        """
        log_above = np.minimum(self.find_log_p(np.sort(excess))[0], -1e-12)
        log_below = np.log(-np.expm1(log_above))
        count = len(excess)
        odd = 2 * np.arange(1, count + 1) - 1
        return float(-count - np.mean(odd * (log_below + log_above[::-1])))


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
    def average(cls, parameters: ParetoParameters) -> ParetoTail:
        """Return the tail on the average over parameters.

        Parameters
        ----------
        parameters : ParetoParameters
        """
        excess, weights = POINTS * parameters.unit, parameters.weights
        expected, logs = parameters.find_log_p(excess)
        order = np.argsort(logs, axis=1)
        cumulated = np.cumsum(weights[order], axis=1)
        rows = np.arange(len(POINTS))
        ends = [
            logs[rows, order[rows, np.minimum((cumulated < level).sum(axis=1), len(weights) - 1)]]
            for level in INTERVAL
        ]
        log_p = np.maximum([expected, *ends], LEAST_LOG)
        # Descending, whatever rounding does.
        return cls(excess, np.minimum.accumulate(log_p, axis=1))

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
