"""Predicted distributions by 19 quantiles, and where in them a value is, as a normal score.

The normal score of a value is the normal quantile of its level: 0 at the median, 1.645 at the 95 %
quantile. Between two of the 19 quantiles it is linear, and beyond the outermost it keeps the
slope of the last two. For a normal distribution it is therefore exactly the value minus the mean,
over the standard deviation.
"""

import statistics

import numpy as np
import numpy.typing as npt

from coalflow.evaluation.predictions import LEVELS, Values

SCORES: Values = np.array([statistics.NormalDist().inv_cdf(level) for level in LEVELS])
LEAST_SLOPE = 1e-6  # of a quantile by its normal score, so that equal quantiles have an order
MEDIAN = len(LEVELS) // 2


def separate_quantiles(quantiles: Values) -> Values:
    """Return quantiles of which each is above the last, float64 (..., 19)."""
    steps = LEAST_SLOPE * SCORES
    return np.maximum.accumulate(quantiles - steps, axis=-1) + steps


def widen_quantiles(quantiles: Values, spread: Values) -> Values:
    """Return quantiles around the same median of a distribution with more variance.

    Parameters
    ----------
    quantiles : ndarray of float64, shape (..., 19)
    spread : ndarray of float64, shape (...)
        The standard deviation that is added: the variance of a mixture is the mean of its parts'
        variances and the variance of their means.

    Returns
    -------
    ndarray of float64, shape (..., 19)
    """
    sd = (quantiles[..., -1] - quantiles[..., 0]) / (SCORES[-1] - SCORES[0])
    factor = np.sqrt(1 + (spread / sd) ** 2)
    median = quantiles[..., MEDIAN, None]
    return median + (quantiles - median) * factor[..., None]


def find_scores(quantiles: Values, values: Values) -> Values:
    """Return the normal scores of values.

    Parameters
    ----------
    quantiles : ndarray of float64, shape (..., 19)
        Each above the last.
    values : ndarray of float64, shape (...)

    Returns
    -------
    ndarray of float64, shape (...)
    """
    below = (quantiles <= values[..., None]).sum(axis=-1)
    segment = np.clip(below - 1, 0, len(LEVELS) - 2)
    low, high = (_pick(quantiles, segment + step) for step in (0, 1))
    share = (values - low) / (high - low)
    return SCORES[segment] + share * np.diff(SCORES)[segment]


def find_values(quantiles: Values, scores: Values) -> Values:
    """Return the values that have some normal scores.

    Parameters
    ----------
    quantiles : ndarray of float64, shape (..., 19)
    scores : ndarray of float64, shape (..., scores)

    Returns
    -------
    ndarray of float64, shape (..., scores)
    """
    segment = np.clip(np.searchsorted(SCORES, scores, side="right") - 1, 0, len(LEVELS) - 2)
    low, high = (np.take_along_axis(quantiles, segment + step, axis=-1) for step in (0, 1))
    share = (scores - SCORES[segment]) / np.diff(SCORES)[segment]
    return low + share * (high - low)


def _pick(quantiles: Values, index: npt.NDArray[np.int64]) -> Values:
    return np.take_along_axis(quantiles, index[..., None], axis=-1)[..., 0]
