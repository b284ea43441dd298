"""Statistics of the individuals of windows, where these are what models see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.statistics.allele_counts import count_alleles
from coalflow.windows.packed_windows import Windows

NAMES = (
    "heterozygosity within individuals",
    "lowest heterozygosity",
    "highest heterozygosity",
)


def describe_individuals(windows: Windows) -> dict[str, npt.NDArray[np.float64]]:
    """Return how heterozygous individuals are.

    The first is the mean over that of two haplotypes of the whole sample, 1 where individuals mate
    at random, less where they are inbred, more where reads of several are mixed. The other two are
    those of single individuals, in units of the mean.

    Parameters
    ----------
    windows : Windows
        Where the phase is known, what makes up an individual is not: then there are no statistics.

    Returns
    -------
    dict of str to ndarray of float64, shape (windows,)
        By ``NAMES``; 0 where nothing varies.
    """
    ploidy = windows.alleles_per_row
    if ploidy < 2:
        return {}
    # As bytes: all of these numbers are small.
    dtype = np.uint8 if ploidy < 16 else np.int64
    shape = (*windows.mask.shape, windows.rows, ploidy)
    copies = windows.haplotypes.reshape(shape).sum(axis=3, dtype=dtype)
    differing = copies * (dtype(ploidy) - copies)
    called = windows.called
    if called is None:
        sites = np.maximum(windows.mask.sum(axis=1), 1)[:, None]
    else:
        has_all = called.reshape(shape).all(axis=3)
        differing *= has_all
        sites = np.maximum(has_all.sum(axis=1), 1)
    within = differing.sum(axis=1, dtype=np.int64) / (ploidy * (ploidy - 1) / 2) / sites
    total, alleles = count_alleles(windows)
    expected = 2 * total * (alleles - total) / np.maximum(alleles * (alleles - 1), 1)
    expected = expected.sum(axis=1) / np.maximum(windows.mask.sum(axis=1), 1)
    mean = within.mean(axis=1)
    unit = np.where(mean > 0, mean, 1)
    values = (
        mean / np.where(expected > 0, expected, 1),
        within.min(axis=1) / unit,
        within.max(axis=1) / unit,
    )
    return dict(zip(NAMES, values, strict=True))
