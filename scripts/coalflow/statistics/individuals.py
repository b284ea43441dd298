"""Statistics of the individuals of windows, where these are what models see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
    alleles = windows.haplotypes
    shape = (*windows.mask.shape, windows.rows, ploidy)
    copies = alleles.reshape(shape).sum(axis=3, dtype=np.int64)
    called = windows.called
    if called is None:
        number = np.full(copies.shape, ploidy)
        has_all = np.broadcast_to(windows.mask[:, :, None], copies.shape)
    else:
        number = called.reshape(shape).sum(axis=3, dtype=np.int64)
        has_all = number == ploidy
    # Differing pairs of an individual's alleles.
    differing = np.where(has_all, copies * (ploidy - copies), 0)
    pairs = ploidy * (ploidy - 1) / 2
    sites = np.maximum(has_all.sum(axis=1), 1)
    within = differing.sum(axis=1) / pairs / sites
    total, alleles_called = copies.sum(axis=2), number.sum(axis=2)
    expected = (
        2 * total * (alleles_called - total) / np.maximum(alleles_called * (alleles_called - 1), 1)
    )
    expected = expected.sum(axis=1) / np.maximum(windows.mask.sum(axis=1), 1)
    mean = within.mean(axis=1)
    unit = np.where(mean > 0, mean, 1)
    values = (
        mean / np.where(expected > 0, expected, 1),
        within.min(axis=1) / unit,
        within.max(axis=1) / unit,
    )
    return dict(zip(NAMES, values, strict=True))
