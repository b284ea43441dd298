"""By which pulses and migrations lineages moved.

A simulator records every move of a lineage between populations, also those into the ancestor of
a population where that began. These are not gene flow, unless it had several ancestors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coalflow.config.histories import contents
from coalflow.config.histories.routes import Route, list_routes
from coalflow.config.schema.distributions import Value
from coalflow.config.settings.simulating import History
from coalflow.simulation.demography import build_graph
from coalflow.statistics.introgression.moves import Moves


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
