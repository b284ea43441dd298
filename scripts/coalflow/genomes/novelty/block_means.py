"""Means of blocks of neighbouring windows, and how they vary among simulations."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.special

LEAST_OF_BLOCK = 0.5  # of the windows that others have; shorter blocks are left out
GAP = 0.5  # of a block's windows lie between the two ends that are compared
EVIDENCE = 0.01  # p of the hypothesis that blocks do not differ but by chance
PERMUTATIONS = 999


@dataclasses.dataclass(frozen=True)
class BlockMeans:
    """Blocks of simulated windows.

    Attributes
    ----------
    means : ndarray of float64, shape (blocks, statistics)
    begins, ends : ndarray of float64, shape (blocks, statistics)
        Means of the windows at either end of each block, far enough from each other not to be
        linked.
    windows : ndarray of float64, shape ()
        How many a block has.
    """

    means: npt.NDArray[np.float64]
    begins: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]
    windows: npt.NDArray[np.float64]

    @classmethod
    def measure(
        cls, values: npt.NDArray[np.float64], blocks: npt.NDArray[np.int64]
    ) -> tuple[BlockMeans, npt.NDArray[np.int64]]:
        """Return the means of blocks, and which blocks they are.

        Parameters
        ----------
        values : ndarray of float64, shape (windows, statistics)
        blocks : ndarray of int64, shape (windows,)
            The block of each window, 0 and up; windows of a block follow each other.
        """
        counts = np.bincount(blocks)
        kept = np.flatnonzero(counts >= LEAST_OF_BLOCK * counts.max())
        parts = [values[blocks == block] for block in kept]
        half = [int(len(part) * (1 - GAP) / 2) or 1 for part in parts]
        return (
            cls(
                np.stack([part.mean(axis=0) for part in parts]),
                np.stack(
                    [part[:size].mean(axis=0) for part, size in zip(parts, half, strict=True)]
                ),
                np.stack(
                    [part[-size:].mean(axis=0) for part, size in zip(parts, half, strict=True)]
                ),
                np.array(counts[kept].mean()),
            ),
            kept,
        )

    def __len__(self) -> int:
        return len(self.means)

    def __getitem__(self, rows: npt.NDArray[Any]) -> BlockMeans:
        """Return some blocks."""
        return BlockMeans(self.means[rows], self.begins[rows], self.ends[rows], self.windows)

    def find_covariance(self) -> npt.NDArray[np.float64]:
        """Return the covariance of means of blocks, float64 (statistics, statistics)."""
        apart = self.means - self.means.mean(axis=0)
        return apart.T @ apart / (len(apart) - 1)

    def find_shared_covariance(self) -> npt.NDArray[np.float64]:
        """Return the part of the covariance that all windows of a block share.

        It is that of a block's ends, which are not linked: parameters differ from block to block.
        Of few blocks it is known with an error, which is largest where they share least; there, a
        part of the whole covariance is taken instead, no less than that error.
        """
        begins, ends = self.begins - self.begins.mean(axis=0), self.ends - self.ends.mean(axis=0)
        shared = begins.T @ ends / (len(begins) - 1)
        shared = (shared + shared.T) / 2
        variances, directions = np.linalg.eigh(shared)
        known = (directions * np.maximum(variances, 0)) @ directions.T
        unsure = 1 / np.sqrt(len(self))
        return (1 - unsure) * known + unsure * self.find_covariance()

    def vary(self) -> bool:
        """Tell whether parameters differ from block to block, by a permutation of ends."""
        begins, ends = (
            (each - each.mean(axis=0)) / np.where(each.std(axis=0) > 0, each.std(axis=0), 1)
            for each in (self.begins, self.ends)
        )
        random = np.random.default_rng(0)
        found = (begins * ends).sum()
        by_chance = [
            (begins * ends[random.permutation(len(ends))]).sum() for _ in range(PERMUTATIONS)
        ]
        return bool((1 + np.sum(by_chance >= found)) / (1 + PERMUTATIONS) <= EVIDENCE)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A genome among simulated blocks.

    Attributes
    ----------
    shift : ndarray of float64, shape (statistics,)
        The genome's mean less that of the blocks.
    p : float
        The chance of such a difference, in any statistic or in their combination.
    p_of_each : ndarray of float64, shape (statistics,)
        The same of single statistics, for as many as there are.
    """

    shift: npt.NDArray[np.float64]
    p: float
    p_of_each: npt.NDArray[np.float64]


def compare_means(
    mean: npt.NDArray[np.float64],
    blocks: float,
    null: BlockMeans,
    correlations: npt.NDArray[np.float64],
    tolerance: float,
    varies: bool,
) -> Comparison:
    """Compare a genome's mean with those of simulated blocks.

    The mean of a genome varies as that of as many blocks does, and as those of simulations that
    differ in their parameters, if they do. Of the few blocks there are, the latter is known with an
    error. Single statistics are compared by Student's t, all together by Hotelling's T2 in their
    principal components; p is the smaller of both, for two tests.

    Parameters
    ----------
    mean : ndarray of float64, shape (statistics,)
        Of all windows of the genome.
    blocks : float
        How many blocks they are as many as.
    null : BlockMeans
    correlations : ndarray of float64, shape (statistics, statistics)
        Of statistics among windows.
    tolerance : float
        The standard deviation of the differences that do not matter, in that of windows.
    varies : bool
        Whether parameters differ from block to block.

    References
    ----------
    Hotelling (1931), doi.org/10.1214/aoms/1177732979.
    """
    shift = mean - null.means.mean(axis=0)
    covariance = null.find_covariance()
    if varies:
        shared = null.find_shared_covariance()
        own = (covariance - shared) / blocks
        variance = shared + own + covariance / len(null)
    else:
        variance = covariance * (1 / blocks + 1 / len(null))
    variance = variance + tolerance**2 * correlations
    freedom = len(null) - 1
    scale = np.sqrt(np.maximum(np.diag(variance), 1e-12))
    single = 2 * scipy.special.stdtr(freedom, -np.abs(shift) / scale)
    p_of_each = np.minimum(single * len(shift), 1)
    # As many components as there are blocks to tell their variances.
    _, directions = np.linalg.eigh(correlations)
    axes = directions[:, ::-1][:, : max(min(len(shift), len(null) // 5), 1)]
    inside = axes.T @ variance @ axes
    number = axes.shape[1]
    t2 = float(axes.T @ shift @ np.linalg.solve(inside + 1e-9 * np.eye(number), axes.T @ shift))
    others = freedom - number + 1
    p_together = scipy.special.fdtrc(number, others, max(t2, 0) * others / (freedom * number))
    return Comparison(shift, float(min(2 * min(p_of_each.min(), p_together), 1)), p_of_each)
