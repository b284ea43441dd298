"""What is wrong with priors, with formulas, and with paths into a graph."""

import graphlib
import os

from coalflow.config import formulas, grid, histories, messages, posterior_draws
from coalflow.core.errors import CoalflowError, suggest_nearest

# What each distribution's numbers are, in the order of lists.
ENDS = ("low", "high")
NAMED = {"uniform": ENDS, "log_uniform": ENDS}
MOST_SHOWN = 12  # paths
OF_NAMES = "history"  # the one parameter whose drawn values are names


def of_priors(simulation, limits):
    """Yield what is wrong with each prior, and where priors hang on each other in a circle.

    ``limits`` maps parameters, and what paths end in, to their part of the schema.
    """
    prior, place = simulation["prior"], ("simulation", "prior")
    if "draws" in simulation and not any("draws" in value for value in prior.values()):
        message = "is given, but no prior draws from it: delete it, or write {draws: <column>}"
        yield ("simulation", "draws"), message
    known = [*grid.PLACES, *grid.SWEEP_PARAMETERS, *prior]
    broken = False
    for name, distribution in prior.items():
        found = list(_one(name, distribution, simulation, limits, known))
        broken |= bool(found)
        for path, message in found:
            yield (*place, name, *path), message
    if not broken:
        yield from _circles(prior, place)
        yield from _helpers_of_none(simulation, place)


def of_paths(simulation, content, limits):
    """Yield paths, gridded or drawn, that a graph does not have, and values beyond limits."""
    known = histories.paths(content)
    for section in ("grid", "prior"):
        for name, values in simulation.get(section, {}).items():
            if not name.startswith(grid.IN_A_GRAPH):
                continue
            place = ("simulation", section, name)
            if name not in known:
                yield place, f"is no number that the history has{_like_it(name, known)}"
            elif section == "grid":
                for number, value in enumerate(values):
                    for _, message in _beyond(value, limits[grid.leaf(name)]):
                        yield (*place, number), message


def without_graph(simulation):
    """Yield paths where there is no graph that they could lead into."""
    for section in ("grid", "prior"):
        for name in simulation.get(section, {}):
            if name.startswith(grid.IN_A_GRAPH):
                message = "is a path into a demes file, and there is none: name one in"
                yield ("simulation", section, name), f"{message} simulation.demography.demes"


def _like_it(name, known):
    """Return the paths to the same deme, migration or pulse, or else what there is at all."""
    start = name.split(".")[:2]
    alike = [path for path in known if path.split(".")[:2] == start] or list(known)
    shown = ", ".join(alike[:MOST_SHOWN])
    return f"; it has: {shown}{', ...' if len(alike) > MOST_SHOWN else ''}"


def _one(name, distribution, simulation, limits, known):
    """Yield what is wrong with one prior; paths are seen from it."""
    ((kind, told),) = distribution.items()
    if name == "sweep":
        yield (), "cannot be drawn: list kinds of sweep in simulation.grid.sweep"
        return
    of_names = kind == "categorical" and any(isinstance(value, str) for value in told["values"])
    if of_names != (name == OF_NAMES):
        yield (kind,), f"draws {'names' if of_names else 'numbers'}: {_meant(name)}"
        return
    if kind == "categorical":
        yield from _categorical(name, told, simulation, limits)
    elif kind == "draws":
        yield from _draws(name, told, simulation, limits)
    else:
        yield from _numbers(name, kind, told, limits, known)


def _meant(name):
    if name == OF_NAMES:
        return "histories have names, so take {categorical: {values: [...]}}"
    return "only history has names"


def _numbers(name, kind, told, limits, known):
    """Yield what is wrong with the numbers and formulas of a distribution."""
    if kind == "formula":
        told = {None: told}
    elif isinstance(told, list):
        told = dict(zip(NAMED[kind], told, strict=True))
    numbers, broken = {}, False
    for key, argument in told.items():
        path = (kind,) if key is None else (kind, ENDS.index(key) if kind in NAMED else key)
        try:
            formula = formulas.Formula(argument)
        except CoalflowError as error:
            yield path, str(error)
            broken = True
            continue
        for other in formula.names:
            if other not in known:
                yield path, messages.unknown(other, "parameters", sorted(set(known)))
                broken = True
        if not formula.names:
            numbers[key] = formula({})
    if not broken and kind != "formula":
        yield from _order(kind, numbers)
        for key in ENDS:
            if key in numbers:
                path = (kind, ENDS.index(key)) if kind in NAMED else (kind, key)
                for _, message in _beyond(numbers[key], _limits(name, limits)):
                    yield path, message


def _order(kind, numbers):
    low, high = (numbers.get(key) for key in ENDS)
    if low is not None and high is not None and low >= high:
        message = f"is [{low:g}, {high:g}]: the lowest value comes first, and is lower"
        yield (kind,), message
    if kind == "log_uniform" and low is not None and low <= 0:
        yield (kind, 0), f"is {low:g}: only numbers above 0 have a logarithm"
    for key in ("sd", "a", "b"):
        if key in numbers and numbers[key] <= 0:
            yield (kind, key), f"is {numbers[key]:g}, must be greater than 0"


def _categorical(name, told, simulation, limits):
    values, weights = told["values"], told.get("weights", told["values"])
    if len(weights) != len(values):
        message = f"are {len(weights)}, the values {len(values)}: give one for each"
        yield ("categorical", "weights"), message
    known = ["constant", *simulation["demography"]["histories"]]
    for number, value in enumerate(values):
        path = ("categorical", "values", number)
        if name == OF_NAMES and value not in known:
            yield path, messages.unknown(value, "histories", known)
        elif name != OF_NAMES:
            for _, message in _beyond(value, _limits(name, limits)):
                yield path, message


def _draws(name, column, simulation, limits):
    if "draws" not in simulation:
        yield ("draws",), "is a column of simulation.draws, which is missing: name the file there"
    elif os.path.isfile(simulation["draws"]):  # noqa: PTH113 - pathlib raises on names too long
        try:
            values = posterior_draws.read_draws(simulation["draws"], [column])[column]
        except CoalflowError as error:
            yield ("draws",), f"is {column!r}: {error}"
            return
        for value in (min(values), max(values)):
            for _, message in _beyond(value, _limits(name, limits)):
                yield ("draws",), f"is {column!r}, and one of its values {message}"


def _limits(name, limits):
    """Return the limits of a parameter; helpers have none."""
    return limits.get(grid.leaf(name), {"type": "number"})


def _beyond(value, limits):
    return messages.of_single_values(value, limits)


def _circles(prior, place):
    named = {name: grid.named_by(value) for name, value in prior.items()}
    try:
        graphlib.TopologicalSorter(named).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        yield (*place, circle[-1]), f"hangs on itself: {' -> '.join(reversed(circle))}"


def _helpers_of_none(simulation, place):
    """Yield priors of what is neither a parameter nor named by any formula."""
    prior = simulation["prior"]
    parameters = [*grid.PLACES, *grid.SWEEP_PARAMETERS]
    named = {other for value in prior.values() for other in grid.named_by(value)}
    for name in prior:
        helper = name not in parameters and not name.startswith(grid.IN_A_GRAPH)
        if helper and name not in named:
            near = suggest_nearest(name, parameters)
            message = "is no parameter of simulations, and no formula names it"
            yield (*place, name), f"{message}{near}"
