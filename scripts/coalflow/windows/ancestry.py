"""Which stretches of haplotypes are from another population, of a shard's replicates.

Ends are in bases, not in sites: which sites a net sees is decided when a shard is read, and how
long stretches are is of interest in itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

PREFIX = "ancestry/"  # of the names of arrays in shards
OFFSETS = "offsets"


class Runs(NamedTuple):
    """Stretches of haplotypes, in the order of haplotypes, then of positions.

    Those of a haplotype neither overlap nor touch.

    Attributes
    ----------
    haplotype : ndarray of int32, shape (runs,)
        Which of the haplotypes each is of, counted from 0.
    left, right : ndarray of float64, shape (runs,)
        In bases; a run ends before ``right``.
    """

    haplotype: npt.NDArray[np.int32]
    left: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]


DTYPES = {"haplotype": np.int32, "left": np.float64, "right": np.float64, OFFSETS: np.int64}


@dataclasses.dataclass(frozen=True)
class Ancestry:
    """The runs of a shard's replicates, one replicate after the other.

    Attributes
    ----------
    runs : Runs
    offsets : ndarray of int64, shape (replicates + 1,)
        Replicate i has the runs offsets[i] to offsets[i + 1].
    """

    runs: Runs
    offsets: npt.NDArray[np.int64]

    def select_replicate(self, index: int) -> Runs:
        """Return the runs of a replicate, by its index in the shard."""
        own = slice(self.offsets[index], self.offsets[index + 1])
        runs = self.runs
        return Runs(runs.haplotype[own], runs.left[own], runs.right[own])

    def paint(
        self,
        replicates: npt.NDArray[np.int64],
        positions: npt.NDArray[np.float64],
        haplotypes: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.bool_]:
        """Tell where haplotypes are from the other population.

        Parameters
        ----------
        replicates : ndarray of int64, shape (windows,)
            Which of the shard's.
        positions : ndarray of float64, shape (windows, sites)
            In bases, ascending; nan where a window is padded, at its end.
        haplotypes : ndarray of int64, shape (haplotypes,)
            Which of the shard's, each at most once.

        Returns
        -------
        ndarray of bool, shape (windows, sites, haplotypes)
            False where a window is padded.

        Examples
        --------
        >>> runs = Runs(np.array([1], np.int32), np.array([10.0]), np.array([30.0]))
        >>> ancestry = Ancestry(runs, np.array([0, 1]))
        >>> painted = ancestry.paint(np.array([0]), np.array([[5.0, 10, 30]]), np.array([0, 1]))
        >>> painted[0, :, 1].tolist()
        [False, True, False]
        """
        windows, sites = positions.shape
        painted = np.zeros((windows, sites, len(haplotypes)), dtype=bool)
        most = max(self.runs.haplotype.max(initial=-1), haplotypes.max(initial=-1)) + 1
        column = np.full(most, -1)
        column[haplotypes] = np.arange(len(haplotypes))
        for window, replicate in enumerate(replicates.tolist()):
            own = self.select_replicate(replicate)
            columns = column[own.haplotype]
            first = np.searchsorted(positions[window], own.left)
            end = np.searchsorted(positions[window], own.right)
            seen = (columns >= 0) & (first < end)
            # Runs of a haplotype are apart, so each begins and ends at sites of its own, or ends
            # where the next begins.
            steps = np.zeros((sites + 1, len(haplotypes)), np.int8)
            np.add.at(steps, (first[seen], columns[seen]), 1)
            np.add.at(steps, (end[seen], columns[seen]), -1)
            painted[window] = np.cumsum(steps[:-1], axis=0, dtype=np.int8)
        return painted


def collect_ancestry(replicates: list[Runs]) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a shard, by their names there, for the runs of its replicates."""
    offsets = np.cumsum([0, *(len(runs.haplotype) for runs in replicates)])
    joined = {
        name: np.concatenate([getattr(runs, name) for runs in replicates]) for name in Runs._fields
    }
    arrays = {**joined, OFFSETS: offsets}
    return {f"{PREFIX}{name}": arrays[name].astype(dtype) for name, dtype in DTYPES.items()}


def read_ancestry(
    arrays: Mapping[str, npt.NDArray[Any]], replicates: int, haplotypes: int
) -> Ancestry | None:
    """Return the ancestry in a shard's arrays, checked; None where there is none.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        All arrays of the shard.
    replicates, haplotypes : int
        How many the shard has.

    Raises
    ------
    ValueError
        If the arrays do not fit each other or the shard.
    """
    found = {
        name.removeprefix(PREFIX): array
        for name, array in arrays.items()
        if name.startswith(PREFIX)
    }
    if not found:
        return None
    if set(found) != set(DTYPES):
        raise ValueError(f"it does not have all of {', '.join(f'{PREFIX}{n}' for n in DTYPES)}")
    for name, dtype in DTYPES.items():
        if found[name].dtype != dtype or found[name].ndim != 1:
            raise ValueError(f"{PREFIX}{name} is not a list of {np.dtype(dtype)}")
    offsets = found[OFFSETS]
    runs = Runs(found["haplotype"], found["left"], found["right"])
    number = len(runs.haplotype)
    if (
        len(offsets) != replicates + 1
        or offsets[0] != 0
        or offsets[-1] != number
        or (np.diff(offsets) < 0).any()
    ):
        raise ValueError(f"its {PREFIX}{OFFSETS} do not fit its replicates")
    if not (len(runs.left) == len(runs.right) == number and (runs.left < runs.right).all()):
        raise ValueError(f"its {PREFIX}left and {PREFIX}right are not ends of stretches")
    if number and not (runs.haplotype.min() >= 0 and runs.haplotype.max() < haplotypes):
        raise ValueError(f"its {PREFIX}haplotype does not fit its samples")
    return Ancestry(runs, offsets)
