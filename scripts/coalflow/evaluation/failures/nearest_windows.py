"""The training windows that are most like test windows, by their statistics."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.spatial.distance

NEIGHBOURS = 3  # where there are no classes
PAIRS_AT_ONCE = 2**20  # 8 MB of distances
#: Statistics of parts, and single numbers of the spectrum, of which there are too many.
TOO_DETAILED = re.compile(r"_\d+_of_\d+$|^sites_with_\d+_copies$")


@dataclasses.dataclass(frozen=True)
class NearestWindows:
    """The training windows nearest to each test window.

    Attributes
    ----------
    labels : tuple of str
        What the neighbours are called: of which class they are, or their rank.
    rows : ndarray of int64, shape (test windows, neighbours)
        Indices of training windows; -1 where there is none of a class.
    distances : ndarray of float64, shape (test windows, neighbours)
        In standard deviations of the training windows, over all statistics (root mean square).
    """

    labels: tuple[str, ...]
    rows: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]


def choose_compared_statistics(names: Iterable[str]) -> list[str]:
    """Return the statistics by which windows are compared: those of whole windows.

    Parameters
    ----------
    names : iterable of str
        All that there are; if none is of whole windows, all are compared.

    Examples
    --------
    >>> choose_compared_statistics(["sites_with_1_copies", "h12", "h12_3_of_5"])
    ['h12']
    """
    names = list(names)
    return [name for name in names if not TOO_DETAILED.search(name)] or names


def find_nearest_windows(
    test: pd.DataFrame,
    train: pd.DataFrame,
    classes: Sequence[str] | None = None,
    class_of: npt.NDArray[np.int64] | None = None,
) -> NearestWindows:
    """Return the training windows nearest to each test window, of each class if there are any.

    Parameters
    ----------
    test, train : DataFrame
        Statistics of windows, the same columns.
    classes : sequence of str, optional
    class_of : ndarray of int64, shape (training windows,), optional
        The index of each one's class.
    """
    statistics = train.to_numpy(np.float64)
    mean, scale = statistics.mean(axis=0), statistics.std(axis=0)
    varied = scale > 0
    theirs = ((statistics - mean) / np.where(varied, scale, 1))[:, varied]
    ours = ((test.to_numpy(np.float64) - mean) / np.where(varied, scale, 1))[:, varied]
    if classes is None or class_of is None:
        number = min(NEIGHBOURS, len(train))
        labels = tuple(str(rank) for rank in range(1, number + 1))
        rows, distances = _find_nearest(ours, theirs, number)
    else:
        labels = tuple(classes)
        rows = np.full((len(test), len(labels)), -1, np.int64)
        distances = np.full((len(test), len(labels)), np.nan)
        for index in range(len(labels)):
            members = np.flatnonzero(class_of == index)
            if len(members):
                found, apart = _find_nearest(ours, theirs[members], 1)
                rows[:, index], distances[:, index] = members[found[:, 0]], apart[:, 0]
    return NearestWindows(labels, rows, distances / np.sqrt(max(varied.sum(), 1)))


def _find_nearest(
    places: npt.NDArray[np.float64], others: npt.NDArray[np.float64], number: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the nearest others to each place, and their distances, both (places, number)."""
    rows = np.empty((len(places), number), np.int64)
    distances = np.empty((len(places), number))
    step = max(1, PAIRS_AT_ONCE // len(others))
    for begin in range(0, len(places), step):
        part = slice(begin, begin + step)
        if others.shape[1]:
            apart = scipy.spatial.distance.cdist(places[part], others)
        else:  # no statistic varies
            apart = np.zeros((len(places[part]), len(others)))
        chosen = np.argpartition(apart, number - 1, axis=1)[:, :number]
        found = np.take_along_axis(apart, chosen, axis=1)
        order = np.lexsort((chosen, found), axis=1)
        rows[part] = np.take_along_axis(chosen, order, axis=1)
        distances[part] = np.take_along_axis(found, order, axis=1)
    return rows, distances
