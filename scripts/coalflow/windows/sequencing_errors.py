"""Errors that sequencing adds to the alleles of simulated replicates.

Random numbers come from streams of a replicate's seed, so a replicate has the same errors wherever
it is read. Most alleles have none. So at each site the number of errors is drawn first, and then
which alleles they affect: few random numbers, for the sites of many replicates at once.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.observation import MissingPerSite, Observation
from coalflow.config.schema.samples import Samples
from coalflow.core import seeds


def add_errors(
    haplotypes: npt.NDArray[np.uint8],
    counts: npt.NDArray[np.int64],
    replicate_seeds: npt.NDArray[np.uint64],
    observation: Observation,
    samples: Samples,
) -> npt.NDArray[np.uint8] | None:
    """Add errors to the alleles of replicates, in place; return which alleles are called.

    These are, in this order, genotyping errors, switches of phase, genotypes that are not called
    and sites whose two alleles are confused with each other. An allele that is not called becomes
    0.

    Parameters
    ----------
    haplotypes : ndarray of uint8, shape (sites, ceil(haplotypes / 8))
        Alleles as bits, replicate by replicate: 1 for the derived one.
    counts : ndarray of int64, shape (replicates,)
        Number of sites of each replicate.
    replicate_seeds : ndarray of uint64, shape (replicates,)
    observation : Observation
    samples : Samples
        Whose haplotypes these are.

    Returns
    -------
    ndarray of uint8, shape (sites, ceil(haplotypes / 8)), or None
        1 where the allele is called, as bits; None where all are.
    """
    number = samples.number_of_haplotypes
    all_ones = np.packbits(np.ones(number, dtype=np.uint8))
    if observation.genotype_error:
        chances = compute_binomial(number, observation.genotype_error)
        sites, misread = _draw_events(counts, replicate_seeds, chances, "genotype_error")
        haplotypes[sites] ^= np.packbits(misread, axis=1)
    if observation.switch_error:
        _switch_phase(haplotypes, counts, replicate_seeds, observation.switch_error, samples)
    called = None
    if observation.loses_genotypes:
        called = np.tile(all_ones, (len(haplotypes), 1))
        individuals = samples.number_of_individuals
        sites, missing = draw_missing_genotypes(
            counts, replicate_seeds, observation.missing, individuals
        )
        called[sites] ^= np.packbits(np.repeat(missing, samples.ploidy, axis=1), axis=1)
    if observation.polarisation_error:
        drawn = seeds.draw_fractions(counts, replicate_seeds, "observation", "polarisation_error")
        haplotypes[drawn < observation.polarisation_error] ^= all_ones
    if called is not None:
        haplotypes &= called
    return called


def draw_missing_genotypes(
    counts: npt.NDArray[np.int64],
    replicate_seeds: npt.NDArray[np.uint64],
    missing: MissingPerSite | float,
    individuals: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return which genotypes are not called.

    Where a file's counts per site are given, each site draws one of them, and the individuals that
    are observed are a random sample of the file's.

    Parameters
    ----------
    counts : ndarray of int64, shape (replicates,)
        Number of sites of each replicate.
    replicate_seeds : ndarray of uint64, shape (replicates,)
    missing : MissingPerSite or float
        Counts in a file, or the fraction of genotypes that are not called.
    individuals : int
        Those observed; not more than in the file.

    Returns
    -------
    sites : ndarray of int64, shape (incomplete sites,)
        Indices of sites with missing genotypes, among those of all replicates.
    missing : ndarray of uint8, shape (incomplete sites, individuals)
        1 where the genotype is not called.
    """
    if isinstance(missing, MissingPerSite):
        chances = compute_missing_of_sample(missing, individuals)
    else:
        chances = compute_binomial(individuals, missing)
    return _draw_events(counts, replicate_seeds, chances, "missing")


def _switch_phase(
    haplotypes: npt.NDArray[np.uint8],
    counts: npt.NDArray[np.int64],
    replicate_seeds: npt.NDArray[np.uint64],
    rate: float,
    samples: Samples,
) -> None:
    """Exchange the two haplotypes of individuals from some of their heterozygous sites on.

    ``haplotypes``, uint8 (sites, ceil(haplotypes / 8)), are changed in place.
    """
    individuals = samples.number_of_individuals
    chances = compute_binomial(individuals, rate)
    sites, which = _draw_events(counts, replicate_seeds, chances, "switch_error")
    switches = np.zeros((len(haplotypes), individuals), dtype=np.uint8)
    switches[sites] = which
    alleles = np.unpackbits(haplotypes, axis=1, count=2 * individuals)
    heterozygous = alleles[:, ::2] ^ alleles[:, 1::2]
    switches &= heterozygous
    first = 0
    for last in np.cumsum(counts).tolist():
        np.bitwise_xor.accumulate(switches[first:last], axis=0, out=switches[first:last])
        first = last
    # Homozygous genotypes have no phase.
    switches &= heterozygous
    haplotypes ^= np.packbits(np.repeat(switches, 2, axis=1), axis=1)


# How many errors a site has ------------------------------------------------------------------


def compute_binomial(number: int, rate: float) -> npt.NDArray[np.float64]:
    """Return the probabilities of 0 to ``number`` events, each with a probability of ``rate``.

    ``rate`` is above 0 and below 1.

    Examples
    --------
    >>> compute_binomial(2, 0.25).round(4).tolist()
    [0.5625, 0.375, 0.0625]
    """
    happened = np.arange(number + 1)
    ways = _log_binomial(_log_factorials(number), number, happened)
    return np.exp(ways + happened * np.log(rate) + happened[::-1] * np.log1p(-rate))


@functools.lru_cache(maxsize=8)  # the same for all parts of all shards
def compute_missing_of_sample(missing: MissingPerSite, individuals: int) -> npt.NDArray[np.float64]:
    """Return the probabilities that 0 to ``individuals`` genotypes are not called at a site.

    The individuals are a random sample of the file's, so their number is hypergeometric at sites
    with the same count in the file.

    Examples
    --------
    >>> half = MissingPerSite(individuals=2, per_site=(1, 3))
    >>> compute_missing_of_sample(half, 1).round(4).tolist()
    [0.625, 0.375]
    """
    log_factorials = _log_factorials(missing.individuals)
    log_samples = _log_binomial(log_factorials, missing.individuals, np.array([individuals]))
    chances = np.zeros(individuals + 1)
    for in_file in np.flatnonzero(missing.per_site).tolist():
        called = missing.individuals - in_file
        fewest, most = max(0, individuals - called), min(in_file, individuals)
        lost = np.arange(fewest, most + 1)
        ways = _log_binomial(log_factorials, in_file, lost)
        ways += _log_binomial(log_factorials, called, individuals - lost)
        chances[lost] += missing.per_site[in_file] * np.exp(ways - log_samples)
    return chances / sum(missing.per_site)


def _log_factorials(most: int) -> npt.NDArray[np.float64]:
    """Return the logarithms of 0! to ``most``!."""
    return np.r_[0.0, np.cumsum(np.log(np.arange(1, most + 1)))]


def _log_binomial(
    log_factorials: npt.NDArray[np.float64], number: int, chosen: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the logarithms of the numbers of ways to choose some of ``number``."""
    return log_factorials[number] - log_factorials[chosen] - log_factorials[number - chosen]


# Which alleles or genotypes have them --------------------------------------------------------


def _draw_events(
    counts: npt.NDArray[np.int64],
    replicate_seeds: npt.NDArray[np.uint64],
    chances: npt.NDArray[np.float64],
    kind: str,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Return which sites have errors, and in which of their alleles, or genotypes.

    ``chances``, float64 (alleles + 1,), are the probabilities of the number of errors at a site. A
    site's alleles are equally likely to have one. Of the affected sites, indices are returned,
    int64 (affected,), and 1 for each error, uint8 (affected, alleles).
    """
    cumulative = np.cumsum(chances)
    drawn = seeds.draw_fractions(counts, replicate_seeds, "observation", kind, "number")
    number = np.searchsorted(cumulative / cumulative[-1], drawn, side="right")
    ends = np.r_[0, np.cumsum(number)][np.r_[0, np.cumsum(counts)]]
    drawn = seeds.draw_fractions(np.diff(ends), replicate_seeds, "observation", kind, "which")
    affected = np.flatnonzero(number)
    return affected, _choose_some(number[affected], len(chances) - 1, drawn)


def _choose_some(
    number: npt.NDArray[np.int64], size: int, drawn: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    """Return ``number`` of ``size`` alleles at each site, all equally likely.

    Floyd's algorithm (Bentley and Floyd 1987, Communications of the ACM 30:754), for all sites at
    once: ``drawn``, float64 (number.sum(),), has a random number for each of the chosen.

    Returns
    -------
    ndarray of uint8, shape (sites, size)
        1 for the chosen.
    """
    chosen = np.zeros((len(number), size), dtype=np.uint8)
    first, sites = np.cumsum(number) - number, np.arange(len(number))
    for step in range(number.max(initial=0)):
        sites = sites[number[sites] > step]
        last = size - number[sites] + step
        index = (drawn[first[sites] + step] * (last + 1)).astype(np.int64)
        chosen[sites, np.where(chosen[sites, index], last, index)] = 1
    return chosen
