"""Selective sweeps: tree sequences in three phases, each continuing the last.

1. From sampling back to the end of the sweep: the neutral coalescent, by msprime.
2. The sweep, and for standing variation the time back to the allele's one mutation:
   the coalescent on two backgrounds along a trajectory (see ``backgrounds``). For a
   partial sweep this begins at sampling.
3. Before: msprime again, from the lineages that are left.
"""

import copy
import dataclasses

import msprime
import numpy as np
import tskit

from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation.neutral import MUTATION_MODEL
from coalflow.simulation.sweeps import generations, lineages, structured_coalescent
from coalflow.simulation.sweeps.trajectory import TrajectorySampler
from coalflow.simulation.sweeps.wright_fisher import after_selection

# So short that nothing breaks, in Morgans per base: stands for no recombination at all.
UNBROKEN = 1e-40
ROOT_GAP = 1e-6  # generations from the last event of phase 2 to the lineages' new roots
SELECTED_ALLELE = {"selected": True}
NOT_FOLLOWED = -1  # founders of a sweep that no lineage has lived through
METADATA = tskit.MetadataSchema.permissive_json()


@dataclasses.dataclass(frozen=True)
class Truth:
    """What came of a sweep. Times are in generations ago.

    ``fixation_time`` is when the allele became fixed, or reached its end frequency;
    ``selection_began`` when selection set in; ``origin`` when the allele arose;
    ``frequency`` the allele's at sampling, in the population of the sweep;
    ``founders`` the copies, among those there were when selection began (or, with
    recurrent mutation, the new copies), from which the sample's stem: -1 where the
    site lies outside of the window, or all lineages had met before the sweep ended.
    ``tries`` counts the trajectories it took.
    """

    fixation_time: int
    selection_began: int
    origin: int
    frequency: float
    founders: int
    tries: int


class SweepSimulator:
    """Simulates windows with a sweep, in one history.

    ``graph`` is a demes graph, ``samples`` are the individuals that msprime is to sample.
    ``sequence_length`` is in bases; ``recombination`` a rate per base and generation,
    or an ``msprime.RateMap`` of that length. The sweep ends in ``population``
    (default: the graph's only one), and the allele is selected in the populations
    ``selected_in`` (default: all).
    """

    def __init__(
        self, graph, samples, sequence_length, recombination, population=None, selected_in=None
    ):
        self.history = generations.expand_graph(graph)
        self.demography = msprime.Demography.from_demes(graph)
        self.samples = samples
        self.trajectories = TrajectorySampler(
            self.history, population or self.history.names[0], selected_in
        )
        self._room = 1024
        self._take_window(sequence_length, recombination)

    def change_window(self, sequence_length, recombination):
        """Return a simulator of other windows in the same history."""
        other = copy.copy(self)
        other._take_window(sequence_length, recombination)
        return other

    def _take_window(self, sequence_length, recombination):
        self.sequence_length = sequence_length
        if not isinstance(recombination, msprime.RateMap):
            recombination = msprime.RateMap.uniform(sequence_length, max(recombination, UNBROKEN))
        self._map = recombination
        self._mean_rate = recombination.mean_rate
        # The map as a polygon, from bases to Morgans; beyond its ends its mean rate holds.
        self._on_map = (
            recombination.position,
            recombination.get_cumulative_mass(recombination.position),
        )
        self._unrelated = self._neutral(end_time=0, random_seed=1).dump_tables()

    def simulate_window(self, selection, position, fixation_time, mutation_rate, seed):
        """Simulate one window; return its tree sequence and a Truth.

        ``selection`` is a ``Selection``; ``position`` of the selected site is in bases,
        and may lie outside of the window; ``fixation_time`` is in generations ago,
        ``seed`` a replicate's 64-bit seed. Inside the window, the selected allele is a
        mutation with metadata ``{"selected": true}``.
        """
        random = seeds.derive_generator(seed, "sweep")
        mutation_seed = random.integers(1, 2**32)
        trajectory = self.trajectories.draw(random, selection, round(fixation_time))
        trees, founders = self.ancestry(trajectory, selection, position, random)
        trees = msprime.sim_mutations(
            trees,
            rate=mutation_rate,
            model=MUTATION_MODEL,
            discrete_genome=False,
            random_seed=mutation_seed,
            record_provenance=False,
        )
        focal = self.trajectories.focal
        truth = Truth(
            fixation_time=trajectory.fixation_time,
            selection_began=trajectory.selection_began,
            origin=trajectory.origin,
            frequency=(trajectory.copies_at_end[focal] / trajectory.chromosomes_at_end[focal]),
            founders=founders,
            tries=trajectory.tries,
        )
        return trees, truth

    def ancestry(self, trajectory, selection, position, random):
        """Simulate one window's ancestry along a ``Trajectory``, without neutral mutations.

        Returns its tree sequence, and the number of founders (see :class:`Truth`).
        """
        recent_seed, ancient_seed = random.integers(1, 2**32, size=2)
        tables = self._recent(trajectory, recent_seed)
        if _have_all_met(tables, trajectory.times[0]):
            return tables.tree_sequence(), NOT_FOLLOWED
        founders, origins = self._follow(tables, trajectory, selection, position, random)
        trees = self._neutral(initial_state=tables, random_seed=ancient_seed)
        if selection.new_copies > 0:
            founders = len(origins)
        return _with_selected_site(trees, position, origins), founders

    def _neutral(self, initial_state=None, **options):
        return msprime.sim_ancestry(
            samples=self.samples if initial_state is None else None,
            initial_state=initial_state,
            sequence_length=self.sequence_length if initial_state is None else None,
            demography=self.demography,
            recombination_rate=self._map,
            discrete_genome=False,
            record_provenance=False,
            **options,
        )

    def _recent(self, trajectory, seed):
        """Return the tables of phase 1: neutral, back to where the trajectory is followed from."""
        if trajectory.times[0] == 0:
            return self._unrelated.copy()
        return self._neutral(end_time=trajectory.times[0], random_seed=seed).dump_tables()

    def _course(self, trajectory, selection):
        """Return what a trajectory means for lineages, a ``backgrounds.Course``."""
        times = trajectory.times[1:]
        under_selection = (times > trajectory.fixation_time) & (times <= trajectory.selection_began)
        coefficient = np.where(
            under_selection[:, None] & self.trajectories.selected, selection.coefficient, 0.0
        )
        chromosomes = np.maximum(trajectory.chromosomes, 1)
        frequency = trajectory.copies / chromosomes
        both = frequency * (1 + coefficient)
        one = 1 + selection.dominance * coefficient
        # Of a parent that carries the allele on this chromosome, and of one that does not.
        partner = np.stack(
            [
                frequency * one / (frequency * one + (1 - frequency)),
                both / np.maximum(both + (1 - frequency) * one, 1e-300),
            ],
            axis=2,
        )
        gametes = after_selection(frequency, coefficient, selection.dominance)
        new = np.where(under_selection[:, None], selection.new_copies, 0.0) * (1 - gametes)
        moves = np.empty((0, 2, 1, 1))
        if chromosomes.shape[1] > 1:
            moves = _moves(self.history.parents[trajectory.matrix], gametes + new)
        return structured_coalescent.Course(
            times=trajectory.times,
            copies=trajectory.copies,
            chromosomes=trajectory.chromosomes,
            partner=partner,
            moves=moves,
            mutated=new / np.maximum(gametes + new, 1e-300),
        )

    def _follow(self, tables, trajectory, selection, position, random):
        """Add phase 2 to the tables; return the founders, and the allele's origins (node, time)."""
        course = self._course(trajectory, selection)
        left, right, node, lineage_of, population = _lineages(tables, trajectory.times[0])
        frequency = trajectory.copies_at_end, trajectory.chromosomes_at_end
        group = 2 * population + _deal_backgrounds(random, population, *frequency)
        site = self._morgans(np.array([position]))[0]
        founding_step = int(np.searchsorted(trajectory.times, trajectory.selection_began))
        inside = 0 <= position < self.sequence_length
        material = self._morgans(left), self._morgans(right), node, lineage_of, group
        groups = 2 * len(self.history.names)
        stream = random.bit_generator.state
        outcome = structured_coalescent.FULL
        while outcome == structured_coalescent.FULL:
            while self._room < 2 * len(left) + 16:
                self._room *= 2
            random.bit_generator.state = stream
            state = lineages.make_state(self._room, groups, site, tables.nodes.num_rows)
            lineages.start(state, *material)
            outcome, founders, *origins = structured_coalescent.trace_lineages(
                random, state, course, founding_step, inside
            )
            if outcome == structured_coalescent.FULL:
                self._room *= 2
        _append(tables, state, self._bases(left, right), trajectory.times[-1])
        return founders, list(zip(*(array.tolist() for array in origins), strict=True))

    def _morgans(self, positions):
        """Return map positions in Morgans."""
        beyond = np.minimum(positions, 0) + np.maximum(positions - self.sequence_length, 0)
        return np.interp(positions, *self._on_map) + beyond * self._mean_rate

    def _bases(self, left, right):
        """Return the function from Morgans back to bases.

        Positions that phase 1 handed over come back exactly as they were.
        """
        known = np.unique(np.concatenate([[0.0], left, right, [self.sequence_length]]))
        morgans = self._morgans(known)
        on_map, mass = self._on_map

        def bases(position):
            place = np.minimum(np.searchsorted(morgans, position), len(known) - 1)
            drawn = np.interp(position, mass, on_map)
            return np.where(morgans[place] == position, known[place], drawn)

        return bases


def _have_all_met(tables, time):
    """Tell whether, where msprime stopped, each place of the window had its common ancestor."""
    return time > 0 and not (tables.nodes.time == time).any()


def _lineages(tables, time):
    """Return the lineages of stopped tables: left, right, node, lineage, and populations.

    Where msprime stopped, each lineage has a root of that time, the parent of what it
    carries; without any past, the samples are the lineages.
    """
    node_time = tables.nodes.time
    if time == 0:
        lineages = np.flatnonzero(node_time == 0)
        left, right = np.zeros(len(lineages)), np.full(len(lineages), tables.sequence_length)
        node = lineages
    else:
        edges = tables.edges
        of_root = node_time[edges.parent] == time
        order = np.lexsort((edges.left[of_root], edges.parent[of_root]))
        left = edges.left[of_root][order]
        right = edges.right[of_root][order]
        node = edges.parent[of_root][order].astype(np.int64)
        joins = (node[1:] == node[:-1]) & (left[1:] == right[:-1])
        left, right = left[np.r_[True, ~joins]], right[np.r_[~joins, True]]
        node = node[np.r_[True, ~joins]]
        lineages = np.unique(node)
    population = tables.nodes.population[lineages].astype(np.int64)
    return left, right, node, np.searchsorted(lineages, node), population


def _deal_backgrounds(random, population, copies, chromosomes):
    """Return which lineages carry the allele, int64 (lineages,): drawn without replacement."""
    carries = np.zeros(len(population), dtype=np.int64)
    for place in np.unique(population):
        lineages = np.flatnonzero(population == place)
        if len(lineages) > chromosomes[place]:
            raise CoalflowError(
                f"{len(lineages)} lineages are in a population of {chromosomes[place]} chromosomes "
                "when the sweep ends: raise its size, or sample fewer"
            )
        without = chromosomes[place] - copies[place]
        carriers = random.hypergeometric(copies[place], without, len(lineages))
        carries[random.permutation(lineages)[:carriers]] = 1
    return carries


def _moves(parents, gametes):
    """Return where parents of each background lived, float64 (steps, 2, populations, populations).

    ``parents`` (steps, populations, populations) is the chance without regard to the
    allele, ``gametes`` (steps, populations) its frequency among the gametes there.
    """
    moves = np.stack([parents * (1 - gametes)[:, None, :], parents * gametes[:, None, :]], axis=1)
    total = moves.sum(axis=3, keepdims=True)
    return np.where(total > 0, moves / np.where(total > 0, total, 1), np.eye(parents.shape[1]))


def _append(tables, state, bases, end):
    """Append what happened in phase 2, and a root for each lineage that is left."""
    use = state.use[0]
    nodes, edges = state.nodes[: use["nodes"]], state.edges[: use["edges"]]
    first_root = tables.nodes.num_rows + len(nodes)
    left, right, node, lineage_of, group = lineages.left_over(state)
    _, first_segment = np.unique(lineage_of, return_index=True)
    roots = len(first_segment)
    population = np.concatenate([nodes["population"], group[first_segment] // 2])
    tables.nodes.append_columns(
        flags=np.zeros(len(nodes) + roots, dtype=np.uint32),
        time=np.concatenate([nodes["time"], np.full(roots, end + ROOT_GAP)]),
        population=population.astype(np.int32),
    )
    tables.edges.append_columns(
        left=bases(np.concatenate([edges["left"], left])),
        right=bases(np.concatenate([edges["right"], right])),
        parent=np.concatenate([edges["parent"], first_root + lineage_of]).astype(np.int32),
        child=np.concatenate([edges["child"], node]).astype(np.int32),
    )
    tables.sort()


def _with_selected_site(trees, position, origins):
    """Return simplified trees, with the selected allele as mutations where it arose."""
    tables = trees.dump_tables()
    tables.mutations.metadata_schema = METADATA
    if origins:
        site = tables.sites.add_row(position=position, ancestral_state="0")
        for node, time in sorted(origins, key=lambda origin: -origin[1]):
            tables.mutations.add_row(
                site=site, node=node, derived_state="1", time=time, metadata=SELECTED_ALLELE
            )
    tables.simplify()
    return tables.tree_sequence()
