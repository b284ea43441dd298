"""The ways by which genes flow in a graph: pulses, admixtures and migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import demes


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
