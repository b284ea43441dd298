"""Errors that sequencing adds to the alleles of simulated replicates.

Random numbers come from streams of a replicate's seed, so a replicate has the same errors wherever
it is read. Rare events are drawn as their number and their indices: far fewer random numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.observation import MissingPerSite, Observation
from coalflow.core import seeds


def add_errors(
    alleles: npt.NDArray[np.uint8],
    counts: npt.NDArray[np.int64],
    replicate_seeds: npt.NDArray[np.uint64],
    observation: Observation,
    ploidy: int,
) -> npt.NDArray[np.uint8] | None:
    """Add errors to the alleles of replicates, in place; return which alleles are called.

    These are, in this order, genotyping errors, genotypes that are not called and sites whose two
    alleles are confused with each other. An allele that is not called becomes 0.

    Parameters
    ----------
    alleles : ndarray of uint8, shape (sites, haplotypes)
        1 for the derived allele; replicate by replicate.
    counts : ndarray of int64, shape (replicates,)
        Number of sites of each replicate.
    replicate_seeds : ndarray of uint64, shape (replicates,)
    observation : Observation
    ploidy : int
        Neighbouring haplotypes that make up an individual.

    Returns
    -------
    ndarray of uint8, shape (sites, haplotypes), or None
        1 where the allele is called; None where all are.
    """
    called = np.ones_like(alleles) if observation.can_be_missing else None
    ends = np.cumsum(counts)
    for seed, start, end in zip(replicate_seeds.tolist(), ends - counts, ends, strict=True):
        sites = slice(start, end)
        if observation.genotype_error:
            random = seeds.derive_generator(seed, "observation", "genotype_error")
            _misread_alleles(alleles[sites], observation.genotype_error, random)
        if called is not None:
            random = seeds.derive_generator(seed, "observation", "missing")
            genotypes = (end - start, alleles.shape[1] // ploidy)
            missing = draw_missing_genotypes(genotypes, observation.missing, random)
            called[sites] -= np.repeat(missing, ploidy, axis=1)
        if observation.polarisation_error:
            random = seeds.derive_generator(seed, "observation", "polarisation_error")
            swapped = random.random(end - start) < observation.polarisation_error
            alleles[sites] ^= swapped[:, None].astype(np.uint8)
    if called is not None:
        alleles &= called
    return called


def draw_missing_genotypes(
    shape: tuple[int, int], missing: MissingPerSite | float, random: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Return which genotypes are not called.

    Where a file's counts per site are given, each site draws one of them, and the individuals that
    are observed are a random sample of the file's.

    Parameters
    ----------
    shape : tuple of int
        Sites and individuals.
    missing : MissingPerSite or float
        Counts in a file, or the fraction of genotypes that are not called.
    random : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, shape (sites, individuals)
        1 where the genotype is not called.
    """
    lost = np.zeros(shape, dtype=np.uint8)
    sites, individuals = shape
    if not isinstance(missing, MissingPerSite):
        lost.reshape(-1)[_draw_rare_events(lost.size, missing, random)] = 1
        return lost
    below = np.cumsum(missing.per_site)
    in_file = np.searchsorted(below, random.integers(below[-1], size=sites), side="right")
    incomplete = np.flatnonzero(in_file)
    called_in_file = missing.individuals - in_file[incomplete]
    counts = random.hypergeometric(in_file[incomplete], called_in_file, individuals)
    ranks = random.random((len(incomplete), individuals)).argsort(axis=1).argsort(axis=1)
    lost[incomplete] = ranks < counts[:, None]
    return lost


def _misread_alleles(
    alleles: npt.NDArray[np.uint8], rate: float, random: np.random.Generator
) -> None:
    """Turn alleles into the other one, each with a probability of ``rate``, in place."""
    alleles.reshape(-1)[_draw_rare_events(alleles.size, rate, random)] ^= 1


def _draw_rare_events(size: int, rate: float, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the indices of the events that happen, of ``size``, each with probability ``rate``."""
    return random.choice(size, random.binomial(size, rate), replace=False, shuffle=False)
