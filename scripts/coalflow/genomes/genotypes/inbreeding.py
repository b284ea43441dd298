"""Inbred lines: individuals whose two haplotypes are one and the same."""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from coalflow.genomes.genotypes.assembly import AssembledContig

FEWEST_SITES = 30  # of a stretch that is looked at
STRETCH = 100  # sites of a stretch, which is taken for independent of others
MOST_HETEROZYGOUS = 0.05  # of those expected
MOST_PROBABLE = 0.01


def are_inbred(contigs: Iterable[AssembledContig]) -> bool:
    """Return whether diploid individuals are homozygous where outbred ones would not be.

    Two things must hold: at all sites together, there are hardly any heterozygotes of those that
    random mating makes; and haplotypes, paired at random, would hardly ever pair so that everybody
    is homozygous. The second keeps a few outbred individuals in a short stretch without
    recombination from being taken for inbred.

    Parameters
    ----------
    contigs : iterable of AssembledContig
        Those on which all individuals are diploid are looked at.
    """
    observed = expected = 0.0
    probability = 0.0  # its logarithm
    for assembled in contigs:
        contig = assembled.contig
        if contig is None or set(assembled.ploidies) != {2}:
            continue
        pairs = contig.haplotypes.reshape(len(contig.positions), -1, 2)
        called = np.ones_like(contig.haplotypes) if contig.called is None else contig.called
        known = np.all(called.reshape(pairs.shape), axis=2)
        observed += int(((pairs[:, :, 0] != pairs[:, :, 1]) & known).sum())
        expected += _expect_heterozygotes(pairs, known)
        for start in range(0, len(pairs), STRETCH):
            stretch = pairs[start : start + STRETCH, :, 0]
            if len(stretch) >= FEWEST_SITES:
                probability += _compute_probability(stretch)
    return probability < math.log(MOST_PROBABLE) and observed < MOST_HETEROZYGOUS * expected


def _expect_heterozygotes(pairs: npt.NDArray[np.uint8], known: npt.NDArray[np.bool_]) -> float:
    """Return how many heterozygotes random mating makes at all sites together."""
    haplotypes = 2 * known.sum(axis=1)
    copies = (pairs.sum(axis=2) * known).sum(axis=1)
    pairings = np.maximum(haplotypes * (haplotypes - 1), 1)
    return float((2 * copies * (haplotypes - copies) / pairings * (haplotypes / 2)).sum())


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
