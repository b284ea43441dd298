"""Neutral evolution under a population history, by msprime."""

import msprime

from coalflow.core import seeds

# One mutation a site and two alleles, 0 ancestral and 1 derived: the infinite-sites
# model, under which tskit's Tajima's D is the textbook formula.
MUTATION_MODEL = msprime.BinaryMutationModel()


def simulate_window(demography, samples, parameters, seed):
    """Simulate one window of genome under the coalescent with recombination.

    ``demography`` is an ``msprime.Demography``, ``samples`` are the individuals that
    msprime is to sample, ``seed`` is a replicate's 64-bit seed. Of ``parameters`` it takes
    ``sequence_length`` (bases), ``mutation_rate`` and ``recombination_rate`` (per base and
    generation; of recombination it may be an ``msprime.RateMap``). Returns a tree sequence
    whose sites all segregate.
    """
    ancestry_seed, mutation_seed = seeds.split_for_msprime(seed)
    # Provenance is written once, in the shard's meta; here it would cost a fifth of the time.
    ancestry = msprime.sim_ancestry(
        samples=samples,
        demography=demography,
        sequence_length=parameters["sequence_length"],
        recombination_rate=parameters["recombination_rate"],
        discrete_genome=False,
        random_seed=ancestry_seed,
        record_provenance=False,
    )
    return msprime.sim_mutations(
        ancestry,
        rate=parameters["mutation_rate"],
        model=MUTATION_MODEL,
        discrete_genome=False,
        random_seed=mutation_seed,
        record_provenance=False,
    )


def simulate_genome(demography, samples, parameters, seed):
    """Simulate a genome whose sites stand at whole bases, as a VCF needs them.

    The same as :func:`window` otherwise. A base can be hit twice, as in life;
    at the rates of real species this is rare.
    """
    ancestry_seed, mutation_seed = seeds.split_for_msprime(seed)
    ancestry = msprime.sim_ancestry(
        samples=samples,
        demography=demography,
        sequence_length=parameters["sequence_length"],
        recombination_rate=parameters["recombination_rate"],
        random_seed=ancestry_seed,
    )
    return msprime.sim_mutations(
        ancestry,
        rate=parameters["mutation_rate"],
        model=MUTATION_MODEL,
        random_seed=mutation_seed,
    )
