"""Demes graphs: the content of a demes file, as the demes library understands it.

The library is imported only if a config names a demes file or has paths into one: it must then be
installed where Snakemake is.
"""

import json
import math
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from coalflow.core.errors import CoalflowError

if TYPE_CHECKING:
    import demes


def resolve_graph(content: Mapping[str, Any]) -> "demes.Graph":
    """Return the demes graph of a demes file's content, with times in generations.

    Parameters
    ----------
    content : mapping
        See :mod:`coalflow.config.histories.contents`.

    Raises
    ------
    CoalflowError
        If the demes library finds a contradiction, or is not installed.
    """
    try:
        import demes
    except ImportError:
        raise CoalflowError(
            "is checked by the demes library, which is not installed where Snakemake is: "
            "pip install demes"
        ) from None
    try:
        with warnings.catch_warnings():
            # That several pulses are at one time: `snakemake check` says it, for those that are on.
            warnings.filterwarnings("ignore", "Multiple pulses are defined")
            # By way of JSON, in which start times may be the text "Infinity".
            graph = demes.loads(json.dumps(content), format="json")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CoalflowError(
            f"the population history is not a valid demes file: {_join_causes(error)}"
        ) from None
    return graph.in_generations()


def find_strangers(graph: "demes.Graph", sampled: Iterable[str]) -> tuple[str, str] | None:
    """Return two demes in which lineages of the samples end up and never meet, or None.

    With such demes a coalescent simulation would never end.

    Parameters
    ----------
    graph : demes.Graph
    sampled : iterable of str
        Names of demes.
    """
    origins = _trace_back(graph, sampled, oldest_only=False)
    roots = sorted(name for name in origins if math.isinf(graph[name].start_time))
    met = {name: _trace_back(graph, [name], oldest_only=True) for name in roots}
    for index, one in enumerate(roots):
        for other in roots[index + 1 :]:
            if not met[one] & met[other]:
                return one, other
    return None


def _trace_back(graph: "demes.Graph", names: Iterable[str], oldest_only: bool) -> set[str]:
    """Return the demes in which lineages of some demes can be; if asked, in the oldest past."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += [
            move.source
            for move in graph.migrations
            if move.dest == name and (math.isinf(move.start_time) or not oldest_only)
        ]
        if not oldest_only:
            waiting += graph[name].ancestors
            waiting += [
                one for pulse in graph.pulses if pulse.dest == name for one in pulse.sources
            ]
    return found


def _join_causes(error: BaseException | None) -> str:
    """Return the message of an error and those of its causes, where demes explains the error."""
    messages = []
    while error:
        messages.append(" ".join(str(error).split()) or type(error).__name__)
        error = error.__cause__
    return ": ".join(messages)
