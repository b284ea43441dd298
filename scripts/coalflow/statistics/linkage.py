"""Linkage disequilibrium between the sites of a window: r2 of all pairs, and what it yields.

Where the phase is known, r2 is that of haplotypes (Hill and Robertson 1968). Where it is not, it
is the squared correlation of genotypes, the number of copies of allele 1 in each individual
(Rogers and Huff 2009). Both are one formula: the correlation of rows, haplotypes or individuals.
Rows in which either site is not called are left out of a pair, and pairs in which a site does
not vary among the rows that are left have no r2.

Values of r2 are rounded to multiples of 2^-30. Their sums are then sums of whole numbers, the same
in whatever order they are added up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.windows.packed_windows import Windows

UNIT = 2.0**30
# Pairs of sites by their distance, in shares of the window: a distance class extends from half of
# its share to the whole of it, the first one from 0.
SHARES = (16, 8, 4, 2, 1)
FEWEST_ON_A_SIDE = 2  # sites left and right of a split


class Linkage:
    """The pairs of sites of some windows."""

    def __init__(self, windows: Windows) -> None:
        # Padding on the left is before all sites, padding on the right after them.
        padding = np.where(np.cumsum(windows.mask, axis=1) == 0, -1.0, 3.0)
        self.positions = np.where(windows.mask, windows.positions, padding)
        self._sums, self._numbers = _compare_sites(*_sum_rows(windows))

    def compute_r2_by_distance(self) -> npt.NDArray[np.float64]:
        """Return the mean r2 of sites at some distance, float64 (windows, distances).

        It is nan where no two sites are at that distance. Distances are those of ``SHARES``.
        """
        ends = [
            np.array([row.searchsorted(row + 1 / share, side="right") for row in self.positions])
            for share in SHARES
        ]
        sums, numbers = (
            np.diff([pairs.sum_up_to(end) for end in ends], axis=0, prepend=0)
            for pairs in (self._sums, self._numbers)
        )
        with np.errstate(invalid="ignore"):
            return (sums / UNIT / numbers).T

    def compute_zns(self, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return Kelly's (1997) ZnS, the mean r2 of the pairs within parts.

        Parameters
        ----------
        edges : ndarray of int64, shape (windows, parts + 1)
            The first site of each part, and one beyond the last of all.

        Returns
        -------
        ndarray of float64, shape (windows, parts)
            nan where a part has no pair.
        """
        first, end = edges[:, :-1], edges[:, 1:]
        sums, numbers = (pairs.sum_within(first, end) for pairs in (self._sums, self._numbers))
        with np.errstate(invalid="ignore"):
            return sums / UNIT / numbers

    def compute_omega(self, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return Kim and Nielsen's (2004) omega, its maximum over all splits of a part.

        A split has the part's first sites on its left and the others on its right, two or more on
        either side. Omega is the mean r2 of pairs on one side over that of pairs across; where that
        is 0 it is not defined.

        Parameters
        ----------
        edges : ndarray of int64, shape (windows, parts + 1)
            As in :meth:`compute_zns`.

        Returns
        -------
        ndarray of float64, shape (windows, parts)
            nan where no split defines it.
        """
        windows, sites = self.positions.shape
        part = (np.arange(sites)[:, None] >= edges[:, None, 1:]).sum(axis=2)
        part = np.minimum(part, edges.shape[1] - 2)
        first = np.take_along_axis(edges, part, axis=1)
        end = np.take_along_axis(edges, part + 1, axis=1)
        split = np.broadcast_to(np.arange(sites), part.shape)
        # Sites before the first part and after the last one are padding; they split nothing.
        split = np.clip(split, first, end)
        (side, across), (number, number_across) = (
            pairs.sum_by_side(first, split, end) for pairs in (self._sums, self._numbers)
        )
        enough = (split - first >= FEWEST_ON_A_SIDE) & (end - split >= FEWEST_ON_A_SIDE)
        with np.errstate(invalid="ignore", divide="ignore"):
            omega = (side / number) / (across / number_across)
        omega = np.where(enough & (number > 0) & (across > 0), omega, -1.0)
        greatest = np.full((windows, edges.shape[1] - 1), -1.0)
        np.maximum.at(greatest, (np.arange(windows)[:, None], part), omega)
        return np.where(greatest < 0, np.nan, greatest)


class _Pairs:
    """Sums of whole numbers over the pairs of sites of stretches.

    ``values``, int64 (windows, sites, sites), is 0 except for pairs of a site with a later one. It
    is overwritten.
    """

    def __init__(self, values: npt.NDArray[np.int64]) -> None:
        windows, sites, _ = values.shape
        summed = np.zeros((windows, sites + 1, sites + 1), dtype=np.int64)
        np.cumsum(values, axis=2, out=values)
        np.cumsum(values, axis=1, out=summed[:, 1:, 1:])
        self._columns, self._summed = sites + 1, summed.reshape(windows, -1)

    def sum_within(
        self, first: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return sums over pairs of sites from ``first`` to before ``end``, of their shape."""
        return self._sum_before(end, end) - self._sum_before(first, end)

    def sum_up_to(self, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return sums over pairs of any site i and those after it, up to before ``ends[:, i]``.

        Returns int64 (windows,).
        """
        rows = np.broadcast_to(np.arange(ends.shape[1]), ends.shape)
        return (self._sum_before(rows + 1, ends) - self._sum_before(rows, ends)).sum(axis=1)

    def sum_by_side(
        self,
        first: npt.NDArray[np.int64],
        split: npt.NDArray[np.int64],
        end: npt.NDArray[np.int64],
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return sums over pairs on one side of a split, and over pairs across it."""
        same_side = self.sum_within(first, split) + self.sum_within(split, end)
        return same_side, self.sum_within(first, end) - same_side

    def _sum_before(
        self, row: npt.NDArray[np.int64], column: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        return np.take_along_axis(self._summed, row * self._columns + column, axis=1)


def _sum_rows(
    windows: Windows,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
    """Return rows of numbers, float32 (windows, sites, rows), and 1 where they are called, or None.

    A row's number is how many copies of allele 1 it has. An individual is called where all of its
    alleles are.
    """
    shape = (*windows.mask.shape, windows.rows, windows.alleles_per_row)
    copies = windows.haplotypes.reshape(shape).sum(axis=3, dtype=np.float32)
    called = windows.called
    if called is None:
        return copies, None
    called_rows = called.reshape(shape).min(axis=3).astype(np.float32)
    return copies * called_rows, called_rows


def _compare_sites(
    copies: npt.NDArray[np.float32], called: npt.NDArray[np.float32] | None
) -> tuple[_Pairs, _Pairs]:
    """Return r2 in units of 2^-30, and which pairs have it.

    Arguments are what :func:`_sum_rows` returns. Products and sums are of whole numbers, exact in
    float32, so that the number of threads does not change them.
    """
    products = (copies @ copies.transpose(0, 2, 1)).astype(np.float64)
    if called is None:
        number = copies.shape[2]
        sums, squares = (
            values.sum(axis=2, keepdims=True, dtype=np.float64) for values in (copies, copies**2)
        )
    else:
        others = called.transpose(0, 2, 1)
        number, sums, squares = (
            (values @ others).astype(np.float64) for values in (called, copies, copies**2)
        )
    variances = number * squares - sums**2
    vary = variances > 0
    weights = np.divide(1, variances, out=np.zeros_like(variances), where=vary)
    # Large arrays: in place, and each site with those after it alone.
    products *= number
    products -= sums * sums.transpose(0, 2, 1)
    products *= products
    products *= weights
    products *= weights.transpose(0, 2, 1)
    products *= UNIT
    squared = np.rint(products, out=products).astype(np.int64)
    later = np.triu(np.ones(squared.shape[1:], dtype=np.int64), 1)
    squared *= later
    return _Pairs(squared), _Pairs(later * (vary & vary.transpose(0, 2, 1)))
