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
from coalflow.statistics.introgression.moves import Moves, read_moves


class NeutralSimulator:
    """Simulates windows of genome under the coalescent with recombination.

    Parameters
    ----------
    demography : msprime.Demography
    samples : sequence of msprime.SampleSet, or mapping of str to int
    discrete_genome : bool
        Whether sites are at whole bases, where one can be hit twice, as in nature; at the rates of
        real species this is rare. Without it, all sites of a window segregate.
    records_moves : bool
        Whether it is known which lineages moved between populations. Windows are the same.
    """

    def __init__(
        self,
        demography: msprime.Demography,
        samples: SampledIndividuals,
        discrete_genome: bool = False,
        records_moves: bool = False,
    ) -> None:
        self.demography = demography
        self._discrete_genome, self._records_moves = discrete_genome, records_moves
        self._ancestry = AncestrySimulator(demography, samples, discrete_genome, records_moves)

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
        return self.simulate_lineages(parameters, seed)[0]

    def simulate_lineages(
        self, parameters: Mapping[str, Any], seed: int
    ) -> tuple[tskit.TreeSequence, Moves | None]:
        """Simulate one window, with the moves of its lineages where they are recorded.

        Parameters
        ----------
        parameters, seed
            As for :meth:`simulate_trees`.
        """
        ancestry_seed, mutation_seed = seeds.split_for_msprime(seed)
        length, crossovers = parameters["sequence_length"], parameters["recombination_rate"]
        tract = parameters.get("gene_conversion_tract")
        simulated_length, recombination = length, Recombination(crossovers)
        if tract:
            # msprime simulates no tracts that are longer than the sequence.
            simulated_length = max(length, math.ceil(tract))
            recombination = Recombination(conversion_rate=crossovers, tract_length=max(tract, 1))
        tables = self._ancestry.simulate(simulated_length, recombination, ancestry_seed)
        moves = None
        if self._records_moves:
            names = [population.name for population in self.demography.populations]
            moves = read_moves(tables, names, length)
            tables.migrations.clear()  # with which tskit does less
        if simulated_length > length:
            tables.keep_intervals([[0, length]], record_provenance=False)
            tables.rtrim(record_provenance=False)
        rate = parameters["mutation_rate"]
        return add_mutations(tables, rate, mutation_seed, self._discrete_genome), moves


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
