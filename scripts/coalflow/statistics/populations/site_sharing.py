"""What populations share site by site: private and shared variation, divergence, joint spectra.

A site counts by the alleles that are called in each population. Where nothing is called in one of
the populations that a statistic compares, the site is left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.statistics.allele_counts import count_alleles, find_part
from coalflow.windows.packed_windows import Windows

#: Classes of the share of a population's alleles that are derived: none, less than a third, up to
#: two thirds, more, all. Where 0 and 1 are exchanged, the first becomes the last, and so on.
CLASSES = ("absent", "rare", "middle", "common", "fixed")


class SiteSharing:
    """The sites of windows, by the alleles of each population.

    Parameters
    ----------
    windows : Windows
    slices : mapping of str to slice
        The haplotypes of each population.
    """

    def __init__(self, windows: Windows, slices: Mapping[str, slice]) -> None:
        self._positions = windows.positions
        self._copies, self._number = {}, {}
        for name, chosen in slices.items():
            self._copies[name], self._number[name] = count_alleles(windows, chosen)
        self._varies = {
            name: (copies > 0) & (copies < self._number[name])
            for name, copies in self._copies.items()
        }
        self._share = {
            name: copies / np.maximum(self._number[name], 1)
            for name, copies in self._copies.items()
        }
        self._part: dict[int, npt.NDArray[np.int64]] = {}  # of each site, by the number of parts

    def count_private(self, name: str, parts: int) -> npt.NDArray[np.float64]:
        """Return how many sites vary in one population only, float64 (windows, parts).

        All others have the same allele there, so that the other one is private.
        """
        total, number = (
            sum(values for other, values in counts.items() if other != name)
            for counts in (self._copies, self._number)
        )
        has_one = (number > 0) & ((total == 0) | (total == number))
        return self._sum_parts(self._varies[name] & has_one, parts)

    def count_shared(self, pair: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return how many sites vary in both populations, float64 (windows,)."""
        first, second = (self._varies[name] for name in pair)
        return (first & second).sum(axis=1).astype(np.float64)

    def count_fixed(self, pair: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return at how many sites each population has an allele of its own, float64 (windows,)."""
        (copies, number), (others, other_number) = (
            (self._copies[name], self._number[name]) for name in pair
        )
        fixed = ((copies == 0) & (others == other_number)) | ((copies == number) & (others == 0))
        return (fixed & (number > 0) & (other_number > 0)).sum(axis=1).astype(np.float64)

    def compute_divergence(self, pair: Sequence[str], parts: int) -> npt.NDArray[np.float64]:
        """Return the mean number of differences between haplotypes of two populations, dxy.

        Returns float64 (windows, parts).
        """
        first, second = (self._share[name] for name in pair)
        differing = first * (1 - second) + second * (1 - first)
        return self._sum_parts(np.where(self._are_called(pair), differing, 0), parts)

    def compute_joint_spectrum(
        self, pair: Sequence[str], polarised: bool
    ) -> dict[str, npt.NDArray[np.float64]]:
        """Return how many sites have a class of derived alleles in each of two populations.

        Where the ancestral allele is not known, a site counts the same whichever of its alleles is
        1: two cells of the spectrum are one.

        Parameters
        ----------
        pair : sequence of str
        polarised : bool
            Whether 1 is the derived allele.

        Returns
        -------
        dict of str to ndarray of float64, shape (windows,)
            By names such as ``absent_rare``.
        """
        classes = len(CLASSES)
        first, second = (self._classify(name) for name in pair)
        cell = np.where(self._are_called(pair), first * classes + second, 0)
        cells = classes**2
        if not polarised:
            cell = np.minimum(cell, cells - 1 - cell)
        windows = len(cell)
        row = np.arange(windows)[:, None] * cells
        counts = np.bincount((row + cell).ravel(), minlength=windows * cells).reshape(-1, cells)
        # In the first cell and in the last one both populations have one allele, the same.
        last = cells - 1 if polarised else cells // 2 + 1
        return {
            f"{CLASSES[index // classes]}_{CLASSES[index % classes]}": counts[:, index].astype(
                np.float64
            )
            for index in range(1, last)
        }

    def compute_f2(self, pair: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return Patterson's f2, float64 (windows,)."""
        first, second = pair
        squares = (self._share[first] - self._share[second]) ** 2
        return self._sum_called(squares - self._correct(first) - self._correct(second), pair)

    def compute_f3(self, trio: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return Patterson's f3 of a population as to two others, float64 (windows,)."""
        own, first, second = (self._share[name] for name in trio)
        products = (own - first) * (own - second) - self._correct(trio[0])
        return self._sum_called(products, trio)

    def compute_f4(self, four: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return Patterson's f4 of two pairs of populations, float64 (windows,)."""
        first, second, third, fourth = (self._share[name] for name in four)
        return self._sum_called((first - second) * (third - fourth), four)

    def compute_patterson_d(self, names: Sequence[str]) -> npt.NDArray[np.float64]:
        """Return Patterson's D of two pairs of populations, float64 (windows,).

        It is f4 over the most that it can be with these frequencies; nan where that is 0. Of three
        populations the fourth is an outgroup that has the ancestral allele.
        """
        first, second, third = (self._share[name] for name in names[:3])
        fourth = self._share[names[3]] if len(names) > 3 else 0.0
        most = (first + second - 2 * first * second) * (third + fourth - 2 * third * fourth)
        with np.errstate(invalid="ignore"):
            return self._sum_called((first - second) * (third - fourth), names) / self._sum_called(
                most, names
            )

    def _correct(self, name: str) -> npt.NDArray[np.float64]:
        """Return what the square of a sampled frequency is too large by, (windows, sites)."""
        share = self._share[name]
        return share * (1 - share) / np.maximum(self._number[name] - 1, 1)

    def _classify(self, name: str) -> npt.NDArray[np.int64]:
        """Return an index in ``CLASSES`` for each site, (windows, sites)."""
        copies, number = self._copies[name], self._number[name]
        classes = 1 + (3 * copies >= number).astype(np.int64) + (3 * copies > 2 * number)
        classes[copies == 0] = 0
        classes[copies == number] = len(CLASSES) - 1
        return classes

    def _are_called(self, names: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return where something is called in all of these populations, (windows, sites)."""
        return np.logical_and.reduce([self._number[name] > 0 for name in names])

    def _sum_called(
        self, values: npt.NDArray[np.float64], names: Sequence[str]
    ) -> npt.NDArray[np.float64]:
        return self._sum_parts(np.where(self._are_called(names), values, 0), 1)[:, 0]

    def _sum_parts(
        self, values: npt.NDArray[np.float64 | np.bool_], parts: int
    ) -> npt.NDArray[np.float64]:
        """Return sums over the sites of each part, float64 (windows, parts).

        Padding has values of 0.
        """
        windows = len(values)
        if parts not in self._part:
            row = np.arange(windows)[:, None] * parts
            self._part[parts] = row + find_part(self._positions, parts)
        # Site after site, so that a sum does not depend on where the window is in memory.
        sums = np.bincount(self._part[parts].ravel(), values.ravel(), minlength=windows * parts)
        return sums.astype(np.float64, copy=False).reshape(windows, parts)
