"""Selective sweeps: tree sequences in three phases, each continuing the last.

1. From sampling back to the end of the sweep: the neutral coalescent, by msprime.
2. The sweep, and for standing variation the time back to the allele's one mutation:
   the coalescent on two backgrounds along a trajectory. For a partial sweep this begins at
   sampling.
3. Before: msprime again, from the lineages that are left.
"""

import copy
import dataclasses
from collections.abc import Collection

import demes
import msprime
import numpy as np
import numpy.typing as npt
import tskit

from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation.ancestry import (
    AncestrySimulator,
    Recombination,
    SampledIndividuals,
    add_mutations,
)
from coalflow.simulation.sweeps.coalescent import (
    lineage_state,
    lineage_tables,
    lineages,
    structured_coalescent,
)
from coalflow.simulation.sweeps.coalescent.course import make_course
from coalflow.simulation.sweeps.coalescent.genetic_map import GeneticMap
from coalflow.simulation.sweeps.trajectories import generations
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.simulation.sweeps.trajectories.trajectory import Trajectory, TrajectorySampler

NOT_FOLLOWED = -1  # founders of a sweep that no lineage has lived through
FIRST_ROOM = 1024  # segments; doubled where it is too little


@dataclasses.dataclass(frozen=True)
class SweepOutcome:
    """What came of a sweep. Times are in generations ago.

    Attributes
    ----------
    fixation_time : int
        When the allele became fixed, or reached its end frequency.
    selection_began : int
        When selection began.
    origin : int
        When the allele arose.
    frequency : float
        The allele's at sampling, in the population of the sweep.
    founders : int
        How many copies the sample descends from, among those there were when selection began or,
        with recurrent mutation, among the new copies: -1 if the site is outside the window,
        or all lineages had met before the sweep ended.
    tries : int
        How many trajectories were tried.
    """

    fixation_time: int
    selection_began: int
    origin: int
    frequency: float
    founders: int
    tries: int


class SweepSimulator:
    """Simulates windows with a sweep, in one history.

    Parameters
    ----------
    graph : demes.Graph
    samples : sequence of msprime.SampleSet, or mapping of str to int
        Who is sampled.
    sequence_length : float
        Length of the window, in bases.
    recombination : float or msprime.RateMap
        A rate per base and generation, or a map of that length.
    population : str, optional
        Where the sweep ends; without it, the graph's first population.
    selected_in : collection of str, optional
        The populations in which the allele is selected; without it, all.

    Raises
    ------
    CoalflowError
        If sweeps cannot be simulated in this history.
    """

    def __init__(
        self,
        graph: demes.Graph,
        samples: SampledIndividuals,
        sequence_length: float,
        recombination: float | msprime.RateMap,
        population: str | None = None,
        selected_in: Collection[str] | None = None,
    ) -> None:
        self.history = generations.expand_graph(graph)
        self.trajectories = TrajectorySampler(
            self.history, population or self.history.names[0], selected_in
        )
        self._ancestry = AncestrySimulator(msprime.Demography.from_demes(graph), samples)
        self._room = FIRST_ROOM
        self._set_window(sequence_length, recombination)

    def change_window(
        self, sequence_length: float, recombination: float | msprime.RateMap
    ) -> "SweepSimulator":
        """Return a simulator of other windows in the same history.

        Parameters
        ----------
        sequence_length : float
            In bases.
        recombination : float or msprime.RateMap
            A rate per base and generation, or a map of that length.
        """
        other = copy.copy(self)
        other._set_window(sequence_length, recombination)
        return other

    def _set_window(self, sequence_length: float, recombination: float | msprime.RateMap) -> None:
        self.genetic_map = GeneticMap(sequence_length, recombination)
        self._recombination = Recombination(self.genetic_map.rates)
        self._unrelated = self._simulate_neutral(seed=1, end_time=0)

    def simulate_window(
        self,
        selection: Selection,
        position: float,
        fixation_time: float,
        mutation_rate: float,
        seed: int,
    ) -> tuple[tskit.TreeSequence, SweepOutcome]:
        """Simulate one window.

        Parameters
        ----------
        selection : Selection
        position : float
            That of the selected site, in bases; it may be outside the window.
        fixation_time : float
            When the sweep ended, in generations ago.
        mutation_rate : float
            Neutral mutations per base and generation.
        seed : int
            The replicate's, from 0 to 2**64 - 1.

        Returns
        -------
        trees : tskit.TreeSequence
            In the window, the selected allele is a mutation with metadata ``{"selected": true}``.
        outcome : SweepOutcome

        Raises
        ------
        CoalflowError
            If no such sweep was found within reasonable work.
        """
        random = seeds.derive_generator(seed, "sweep")
        mutation_seed = int(random.integers(1, 2**32))
        trajectory = self.trajectories.draw(random, selection, round(fixation_time))
        tables, founders = self.simulate_ancestry(trajectory, selection, position, random)
        focal = self.trajectories.focal
        outcome = SweepOutcome(
            fixation_time=trajectory.fixation_time,
            selection_began=trajectory.selection_began,
            origin=trajectory.origin,
            frequency=(trajectory.copies_at_end[focal] / trajectory.chromosomes_at_end[focal]),
            founders=founders,
            tries=trajectory.tries,
        )
        return add_mutations(tables, mutation_rate, mutation_seed), outcome

    def simulate_ancestry(
        self,
        trajectory: Trajectory,
        selection: Selection,
        position: float,
        random: np.random.Generator,
    ) -> tuple[tskit.TableCollection, int]:
        """Simulate one window's ancestry along a trajectory, without neutral mutations.

        Parameters
        ----------
        trajectory : Trajectory
        selection : Selection
        position : float
            That of the selected site, in bases.
        random : numpy.random.Generator

        Returns
        -------
        tables : tskit.TableCollection
        founders : int
            See :class:`SweepOutcome`.

        Raises
        ------
        CoalflowError
            If a population has more lineages than chromosomes when the sweep ends.
        """
        recent_seed, ancient_seed = random.integers(1, 2**32, size=2)
        tables = self._simulate_recent(trajectory, recent_seed)
        if lineage_tables.have_all_met(tables, trajectory.times[0]):
            return tables, NOT_FOLLOWED
        founders, origins = self._follow_sweep(tables, trajectory, selection, position, random)
        tables = self._ancestry.complete(tables, self._recombination, ancient_seed)
        if selection.new_copies > 0:
            founders = len(origins)
        lineage_tables.add_selected_site(tables, position, origins)
        return tables, founders

    def _simulate_recent(self, trajectory: Trajectory, seed: int) -> tskit.TableCollection:
        """Return the tables of phase 1: neutral, back to where the trajectory is followed from."""
        if trajectory.times[0] == 0:
            return self._unrelated.copy()
        return self._simulate_neutral(seed, trajectory.times[0])

    def _simulate_neutral(self, seed: int, end_time: float) -> tskit.TableCollection:
        return self._ancestry.simulate(
            self.genetic_map.sequence_length, self._recombination, seed, end_time
        )

    def _follow_sweep(
        self,
        tables: tskit.TableCollection,
        trajectory: Trajectory,
        selection: Selection,
        position: float,
        random: np.random.Generator,
    ) -> tuple[int, list[tuple[int, float]]]:
        """Add phase 2 to the tables; return the founders, and the allele's origins (node, time)."""
        course = make_course(trajectory, selection, self.history, self.trajectories.selected)
        stopped = lineage_tables.extract_lineages(tables, trajectory.times[0])
        frequency = trajectory.copies_at_end, trajectory.chromosomes_at_end
        group = 2 * stopped.population + _deal_backgrounds(random, stopped.population, *frequency)
        convert = self.genetic_map.convert_to_morgans
        site = convert(np.array([position]))[0]
        founding_step = int(np.searchsorted(trajectory.times, trajectory.selection_began))
        inside = 0 <= position < self.genetic_map.sequence_length
        ends = convert(stopped.left), convert(stopped.right)
        stream = random.bit_generator.state
        outcome = structured_coalescent.FULL
        while outcome == structured_coalescent.FULL:
            while self._room < 2 * len(stopped.left) + 16:
                self._room *= 2
            random.bit_generator.state = stream
            state = lineage_state.make_state(
                self._room, 2 * len(self.history.names), site, tables.nodes.num_rows
            )
            lineages.fill_state(state, *ends, stopped.node, stopped.lineage_of, group)
            outcome, founders, *origins = structured_coalescent.trace_lineages(
                random, state, course, founding_step, inside
            )
            if outcome == structured_coalescent.FULL:
                self._room *= 2
        inverse = self.genetic_map.make_inverse(stopped.left, stopped.right)
        lineage_tables.append_events(tables, state, inverse, trajectory.times[-1])
        return founders, list(zip(*(array.tolist() for array in origins), strict=True))


def _deal_backgrounds(
    random: np.random.Generator,
    population: npt.NDArray[np.int64],
    copies: npt.NDArray[np.int64],
    chromosomes: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Return 1 for lineages that carry the allele, else 0: drawn without replacement."""
    carries = np.zeros(len(population), dtype=np.int64)
    for index in np.unique(population):
        members = np.flatnonzero(population == index)
        if len(members) > chromosomes[index]:
            raise CoalflowError(
                f"{len(members)} lineages are in a population of {chromosomes[index]} chromosomes "
                "when the sweep ends: raise its size, or sample fewer"
            )
        without = chromosomes[index] - copies[index]
        carriers = random.hypergeometric(copies[index], without, len(members))
        carries[random.permutation(members)[:carriers]] = 1
    return carries
