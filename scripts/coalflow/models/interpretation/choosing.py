"""Which test windows are looked at."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.interpreting.explain import MOST_CONFUSING

WINDOWS_COMPARED = 500  # enough for correlations to two digits


def rank_windows(values: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """Return the indices of windows by their values, in ascending order; of equals the first first.

    Parameters
    ----------
    values : ndarray, shape (windows,)

    Examples
    --------
    >>> rank_windows(np.array([3.0, 9.0, 4.0])).tolist()
    [0, 2, 1]
    """
    return np.argsort(values, kind="stable")


def choose_confusing(found: pd.DataFrame, test: pd.DataFrame) -> list[int]:
    """Return the indices of the most confusing test windows, the most confusing of each kind first.

    Parameters
    ----------
    found : DataFrame
        ``confusing.tsv``.
    test : DataFrame
        The rows of test windows in the split table.
    """
    numbers = {
        key: index for index, key in enumerate(zip(test["cell"], test["replicate"], strict=True))
    }
    ordered = found.sort_values("rank", kind="stable")
    keys = zip(ordered["cell"], ordered["replicate"].astype(int), strict=True)
    rows = [numbers[key] for key in dict.fromkeys(keys) if key in numbers]
    return rows[:MOST_CONFUSING]


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
