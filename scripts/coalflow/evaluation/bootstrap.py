"""Bootstrap intervals: what a statistic would be in other samples of test windows."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from coalflow.core import seeds

BOOTSTRAPS = 2000
ROWS_AT_ONCE = 2_000_000  # 16 MB of row indices
LEVEL = 0.95


def draw_resamples(windows: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the rows of all resamples, ``BOOTSTRAPS`` in total.

    They depend on the parameters alone, so all models are evaluated on the same rows. They come in
    parts, since all at once would need gigabytes for a large test set.

    Parameters
    ----------
    windows : int
        How many windows there are, and how many are drawn for each resample, with replacement.
    seed : int
        The run's.

    Yields
    ------
    ndarray of int64, shape (resamples of this part, windows)
        Indices of windows.
    """
    generator = seeds.derive_generator(seed, "bootstrap", windows)
    step = max(1, ROWS_AT_ONCE // windows)
    for first in range(0, BOOTSTRAPS, step):
        yield generator.integers(windows, size=(min(step, BOOTSTRAPS - first), windows))


def compute_on_resamples(
    statistic: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float64]], windows: int, seed: int
) -> npt.NDArray[np.float64]:
    """Return a statistic of each resample.

    Parameters
    ----------
    statistic : callable
        Maps rows, int64 (resamples, windows), to float64 (resamples, ...).
    windows, seed
        As in :func:`draw_resamples`.

    Returns
    -------
    ndarray of float64, shape (``BOOTSTRAPS``, ...)
    """
    return np.concatenate([statistic(rows) for rows in draw_resamples(windows, seed)])


def resample_means(values: npt.NDArray[np.float64], seed: int) -> npt.NDArray[np.float64]:
    """Return the means of each resample.

    Parameters
    ----------
    values : ndarray of float64, shape (windows, numbers)
    seed : int
        As in :func:`draw_resamples`.

    Returns
    -------
    ndarray of float64, shape (``BOOTSTRAPS``, numbers)
    """
    windows = len(values)
    parts = [count_draws(rows, windows) @ values for rows in draw_resamples(windows, seed)]
    return np.concatenate(parts) / windows


def count_draws(rows: npt.NDArray[np.int64], windows: int) -> npt.NDArray[np.int64]:
    """Return how often each window is in each resample, int64 (resamples, windows).

    Parameters
    ----------
    rows : ndarray of int64, shape (resamples, windows of a resample)
    windows : int
        How many there are.

    Examples
    --------
    >>> count_draws(np.array([[0, 0, 2], [1, 2, 0]]), 3).tolist()
    [[2, 0, 1], [1, 1, 1]]
    """
    in_resample = rows + windows * np.arange(len(rows))[:, None]
    counts = np.bincount(in_resample.ravel(), minlength=len(rows) * windows)
    return counts.reshape(len(rows), windows)


def find_interval(resampled: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the two ends of the 95 % percentile interval along the first axis.

    They are nan where any value is nan.

    Parameters
    ----------
    resampled : ndarray of float64, shape (resamples, ...)
        A statistic of each resample.

    Returns
    -------
    ndarray of float64, shape (2, ...)

    Examples
    --------
    >>> find_interval(np.arange(1001.0)).round(3).tolist()
    [25.0, 975.0]
    """
    tail = (1 - LEVEL) / 2
    return np.quantile(resampled, [tail, 1 - tail], axis=0)
