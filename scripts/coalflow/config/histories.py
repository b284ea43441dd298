"""Population histories before they are graphs: the content of a demes file, as a dict.

Epochs of the config are written in the words of the demes specification, too
(https://popsim-consortium.github.io/demes-spec-docs/). Whether it all fits together is
for the demes library to say, where the graph is made.

Needs nothing but Python, since the Snakefile uses it while it is read.
"""

import copy

from coalflow.config.grid import IN_A_GRAPH

POPULATION = "population"  # the only one where there is no demes file
CONSTANT = [{"start_size": 1.0}]


# From the config ---------------------------------------------------------------------------


def of_cell(demography, graph, parameters):
    """Return what programs are told of the history of a cell, or of a simulated genome.

    ``demography`` is that section of a checked config, ``graph`` a demes file's content, or
    None where the section has epochs; ``parameters`` are the cell's. In the dict that is
    returned, ``graph`` is that content, or ``histories`` are the epochs of each history
    that the cell may have; ``population`` is the one where sweeps end, and that is sampled
    unless ``samples`` names others; and, for sweeps, ``selected_in`` is a list of them, or
    None for all.
    """
    if graph is None:
        known = {"constant": CONSTANT, **demography["histories"]}
        told = {"histories": {name: known[name] for name in _possible(parameters["history"])}}
        told["population"] = POPULATION
    else:
        told = {"graph": graph}
        told["population"] = demography.get("population", today(graph)[0])
    if parameters.get("sweep", "neutral") != "neutral":
        told["selected_in"] = demography.get("selected_in")
    return told


def _possible(history):
    return history["categorical"]["values"] if isinstance(history, dict) else [history]


def content_of(told, parameters):
    """Return the demes file's content of a replicate, with its ``parameters`` in it.

    ``told`` is what :func:`of_cell` returned.
    """
    if "histories" in told:
        epochs = told["histories"][parameters["history"]]
        return from_epochs(parameters["population_size"], epochs)
    content = told["graph"]
    changed = {name: parameters[name] for name in parameters if name.startswith(IN_A_GRAPH)}
    if changed:
        content = copy.deepcopy(content)
        for path, value in changed.items():
            holder, key = _holder(content, path)
            holder[key] = value
    return content


def is_drawn(told, parameters):
    """Tell whether the history differs between replicates of a cell."""
    wanted = ("population_size", "history") if "histories" in told else IN_A_GRAPH
    return any(name.startswith(wanted) for name, v in parameters.items() if isinstance(v, dict))


def from_epochs(population_size, epochs):
    """Return the content of a demes file with one population.

    ``population_size`` is in diploid individuals. ``epochs`` is a list of dicts,
    the oldest first, with ``start_size`` and ``end_size`` as multiples of it and
    ``end_time`` in generations ago (none for the last, which ends today).
    """
    scaled = [_scaled(epoch, population_size) for epoch in epochs]
    return {"time_units": "generations", "demes": [{"name": POPULATION, "epochs": scaled}]}


def _scaled(epoch, population_size):
    end_size = epoch.get("end_size", epoch["start_size"])
    return {
        "start_size": epoch["start_size"] * population_size,
        "end_size": end_size * population_size,
        "size_function": "constant" if end_size == epoch["start_size"] else "exponential",
        "end_time": epoch.get("end_time", 0),
    }


# Paths into a content --------------------------------------------------------------------------


def paths(content):
    """Return the paths of all numbers of a content that can be gridded or drawn, and the numbers.

    A path names a deme by its name and anything else by its place, counted from 0:
    ``demes.EUR.epochs.0.end_size``, ``migrations.1.rate``, ``pulses.0.proportions.0``.
    """
    found = {}
    for section in (name.rstrip(".") for name in IN_A_GRAPH):
        parts = content.get(section)
        for number, part in enumerate(parts if isinstance(parts, list) else ()):
            name = part.get("name", number) if isinstance(part, dict) else number
            _collect(part, f"{section}.{name}", found)
    return found


def _collect(value, path, found):
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, f"{path}.{key}", found)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _collect(inner, f"{path}.{number}", found)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found[path] = value


def _holder(content, path):
    """Return the dict or list that holds the number at a path, and its key or place there."""
    section, name, *rest = path.split(".")
    parts = content[section]
    if section == "demes":
        value = next(deme for deme in parts if deme["name"] == name)
    else:
        value = parts[int(name)]
    for key in rest[:-1]:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value, int(rest[-1]) if isinstance(value, list) else rest[-1]


# What a content says ------------------------------------------------------------------------


def names(content):
    """Return the names of all populations of a demes file's content."""
    return [deme["name"] for deme in content["demes"]]


def today(content):
    """Return the names of the populations that exist today."""
    return [deme["name"] for deme in content["demes"] if _end_time(deme, content) == 0]


def largest_size(content):
    """Return the largest size in a demes file's content, in diploid individuals."""
    return max(_sizes(content), default=0)


def _end_time(deme, content):
    """Return when a deme ended: its last epoch says so, or defaults, the nearest first."""
    defaults = [place.get("defaults") for place in (deme, content)]
    epochs = deme.get("epochs")
    last = epochs[-1:] if isinstance(epochs, list) else []
    said = [*last, *(one.get("epoch") for one in defaults if isinstance(one, dict))]
    return next((e["end_time"] for e in said if isinstance(e, dict) and "end_time" in e), 0)


def _sizes(value):
    """Yield all sizes, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("start_size", "end_size") and isinstance(inner, (int, float)):
                yield inner
            else:
                yield from _sizes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _sizes(inner)
