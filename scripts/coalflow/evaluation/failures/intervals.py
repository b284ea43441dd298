"""Intervals of means, standard deviations and root mean squares that hold for few windows, too.

Percentiles of resamples do not: with 20 windows, a 95 % interval of a standard deviation then holds
83 %, and the one below 95 % (of normal errors; 90 % of those with tails as long as t with 5 degrees
of freedom).

References
----------
Bonett (2006), doi.org/10.1016/j.csda.2004.10.003, on standard deviations.
"""

import numpy as np

from coalflow.evaluation.predictions import Values

LEVEL = 0.95
FEWEST = 5  # values from which a standard deviation has an interval
NOT_DEFINED = (float("nan"), float("nan"))


def find_mean_interval(values: Values, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a mean, by Student's t.

    Parameters
    ----------
    values : ndarray of float64, shape (values,)
    level : float

    Examples
    --------
    >>> [round(end, 3) for end in find_mean_interval(np.array([1.0, 2.0, 3.0]))]
    [-0.484, 4.484]
    """
    from scipy.special import stdtrit  # of all SciPy, what takes least time to import

    number = len(values)
    if number < 2:
        return NOT_DEFINED
    half = float(stdtrit(number - 1, (1 + level) / 2) * values.std(ddof=1) / np.sqrt(number))
    return float(values.mean()) - half, float(values.mean()) + half


def find_sd_interval(values: Values, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a standard deviation (Bonett).

    Parameters
    ----------
    values : ndarray of float64, shape (values,)
    level : float
    """
    number = len(values)
    if number < FEWEST:
        return NOT_DEFINED
    squares = ((values - values.mean()) ** 2).sum()
    # Around a trimmed mean, which outliers do not move.
    cut = int(number / (2 * np.sqrt(number - 4)))
    centre = np.sort(values)[cut : number - cut].mean() if 2 * cut < number else np.median(values)
    fourth = float(((values - centre) ** 4).sum())
    variance = float(squares) / (number - 1)
    error = (number * fourth / squares**2 - (number - 3) / number) if squares else 0.0
    return _widen(variance, error / (number - 1), number, level)


def find_rms_interval(values: Values, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a root mean square, as that of a standard deviation around 0.

    Parameters
    ----------
    values : ndarray of float64, shape (values,)
    level : float
    """
    number = len(values)
    if number < FEWEST:
        return NOT_DEFINED
    mean = float((values**2).mean())
    error = float((values**4).mean()) / mean**2 - 1 if mean else 0.0
    return _widen(mean, error / (number - 1), number, level)


def _widen(square: float, error: float, number: int, level: float) -> tuple[float, float]:
    """Return the root of a square's interval; ``error`` is the variance of its logarithm."""
    from scipy.special import ndtri  # of all SciPy, what takes least time to import

    z = float(ndtri((1 + level) / 2))
    correction = number / (number - z)
    factor = float(np.exp(z * correction * np.sqrt(max(error, 0.0))))
    middle = correction * square
    return float(np.sqrt(middle / factor)), float(np.sqrt(middle * factor))
