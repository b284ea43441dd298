"""Population histories before they are graphs: the content of a demes file, as a dict.

Epochs of the config are written in the words of the demes specification, too
(https://popsim-consortium.github.io/demes-spec-docs/). Whether it all fits together is
for the demes library to say, where the graph is made.

Needs nothing but Python, since the Snakefile uses it while it is read.
"""

POPULATION = "population"  # the only one where there is no demes file
CONSTANT = [{"start_size": 1.0}]


# From the config ---------------------------------------------------------------------------


def of_cell(demography, demes, parameters):
    """Return what programs are told of the history of a cell, or of a simulated genome.

    ``demography`` is that section of a checked config, ``demes`` the content of the file
    that it names or None, ``parameters`` are the cell's. In the dict that is returned,
    ``graph`` is a demes file's content, ``population`` the one where sweeps end, and that is
    sampled unless ``samples`` names others, and, for sweeps, ``selected_in`` a list of
    them, or None for all.
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
