"""The grid of scenario parameters: every combination of values is a cell.

Of simulations that are imported, each class is one.

Needs nothing but Python, since the Snakefile uses it while it is read.
"""

import dataclasses
import fractions
import itertools
import math

from coalflow.config import formulas

# Where a scenario parameter stands in `simulation` when it has one value for
# all cells. With several values it stands in `simulation.grid` instead.
PLACES = {
    "population_size": ("demography", "population_size"),
    "history": ("demography", "history"),
    "sequence_length": ("sequence_length",),
    "mutation_rate": ("mutation_rate",),
    "recombination_rate": ("recombination_rate",),
}

# The parameters of sweeps; each stands in `simulation`, in its grid or in its prior.
SELECTION = ("selection_coefficient", "dominance", "end_frequency", "fixation_time")
SWEEPS = {
    "neutral": (),
    "hard": (*SELECTION, "position"),
    "soft": (*SELECTION, "position", "start_frequency"),
    "recurrent": (*SELECTION, "position", "recurrent_mutation_rate"),
    "linked_hard": (*SELECTION, "distance"),
    "linked_soft": (*SELECTION, "distance", "start_frequency"),
}
SWEEP_PARAMETERS = sorted({"sweep", *(name for used in SWEEPS.values() for name in used)})
# What a path into a demes file begins with.
IN_A_GRAPH = ("demes.", "migrations.", "pulses.")
# Those whose values are names. Where one of them is the target, its values are the classes.
CATEGORICAL = ("history", "sweep", "class")

# Where true values of imported replicates may stand.
TRUTH = ("command", "values", "metadata", "columns")

FEWEST_HAPLOTYPES = 4  # with fewer there are no two kinds of variants to tell apart
MAP = "map"  # a rate that each window takes from a stretch of a recombination map
EVERYONE = "all"  # the sample, where it is of one population
# Of a run, and as many as five digits can name: Snakemake alone then takes the better part of an
# hour and some gigabytes to plan and start them.
MAX_SHARDS = 100_000
MAX_BLOCK = 1000


@dataclasses.dataclass(frozen=True)
class Cell:
    """One combination of grid values.

    ``name`` is made of the gridded parameters alone, sorted, so that it does
    not change when the grid grows; ``parameters`` holds all of them.
    """

    name: str
    parameters: dict


def single_value(simulation, parameter):
    """Return the value of a parameter that is the same in all cells, or None."""
    value = simulation
    for key in PLACES[parameter]:
        value = value.get(key)
        if value is None:
            return None
    return value


def has_graph(simulation):
    """Tell whether the history is a whole graph, of a demes file or of stdpopsim's."""
    return not {"demes", "stdpopsim"}.isdisjoint(simulation["demography"])


def names(simulation):
    """Return the parameters that all cells have.

    Paths into a graph that are gridded or drawn are among them; size and history are not
    where there is a graph.
    """
    if "import" in simulation:
        return ["class", "sequence_length"]
    graph = has_graph(simulation)
    named = [name for name, place in PLACES.items() if not (graph and place[0] == "demography")]
    changing = {*simulation.get("grid", {}), *simulation["prior"]}
    return named + sorted(name for name in changing if name.startswith(IN_A_GRAPH))


def samples(simulation):
    """Return how many individuals are sampled from which population, a dict in their order.

    Where ``samples`` is a number, the name of the one population is not known here: ``all``.
    """
    given = simulation["samples"]
    return dict(given) if isinstance(given, dict) else {EVERYONE: given}


def haplotypes(simulation):
    """Return how many haplotypes a window has."""
    return sum(samples(simulation).values()) * simulation["ploidy"]


def sweeps(simulation):
    """Return the kinds of sweep that a checked ``simulation`` section simulates."""
    return simulation.get("grid", {}).get("sweep", [simulation.get("sweep", "neutral")])


def drawn(simulation):
    """Return the parameters that differ between replicates of a cell, of any, sorted.

    These are drawn afresh for every replicate, or true values that are imported.
    """
    if "import" in simulation:
        return true_values(simulation["import"]["truth"])
    parameters = [item for cell in cells(simulation) for item in cell.parameters.items()]
    return sorted({name for name, value in parameters if isinstance(value, dict)})


def classes(config):
    """Return the classes that the target of a checked config has, in the config's order.

    Returns None where targets are numbers.
    """
    target = next(iter(config["target"].values()))
    if target.get("parameter") not in CATEGORICAL:
        return None
    return names_of(config["simulation"], target["parameter"])


def names_of(simulation, parameter):
    """Return the names that are the values of a categorical parameter, as far as they differ."""
    if "import" in simulation:
        return list(simulation["import"]["files"])
    drawn = simulation["prior"].get(parameter, {}).get("categorical", {}).get("values", [])
    return simulation.get("grid", {}).get(parameter, drawn)


def true_values(truth):
    """Return the names of imported true values, sorted; ``truth`` says where they stand."""
    return sorted({name for place in TRUTH for name in truth.get(place, ())})


def cells(simulation):
    """Return the cells of a checked ``simulation`` section, sorted by name."""
    if "import" in simulation:
        length = _one_form(simulation["sequence_length"])
        return [
            Cell(cell_name({"class": name}), {"class": name, "sequence_length": length})
            for name in sorted(simulation["import"]["files"])
        ]
    grid = simulation.get("grid", {})
    everywhere = names(simulation)
    single = {name: single_value(simulation, name) for name in PLACES if name in everywhere}
    if "recombination_map" in simulation:
        single["recombination_rate"] = {MAP: simulation["recombination_map"]}
    made = []
    for values in itertools.product(*grid.values()):
        gridded = dict(zip(grid, values, strict=True))
        given = {**single, **simulation["prior"], **gridded}
        parameters = {name: given[name] for name in everywhere}
        parameters |= _sweep_parameters(simulation, {**simulation, **given})
        parameters |= _helpers(parameters, simulation["prior"])
        made.append(
            Cell(
                cell_name(gridded),
                {name: _one_form(value) for name, value in parameters.items()},
            )
        )
    return sorted(made, key=lambda cell: cell.name)


def _sweep_parameters(simulation, given):
    """Return a cell's kind of sweep and what it takes: a number each, or a distribution."""
    if sweeps(simulation) == ["neutral"]:
        return {}
    length = given["sequence_length"]
    drawn_length = isinstance(length, dict)
    middle = {"formula": "sequence_length / 2"} if drawn_length else length / 2
    given = {"position": middle, **given}
    return {"sweep": given["sweep"], **{name: given[name] for name in SWEEPS[given["sweep"]]}}


def _helpers(parameters, prior):
    """Return the priors that only formulas of ``parameters`` name, directly or not."""
    helpers, waiting = {}, [*parameters.values()]
    while waiting:
        for name in named_by(waiting.pop()):
            if name in prior and name not in parameters and name not in helpers:
                helpers[name] = prior[name]
                waiting.append(prior[name])
    return dict(sorted(helpers.items()))


def named_by(value):
    """Return the parameters that a distribution names in its formulas; none if it is a value."""
    if not isinstance(value, dict):
        return []
    ((_, told),) = value.items()
    arguments = told.values() if isinstance(told, dict) else told
    if "formula" in value:
        arguments = [told]
    elif not {"draws", "categorical", MAP}.isdisjoint(value):
        arguments = []
    return [name for argument in arguments for name in formulas.Formula(argument).names]


def leaf(name):
    """Return what says how large a parameter can be: its name, or the key that a path ends in."""
    if not name.startswith(IN_A_GRAPH):
        return name
    return next(part for part in reversed(name.split(".")) if not part.isdigit())


def cell_name(gridded):
    """Return a folder name such as ``history=growth+population_size=10000``.

    Without commas: Snakemake tells cluster jobs their wildcards in a list with commas.
    """
    if not gridded:
        return "all"
    return "+".join(f"{name}={_one_form(value)}" for name, value in sorted(gridded.items()))


def shard_ranges(simulation):
    """Return (first replicate, number of replicates) of each of a cell's shards."""
    replicates, size = simulation["replicates"], simulation["shard_size"]
    return [(first, min(size, replicates - first)) for first in range(0, replicates, size)]


def shard_name(number):
    """Return the file name of a cell's shard."""
    return f"{number:05d}.npz"


def split_block(fractions_of_split):
    """Return the smallest number of replicates that the split's fractions deal out whole.

    Returns None where there is none up to 1,000.
    """
    exact = [fractions.Fraction(repr(value)) for value in fractions_of_split]
    block = math.lcm(*(fraction.denominator for fraction in exact))
    return block if block <= MAX_BLOCK else None


def _one_form(value):
    """Make 10000, 10000.0 and 1.0e+4 one and the same value, so that none makes a new cell."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
