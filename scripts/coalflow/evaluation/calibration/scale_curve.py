"""How large residuals are, as a smooth function of the prediction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.evaluation.predictions import Values

WINDOWS_PER_BIN = 100
MOST_BINS = 10
LEAST_SCALE = 1e-9
LEAST_SPREAD = 1e-6
# Of the logarithm of the mean of n absolute normal residuals, the variance times n.
LOG_VARIANCE = np.pi / 2 - 1
SD_OF_NORMAL = np.sqrt(np.pi / 2)  # over its mean absolute deviation
DIGITS = 9


class ScaleCurve(Section):
    """The size of residuals by the prediction: straight lines between points, of its logarithm."""

    predicted: tuple[float, ...]
    """Where the points are, in the units in which models learn."""
    log_scale: tuple[float, ...]
    spread_power: float = 0.0
    """The power of an ensemble's spread by which residuals grow."""
    spread_centre: float = 0.0
    """The mean logarithm of the spread."""

    def evaluate(self, predicted: Values, spread: Values | None = None) -> Values:
        """Return the scales of predictions, float64 (windows,).

        Parameters
        ----------
        predicted : ndarray of float64, shape (windows,)
            In the units in which models learn.
        spread : ndarray of float64, shape (windows,), optional
            Of the members of an ensemble, in the same units.
        """
        log_scale = np.interp(predicted, self.predicted, self.log_scale)
        if spread is not None and self.spread_power:
            logs = np.log(np.maximum(spread, LEAST_SPREAD))
            log_scale = log_scale + self.spread_power * (logs - self.spread_centre)
        return np.exp(log_scale)


def fit_scale_curve(
    predicted: Values, residuals: Values, spread: Values | None = None
) -> ScaleCurve:
    """Return how large residuals are.

    Windows are divided into equal parts by their prediction. The mean absolute residual of each, as
    a standard deviation if residuals are normal, is a point of the curve. As far as the parts
    differ by no more than chance would make them, they are drawn towards their mean (empirical
    Bayes), so that a constant scale is found to be one.

    Parameters
    ----------
    predicted, residuals : ndarray of float64, shape (windows,)
        In any units.
    spread : ndarray of float64, shape (windows,), optional
        Of the members of an ensemble. Residuals may grow by a power of it, from 0 to 1, which is
        estimated.
    """
    if not len(residuals):
        return ScaleCurve(predicted=(0.0,), log_scale=(0.0,))
    sizes = np.maximum(np.abs(residuals) * SD_OF_NORMAL, LEAST_SCALE)
    points, log_scale, parts = _find_points(predicted, sizes)
    power = centre = 0.0
    if spread is not None:
        logs = np.log(np.maximum(spread, LEAST_SPREAD))
        centre = float(logs.mean())
        power = _find_power(np.log(sizes) - log_scale[parts], logs - centre)
        points, log_scale, _ = _find_points(predicted, sizes / np.exp(power * (logs - centre)))
    return ScaleCurve(
        predicted=tuple(points.tolist()),
        log_scale=tuple(log_scale.round(DIGITS).tolist()),
        spread_power=round(power, DIGITS),
        spread_centre=round(centre, DIGITS),
    )


def _find_points(predicted: Values, sizes: Values) -> tuple[Values, Values, npt.NDArray[np.int64]]:
    """Return the points of the curve, their logarithms, and which is that of each window."""
    bins = int(np.clip(len(predicted) // WINDOWS_PER_BIN, 1, MOST_BINS))
    # Windows of equal predictions are in one part.
    edges = np.unique(np.quantile(predicted, np.arange(1, bins) / bins))
    _, parts = np.unique(np.searchsorted(edges, predicted, side="right"), return_inverse=True)
    counts = np.bincount(parts)
    points = np.bincount(parts, predicted) / counts
    logs = np.log(np.bincount(parts, sizes) / counts)
    noise = LOG_VARIANCE / counts
    mean = np.average(logs, weights=counts)
    differ = max(0.0, float(np.average((logs - mean) ** 2 - noise, weights=counts)))
    return points, mean + (logs - mean) * differ / (differ + noise), parts


def _find_power(logs: Values, spread: Values) -> float:
    """Return the slope, from 0 to 1, of logarithms by those of an ensemble's spread."""
    squares = float((spread**2).sum())
    return float(np.clip((logs * spread).sum() / squares, 0.0, 1.0)) if squares > 0 else 0.0
