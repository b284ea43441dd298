"""Where in a graph lineages of a sample can be, and by which gene flow they get there."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import demes


def find_sources(
    graph: demes.Graph, population: str, time: float, times_vary: bool = False
) -> dict[str, float]:
    """Return the populations that gene flow takes lineages of a sample into, and since when.

    Parameters
    ----------
    graph : demes.Graph
        With times in generations.
    population : str
        The one that is sampled.
    time : float
        When it is, in generations ago.
    times_vary : bool
        Whether times of the graph differ between simulations, so that only its shape counts.

    Returns
    -------
    dict of str to float
        Generations ago before which no lineage can be in each by gene flow, going back in time.
    """
    present: dict[str, float] = {}
    sources: dict[str, float] = {}
    waiting = [(time, population)]
    while waiting:
        now, name = heapq.heappop(waiting)
        if name in present:
            continue
        present[name] = now
        for when, other, is_gene_flow in _list_ways(graph, name, now, times_vary):
            heapq.heappush(waiting, (when, other))
            if is_gene_flow:
                sources[other] = min(sources.get(other, math.inf), when)
    return sources


def _list_ways(
    graph: demes.Graph, name: str, now: float, times_vary: bool
) -> Iterator[tuple[float, str, bool]]:
    """Yield when lineages in a population can first go where, and whether by gene flow."""
    earliest = -math.inf if times_vary else now
    deme = graph[name]
    for ancestor in deme.ancestors:
        yield max(now, deme.start_time), ancestor, len(deme.ancestors) > 1
    for pulse in graph.pulses:
        if pulse.dest == name and pulse.time >= earliest:
            for source in pulse.sources:
                yield max(now, pulse.time), source, True
    for migration in graph.migrations:
        if migration.dest == name and migration.start_time > earliest:
            yield max(now, migration.end_time), migration.source, True
