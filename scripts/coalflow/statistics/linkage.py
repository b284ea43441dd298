"""Linkage disequilibrium between the sites of a window: r2 of all pairs, and what it yields.

Where the phase is known, r2 is that of haplotypes (Hill and Robertson 1968). Where it is not, it
is the squared correlation of genotypes, the number of copies of allele 1 in each individual
(Rogers and Huff 2009). Both are one formula: the correlation of rows, haplotypes or individuals.
Rows in which either site is not called are left out of a pair, and pairs in which a site does
not vary among the rows that are left have no r2.

Values of r2 have the seven digits of float32, and are rounded to multiples of 2^-30. Their sums are
then sums of whole numbers, the same in whatever order they are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.windows.packed_windows import Windows

UNIT = 2.0**30
# Pairs of sites by their distance, in shares of the window: a distance class extends from half of
# its share to the whole of it, the first one from 0.
SHARES = (16, 8, 4, 2, 1)
FEWEST_ON_A_SIDE = 2  # sites left and right of a split
PAIRS_AT_ONCE = 2**16  # 256 kB an array: more does not stay in a processor's cache
MOST_EXACT = 2**24  # float32 holds all whole numbers up to this one

#: Maps some sites to what :func:`_square_correlations` returns of them with all, (windows, some
#: sites, sites), and to which of these pairs have r2; None where all that vary do.
Compare: TypeAlias = Callable[[slice], tuple[npt.NDArray[np.int32], "npt.NDArray[np.bool_] | None"]]


class Linkage:
    """The pairs of sites of some windows, and of parts of them.

    Parameters
    ----------
    windows : Windows
    partitions : sequence of ndarray of int64, shape (windows, parts + 1)
        Ways to divide the windows into parts: the first site of each part, and one beyond the last
        of all.
    """

    def __init__(self, windows: Windows, partitions: Sequence[npt.NDArray[np.int64]]) -> None:
        number, sites, _ = windows.shape
        self._parts = [_Parts(edges, sites) for edges in partitions]
        self._site = np.arange(sites)
        own = np.broadcast_to(self._site, (number, sites))
        part_bounds = [bound for parts in self._parts for bound in (parts.first, parts.end)]
        bounds = np.stack([own, *part_bounds, *_find_distant(windows)])
        self._r2, self._number = _sum_pairs(windows, bounds)

    def compute_r2_by_distance(self) -> npt.NDArray[np.float64]:
        """Return the mean r2 of sites at some distance, float64 (windows, distances).

        It is nan where no two sites are at that distance. Distances are those of ``SHARES``.
        """
        sums, numbers = (
            np.diff((pairs[-len(SHARES) :] - pairs[0]).sum(axis=2), axis=0, prepend=0)
            for pairs in (self._r2, self._number)
        )
        with np.errstate(invalid="ignore"):
            return (sums / UNIT / numbers).T

    def compute_zns(self, partition: int) -> npt.NDArray[np.float64]:
        """Return Kelly's (1997) ZnS, the mean r2 of the pairs within parts.

        Parameters
        ----------
        partition : int
            An index in ``partitions``.

        Returns
        -------
        ndarray of float64, shape (windows, parts)
            nan where a part has no pair.
        """
        parts = self._parts[partition]
        sums, numbers = (
            parts.sum_within(pairs[0] - pairs[1 + 2 * partition])
            for pairs in (self._r2, self._number)
        )
        with np.errstate(invalid="ignore"):
            return sums / UNIT / numbers

    def compute_omega(self, partition: int) -> npt.NDArray[np.float64]:
        """Return Kim and Nielsen's (2004) omega, its maximum over all splits of a part.

        A split has the part's first sites on its left and the others on its right, two or more on
        either side. Omega is the mean r2 of pairs on one side over that of pairs across; where that
        is 0 it is not defined.

        Parameters
        ----------
        partition : int
            As in :meth:`compute_zns`.

        Returns
        -------
        ndarray of float64, shape (windows, parts)
            nan where no split defines it.
        """
        parts = self._parts[partition]
        (side, across), (number, number_across) = (
            parts.sum_by_side(*pairs[[0, 1 + 2 * partition, 2 + 2 * partition]])
            for pairs in (self._r2, self._number)
        )
        enough = self._site >= parts.first + FEWEST_ON_A_SIDE
        enough &= self._site <= parts.end - FEWEST_ON_A_SIDE
        with np.errstate(invalid="ignore", divide="ignore"):
            omega = (side / number) / (across / number_across)
        return parts.find_greatest(np.where(enough & (number > 0) & (across > 0), omega, np.nan))


class _Parts:
    """Parts of windows, and sums over the sites in them.

    Sites before the first part and after the last one are padding; they count as in the nearest.
    """

    def __init__(self, edges: npt.NDArray[np.int64], sites: int) -> None:
        bounds = edges.copy()
        bounds[:, 0], bounds[:, -1] = 0, sites
        self._edges, self._widths = edges, np.diff(bounds).ravel()
        #: The first site of the part that each site is in, and one beyond its last, int64
        #: (windows, sites).
        self.first, self.end = self._spread(edges[:, :-1]), self._spread(edges[:, 1:])

    def sum_within(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return sums over the sites of each part, (windows, parts), of values (windows, sites)."""
        return np.diff(np.take_along_axis(_sum_before(values), self._edges, axis=1))

    def sum_by_side(
        self,
        own: npt.NDArray[np.int64],
        first: npt.NDArray[np.int64],
        end: npt.NDArray[np.int64],
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return sums over pairs on one side of the split before each site, and over pairs across.

        Pairs are of two sites of one part. Takes what :func:`_sum_pairs` returns for the bounds
        that the site itself, its part's first site and its part's end are. All are int64 (windows,
        sites).
        """
        with_earlier, with_later = _sum_before(own - first), _sum_before(end - own)
        begin, stop = self._edges[:, :-1], self._edges[:, 1:]
        left = with_earlier[:, :-1] - self._spread(np.take_along_axis(with_earlier, begin, axis=1))
        right = self._spread(np.take_along_axis(with_later, stop, axis=1)) - with_later[:, :-1]
        side = left + right
        return side, self._spread(self.sum_within(own - first)) - side

    def find_greatest(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the greatest value of each part that is not nan, (windows, parts), or nan."""
        windows, sites = values.shape
        # A column for parts that begin after the last site.
        filled = np.full((windows, sites + 1), np.nan)
        filled[:, :-1] = values
        begin = self._edges[:, :-1] + np.arange(windows)[:, None] * (sites + 1)
        greatest = np.fmax.reduceat(filled.ravel(), begin.ravel()).reshape(begin.shape)
        return np.where(self._edges[:, 1:] > self._edges[:, :-1], greatest, np.nan)

    def _spread(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the value of the part that each site is in, (windows, sites)."""
        return values.ravel().repeat(self._widths).reshape(len(values), -1)


def _find_distant(windows: Windows) -> list[npt.NDArray[np.int64]]:
    """Return the first site further from each than each of the distances, (windows, sites)."""
    # Padding on the left is before all sites, padding on the right after them.
    padding = np.where(np.cumsum(windows.mask, axis=1) == 0, -1.0, 3.0)
    positions = np.where(windows.mask, windows.positions, padding)
    distances = 1 / np.array(SHARES)[:, None]
    ends = np.stack([row.searchsorted(row + distances, side="right") for row in positions], axis=1)
    return list(ends)


def _sum_pairs(
    windows: Windows, bounds: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return sums over the pairs of each site with those before some bounds.

    A site is in no pair with itself.

    Parameters
    ----------
    windows : Windows
    bounds : ndarray of int64, shape (bounds, windows, sites)

    Returns
    -------
    r2, number : ndarray of int64, of the same shape
        Sums of r2 in units of 2^-30, and how many pairs have it.
    """
    copies, called = _sum_rows(windows)
    sites = copies.shape[1]
    # What padding is in no pair of, is not computed.
    r2, number = np.zeros_like(bounds), np.zeros_like(bounds)
    step = max(1, PAIRS_AT_ONCE // sites**2)
    for begin in range(0, len(copies), step):
        part = slice(begin, begin + step)
        seen = _find_seen(windows.mask[part])
        own_bounds = np.clip(bounds[:, part, seen], seen.start, seen.stop) - seen.start
        rows = copies[part, seen]
        compare = _compare_sites(rows)
        if called is not None:
            compare = _compare_called_sites(rows, called[part, seen], windows.alleles_per_row)
        r2[:, part, seen], number[:, part, seen] = _sum_partners(compare, own_bounds)
    if called is None:
        vary = (copies != copies[:, :, :1]).any(axis=2)
        row = np.arange(0, vary.size + len(vary), sites + 1)[:, None]
        number = _sum_before(vary).take(row + bounds) - (bounds > np.arange(sites))
        number *= vary
    return r2, number


def _find_seen(mask: npt.NDArray[np.bool_]) -> slice:
    """Return the sites from the first to the last that any of some windows has."""
    columns = np.flatnonzero(mask.any(axis=0))
    return slice(int(columns[0]), int(columns[-1]) + 1) if len(columns) else slice(0, 0)


def _sum_partners(
    compare: Compare, bounds: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return what :func:`_sum_pairs` does, of few windows; 0 for numbers where all is called.

    Some sites at a time are compared with all, so that arrays stay in a processor's cache.
    """
    _, windows, sites = bounds.shape
    r2, number = np.zeros_like(bounds), np.zeros_like(bounds)
    step = max(1, PAIRS_AT_ONCE // max(1, windows * sites))
    for begin in range(0, sites, step):
        part = slice(begin, begin + step)
        squared, has_r2 = compare(part)
        r2[:, :, part] = _sum_until(squared, begin, bounds[:, :, part])
        if has_r2 is not None:
            number[:, :, part] = _sum_until(has_r2, begin, bounds[:, :, part])
    return r2, number


def _sum_until(
    values: npt.NDArray[np.int32 | np.bool_], begin: int, bounds: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return sums of sites' values before bounds, (bounds, windows, some sites).

    ``values``, (windows, some sites, sites), are those of sites from ``begin`` on with all sites;
    with themselves they become 0.
    """
    windows, some, sites = values.shape
    values[:, np.arange(some), begin + np.arange(some)] = 0
    summed = np.empty((windows, some, sites + 1), np.int64)
    summed[:, :, 0] = 0
    np.cumsum(values, axis=2, out=summed[:, :, 1:])
    row = np.arange(0, summed.size, sites + 1).reshape(windows, some)
    return summed.take(row + bounds)


def _sum_before(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return sums over the sites before each site and the end, int64 (windows, sites + 1)."""
    windows, sites = values.shape
    sums = np.zeros((windows, sites + 1), np.int64)
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def _sum_rows(windows: Windows) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
    """Return rows of numbers, (windows, sites, rows), and 1 where they are called, or None.

    A row's number is how many copies of allele 1 it has. An individual is called where all of its
    alleles are. They are float32 where products of two sums of copies are exact in it, or float64.
    """
    dtype = np.float32 if windows.number_of_haplotypes**2 <= MOST_EXACT else np.float64
    shape = (*windows.mask.shape, windows.rows, windows.alleles_per_row)
    copies = windows.haplotypes.reshape(shape).sum(axis=3, dtype=dtype)
    called = windows.called
    if called is None:
        return copies, None
    called_rows = called.reshape(shape).min(axis=3).astype(dtype)
    return copies * called_rows, called_rows


def _compare_sites(copies: npt.NDArray[Any]) -> Compare:
    """Return what returns r2 of some sites with all, where all is called.

    It is in units of 2^-30, int32 (windows, some sites, sites); 0 where a site does not vary.
    Covariances and variances, times the square of the number of rows, are whole numbers, so that
    the number of threads does not change them.
    """
    number, sums = copies.shape[2], copies.sum(axis=2, keepdims=True)
    products = np.concatenate([number * copies, sums], axis=2)
    others = _transpose(np.concatenate([copies, -sums], axis=2))
    variances = number * (copies**2).sum(axis=2) - sums[:, :, 0] ** 2

    def compare(part: slice) -> tuple[npt.NDArray[np.int32], None]:
        covariances = products[:, part] @ others
        both = variances[:, part, None] * variances[:, None]
        return _square_correlations(covariances, both), None

    return compare


def _compare_called_sites(
    copies: npt.NDArray[Any], called: npt.NDArray[Any], alleles_per_row: int
) -> Compare:
    """Return the same, with which pairs have r2, of the rows in which both sites are called.

    What a site has in these rows depends on the other site. It is computed once more for the other
    way round, which is faster than to transpose large arrays.
    """
    copies_of_other, called_of_other = _transpose(copies), _transpose(called)
    several = alleles_per_row > 1
    squares, squares_of_other = (copies**2, copies_of_other**2) if several else (None, None)

    def compare(part: slice) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        own, own_called = copies[:, part], called[:, part]
        number = own_called @ called_of_other
        covariances = own @ copies_of_other
        sums, sums_of_other = own @ called_of_other, own_called @ copies_of_other
        covariances *= number
        covariances -= sums * sums_of_other
        variances = sums if squares is None else squares[:, part] @ called_of_other
        variances = variances * number - sums * sums
        other = sums_of_other if squares_of_other is None else own_called @ squares_of_other
        variances *= other * number - sums_of_other * sums_of_other
        has_r2 = variances > 0
        return _square_correlations(covariances, variances), has_r2

    return compare


def _square_correlations(
    covariances: npt.NDArray[Any], variances: npt.NDArray[Any]
) -> npt.NDArray[np.int32]:
    """Return squared correlations in units of 2^-30, rounded, of the same shape.

    ``variances`` are products of those of both sites. Arguments are overwritten.
    """
    covariances *= covariances
    # Where this is not lost in rounding, one of the sites does not vary, and the covariance is 0.
    variances += 1e-30
    covariances /= variances
    covariances *= UNIT
    return np.rint(covariances, out=covariances).astype(np.int32)


def _transpose(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.ascontiguousarray(values.transpose(0, 2, 1))
