"""Inbred lines: individuals whose two haplotypes are one and the same."""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from coalflow.genomes.contigs import Contig
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
    diploid = [
        each.contig for each in contigs if each.contig is not None and set(each.ploidies) == {2}
    ]
    counts = [_count_heterozygotes(contig) for contig in diploid]
    observed, expected = (sum(each) for each in zip(*counts, strict=True)) if counts else (0, 0)
    if observed >= MOST_HETEROZYGOUS * expected:
        return False
    stretches = [
        contig.haplotypes[start : start + STRETCH, ::2]
        for contig in diploid
        for start in range(0, len(contig.positions) - FEWEST_SITES + 1, STRETCH)
    ]
    return sum(map(_compute_probability, stretches)) < math.log(MOST_PROBABLE)


def _count_heterozygotes(contig: Contig) -> tuple[float, float]:
    """Return how many heterozygotes there are, and how many random mating makes."""
    one, other = contig.haplotypes[:, ::2], contig.haplotypes[:, 1::2]
    if contig.called is None:
        known = np.ones(one.shape, dtype=np.bool_)
    else:
        known = (contig.called[:, ::2] & contig.called[:, 1::2]).astype(np.bool_)
    haplotypes = 2 * np.count_nonzero(known, axis=1)
    copies = np.count_nonzero(one & known, axis=1) + np.count_nonzero(other & known, axis=1)
    pairings = np.maximum(haplotypes * (haplotypes - 1), 1)
    expected = 2 * copies * (haplotypes - copies) / pairings * (haplotypes / 2)
    return float(np.count_nonzero((one != other) & known)), float(expected.sum())


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
