"""A population history, generation by generation.

Sweeps follow an allele through Wright-Fisher generations, so they need what a
demes graph says as plain arrays: how many chromosomes each population had t
generations ago, and where the parents of its members lived. Times of events are
rounded up to whole generations.
"""

import dataclasses
import math

import numpy as np

from coalflow.core.errors import CoalflowError

MAX_GENERATIONS = 5_000_000
NOWHERE = -1


@dataclasses.dataclass(frozen=True)
class Generations:
    """A history as arrays; generation t is t generations ago. Ploidy is two.

    ``chromosomes`` is int64 (generations, populations): 2N, and 0 where a
    population does not exist. Before the last row nothing changes any more.
    ``parents`` is float64 (matrices, populations, populations): the chance that
    a member of population i has its parents in population j. ``matrix`` is int64
    (generations,): which of them holds for offspring of generation t.
    ``names`` are the populations, in the order of the demes graph.
    """

    names: list
    chromosomes: np.ndarray
    parents: np.ndarray
    matrix: np.ndarray

    def ancestry_of(self, population):
        """Return where the ancestors of a population lived, int64 (generations,).

        From one generation to the next they stay, or all come from one other
        population. Where they come from several at once, the list goes on with NOWHERE.
        """
        place = self.names.index(population)
        places = np.full(len(self.matrix), NOWHERE)
        for generation, matrix in enumerate(self.matrix):
            if self.chromosomes[generation, place] == 0:
                break
            places[generation] = place
            row = self.parents[matrix, place]
            if row[place] == 0:
                if np.count_nonzero(row) != 1:
                    break
                place = int(row.argmax())
        return places


def expand_graph(graph):
    """Return the :class:`Generations` of a demes graph.

    Raises CoalflowError for sizes that change linearly, which msprime does not take
    either, and for selfing or cloning.
    """
    graph = graph.in_generations()
    for deme in graph.demes:
        for epoch in deme.epochs:
            _refuse_what_is_not_wright_fisher(deme, epoch)
    last = _oldest_event(graph)
    if last > MAX_GENERATIONS:
        raise CoalflowError(
            f"the demography reaches back {last:,} generations; sweeps can follow "
            f"{MAX_GENERATIONS:,}. Cut off what is older"
        )
    distinct, matrix = {}, np.empty(last + 1, dtype=np.int64)
    changes = _generations_of_change(graph)
    for generation in range(last + 1):
        if generation in changes or generation == 0:
            parents = _parents(graph, generation)
        matrix[generation] = distinct.setdefault(parents.tobytes(), len(distinct))
    demes = len(graph.demes)
    return Generations(
        names=[deme.name for deme in graph.demes],
        chromosomes=np.column_stack([_chromosomes(deme, last) for deme in graph.demes]),
        parents=np.array([np.frombuffer(one).reshape(demes, demes) for one in distinct]),
        matrix=matrix,
    )


def _refuse_what_is_not_wright_fisher(deme, epoch):
    if epoch.size_function not in ("constant", "exponential"):
        raise CoalflowError(
            f"deme {deme.name}: size_function {epoch.size_function} cannot be simulated. "
            "Use constant or exponential epochs"
        )
    if epoch.selfing_rate or epoch.cloning_rate:
        raise CoalflowError(
            f"deme {deme.name}: selfing_rate and cloning_rate cannot be simulated. "
            "Remove them, and rescale the sizes and the recombination rate instead"
        )


def _times(graph):
    for deme in graph.demes:
        for epoch in deme.epochs:
            yield from (epoch.start_time, epoch.end_time)
    for migration in graph.migrations:
        yield from (migration.start_time, migration.end_time)
    for pulse in graph.pulses:
        yield pulse.time


def _oldest_event(graph):
    return max(math.ceil(time) for time in _times(graph) if math.isfinite(time)) + 1


def _generations_of_change(graph):
    """Return the generations whose parents may live elsewhere than those of the one before."""
    ends = {math.ceil(time) for time in _times(graph) if math.isfinite(time)}
    return {end + shift for end in ends for shift in (-1, 0)}


def _chromosomes(deme, last):
    """Return 2N for generations 0 to ``last``, int64; 0 where the deme does not exist."""
    ago = np.arange(last + 1)
    chromosomes = np.zeros(last + 1, dtype=np.int64)
    for epoch in deme.epochs:
        there = (ago >= epoch.end_time) & (ago < epoch.start_time)
        size = np.full(there.sum(), float(epoch.end_size))
        if epoch.size_function == "exponential":
            growth = math.log(epoch.end_size / epoch.start_size) / epoch.time_span
            size *= np.exp(-growth * (ago[there] - epoch.end_time))
        chromosomes[there] = np.maximum(np.rint(2 * size), 2)
    return chromosomes


def _parents(graph, generation):
    """Return where parents of generation ``generation`` lived, float64 (demes, demes).

    Going back: first migration, then pulses, then populations that began.
    """
    place = {deme.name: i for i, deme in enumerate(graph.demes)}
    steady = np.eye(len(place))
    for migration in graph.migrations:
        if migration.end_time <= generation < migration.start_time:
            here, there = place[migration.dest], place[migration.source]
            steady[here, there] += migration.rate
            steady[here, here] -= migration.rate

    def at(time):
        return generation < time <= generation + 1

    moved = steady
    for pulse in reversed([pulse for pulse in graph.pulses if at(pulse.time)]):
        step = np.eye(len(place))
        for source, proportion in zip(pulse.sources, pulse.proportions, strict=True):
            step[place[pulse.dest], place[source]] += proportion
            step[place[pulse.dest], place[pulse.dest]] -= proportion
        moved = moved @ step
    begun = np.eye(len(place))
    for deme in graph.demes:
        if at(deme.start_time) and deme.ancestors:
            begun[place[deme.name]] = 0
            for ancestor, proportion in zip(deme.ancestors, deme.proportions, strict=True):
                begun[place[deme.name], place[ancestor]] = proportion
    return moved @ begun
