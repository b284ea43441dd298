"""Statistics of windows as principal components, and how far windows lie from each other there."""

import dataclasses
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.spatial

from coalflow.statistics.window_statistics import SPAN

CENTRAL = 0.99  # of the windows of a group: how far it reaches
VARIANCE_KEPT = 0.99  # by the principal components


@dataclasses.dataclass(frozen=True)
class StatisticSpace:
    """Statistics of pilot windows as standardised principal components.

    Attributes
    ----------
    mean, scale : ndarray of float64, shape (statistics,)
        By which statistics are standardised.
    axes : ndarray of float64, shape (statistics, components)
    coordinates : ndarray of float64, shape (windows, components)
        Of the pilot windows.
    reach : float
        How far from its nearest neighbour a window may lie.
    """

    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float64]
    coordinates: npt.NDArray[np.float64]
    reach: float

    def project(self, table: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return the components of the windows of a table, float64 (windows, components)."""
        standardised = np.ascontiguousarray((make_comparable(table) - self.mean) / self.scale)
        # Not a product of matrices, whose digits depend on how many windows there are.
        components = [(standardised * axis).sum(axis=1) for axis in self.axes.T]
        return np.stack(components, axis=1)


def build_space(pilot: pd.DataFrame, groups: npt.NDArray[np.int64]) -> StatisticSpace:
    """Return the space of pilot windows.

    How far a window may lie from its nearest neighbour is the distance within which 99 % of pilot
    windows have theirs, in the group where windows are furthest from each other.

    Parameters
    ----------
    pilot : DataFrame
        A column for each statistic.
    groups : ndarray of int64, shape (windows,)
        The group of each window.
    """
    values = make_comparable(pilot)
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale == 0] = 1.0
    _, lengths, directions = np.linalg.svd((values - mean) / scale, full_matrices=False)
    explained = np.cumsum(lengths**2) / max((lengths**2).sum(), np.finfo(float).tiny)
    components = int(np.searchsorted(explained, VARIANCE_KEPT)) + 1
    axes = directions[:components].T / (np.maximum(lengths[:components], 1e-9) / len(values) ** 0.5)
    coordinates = (values - mean) / scale @ axes
    # The nearest to each is itself, the second nearest its neighbour.
    nearest = scipy.spatial.KDTree(coordinates).query(coordinates, k=2)[0][:, 1]
    furthest = max(
        np.sort(nearest[groups == group])[-find_rank(int((groups == group).sum()), 1)]
        for group in np.unique(groups)
    )
    return StatisticSpace(mean, scale, axes, coordinates, float(furthest))


def find_rank(size: int, sides: int) -> int:
    """Return which value from the end, counted from 1, bounds 99 % of values.

    Parameters
    ----------
    size : int
        Number of values.
    sides : int
        1 if values are left out at one end, 2 if at both.

    Examples
    --------
    >>> find_rank(199, sides=2), find_rank(400, sides=1)
    (1, 4)
    """
    return max(1, int((1 - CENTRAL) / sides * (size + 1)))


def project_on_plane(
    pilot: pd.DataFrame, genomes: Iterable[pd.DataFrame]
) -> list[npt.NDArray[np.float64]]:
    """Return where windows lie in two principal components of the pilot, for a picture.

    Parameters
    ----------
    pilot : DataFrame
        A column for each statistic.
    genomes : iterable of DataFrame
        The same of each genome.

    Returns
    -------
    list of ndarray of float64, shape (windows, 2)
        The pilot's first.
    """
    space = build_space(pilot, np.zeros(len(pilot), dtype=np.int64))
    return [np.pad(space.project(table), [(0, 0), (0, 1)])[:, :2] for table in (pilot, *genomes)]


def measure_distances(space: StatisticSpace, table: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return how far windows are from the nearest pilot window.

    Parameters
    ----------
    space : StatisticSpace
        That of the pilot.
    table : DataFrame
        The statistics of the windows.

    Returns
    -------
    ndarray of float64, shape (windows,)
    """
    return scipy.spatial.KDTree(space.coordinates).query(space.project(table))[0]


def find_differences(space: StatisticSpace, table: pd.DataFrame, pilot: pd.DataFrame) -> list[str]:
    """Return the two statistics by which windows differ most from those of the pilot nearby.

    Parameters
    ----------
    space : StatisticSpace
        That of the pilot.
    table, pilot : DataFrame
        The statistics of the windows and of the pilot's.

    Returns
    -------
    list of str
        The one with the largest difference first.
    """
    nearest = scipy.spatial.KDTree(space.coordinates).query(space.project(table))[1]
    apart = np.abs(make_comparable(table) - make_comparable(pilot)[nearest]) / space.scale
    return [table.columns[column] for column in apart.mean(axis=0).argsort()[:-3:-1]]


def make_comparable(table: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return statistics as numbers whose differences count alike, float64 (windows, statistics)."""
    values = {name: np.log(table[name]) if name == SPAN else table[name] for name in table}
    return np.column_stack(list(values.values()))
