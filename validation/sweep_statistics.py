"""The statistics by which two simulators of sweeps are compared; numpy only.

Both sides use these very functions, so that a difference is one of the simulators.
"""

import numpy as np

STATISTICS = ("pi", "S", "tajimas_d", "H1", "H12", "H2/H1")
WINDOWS = 11


def summarise_windows(genotypes, positions, windows=WINDOWS):
    """Return the statistics of equal parts of a window, float64 (windows, statistics).

    ``genotypes`` is a 0/1 matrix (sites, haplotypes), 1 being the derived allele, and
    ``positions`` are the sites' in [0, 1). The columns are named by ``STATISTICS``.
    """
    genotypes = np.asarray(genotypes, dtype=np.uint8)
    part = np.minimum((np.asarray(positions) * windows).astype(int), windows - 1)
    return np.array([summarise_sites(genotypes[part == k]) for k in range(windows)])


def summarise_sites(genotypes):
    """Return the statistics of all sites together, one float for each of ``STATISTICS``."""
    return (*compute_diversity(genotypes), *compute_homozygosity(genotypes))


def compute_diversity(genotypes):
    """Return pi (not per base), the number S of sites that vary, and Tajima's D (1989).

    D is nan without sites that vary.
    """
    n = genotypes.shape[1]
    derived = genotypes.sum(axis=1, dtype=np.int64)
    derived = derived[(derived > 0) & (derived < n)]
    sites = len(derived)
    pi = (derived * (n - derived)).sum() / (n * (n - 1) / 2)
    if sites == 0:
        return 0.0, 0.0, np.nan
    i = np.arange(1, n)
    a1, a2 = (1 / i).sum(), (1 / i**2).sum()
    e1 = ((n + 1) / (3 * (n - 1)) - 1 / a1) / a1
    e2 = 2 * (n**2 + n + 3) / (9 * n * (n - 1)) - (n + 2) / (a1 * n) + a2 / a1**2
    e2 /= a1**2 + a2
    variance = e1 * sites + e2 * sites * (sites - 1)
    return pi, float(sites), (pi - sites / a1) / np.sqrt(variance)


def compute_homozygosity(genotypes):
    """Return H1, H12 and H2/H1 of Garud et al. (2015).

    H1 is the sum of the squared frequencies of different haplotypes, H12 the same with
    the two commonest pooled, H2 the same without the commonest. Without sites all
    haplotypes are the same: 1, 1, 0.
    """
    n = genotypes.shape[1]
    # Eight sites a byte: fewer columns to sort haplotypes by.
    packed = np.packbits(genotypes.T, axis=1)
    if packed.shape[1] == 0:
        return 1.0, 1.0, 0.0
    rows = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, counts = np.unique(rows, return_counts=True)
    frequencies = np.sort(counts / n)[::-1]
    h1 = (frequencies**2).sum()
    first = frequencies[0]
    second = frequencies[1] if len(frequencies) > 1 else 0.0
    return h1, h1 + 2 * first * second, (h1 - first**2) / h1
