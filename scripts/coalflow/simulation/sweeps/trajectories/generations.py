"""A population history, generation by generation.

Sweeps follow an allele through Wright-Fisher generations, so they need what a
demes graph says as plain arrays: how many chromosomes each population had t
generations ago, and where the parents of its members lived. Times of events are
rounded up to whole generations.
"""

import dataclasses
import math
from collections.abc import Iterator

import demes
import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError

MAX_GENERATIONS = 5_000_000
NOWHERE = -1


@dataclasses.dataclass(frozen=True)
class Generations:
    """A history as arrays; generation t is t generations ago. Ploidy is two.

    Attributes
    ----------
    names : list of str
        The populations, in the order of the demes graph.
    chromosomes : ndarray of int64, shape (generations, populations)
        2N, and 0 where a population does not exist. Before the last row nothing changes any more.
    parents : ndarray of float64, shape (matrices, populations, populations)
        The chance that a member of population i has its parents in population j.
    matrix : ndarray of int64, shape (generations,)
        Which of the matrices holds for the offspring of each generation.
    """

    names: list[str]
    chromosomes: npt.NDArray[np.int64]
    parents: npt.NDArray[np.float64]
    matrix: npt.NDArray[np.int64]

    def follow_ancestors(self, population: str) -> npt.NDArray[np.int64]:
        """Return the index of the population where the ancestors of a population lived.

        From one generation to the next they stay, or all come from one other
        population. Where they come from several at once, the remainder is NOWHERE.

        Returns
        -------
        ndarray of int64, shape (generations,)
        """
        home = self.names.index(population)
        homes = np.full(len(self.matrix), NOWHERE)
        for generation, matrix in enumerate(self.matrix):
            if self.chromosomes[generation, home] == 0:
                break
            homes[generation] = home
            row = self.parents[matrix, home]
            if row[home] == 0:
                if np.count_nonzero(row) != 1:
                    break
                home = int(row.argmax())
        return homes


def expand_graph(graph: demes.Graph) -> Generations:
    """Return the generations of a demes graph.

    Raises
    ------
    CoalflowError
        If the history reaches back too far, or has sizes that change linearly, which msprime does
        not take either, or selfing or cloning.
    """
    graph = graph.in_generations()
    for deme in graph.demes:
        for epoch in deme.epochs:
            _refuse_what_is_not_wright_fisher(deme, epoch)
    last = _find_oldest_event(graph)
    if last > MAX_GENERATIONS:
        raise CoalflowError(
            f"the demography reaches back {last:,} generations; sweeps can follow "
            f"{MAX_GENERATIONS:,}. Cut off what is older"
        )
    distinct: dict[bytes, int] = {}
    matrix = np.empty(last + 1, dtype=np.int64)
    changes = _find_generations_of_change(graph)
    for generation in range(last + 1):
        if generation in changes or generation == 0:
            parents = _compute_parents(graph, generation)
        matrix[generation] = distinct.setdefault(parents.tobytes(), len(distinct))
    demes_of_graph = len(graph.demes)
    shape = demes_of_graph, demes_of_graph
    return Generations(
        names=[deme.name for deme in graph.demes],
        chromosomes=np.column_stack([_count_chromosomes(deme, last) for deme in graph.demes]),
        parents=np.array([np.frombuffer(content).reshape(shape) for content in distinct]),
        matrix=matrix,
    )


def _refuse_what_is_not_wright_fisher(deme: demes.Deme, epoch: demes.Epoch) -> None:
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


def _list_times(graph: demes.Graph) -> Iterator[float]:
    for deme in graph.demes:
        for epoch in deme.epochs:
            yield from (epoch.start_time, epoch.end_time)
    for migration in graph.migrations:
        yield from (migration.start_time, migration.end_time)
    for pulse in graph.pulses:
        yield pulse.time


def _find_oldest_event(graph: demes.Graph) -> int:
    return max(math.ceil(time) for time in _list_times(graph) if math.isfinite(time)) + 1


def _find_generations_of_change(graph: demes.Graph) -> set[int]:
    """Return the generations whose parents may live elsewhere than those of the previous one."""
    ends = {math.ceil(time) for time in _list_times(graph) if math.isfinite(time)}
    return {end + shift for end in ends for shift in (-1, 0)}


def _count_chromosomes(deme: demes.Deme, last: int) -> npt.NDArray[np.int64]:
    """Return 2N for generations 0 to ``last``; 0 where the deme does not exist."""
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


def _compute_parents(graph: demes.Graph, generation: int) -> npt.NDArray[np.float64]:
    """Return where parents of a generation lived, shape (demes, demes).

    Going back: first migration, then pulses, then populations that began.
    """
    index = {deme.name: i for i, deme in enumerate(graph.demes)}
    steady = np.eye(len(index))
    for migration in graph.migrations:
        if migration.end_time <= generation < migration.start_time:
            here, there = index[migration.dest], index[migration.source]
            steady[here, there] += migration.rate
            steady[here, here] -= migration.rate

    def is_now(time: float) -> bool:
        return generation < time <= generation + 1

    moved = steady
    for pulse in reversed([pulse for pulse in graph.pulses if is_now(pulse.time)]):
        step = np.eye(len(index))
        for source, proportion in zip(pulse.sources, pulse.proportions, strict=True):
            step[index[pulse.dest], index[source]] += proportion
            step[index[pulse.dest], index[pulse.dest]] -= proportion
        moved = moved @ step
    begun = np.eye(len(index))
    for deme in graph.demes:
        if is_now(deme.start_time) and deme.ancestors:
            begun[index[deme.name]] = 0
            for ancestor, proportion in zip(deme.ancestors, deme.proportions, strict=True):
                begun[index[deme.name], index[ancestor]] = proportion
    return moved @ begun
