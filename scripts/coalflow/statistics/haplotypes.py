"""Statistics of haplotype frequencies in windows and in parts of them.

An allele that is not called makes a haplotype differ from those where it is called. Where the
phase is not known, haplotypes are the individuals' genotypes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.windows.packed_windows import Windows


def compute_haplotype_statistics(
    names: npt.NDArray[np.uint64], edges: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[np.float64]]:
    """Return statistics of haplotype frequencies in parts of windows.

    With p1, p2, ... the frequencies of the distinct haplotypes, the most common first, H1 is the
    sum of their squares, H12 the same with p1 and p2 taken together, and H2/H1 the share of H1 that
    is left without p1. ``haplotype_count`` is how many there are.

    Parameters
    ----------
    names : ndarray of uint64, shape (windows, sites + 1, rows)
        As :func:`name_haplotypes` returns them.
    edges : ndarray of int64, shape (windows, parts + 1)
        The first site of each part, and one beyond the last of all.

    Returns
    -------
    dict of str to ndarray of float64, shape (windows, parts)

    References
    ----------
    Garud et al. (2015).
    """
    at_edges = np.take_along_axis(names, edges[:, :, None], axis=1)
    sorted_names = np.sort(np.diff(at_edges, axis=1), axis=2)
    windows, parts, haplotypes = sorted_names.shape
    new = np.diff(sorted_names, axis=2) != 0
    rank = np.zeros(sorted_names.shape, dtype=np.int64)
    np.cumsum(new, axis=2, out=rank[:, :, 1:])
    rows = np.arange(windows * parts).reshape(windows, parts, 1) * haplotypes
    counts = np.bincount((rows + rank).ravel(), minlength=windows * parts * haplotypes)
    frequencies = np.sort(counts.reshape(windows, parts, haplotypes), axis=2) / haplotypes
    first, second = frequencies[:, :, -1], frequencies[:, :, -2]
    h1 = (frequencies**2).sum(axis=2)
    return {
        "h1": h1,
        "h12": h1 + 2 * first * second,
        "h2_h1": (h1 - first**2) / h1,
        "haplotype_count": 1.0 + new.sum(axis=2),
    }


def name_haplotypes(windows: Windows) -> npt.NDArray[np.uint64]:
    """Return numbers that distinguish haplotypes, uint64 (windows, sites + 1, rows).

    A haplotype's name up to a site is the sum of random numbers, one for each site before it where
    it carries allele 1, and another where it is not called. The difference of two such sums names
    it in between. That two haplotypes share a name by chance has a probability of 2^-64.
    """
    number, sites, _ = windows.shape
    sums = np.zeros((number, sites + 1, windows.rows), dtype=np.uint64)
    weighted = _sum_weights(windows.haplotypes, windows.alleles_per_row, seed=0)
    called = windows.called
    if called is not None:
        lost = (called ^ np.uint8(1)) & windows.mask[:, :, None]
        weighted += _sum_weights(lost, windows.alleles_per_row, seed=1)
    np.cumsum(weighted, axis=1, out=sums[:, 1:])
    return sums


def _sum_weights(alleles: npt.NDArray[np.uint8], per_row: int, seed: int) -> npt.NDArray[np.uint64]:
    """Return a random number where an allele is 1, summed in each row.

    Returns uint64 (windows, sites, rows). The number depends on the site and on where in the row
    the allele is.
    """
    windows, sites, haplotypes = alleles.shape
    random = np.random.default_rng(seed)
    weights = random.integers(2**64, size=(sites, per_row), dtype=np.uint64)
    if per_row == 1:
        return alleles * weights
    rows = alleles.reshape(windows, sites, haplotypes // per_row, per_row)
    return (rows * weights[:, None]).sum(axis=3, dtype=np.uint64)
