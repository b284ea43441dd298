"""Neutral evolution under a population history, by msprime."""

import math
from collections.abc import Mapping
from typing import Any

import msprime
import tskit

from coalflow.core import seeds
from coalflow.simulation.ancestry import (
    AncestrySimulator,
    Recombination,
    SampledIndividuals,
    add_mutations,
)


class NeutralSimulator:
    """Simulates windows of genome under the coalescent with recombination.

    Parameters
    ----------
    demography : msprime.Demography
    samples : sequence of msprime.SampleSet, or mapping of str to int
    discrete_genome : bool
        Whether sites are at whole bases, where one can be hit twice, as in nature; at the rates of
        real species this is rare. Without it, all sites of a window segregate.
    """

    def __init__(
        self,
        demography: msprime.Demography,
        samples: SampledIndividuals,
        discrete_genome: bool = False,
    ) -> None:
        self.demography = demography
        self._discrete_genome = discrete_genome
        self._ancestry = AncestrySimulator(demography, samples, discrete_genome)

    def simulate_trees(self, parameters: Mapping[str, Any], seed: int) -> tskit.TreeSequence:
        """Simulate one window.

        Parameters
        ----------
        parameters : mapping
            ``sequence_length`` in bases, ``mutation_rate`` and ``recombination_rate`` per base and
            generation; the latter may be an ``msprime.RateMap``. With a ``gene_conversion_tract``,
            a mean length in bases, recombination is by gene conversion: its rate is that at which
            tracts begin, one number. Other parameters are ignored.
        seed : int
            The replicate's, from 0 to 2**64 - 1.

        Returns
        -------
        tskit.TreeSequence
            Times are in generations.
        """
        ancestry_seed, mutation_seed = seeds.split_for_msprime(seed)
        length, rate = parameters["sequence_length"], parameters["recombination_rate"]
        tract = parameters.get("gene_conversion_tract")
        simulated_length, recombination = length, Recombination(rate)
        if tract:
            # msprime simulates no tracts that are longer than the sequence.
            simulated_length = max(length, math.ceil(tract))
            recombination = Recombination(conversion_rate=rate, tract_length=max(tract, 1))
        tables = self._ancestry.simulate(simulated_length, recombination, ancestry_seed)
        if simulated_length > length:
            tables.keep_intervals([[0, length]], record_provenance=False)
            tables.rtrim(record_provenance=False)
        return add_mutations(
            tables, parameters["mutation_rate"], mutation_seed, self._discrete_genome
        )


def simulate_window(
    demography: msprime.Demography,
    samples: SampledIndividuals,
    parameters: Mapping[str, Any],
    seed: int,
) -> tskit.TreeSequence:
    """Simulate one window, see :class:`NeutralSimulator`; for many, keep the simulator."""
    return NeutralSimulator(demography, samples).simulate_trees(parameters, seed)


def simulate_genome(
    demography: msprime.Demography,
    samples: SampledIndividuals,
    parameters: Mapping[str, Any],
    seed: int,
) -> tskit.TreeSequence:
    """Simulate one genome, whose sites are at whole bases, as a VCF requires."""
    simulator = NeutralSimulator(demography, samples, discrete_genome=True)
    return simulator.simulate_trees(parameters, seed)
