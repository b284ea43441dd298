"""By how many alleles pairs of haplotypes differ, within populations and between them.

Where the phase is not known, two individuals differ at a site by how many copies of allele 1 one
has more than the other. Alleles that are not called in one of a pair are left out, and the others
are taken to be like all.

Differences are counted as bits, so they are whole numbers, the same in whatever order windows are
looked at.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.statistics.populations.row_pairs import RowPairs
from coalflow.windows.packed_windows import Windows

WORD = 64  # bits that are compared at a time
COUNTS_AT_ONCE = 2**17  # 1 MB an array: more would not stay in a processor's cache
# The bits of a word that are before its first, second, ... and last one, uint64 (65,).
_BEFORE = np.packbits(np.tri(WORD + 1, WORD, -1, np.uint8), axis=1).view(np.uint64)[:, 0]


class PairDifferences:
    """The differences of all pairs of rows, of whole windows and of any parts of them.

    Parameters
    ----------
    windows : Windows
    pairs : RowPairs
    """

    def __init__(self, windows: Windows, pairs: RowPairs) -> None:
        self._pairs = pairs
        differing = self._compare(_pack_rows(windows, windows.haplotypes), np.bitwise_xor)
        called, compared = windows.called, None
        if called is not None:
            compared = self._compare(_pack_rows(windows, called), np.bitwise_and)
            differing &= compared
        self._per_row = windows.alleles_per_row
        self._whole = _count_bits(differing)
        if compared is not None:
            self._whole = self._fill_missing(
                self._whole, _count_bits(compared), windows.mask.sum(axis=1)
            )
        self._differing = _CountedBits(differing[..., pairs.between])
        self._compared = None if compared is None else _CountedBits(compared[..., pairs.between])

    def count_in_parts(self, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return differences between populations in parts, float32 (windows, parts, pairs).

        Parameters
        ----------
        edges : ndarray of int64, shape (windows, parts + 1)
            The first site of each part, and one beyond the last of all.
        """
        differing = self._differing.count_in_parts(edges)
        if self._compared is None:
            return differing
        compared = self._compared.count_in_parts(edges)
        return self._fill_missing(differing, compared, np.diff(edges))

    def compare_nearest(
        self, counted: npt.NDArray[np.float32], one: str, other: str
    ) -> dict[str, npt.NDArray[np.float64]]:
        """Return the smallest difference between two populations, as such and over the mean.

        Parameters
        ----------
        counted : ndarray of float32, shape (windows, parts, pairs)
            What :meth:`count_in_parts` returned.
        one, other : str

        Returns
        -------
        dict of str to ndarray of float64, shape (windows, parts)
            ``d_min``, and ``g_min``, which is nan where no two differ.

        References
        ----------
        Geneva et al. (2015), whose Gmin is the latter.
        """
        between = counted[:, :, self._pairs.find(one, other)]
        d_min = between.min(axis=2).astype(np.float64)
        with np.errstate(invalid="ignore"):
            return {"d_min": d_min, "g_min": d_min / between.mean(axis=2, dtype=np.float64)}

    def measure_spread(self, name: str) -> npt.NDArray[np.float64]:
        """Return the variance of the differences of a population's pairs, float64 (windows,)."""
        within = self._whole[:, self._pairs.find(name)].astype(np.float64)
        number = within.shape[1]
        # Of whole numbers, so that the order of pairs does not matter.
        return (number * (within**2).sum(axis=1) - within.sum(axis=1) ** 2) / number**2

    def rank_nearest(
        self, of: str, other: str
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return how the smallest difference between two populations compares with those within.

        Parameters
        ----------
        of : str
            The population within which pairs are compared.
        other : str

        Returns
        -------
        ratio : ndarray of float64, shape (windows,)
            The smallest difference d as d / (d + mean within), from 0 to 1; nan where both are 0.
        rank : ndarray of float64, shape (windows,)
            The share of pairs within that differ by no more.

        References
        ----------
        Schrider et al. (2018), whose dd is d over the mean.
        """
        within = self._whole[:, self._pairs.find(of)]
        d_min = self._pairs.arrange_between(self._whole, of, other).min(axis=(1, 2))
        rank = (within <= d_min[:, None]).mean(axis=1, dtype=np.float64)
        smallest = d_min.astype(np.float64)
        with np.errstate(invalid="ignore"):
            return smallest / (smallest + within.mean(axis=1, dtype=np.float64)), rank

    def measure_distance(self, of: str, other: str) -> npt.NDArray[np.float64]:
        """Return how far rows are from the nearest in another population, on average.

        Returns float64 (windows,), in units of the mean difference between the two; nan where that
        is 0.

        Parameters
        ----------
        of : str
            The population of the rows.
        other : str
            That of their nearest.
        """
        between = self._pairs.arrange_between(self._whole, of, other)
        nearest = between.min(axis=2).mean(axis=1, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            return nearest / between.mean(axis=(1, 2), dtype=np.float64)

    def count_own_neighbours(self, one: str, other: str) -> npt.NDArray[np.float64]:
        """Return the share of rows whose nearest is in their own population, float64 (windows,).

        Where several are equally near, each counts by its share.

        References
        ----------
        Hudson (2000), whose statistic is Snn.
        """
        shares = []
        for name, neighbour in ((one, other), (other, one)):
            own = self._pairs.arrange_within(self._whole, name, np.inf)
            theirs = self._pairs.arrange_between(self._whole, name, neighbour)
            nearest = np.minimum(own.min(axis=2), theirs.min(axis=2))[:, :, None]
            in_own, in_theirs = ((values == nearest).sum(axis=2) for values in (own, theirs))
            shares.append(in_own / (in_own + in_theirs))
        # Sorted, so that the order of rows does not matter.
        return np.sort(np.concatenate(shares, axis=1), axis=1).mean(axis=1)

    def _fill_missing(
        self,
        differing: npt.NDArray[np.float32],
        compared: npt.NDArray[np.float32],
        sites: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.float32]:
        """Return what pairs would differ by if all alleles of some sites were compared."""
        alleles = (sites * self._per_row).astype(np.float32)[..., None]
        return (differing / np.maximum(compared, 1) * alleles).astype(np.float32, copy=False)

    def _compare(self, bits: npt.NDArray[np.uint64], operation: np.ufunc) -> npt.NDArray[np.uint64]:
        """Return the bits of both rows of each pair together, uint64 (windows, ..., pairs)."""
        return operation(bits[..., self._pairs.first], bits[..., self._pairs.second])


class _CountedBits:
    """Bits of pairs, counted up to any site.

    Parameters
    ----------
    bits : ndarray of uint64, shape (windows, alleles of a row, words, pairs)
    """

    def __init__(self, bits: npt.NDArray[np.uint64]) -> None:
        self._bits = bits
        _, alleles, words, _ = bits.shape
        # Half the bytes take half the time.
        dtype = np.uint16 if alleles * words * WORD < 2**16 else np.uint32
        counts = np.bitwise_count(bits).sum(axis=1, dtype=dtype)
        self._before = np.cumsum(counts, axis=1, dtype=dtype) - counts

    def count_in_parts(self, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return how many bits are 1 from each edge to the next, float32 (windows, parts, pairs).

        Parameters
        ----------
        edges : ndarray of int64, shape (windows, parts + 1)
            Sites.
        """
        windows, number = edges.shape
        pairs = self._bits.shape[-1]
        counts = np.empty((windows, number - 1, pairs), np.float32)
        step = max(1, COUNTS_AT_ONCE // (number * pairs))
        for begin in range(0, windows, step):
            part = slice(begin, begin + step)
            before = self._count_before(part, edges[part])
            np.subtract(before[:, 1:], before[:, :-1], out=counts[part])
        return counts

    def _count_before(
        self, part: slice, sites: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.unsignedinteger]:
        """Return how many bits are 1 before sites of some windows, (windows, sites, pairs)."""
        row, word = np.arange(len(sites))[:, None], sites // WORD
        before = _BEFORE[sites % WORD][:, :, None]
        counts = self._before[part][row, word]
        for allele in range(self._bits.shape[1]):
            bits = self._bits[part, allele][row, word]
            bits &= before
            counts += np.bitwise_count(bits)
        return counts


def _count_bits(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.float32]:
    """Return how many bits of each pair are 1, float32 (windows, pairs)."""
    return np.bitwise_count(bits).sum(axis=(1, 2), dtype=np.uint32).astype(np.float32)


def _pack_rows(windows: Windows, alleles: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return what rows have at each site as bits, uint64 (windows, alleles of a row, words, rows).

    There is always a bit after the last site.
    """
    number, sites, _ = windows.shape
    rows, per_row = windows.rows, windows.alleles_per_row
    words = sites // WORD + 1
    padded = np.zeros((number, per_row, rows, words * WORD), np.uint8)
    padded[:, :, :, :sites] = alleles.reshape(number, sites, rows, per_row).transpose(0, 3, 2, 1)
    return np.packbits(padded, axis=3).view(np.uint64).swapaxes(2, 3)
