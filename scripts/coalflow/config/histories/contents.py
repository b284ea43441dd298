"""Population histories before they are graphs: the content of a demes file, as a dict.

Epochs of the config are written in the words of the demes specification, too
(https://popsim-consortium.github.io/demes-spec-docs/). Whether everything fits together is
checked by the demes library, where the graph is made.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from coalflow.config.registry.parameters import PATHS
from coalflow.config.schema.distributions import ParameterValue, is_drawn
from coalflow.config.schema.simulation import Epoch
from coalflow.config.settings.simulating import GeneFlowKind, History

Content: TypeAlias = dict[str, Any]

POPULATION = "population"  # the only one where there is no demes file
CONSTANT = (Epoch(start_size=1.0),)
GENE_FLOW = ("pulses", "migrations")  # what kinds of gene flow consist of


# Of a replicate ------------------------------------------------------------------------------


def make_content(history: History, parameters: Mapping[str, Any]) -> Content:
    """Return the demes file's content of a replicate, with its parameters in it.

    Parameters
    ----------
    history : History
        That of the cell.
    parameters : dict
        The replicate's: numbers and names.
    """
    if history.histories is not None:
        epochs = history.histories[parameters["history"]]
        return scale_epochs(parameters["population_size"], epochs)
    content = history.graph or {}
    changed = {name: value for name, value in parameters.items() if name.startswith(PATHS)}
    if changed:
        content = copy.deepcopy(content)
        for path, value in changed.items():
            holder, key = _find_holder(content, path)
            holder[key] = value
    if history.gene_flow is None:
        return content
    # Only now, so that paths count what the file has, whatever is off.
    return drop_parts(content, history.gene_flow[parameters["gene_flow"]].off)


def make_content_without_kind(history: History, parameters: Mapping[str, Any]) -> Content:
    """Return a replicate's content without the gene flow of its kind, with what is always on.

    Parameters
    ----------
    history : History
        That of the cell, which has kinds of gene flow.
    parameters : dict
        The replicate's: numbers and names.
    """
    kinds = {
        name: GeneFlowKind(on=(), off=kind.on + kind.off)
        for name, kind in (history.gene_flow or {}).items()
    }
    return make_content(history.model_copy(update={"gene_flow": kinds}), parameters)


def varies(history: History, parameters: Mapping[str, ParameterValue]) -> bool:
    """Tell whether the history differs between replicates of a cell."""
    wanted = (*PATHS, "gene_flow") if history.histories is None else ("population_size", "history")
    return any(name.startswith(wanted) for name, value in parameters.items() if is_drawn(value))


def scale_epochs(population_size: float, epochs: Sequence[Epoch]) -> Content:
    """Return the content of a demes file with one population.

    Parameters
    ----------
    population_size : float
        In diploid individuals, today.
    epochs : sequence of Epoch
        The oldest first.

    Examples
    --------
    >>> content = scale_epochs(1000, CONSTANT)
    >>> content["demes"][0]["epochs"][0]["start_size"]
    1000.0
    """
    scaled = [_scale_epoch(epoch, population_size) for epoch in epochs]
    return {"time_units": "generations", "demes": [{"name": POPULATION, "epochs": scaled}]}


def _scale_epoch(epoch: Epoch, population_size: float) -> dict[str, Any]:
    end_size = epoch.start_size if epoch.end_size is None else epoch.end_size
    return {
        "start_size": epoch.start_size * population_size,
        "end_size": end_size * population_size,
        "size_function": "constant" if end_size == epoch.start_size else "exponential",
        "end_time": epoch.end_time or 0,
    }


# Paths into a content --------------------------------------------------------------------------


def list_paths(content: Content) -> dict[str, float]:
    """Return the paths of all numbers of a content that can be gridded or drawn, and the numbers.

    A path names a deme by its name and anything else by its index, counted from 0:
    ``demes.EUR.epochs.0.end_size``, ``migrations.1.rate``, ``pulses.0.proportions.0``.
    """
    found: dict[str, float] = {}
    for section in (name.rstrip(".") for name in PATHS):
        parts = content.get(section)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            name = part.get("name", index) if isinstance(part, dict) else index
            _collect_numbers(part, f"{section}.{name}", found)
    return found


def _collect_numbers(value: Any, path: str, found: dict[str, float]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect_numbers(inner, f"{path}.{key}", found)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _collect_numbers(inner, f"{path}.{index}", found)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found[path] = value


def _find_holder(content: Content, path: str) -> tuple[Any, Any]:
    """Return the dict or list that holds the number at a path, and its key or index there."""
    section, name, *rest = path.split(".")
    parts = content[section]
    if section == "demes":
        value = next(deme for deme in parts if deme["name"] == name)
    else:
        value = parts[int(name)]
    for key in rest[:-1]:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value, int(rest[-1]) if isinstance(value, list) else rest[-1]


# Gene flow -------------------------------------------------------------------------------------


def drop_parts(content: Content, paths: Sequence[str]) -> Content:
    """Return a content without some of its pulses and migrations."""
    dropped = {*paths}
    kept = {
        section: [
            part
            for index, part in enumerate(content.get(section) or ())
            if f"{section}.{index}" not in dropped
        ]
        for section in GENE_FLOW
        if section in content
    }
    return {**content, **kept}


# What a content says ------------------------------------------------------------------------


def list_populations(content: Content) -> list[str]:
    """Return the names of all populations of a demes file's content."""
    return [deme["name"] for deme in content["demes"]]


def list_populations_today(content: Content) -> list[str]:
    """Return the names of the populations that exist today.

    Parameters
    ----------
    content : dict
        Of a demes file.
    """
    return [deme["name"] for deme in content["demes"] if find_end_time(deme, content) == 0]


def find_largest_size(content: Content) -> float:
    """Return the largest size in a demes file's content, in diploid individuals."""
    return max(_list_sizes(content), default=0)


def find_end_time(deme: Content, content: Content) -> float:
    """Return when a deme ended: by its last epoch, or by defaults, the nearest first."""
    defaults = [holder.get("defaults") for holder in (deme, content)]
    epochs = deme.get("epochs")
    last = epochs[-1:] if isinstance(epochs, list) else []
    candidates = [*last, *(one.get("epoch") for one in defaults if isinstance(one, dict))]
    return next((e["end_time"] for e in candidates if isinstance(e, dict) and "end_time" in e), 0)


def _list_sizes(value: Any) -> Iterator[float]:
    """Yield all sizes, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("start_size", "end_size") and isinstance(inner, (int, float)):
                yield inner
            else:
                yield from _list_sizes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _list_sizes(inner)
