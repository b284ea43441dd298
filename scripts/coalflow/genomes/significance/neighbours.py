"""Windows that lie next to each other, and the means of their scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

NOBODY = -1


def find_neighbours(places: pd.DataFrame, reach: int) -> npt.NDArray[np.int64]:
    """Return the windows that lie next to each, those next to these, and so on.

    Parameters
    ----------
    places : DataFrame
        ``contig``, ``start`` and ``end`` of windows, in any order.
    reach : int
        How many to either side.

    Returns
    -------
    ndarray of int64, shape (windows, 2 * reach + 1)
        Rows of ``places``, counted from 0, from the left to the right; that in the middle is the
        window itself. To the right of a window is the one that begins closest to where it ends, and
        to the left the one that ends closest to where it begins; -1 where none does within half of
        the window's own length. So windows that overlap are not neighbours, whatever the step.

    Examples
    --------
    >>> places = pd.DataFrame({"contig": "1", "start": [0, 50, 100], "end": [100, 150, 200]})
    >>> find_neighbours(places, reach=1).tolist()
    [[-1, 0, 2], [-1, 1, -1], [0, 2, -1]]
    """
    found = np.full((len(places), 2 * reach + 1), NOBODY, dtype=np.int64)
    found[:, reach] = np.arange(len(places))
    if not reach or not len(places):
        return found
    contig = pd.factorize(places["contig"])[0]
    start, end = (places[name].to_numpy(np.float64) for name in ("start", "end"))
    left = _find_closest(contig, end, start, end - start)
    right = _find_closest(contig, start, end, end - start)
    for step in range(1, reach + 1):
        found[:, reach - step] = _follow(left, found[:, reach - step + 1])
        found[:, reach + step] = _follow(right, found[:, reach + step - 1])
    return found


def _follow(following: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.where(rows >= 0, following[rows], NOBODY)


def _find_closest(
    contig: npt.NDArray[np.int64],
    border: npt.NDArray[np.float64],
    wanted: npt.NDArray[np.float64],
    length: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Return the row whose border is closest to where each wants it to be, of the same contig."""
    found = np.full(len(contig), NOBODY, dtype=np.int64)
    order = np.lexsort((border, contig))
    edges = np.flatnonzero(np.diff(contig[order], prepend=-1, append=-1))
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        rows = order[first:last]
        along, places = border[rows], wanted[rows]
        after = np.minimum(np.searchsorted(along, places), len(rows) - 1)
        before = np.maximum(after - 1, 0)
        nearest = np.where(places - along[before] <= np.abs(along[after] - places), before, after)
        is_near = np.abs(along[nearest] - places) < length[rows] / 2
        found[rows] = np.where(is_near, rows[nearest], NOBODY)
    return found


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
