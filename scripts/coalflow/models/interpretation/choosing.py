"""Which test windows are looked at."""

import numpy as np
import numpy.typing as npt

WINDOWS_COMPARED = 500  # enough for correlations to two digits


def pick_typical_window(values: npt.NDArray[np.generic]) -> int:
    """Return the index of the window whose value is the median.

    Parameters
    ----------
    values : ndarray, shape (windows,)

    Examples
    --------
    >>> pick_typical_window(np.array([3.0, 9.0, 4.0]))
    2
    """
    return int(np.argsort(values, kind="stable")[len(values) // 2])


def spread_evenly(count: int, most: int = WINDOWS_COMPARED) -> npt.NDArray[np.int64]:
    """Return up to ``most`` indices of windows that are sorted by cell.

    Parameters
    ----------
    count : int
        How many windows there are.
    most : int
        How many are chosen.

    Returns
    -------
    ndarray of int64
        Evenly spread, in ascending order.

    Examples
    --------
    >>> spread_evenly(5, most=3).tolist()
    [0, 2, 4]
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))
