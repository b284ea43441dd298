"""Statistics of haplotype frequencies in windows and in parts of them.

An allele that is not called makes a haplotype differ from those where it is called. Where the
phase is not known, haplotypes are the individuals' genotypes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.windows.packed_windows import Windows

ALL = slice(None)


def compute_haplotype_statistics(
    haplotypes: HaplotypeNames, edges: npt.NDArray[np.int64], rows: slice = ALL
) -> dict[str, npt.NDArray[np.float64]]:
    """Return statistics of haplotype frequencies in parts of windows.

    With p1, p2, ... the frequencies of the distinct haplotypes, the most common first, H1 is the
    sum of their squares, H12 the same with p1 and p2 taken together, and H2/H1 the share of H1 that
    is left without p1. ``haplotype_count`` is how many there are.

    Parameters
    ----------
    haplotypes : HaplotypeNames
    edges : ndarray of int64, shape (windows, parts + 1)
        The first site of each part, and one beyond the last of all.
    rows : slice
        Those of the haplotypes to look at, two or more.

    Returns
    -------
    dict of str to ndarray of float64, shape (windows, parts)

    References
    ----------
    Garud et al. (2015).
    """
    names = haplotypes.name_up_to(edges, rows)
    sorted_names = np.sort(np.diff(names, axis=1), axis=2)
    windows, parts, number = sorted_names.shape
    new = np.diff(sorted_names, axis=2) != 0
    rank = np.zeros(sorted_names.shape, dtype=np.int64)
    np.cumsum(new, axis=2, out=rank[:, :, 1:])
    row = np.arange(windows * parts).reshape(windows, parts, 1) * number
    counts = np.bincount((row + rank).ravel(), minlength=windows * parts * number)
    frequencies = np.sort(counts.reshape(windows, parts, number), axis=2) / number
    first, second = frequencies[:, :, -1], frequencies[:, :, -2]
    h1 = (frequencies**2).sum(axis=2)
    return {
        "h1": h1,
        "h12": h1 + 2 * first * second,
        "h2_h1": (h1 - first**2) / h1,
        "haplotype_count": 1.0 + new.sum(axis=2),
    }


class HaplotypeNames:
    """Numbers that distinguish haplotypes, or individuals where the phase is not known.

    A haplotype's name up to a site is the sum of random numbers, one for each site before it where
    it carries allele 1, and another where it is not called. The difference of two such sums names
    it in between. That two haplotypes share a name by chance has a probability of 2^-64.

    Sites are added up eight at a time, from a table of the sums of any of these eight numbers.

    Parameters
    ----------
    windows : Windows
    """

    def __init__(self, windows: Windows) -> None:
        alleles = [windows.haplotypes]
        called = windows.called
        if called is not None:
            alleles.append((called ^ np.uint8(1)) & windows.mask[:, :, None])
        number, sites, _ = windows.shape
        per_row, eights = windows.alleles_per_row, sites // 8 + 1
        # Eight sites a byte, uint8 (windows, places, rows, eights): each allele of a row has a
        # place, and another one for whether it is called.
        self._bytes = np.zeros((number, len(alleles) * per_row, windows.rows, eights), np.uint8)
        weights = np.zeros((self._bytes.shape[1], eights * 8), np.uint64)
        for seed, values in enumerate(alleles):
            places = slice(seed * per_row, (seed + 1) * per_row)
            packed = np.packbits(np.ascontiguousarray(values.transpose(0, 2, 1)), axis=2)
            packed = packed.reshape(number, windows.rows, per_row, -1).transpose(0, 2, 1, 3)
            self._bytes[:, places, :, : packed.shape[3]] = packed
            random = np.random.default_rng(seed)
            weights[places, :sites] = random.integers(
                2**64, size=(sites, per_row), dtype=np.uint64
            ).T
        bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.uint64)
        # Uint64 (places, eights, 256).
        self._tables = weights.reshape(-1, eights, 8) @ bits.T
        sums = self._look_up(self._bytes, np.arange(eights))
        # Before each of the eights, uint64 (windows, rows, eights).
        self._sums = np.cumsum(sums, axis=2) - sums

    def name_up_to(self, sites: npt.NDArray[np.int64], rows: slice = ALL) -> npt.NDArray[np.uint64]:
        """Return names up to some sites of each window.

        Parameters
        ----------
        sites : ndarray of int64, shape (windows, bounds)
        rows : slice
            Those of the haplotypes.

        Returns
        -------
        ndarray of uint64, shape (windows, bounds, rows)
        """
        eight = sites[:, None] >> 3
        before = (0xFF00 >> (sites & 7)).astype(np.uint8)[:, None, None]
        part = np.take_along_axis(self._bytes[:, :, rows], eight[:, None], axis=3) & before
        sums = np.take_along_axis(self._sums[:, rows], eight, axis=2)
        names = sums + self._look_up(part, eight[:, None])
        return names.transpose(0, 2, 1)

    def _look_up(
        self, values: npt.NDArray[np.uint8], eight: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint64]:
        """Return sums over the sites of bytes, and over places, uint64 (windows, rows, bytes).

        ``values`` are uint8 (windows, places, rows, bytes), and ``eight``, of a shape that
        broadcasts to theirs, says which eight sites they are.
        """
        place = np.arange(values.shape[1])[:, None, None]
        return self._tables[place, eight, values].sum(axis=1)
