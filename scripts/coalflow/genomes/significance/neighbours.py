"""Windows that lie next to each other, a window's length apart, and the means of their scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

NOBODY = -1


def find_neighbours(places: pd.DataFrame, length: int, reach: int) -> npt.NDArray[np.int64]:
    """Return the windows that lie one, two or more window lengths to either side of each.

    Parameters
    ----------
    places : DataFrame
        ``contig``, ``start`` and ``end`` of windows, in any order.
    length : int
        Bases of a window.
    reach : int
        How many lengths to either side.

    Returns
    -------
    ndarray of int64, shape (windows, 2 * reach + 1)
        Rows of ``places``, counted from 0, from the left to the right; that in the middle is the
        window itself. Of several windows, that whose middle is closest to where the neighbour
        should be; -1 where none is within half a length of there.

    Examples
    --------
    >>> places = pd.DataFrame({"contig": "1", "start": [0, 50, 100], "end": [100, 150, 200]})
    >>> find_neighbours(places, length=100, reach=1).tolist()
    [[-1, 0, 2], [-1, 1, -1], [0, 2, -1]]
    """
    found = np.full((len(places), 2 * reach + 1), NOBODY, dtype=np.int64)
    contig = pd.factorize(places["contig"])[0]
    middle = (places["start"].to_numpy(np.float64) + places["end"].to_numpy(np.float64)) / 2
    order = np.lexsort((middle, contig))
    borders = np.flatnonzero(np.diff(contig[order], prepend=-1, append=-1))
    for first, last in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
        rows = order[first:last]
        along = middle[rows]
        for offset in range(-reach, reach + 1):
            wanted = along + offset * length
            nearest = _find_nearest(along, wanted)
            is_there = np.abs(along[nearest] - wanted) < length / 2
            found[rows, reach + offset] = np.where(is_there, rows[nearest], NOBODY)
    found[:, reach] = np.arange(len(places))
    return found


def _find_nearest(
    along: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return the index of the closest of ascending values; of two as close, the first."""
    after = np.clip(np.searchsorted(along, wanted), 1, max(len(along) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(along) - 1)
    return np.where(wanted - along[before] <= along[after] - wanted, before, after)


def average_neighbours(
    scores: npt.NDArray[np.float64], neighbours: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the means of the scores of windows and their neighbours, and of how many each is.

    Parameters
    ----------
    scores : ndarray of float64, shape (windows,)
        Those that are nan are left out.
    neighbours : ndarray of int64, shape (windows, neighbours)
        What :func:`find_neighbours` returned, or some columns of it.

    Returns
    -------
    ndarray of float64, shape (windows,)
        nan where the window itself has no score.
    ndarray of int64, shape (windows,)
    """
    values = np.where(neighbours >= 0, scores[neighbours], np.nan)
    is_known = ~np.isnan(values)
    counts = is_known.sum(axis=1)
    sums = np.where(is_known, values, 0).sum(axis=1)
    means = np.where(np.isnan(scores), np.nan, sums / np.maximum(counts, 1))
    return means, counts
