"""Inbred lines: individuals whose two haplotypes are one and the same."""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

FEWEST_SITES = 30  # of a stretch that is looked at
STRETCH = 100  # sites of a stretch, which is taken for independent of others
MOST_HETEROZYGOUS = 0.05  # of those expected
MOST_PROBABLE = 0.01


def are_inbred(
    heterozygotes: float, expected: float, stretches: Iterable[npt.NDArray[np.uint8]]
) -> bool:
    """Return whether diploid individuals are homozygous where outbred ones would not be.

    Two things must hold: at all sites together, there are hardly any heterozygotes of those that
    random mating makes; and haplotypes, paired at random, would hardly ever pair so that everybody
    is homozygous. The second keeps a few outbred individuals in a short stretch without
    recombination from being taken for inbred.

    Parameters
    ----------
    heterozygotes, expected : float
        How many there are, and how many random mating makes (:func:`expect_heterozygotes`).
    stretches : iterable of ndarray of uint8, shape (sites, haplotypes)
        Alleles of consecutive sites, those of an individual next to each other. No more of them
        are looked at than need be.
    """
    if heterozygotes >= MOST_HETEROZYGOUS * expected:
        return False
    together = 0.0
    for haplotypes in stretches:
        if len(haplotypes) >= FEWEST_SITES:
            together += _compute_probability(haplotypes[:, ::2])
        if together < math.log(MOST_PROBABLE):
            return True
    return False


def expect_heterozygotes(
    rarer: npt.NDArray[np.int64], missing: npt.NDArray[np.int64], individuals: int
) -> float:
    """Return how many heterozygotes random mating makes at some sites of diploids.

    Parameters
    ----------
    rarer, missing : ndarray of int64, shape (sites,)
        How often the rarer allele is called, and how many individuals are not called.
    individuals : int
        How many there are.

    Examples
    --------
    >>> round(expect_heterozygotes(np.array([1, 2]), np.array([0, 0]), 2), 3)
    2.333
    """
    haplotypes = 2 * (individuals - missing)
    pairings = np.maximum(haplotypes * (haplotypes - 1), 1)
    return float((2 * rarer * (haplotypes - rarer) / pairings * (haplotypes / 2)).sum())


def _compute_probability(haplotypes: npt.NDArray[np.uint8]) -> float:
    """Return the log of the probability that all haplotypes pair with one like themselves.

    Parameters
    ----------
    haplotypes : ndarray of uint8, shape (sites, individuals)
        One of each individual, which has two of it.
    """
    _, counts = np.unique(haplotypes, axis=1, return_counts=True)
    together = sum(_count_pairings(int(count)) for count in counts)
    return together - _count_pairings(haplotypes.shape[1])


def _count_pairings(pairs: int) -> float:
    """Return the log of the number of ways in which that many pairs can be made."""
    return math.lgamma(2 * pairs + 1) - math.lgamma(pairs + 1) - pairs * math.log(2)
