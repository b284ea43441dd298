"""Population histories before they are graphs: the content of a demes file, as a dict.

A demes file is read, and epochs of the config are written, in the words of the demes
specification (https://popsim-consortium.github.io/demes-spec-docs/). Whether it all
fits together is for the demes library to say, where the graph is made.

Needs nothing but what Snakemake itself installs, since the Snakefile uses it.
"""

import json
import math
import pathlib
import re

import yaml

from coalflow.errors import CoalflowError

POPULATION = "population"  # the only one where there is no demes file
CONSTANT = [{"start_size": 1.0}]
# What a demes file says to people alone: it changes no simulation.
REMARKS = ("description", "doi", "metadata")
# A program is told the history in one word of its command, which Linux limits to 128 KiB.
MOST_CHARACTERS = 60_000


# From the config ---------------------------------------------------------------------------


def of_cell(demography, demes, parameters):
    """Return what programs are told of the history of a cell, or of a simulated genome.

    ``demography`` is that section of a checked config, ``demes`` the content of the file
    that it names or None, ``parameters`` are the cell's. In the dict that is returned,
    ``graph`` is a demes file's content, ``population`` the one that is sampled and, for
    sweeps, ``selected_in`` a list of them, or None for all.
    """
    if demes is None:
        known = {"constant": CONSTANT, **demography["histories"]}
        demes = from_epochs(parameters["population_size"], known[parameters["history"]])
    told = {"graph": demes, "population": demography.get("population", today(demes)[0])}
    if parameters.get("sweep", "neutral") != "neutral":
        told["selected_in"] = demography.get("selected_in")
    return told


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


# From a file -------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """Reads numbers as YAML 1.2 does, in which demes files are written: 1e-4 is one.

    An infinite number becomes the text that JSON demes files have for it.
    """


def _number(loader, node):
    value = yaml.SafeLoader.construct_yaml_float(loader, node)
    return value if math.isfinite(value) else "Infinity" if value > 0 else str(value)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def read(path):
    """Return the content of a demes file, a dict that JSON can write, without its remarks.

    Raises CoalflowError where there is no such file, or it is no demes file at first
    sight. The message is to follow the file's name.
    """
    path = pathlib.Path(path)
    try:
        content = yaml.load(path.read_text(), Loader=_Loader)
    except OSError:
        raise CoalflowError(f"there is no such file (seen from {pathlib.Path.cwd()})") from None
    except (yaml.YAMLError, ValueError) as error:
        raise CoalflowError(f"is no YAML: {' '.join(str(error).split())}") from None
    problem = _problem(content)
    if problem:
        raise CoalflowError(
            f"is no demes file: {problem}. See https://popsim-consortium.github.io/demes-spec-docs/"
        )
    return {key: value for key, value in content.items() if key not in REMARKS}


def _problem(content):
    """Return why no history can be in the content of a file, or None."""
    if not isinstance(content, dict):
        return "it is no set of keys"
    for key in ("time_units", "demes"):
        if not content.get(key):
            return f"it has no {key}"
    demes = content["demes"]
    if not isinstance(demes, list) or not all(isinstance(deme, dict) for deme in demes):
        return "its demes are no list of sets of keys"
    for deme in demes:
        if not isinstance(deme.get("name"), str):
            return f"the name of a deme is {deme.get('name')!r}, but must be text"
        if not all(isinstance(epoch, dict) for epoch in _epochs(deme)):
            return f"the epochs of deme {deme['name']} are no list of sets of keys"
    for place in (content, *demes):
        if not isinstance(place.get("defaults", {}), dict):
            return "its defaults are no set of keys"
    if not today(content):
        return "none of its demes exists today (end_time 0)"
    try:
        text = json.dumps({key: content[key] for key in content if key not in REMARKS})
    except (TypeError, ValueError) as error:
        return f"it holds what JSON cannot write ({error})"
    if len(text) > MOST_CHARACTERS:
        return (
            f"its {len(text):,} characters are too many, "
            f"programs can be told {MOST_CHARACTERS:,}: use fewer epochs"
        )
    return None


def names(content):
    """Return the names of all populations of a demes file's content."""
    return [deme["name"] for deme in content["demes"]]


def today(content):
    """Return the names of the populations that exist today."""
    return [deme["name"] for deme in content["demes"] if _end_time(deme, content) == 0]


def largest_size(content):
    """Return the largest size in a demes file's content, in diploid individuals."""
    return max(_sizes(content), default=0)


def _epochs(deme):
    epochs = deme.get("epochs", [])
    return epochs if isinstance(epochs, list) else [epochs]


def _end_time(deme, content):
    """Return when a deme ended: its last epoch says so, or defaults, the nearest first."""
    defaults = [place.get("defaults") for place in (deme, content)]
    epochs = [*_epochs(deme)[-1:], *(one.get("epoch") for one in defaults if one)]
    return next((epoch["end_time"] for epoch in epochs if epoch and "end_time" in epoch), 0)


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
