"""Where in a graph lineages of a sample can be, and by which gene flow they get there."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from coalflow.config.histories.routes import Route

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
    sources: dict[str, float] = {}
    for name, now in find_populations(graph, population, time, times_vary).items():
        for when, other, is_gene_flow in _list_ways(graph, name, now, times_vary):
            if is_gene_flow:
                sources[other] = min(sources.get(other, math.inf), when)
    return sources


def find_populations(
    graph: demes.Graph, population: str, time: float, times_vary: bool = False
) -> dict[str, float]:
    """Return the populations in which lineages of a sample can be, and since when.

    Parameters
    ----------
    graph, population, time, times_vary
        As for :func:`find_sources`.

    Returns
    -------
    dict of str to float
        Generations ago before which no lineage can be in each, going back in time; the earliest
        first.
    """
    present: dict[str, float] = {}
    waiting = [(time, population)]
    while waiting:
        now, name = heapq.heappop(waiting)
        if name in present:
            continue
        present[name] = now
        for when, other, _ in _list_ways(graph, name, now, times_vary):
            heapq.heappush(waiting, (when, other))
    return present


def can_be_taken(route: Route, present: Mapping[str, float], times_vary: bool = False) -> bool:
    """Tell whether lineages can go a way.

    Parameters
    ----------
    route : Route
    present : mapping of str to float
        Where they can be, and since when: of :func:`find_populations`.
    times_vary : bool
        As for :func:`find_sources`.
    """
    if route.source not in present:
        return False
    now = present[route.source]
    # Of a migration, nothing moves at its very beginning.
    return times_vary or now < route.start or now == route.start == route.end


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
