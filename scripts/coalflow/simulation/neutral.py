"""Neutral evolution under a population history, by msprime."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msprime
import tskit

from coalflow.core import seeds

# One mutation a site and two alleles, 0 ancestral and 1 derived: the infinite-sites
# model, under which tskit's Tajima's D is the textbook formula.
MUTATION_MODEL = msprime.BinaryMutationModel()

#: Who is sampled: the sets of individuals that msprime takes, or their numbers by population.
SampledIndividuals: TypeAlias = Sequence[msprime.SampleSet] | Mapping[str, int]


def simulate_window(
    demography: msprime.Demography,
    samples: SampledIndividuals,
    parameters: Mapping[str, Any],
    seed: int,
) -> tskit.TreeSequence:
    """Simulate one window of genome under the coalescent with recombination.

    Parameters
    ----------
    demography : msprime.Demography
    samples : sequence of msprime.SampleSet, or mapping of str to int
    parameters : mapping
        ``sequence_length`` in bases, ``mutation_rate`` and ``recombination_rate`` per base and
        generation; the latter may be an ``msprime.RateMap``. With a ``gene_conversion_tract``, a
        mean length in bases, recombination is by gene conversion: its rate is that at which tracts
        begin, one number. Other parameters are ignored.
    seed : int
        The replicate's, from 0 to 2**64 - 1.

    Returns
    -------
    tskit.TreeSequence
        All of its sites segregate. Times are in generations.
    """
    # Provenance is written once, in the shard's meta; here it would cost a fifth of the time.
    return _simulate(
        demography, samples, parameters, seed, discrete_genome=False, record_provenance=False
    )


def simulate_genome(
    demography: msprime.Demography,
    samples: SampledIndividuals,
    parameters: Mapping[str, Any],
    seed: int,
) -> tskit.TreeSequence:
    """Simulate a genome whose sites are at whole bases, as a VCF requires.

    Otherwise it is like :func:`simulate_window`. A base can be hit twice, as in nature; at the
    rates of real species this is rare.

    Parameters
    ----------
    demography, samples, parameters
        As for :func:`simulate_window`.
    seed : int
        From 0 to 2**64 - 1.
    """
    return _simulate(demography, samples, parameters, seed)


def add_mutations(ancestry: tskit.TreeSequence, rate: float, seed: int) -> tskit.TreeSequence:
    """Add neutral mutations to the trees of a window, under the infinite-sites model.

    Parameters
    ----------
    ancestry : tskit.TreeSequence
    rate : float
        Mutations per base and generation.
    seed : int
        msprime's, from 1 to 2**32 - 1.
    """
    return _mutate(ancestry, rate, seed, discrete_genome=False, record_provenance=False)


def _simulate(
    demography: msprime.Demography,
    samples: SampledIndividuals,
    parameters: Mapping[str, Any],
    seed: int,
    **options: bool,
) -> tskit.TreeSequence:
    ancestry_seed, mutation_seed = seeds.split_for_msprime(seed)
    length, rate = parameters["sequence_length"], parameters["recombination_rate"]
    tract = parameters.get("gene_conversion_tract")
    recombination = {"sequence_length": length, "recombination_rate": rate}
    if tract:
        # msprime simulates no tracts that are longer than the sequence.
        recombination = {
            "sequence_length": max(length, math.ceil(tract)),
            "gene_conversion_rate": rate,
            "gene_conversion_tract_length": max(tract, 1),
        }
    ancestry = msprime.sim_ancestry(
        samples=samples,
        demography=demography,
        random_seed=ancestry_seed,
        **recombination,
        **options,
    )
    if ancestry.sequence_length > length:
        ancestry = ancestry.keep_intervals([[0, length]], record_provenance=False)
        ancestry = ancestry.rtrim(record_provenance=False)
    return _mutate(ancestry, parameters["mutation_rate"], mutation_seed, **options)


def _mutate(
    ancestry: tskit.TreeSequence, rate: float, seed: int, **options: bool
) -> tskit.TreeSequence:
    return msprime.sim_mutations(
        ancestry, rate=rate, model=MUTATION_MODEL, random_seed=seed, **options
    )
