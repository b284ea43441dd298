"""Statistics of haplotype frequencies in windows and in parts of them.

An allele that was not called makes a haplotype differ from those where it is not missing. Where the
phase is lost, haplotypes are the individuals' genotypes.
"""

import numpy as np


def compute_haplotype_statistics(sums, edges):
    """Return statistics of haplotype frequencies in parts, a dict of float64 (windows, parts).

    ``sums`` are :func:`running_names`, ``edges`` int64 (windows, parts + 1) the first site of each
    part, and one beyond the last of all. With p1, p2, ... the frequencies of the
    distinct haplotypes, the commonest first, Garud et al. (2015) define H1 as the sum
    of their squares, H12 as the same with p1 and p2 taken together, and H2/H1 as the
    share of H1 that is left without p1. ``haplotype_count`` is how many there are.
    """
    at_edges = np.take_along_axis(sums, edges[:, :, None], axis=1)
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


def name_haplotypes(windows):
    """Return numbers that tell haplotypes apart, uint64 (windows, sites + 1, rows).

    A haplotype's name up to a site is the sum of random numbers, one for
    each site before it where it carries allele 1, and another where it was not called. The
    difference of two such sums names it in between. That two haplotypes share a name by chance
    has a probability of 2^-64. ``windows`` are :class:`coalflow.windows.encoding.Windows`.
    """
    number, sites, _ = windows.shape
    sums = np.zeros((number, sites + 1, windows.rows), dtype=np.uint64)
    weighed = _weighed(windows.haplotypes, windows.alleles_per_row, 0)
    if windows.called_packed is not None:
        lost = (windows.called ^ 1) & windows.mask[:, :, None]
        weighed += _weighed(lost, windows.alleles_per_row, 1)
    np.cumsum(weighed, axis=1, out=sums[:, 1:])
    return sums


def _weighed(alleles, per_row, seed):
    """Return a random number where an allele is 1, summed in each row.

    Returns uint64 (windows, sites, rows). The number hangs on the site and on the allele's
    place in the row.
    """
    windows, sites, haplotypes = alleles.shape
    random = np.random.default_rng(seed)
    weights = random.integers(2**64, size=(sites, per_row), dtype=np.uint64)
    if per_row == 1:
        return alleles * weights
    in_rows = alleles.reshape(windows, sites, haplotypes // per_row, per_row)
    return (in_rows * weights[:, None]).sum(axis=3, dtype=np.uint64)
