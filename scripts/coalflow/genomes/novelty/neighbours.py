"""How far windows are from the training windows nearest to them, as those are from each other.

References
----------
Breunig, Kriegel, Ng and Sander (2000), doi.org/10.1145/335191.335388, on local outliers.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import scipy.spatial.distance
from threadpoolctl import threadpool_limits

NEIGHBOURS = 20
VARIANCE_KEPT = 0.99
PAIRS_AT_ONCE = 2**16  # 512 kB an array
SMALLEST_DISTANCE = 1e-9  # to the nearest, where training windows are alike


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """Training windows in principal components, and how far each is from its neighbours.

    Attributes
    ----------
    mean, scale : ndarray of float64, shape (numbers,)
        By which the numbers that describe a window are standardised.
    axes : ndarray of float64, shape (components, numbers)
    coordinates : ndarray of float32, shape (training windows, components)
    reach : ndarray of float64, shape (training windows,)
        The mean distance to the nearest ``NEIGHBOURS`` others.
    """

    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float64]
    coordinates: npt.NDArray[np.float32]
    reach: npt.NDArray[np.float64]

    @classmethod
    def find(cls, values: npt.NDArray[np.floating], most: int) -> Neighbours:
        """Return the neighbours of training windows.

        Parameters
        ----------
        values : ndarray of float, shape (training windows, numbers)
        most : int
            Components that are kept at most.
        """
        numbers = values.astype(np.float64)
        mean, scale = numbers.mean(axis=0), numbers.std(axis=0)
        scale[scale == 0] = 1.0
        standardised = (numbers - mean) / scale
        with threadpool_limits(1):  # the same digits however many cores there are
            variances, directions = np.linalg.eigh(standardised.T @ standardised / len(values))
        variances, directions = variances[::-1], directions[:, ::-1]
        explained = np.cumsum(variances) / max(variances.sum(), 1e-12)
        kept = min(int(np.searchsorted(explained, VARIANCE_KEPT)) + 1, most)
        axes = directions[:, :kept].T.copy()
        # The sign of a component is arbitrary; with this one it is the same on every machine.
        axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
        coordinates = _project(numbers, mean, scale, axes).astype(np.float32)
        places = coordinates.astype(np.float64)
        distances, _ = _find_nearest(places, places, min(NEIGHBOURS, len(values) - 1) + 1)
        # The nearest to each is itself.
        reach = np.maximum(distances[:, 1:].mean(axis=1), SMALLEST_DISTANCE)
        return cls(mean, scale, axes, coordinates, reach)

    def measure(
        self, values: npt.NDArray[np.floating]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """Return how far windows are from their neighbours, and which these are.

        A distance is that to the nearest training windows, in units of how far these are from
        theirs: windows with sweeps differ more from each other than neutral ones do.

        Parameters
        ----------
        values : ndarray of float, shape (windows, numbers)

        Returns
        -------
        distances : ndarray of float64, shape (windows,)
        nearest : ndarray of int64, shape (windows, neighbours)
            Training windows.
        """
        number = min(NEIGHBOURS, len(self.reach) - 1)
        places = _project(values.astype(np.float64), self.mean, self.scale, self.axes)
        distances, nearest = _find_nearest(places, self.coordinates.astype(np.float64), number)
        apart = distances.mean(axis=1)
        return apart / self.reach[nearest].mean(axis=1), nearest

    def describe(self, nearest: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the mean numbers of some training windows, as far as components describe them.

        Parameters
        ----------
        nearest : ndarray of int64, shape (windows, neighbours)

        Returns
        -------
        ndarray of float64, shape (windows, numbers)
        """
        places = self.coordinates[nearest].astype(np.float64).mean(axis=1)
        standardised = np.zeros((len(nearest), len(self.mean)))
        for place, axis in zip(places.T, self.axes, strict=True):
            standardised += place[:, None] * axis
        return standardised * self.scale + self.mean


def _find_nearest(
    places: npt.NDArray[np.float64], others: npt.NDArray[np.float64], number: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return distances to the nearest others, ascending, and which these are.

    All pairs are compared: in as many dimensions, a tree would compare nearly as many. Both are
    (places, number).
    """
    distances = np.empty((len(places), number))
    nearest = np.empty((len(places), number), np.int64)
    step = max(1, PAIRS_AT_ONCE // len(others))
    for begin in range(0, len(places), step):
        part = slice(begin, begin + step)
        apart = scipy.spatial.distance.cdist(places[part], others, "sqeuclidean")
        chosen = np.argpartition(apart, number - 1, axis=1)[:, :number]
        squares = np.take_along_axis(apart, chosen, axis=1)
        order = np.lexsort((chosen, squares), axis=1)
        nearest[part] = np.take_along_axis(chosen, order, axis=1)
        distances[part] = np.sqrt(np.take_along_axis(squares, order, axis=1))
    return distances, nearest


def _project(
    values: npt.NDArray[np.float64],
    mean: npt.NDArray[np.float64],
    scale: npt.NDArray[np.float64],
    axes: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return components, float64 (windows, components).

    Not by a product of matrices, whose digits depend on how many windows there are.
    """
    standardised = np.ascontiguousarray((values - mean) / scale)
    return np.stack([(standardised * axis).sum(axis=1) for axis in axes], axis=1)
