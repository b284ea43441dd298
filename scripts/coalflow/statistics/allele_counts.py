"""Statistics of sites from allele counts, each site by the alleles that are called.

They are what tskit computes where all alleles are called, and are also defined where genotypes are
missing at single sites, which tskit does not support. With n alleles called at a site, k of them
1, the site adds 2 k (n - k) / (n (n - 1)) to pi, 2 k^2 / (n (n - 1)) to theta_H, and
1 / (1 + 1/2 + ... + 1 / (n - 1)) to Watterson's theta. Tajima's D compares pi with the last; its
variance is that of as many haplotypes as are called on average at the sites. Where all are
called, that is Tajima's (1989) formula.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.targets import StatisticTarget
from coalflow.windows.packed_windows import Windows

ALL = slice(None)


class Sites:
    """The sites of windows, by the part of the window that they are in.

    Parameters
    ----------
    windows : Windows
    haplotypes : slice
        Those to look at.
    """

    def __init__(self, windows: Windows, haplotypes: slice = ALL) -> None:
        copies, number = count_alleles(windows, haplotypes)
        self.haplotypes = len(range(windows.number_of_haplotypes)[haplotypes])
        # Sites that vary in what is called; padding has the allele 0 alone.
        self.window, site = np.nonzero((copies > 0) & (copies < number))
        self.copies, self.number = copies[self.window, site], number[self.window, site]
        self.positions = windows.positions[self.window, site]
        self.windows = len(windows)
        self._part: dict[int, npt.NDArray[np.int64]] = {}  # of each site, by the number of parts

    def compute_spectrum(self) -> npt.NDArray[np.float64]:
        """Return the site-frequency spectrum, float64 (windows, haplotypes - 1).

        Column k counts the sites at which the share of called alleles that are 1 is nearest to that
        of k + 1 copies among all haplotypes.
        """
        share = np.rint(self.copies * self.haplotypes / self.number).astype(np.int64)
        column = np.clip(share, 1, self.haplotypes - 1) - 1
        columns = self.haplotypes - 1
        counts = np.bincount(self.window * columns + column, minlength=self.windows * columns)
        return counts.reshape(self.windows, columns).astype(float)

    def compute_folded_spectrum(self) -> npt.NDArray[np.float64]:
        """Return the spectrum of the rarer allele, float64 (windows, haplotypes // 2).

        Column k counts the sites at which either allele has k + 1 copies.
        """
        counts = self.compute_spectrum()
        half = self.haplotypes // 2
        folded = counts[:, :half] + counts[:, ::-1][:, :half]
        if self.haplotypes % 2 == 0:
            folded[:, -1] = counts[:, half - 1]
        return folded

    def compute_statistic(self, name: str, parts: int) -> npt.NDArray[np.float64]:
        """Return a statistic of the haplotypes by its name, float64 (windows, parts)."""
        method = STATISTICS[name].allele_counts
        assert method is not None  # or allele counts do not give it
        return getattr(self, method)(parts)

    def compute_segregating_sites(self, parts: int) -> npt.NDArray[np.float64]:
        """Return the number of sites that vary, float64 (windows, parts)."""
        return self._sum_parts(np.ones(len(self.copies)), parts)

    def compute_diversity(self, parts: int) -> npt.NDArray[np.float64]:
        """Return pi, float64 (windows, parts)."""
        return self._sum_parts(self._diversity, parts)

    def compute_watterson_theta(self, parts: int) -> npt.NDArray[np.float64]:
        """Return Watterson's theta, float64 (windows, parts)."""
        return self._sum_parts(self._watterson_theta, parts)

    def compute_theta_h(self, parts: int) -> npt.NDArray[np.float64]:
        """Return Fay and Wu's (2000) theta_H, float64 (windows, parts)."""
        return self._sum_parts(self._theta_h, parts)

    def compute_fay_wu_h(self, parts: int) -> npt.NDArray[np.float64]:
        """Return Fay and Wu's (2000) H, pi - theta_H, float64 (windows, parts)."""
        return self.compute_diversity(parts) - self.compute_theta_h(parts)

    def compute_tajimas_d(self, parts: int) -> npt.NDArray[np.float64]:
        """Return Tajima's D, float64 (windows, parts); nan where it is not defined."""
        segregating = self.compute_segregating_sites(parts)
        with np.errstate(invalid="ignore", divide="ignore"):
            called = self._sum_parts(self.number.astype(np.float64), parts)
            mean = np.rint(called / segregating)
            n = np.nan_to_num(mean, nan=2).astype(np.int64)
            a1, a2 = (sums[n] for sums in sum_harmonic_series(self.haplotypes))
            e1 = ((n + 1) / (3 * (n - 1)) - 1 / a1) / a1
            b2 = 2 * (n**2 + n + 3) / (9 * n * (n - 1))
            e2 = (b2 - (n + 2) / (a1 * n) + a2 / a1**2) / (a1**2 + a2)
            variance = e1 * segregating + e2 * segregating * (segregating - 1)
            difference = self.compute_diversity(parts) - self.compute_watterson_theta(parts)
            # Of three haplotypes or fewer, pi and Watterson's theta do not differ.
            return np.where(n > 3, difference / np.sqrt(variance), np.nan)

    # What each site adds.

    @functools.cached_property
    def _diversity(self) -> npt.NDArray[np.float64]:
        n, k = self.number, self.copies
        return 2 * k * (n - k) / (n * (n - 1))

    @functools.cached_property
    def _watterson_theta(self) -> npt.NDArray[np.float64]:
        harmonic, _ = sum_harmonic_series(self.haplotypes)
        return 1 / harmonic[self.number]

    @functools.cached_property
    def _theta_h(self) -> npt.NDArray[np.float64]:
        n, k = self.number, self.copies
        return 2 * k**2 / (n * (n - 1))

    def _sum_parts(self, values: npt.NDArray[np.float64], parts: int) -> npt.NDArray[np.float64]:
        """Return sums over the sites of each part, float64 (windows, parts)."""
        if parts not in self._part:
            self._part[parts] = self.window * parts + find_part(self.positions, parts)
        sums = np.bincount(self._part[parts], values, minlength=self.windows * parts)
        return sums.astype(np.float64, copy=False).reshape(-1, parts)


def count_alleles(
    windows: Windows, haplotypes: slice = ALL
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return how many alleles are 1 at each site, and how many are called.

    Parameters
    ----------
    windows : Windows
    haplotypes : slice
        Those to look at.

    Returns
    -------
    copies, number : ndarray of int64, shape (windows, sites)
    """
    chosen = np.zeros(windows.number_of_haplotypes, np.uint8)
    chosen[haplotypes] = 1
    bits = np.packbits(chosen)
    copies = np.bitwise_count(windows.packed & bits).sum(axis=2, dtype=np.int64)
    if windows.called_packed is None:
        return copies, np.full_like(copies, chosen.sum())
    return copies, np.bitwise_count(windows.called_packed & bits).sum(axis=2, dtype=np.int64)


def find_part(positions: npt.NDArray[np.float32], parts: int) -> npt.NDArray[np.int64]:
    """Return in which of some parts of equal length positions from 0 to 1 are.

    Examples
    --------
    >>> find_part(np.array([0, 0.3, 0.9, 1], np.float32), parts=5).tolist()
    [0, 1, 4, 4]
    """
    return np.minimum((positions.astype(np.float64) * parts).astype(np.int64), parts - 1)


def find_edges(windows: Windows, parts: int) -> npt.NDArray[np.int64]:
    """Return the first site of each part of windows, and one beyond the last of all.

    Parameters
    ----------
    windows : Windows
    parts : int
        How many there are, of equal length.

    Returns
    -------
    ndarray of int64, shape (windows, parts + 1)
    """
    part = np.where(windows.mask, find_part(windows.positions, parts), parts)
    row = np.arange(len(windows))[:, None] * (parts + 1)
    counts = np.bincount((row + part).ravel(), minlength=row.size * (parts + 1))
    counts = counts.reshape(-1, parts + 1)
    return np.cumsum(counts, axis=1) - counts + windows.mask.argmax(axis=1)[:, None]


def compute_from_allele_counts(
    windows: Windows, statistic: StatisticTarget, slices: Mapping[str, slice]
) -> npt.NDArray[np.float64]:
    """Return a statistic of the sites of windows where genotypes may be missing.

    Parameters
    ----------
    windows : Windows
    statistic : StatisticTarget
    slices : mapping of str to slice
        The haplotypes of each population.

    Returns
    -------
    ndarray of float64, shape (windows,)
        nan where it is undefined, or where allele counts do not give this statistic.
    """
    name = STATISTICS[statistic.statistic].allele_counts
    if name is None:
        return np.full(len(windows), np.nan)
    sets = [slices[population] for population in statistic.of] or [ALL]
    if hasattr(Sites, name):
        return getattr(Sites(windows, *sets), name)(1)[:, 0]
    return globals()[name](windows, *sets)


def compute_divergence(windows: Windows, first: slice, second: slice) -> npt.NDArray[np.float64]:
    """Return the mean number of differences between haplotypes of two sets.

    Sites where nothing is called in one of them count as if they did not differ.

    Parameters
    ----------
    windows : Windows
        With genotypes missing.
    first, second : slice
        The haplotypes of the sets.

    Returns
    -------
    ndarray of float64, shape (windows,)
    """
    (copies, number), (others, other_number) = (
        count_alleles(windows, chosen) for chosen in (first, second)
    )
    share, other = copies / np.maximum(number, 1), others / np.maximum(other_number, 1)
    differing = share * (1 - other) + other * (1 - share)
    return np.where((number > 0) & (other_number > 0), differing, 0).sum(axis=1)


def compute_fst(windows: Windows, first: slice, second: slice) -> npt.NDArray[np.float64]:
    """Return Fst of two sets as tskit defines it, from the diversity within and between them.

    Parameters
    ----------
    windows, first, second
        As in :func:`compute_divergence`.

    Returns
    -------
    ndarray of float64, shape (windows,)
        nan without variation.
    """
    between = compute_divergence(windows, first, second)
    within = sum(Sites(windows, chosen).compute_diversity(1)[:, 0] for chosen in (first, second))
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - 2 * within / (within + 2 * between)


def sum_harmonic_series(
    most: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return 1 + 1/2 + ... + 1/(n - 1) and the same of squares, for n up to ``most``.

    Examples
    --------
    >>> sums, _ = sum_harmonic_series(3)
    >>> sums.tolist()
    [0.0, 0.0, 1.0, 1.5]
    """
    with np.errstate(divide="ignore"):
        terms = 1 / np.arange(-1.0, most)
    terms[:2] = 0
    return np.cumsum(terms), np.cumsum(terms**2)
