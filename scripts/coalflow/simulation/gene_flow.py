"""By which pulses and migrations lineages moved.

A simulator records every move of a lineage between populations, also those into the ancestor of
a population where that began. These are not gene flow, unless it had several ancestors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import demes
import numpy as np
import numpy.typing as npt

from coalflow.config.histories import contents
from coalflow.config.schema.distributions import Value
from coalflow.config.settings.simulating import History
from coalflow.simulation.demography import build_graph
from coalflow.statistics.introgression.moves import Moves


class Route(NamedTuple):
    """A way from one population into another, back in time.

    Attributes
    ----------
    source, dest : str
        From which population lineages move, and into which.
    end, start : float
        The span of time in which they do, in generations ago; of a pulse both are its time.
    """

    source: str
    dest: str
    end: float
    start: float


class GeneFlow(NamedTuple):
    """The gene flow in a history.

    Attributes
    ----------
    routes : tuple of Route
    switched : tuple of Route
        Those that the kind of gene flow of the history's cell adds to the others.
    """

    routes: tuple[Route, ...]
    switched: tuple[Route, ...] = ()


def list_gene_flow(history: History, parameters: Mapping[str, Value]) -> GeneFlow:
    """Return the gene flow of a replicate.

    Parameters
    ----------
    history : History
        That of the cell.
    parameters : mapping
        The replicate's.

    Raises
    ------
    CoalflowError
        If they make a history that contradicts itself.
    """
    routes = list_routes(build_graph(contents.make_content(history, parameters)))
    if history.gene_flow is None:
        return GeneFlow(tuple(routes))
    others = list_routes(build_graph(contents.make_content_without_kind(history, parameters)))
    return GeneFlow(tuple(routes), tuple(Counter(routes) - Counter(others)))


def list_routes(graph: demes.Graph) -> list[Route]:
    """Return the ways of gene flow in a graph: pulses, admixtures and migrations.

    Parameters
    ----------
    graph : demes.Graph
        With times in generations.
    """
    pulses = [
        Route(pulse.dest, source, pulse.time, pulse.time)
        for pulse in graph.pulses
        for source in pulse.sources
    ]
    # A population with several ancestors began as a mixture of them.
    admixtures = [
        Route(deme.name, ancestor, deme.start_time, deme.start_time)
        for deme in graph.demes
        for ancestor in deme.ancestors
        if len(deme.ancestors) > 1
    ]
    migrations = [
        Route(move.dest, move.source, move.end_time, move.start_time) for move in graph.migrations
    ]
    return pulses + admixtures + migrations


def find_on_routes(moves: Moves, gene_flow: GeneFlow) -> npt.NDArray[np.bool_]:
    """Tell which moves are gene flow, bool (moves,)."""
    return _match(moves, gene_flow.routes)


def find_of_kind(moves: Moves, gene_flow: GeneFlow) -> npt.NDArray[np.bool_]:
    """Tell which moves are by the kind of gene flow of the cell, bool (moves,)."""
    if not gene_flow.switched:
        return np.zeros(len(moves), dtype=bool)
    # Where a migration of the kind goes the same way as a pulse that is always on, the latter's
    # moves are known by their time.
    others = [route for route in gene_flow.routes if route not in gene_flow.switched]
    pulses = _match(moves, (route for route in others if route.end == route.start))
    migrated = [route for route in gene_flow.switched if route.end < route.start]
    pulsed = [route for route in gene_flow.switched if route.end == route.start]
    return _match(moves, pulsed) | (_match(moves, migrated) & ~pulses)


def _match(moves: Moves, routes: Iterable[Route]) -> npt.NDArray[np.bool_]:
    """Tell which moves go one of some ways."""
    found = np.zeros(len(moves), dtype=bool)
    for route in routes:
        source, dest = map(moves.find_population, route[:2])
        # A migration has no move at its very beginning, where a population may begin as well.
        within = (moves.time > route.end) & (moves.time < route.start)
        if route.end == route.start:
            within = moves.time == route.start
        found |= (moves.source == source) & (moves.dest == dest) & within
    return found
