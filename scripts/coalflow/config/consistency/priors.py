"""What is wrong with priors, with formulas, and with paths into a graph."""

import graphlib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from coalflow.config import formulas, posterior_draws
from coalflow.config.fields.section import Limits, Mistake, Path, is_number
from coalflow.config.histories import contents
from coalflow.config.histories.contents import Content
from coalflow.config.registry.parameters import GENERAL, PATHS, SWEEP_PARAMETERS, limits_of
from coalflow.config.schema.distributions import Categorical, Distribution
from coalflow.config.schema.simulation import Simulation
from coalflow.core.errors import CoalflowError, describe_unknown, suggest_nearest
from coalflow.core.input_files import describe_unusable

PRIOR = ("simulation", "prior")
# What the two numbers of a range are called.
ENDS = ("low", "high")
RANGES = ("uniform", "log_uniform")
# What else is limited: a deviation, and the shapes of a beta distribution.
SHAPE = Limits(gt=0, le=1e6)
ARGUMENTS = {"sd": Limits(gt=0), "a": SHAPE, "b": SHAPE}
MOST_SHOWN = 12  # paths
NAMED = {"history": "histories", "gene_flow": "kinds of gene flow"}  # what has drawn names


def check_priors(simulation: Simulation, predicted: Collection[str] = ()) -> Iterator[Mistake]:
    """Yield what is wrong with each prior, and where priors depend on each other in a circle.

    Parameters
    ----------
    simulation : Simulation
    predicted : collection of str
        Names of what the target may be; helpers can be predicted, too.
    """
    prior = simulation.prior
    if simulation.draws and not any(one.draws is not None for one in prior.values()):
        message = "is given, but no prior draws from it: delete it, or write {draws: <column>}"
        yield ("simulation", "draws"), message
    known = [*GENERAL, *SWEEP_PARAMETERS, *prior]
    broken = False
    for name, distribution in prior.items():
        found = list(_check_distribution(name, distribution, simulation, known))
        broken |= bool(found)
        for path, message in found:
            yield (*PRIOR, name, *path), message
    if not broken:
        yield from _check_circles(prior)
        yield from _check_helpers(prior, predicted)


def check_paths(simulation: Simulation, content: Content) -> Iterator[Mistake]:
    """Yield paths, gridded or drawn, that a graph does not have, and values beyond limits.

    Parameters
    ----------
    simulation : Simulation
    content : dict
        Of the demes file.
    """
    known = contents.list_paths(content)
    for section, names in (("grid", simulation.axes), ("prior", simulation.prior)):
        for name in names:
            if name.startswith(PATHS) and name not in known:
                message = f"is not a parameter of this history{_list_similar(name, known)}"
                yield ("simulation", section, name), message
    for name, values in simulation.axes.items():
        if name in known:
            for index, value in enumerate(values):
                problem = limits_of(name).problem(value)
                if problem:
                    yield ("simulation", "grid", name, index), problem


def check_no_paths(simulation: Simulation) -> Iterator[Mistake]:
    """Yield paths where there is no graph that they could lead into.

    Parameters
    ----------
    simulation : Simulation
    """
    for section, names in (("grid", simulation.axes), ("prior", simulation.prior)):
        for name in names:
            if name.startswith(PATHS):
                message = "is a path into a demes file, and there is none: name one in"
                yield ("simulation", section, name), f"{message} simulation.demography.demes"


def _list_similar(name: str, known: Mapping[str, float]) -> str:
    """Return the paths to the same deme, migration or pulse, or else all that there are."""
    start = name.split(".")[:2]
    similar = [path for path in known if path.split(".")[:2] == start] or list(known)
    shown = ", ".join(similar[:MOST_SHOWN])
    return f"; it has: {shown}{', ...' if len(similar) > MOST_SHOWN else ''}"


def _check_distribution(
    name: str, distribution: Distribution, simulation: Simulation, known: Sequence[str]
) -> Iterator[Mistake]:
    """Yield what is wrong with one prior; paths are relative to it."""
    if name == "sweep":
        yield (), "cannot be drawn: list kinds of sweep in simulation.grid.sweep"
        return
    categorical = distribution.categorical
    if name in NAMED and categorical is None:
        message = f"draws numbers: {NAMED[name]} have names, so use"
        yield (distribution.kind,), f"{message} {{categorical: {{values: [...]}}}}"
    elif categorical is not None:
        yield from _check_categorical(name, categorical, simulation)
    elif distribution.draws is not None:
        yield from _check_draws(name, distribution.draws, simulation.draws)
    else:
        yield from _check_arguments(name, distribution, known)


def _check_arguments(
    name: str, distribution: Distribution, known: Sequence[str]
) -> Iterator[Mistake]:
    """Yield what is wrong with the numbers and formulas of a distribution."""
    kind = distribution.kind
    numbers: dict[str, float] = {}
    broken = False
    for key, argument in distribution.arguments.items():
        path = _find_path(kind, key)
        try:
            formula = formulas.Formula(argument)
        except CoalflowError as error:
            yield path, str(error)
            broken = True
            continue
        for other in formula.names:
            if other not in known:
                yield path, describe_unknown(other, "parameters", sorted(set(known)))
                broken = True
        if not formula.names:
            numbers[key] = argument if is_number(argument) else formula({})
            if not math.isfinite(numbers[key]):
                yield path, f"is {argument!r}, which is not a finite number"
                broken = True
    if broken:
        return
    beyond = [
        (_find_path(kind, key), problem)
        for key in (*ENDS, "formula")
        if key in numbers and (problem := limits_of(name).problem(numbers[key]))
    ]
    yield from beyond or _check_order(kind, numbers)


def _find_path(kind: str, key: str) -> Path:
    """Return where an argument of a distribution is written, relative to the prior."""
    if kind == "formula":
        return (kind,)
    return (kind, ENDS.index(key) if kind in RANGES else key)


def _check_order(kind: str, numbers: Mapping[str, float]) -> Iterator[Mistake]:
    low, high = (numbers.get(key) for key in ENDS)
    if low is not None and high is not None and low >= high:
        message = (
            "the first must be less than the second"
            if kind in RANGES
            else "low must be less than high"
        )
        yield (kind,), f"is [{low:g}, {high:g}]: {message}"
    if kind == "log_uniform" and low is not None and low <= 0:
        yield (kind, 0), f"is {low:g}: only numbers above 0 have a logarithm"
    for key in ("sd", "a", "b"):
        problem = ARGUMENTS[key].problem(numbers[key]) if key in numbers else None
        if problem:
            yield (kind, key), problem


def _check_categorical(
    name: str, categorical: Categorical, simulation: Simulation
) -> Iterator[Mistake]:
    values, weights = categorical.values, categorical.weights
    if weights is not None and len(weights) != len(values):
        message = f"are {len(weights)}, the values {len(values)}: give one for each"
        yield ("categorical", "weights"), message
    demography = simulation.demography
    known = list(demography.gene_flow)
    if name == "history":
        known = ["constant", *demography.histories]
    for index, value in enumerate(values):
        path = ("categorical", "values", index)
        if name in NAMED:
            if value not in known and known:
                yield path, describe_unknown(value, NAMED[name], known)
            continue
        problem = limits_of(name).problem(value)
        if problem:
            yield path, problem


def _check_draws(name: str, column: str, file: str | None) -> Iterator[Mistake]:
    if file is None:
        yield ("draws",), "is a column of simulation.draws, which is missing: name the file there"
    elif describe_unusable(file) is None:
        try:
            values = posterior_draws.read_draws(file, [column])[column]
        except CoalflowError as error:
            yield ("draws",), f"is {column!r}: {error}"
            return
        for value in (min(values), max(values)):
            problem = limits_of(name).problem(value)
            if problem:
                yield ("draws",), f"is {column!r}, and one of its values {problem}"


def _check_circles(prior: Mapping[str, Distribution]) -> Iterator[Mistake]:
    takes = {name: distribution.parameters for name, distribution in prior.items()}
    try:
        graphlib.TopologicalSorter(takes).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        yield (*PRIOR, circle[-1]), f"depends on itself: {' -> '.join(reversed(circle))}"


def _check_helpers(
    prior: Mapping[str, Distribution], predicted: Collection[str]
) -> Iterator[Mistake]:
    """Yield priors that are neither parameters, nor named by a formula, nor predicted."""
    parameters = [*GENERAL, *SWEEP_PARAMETERS]
    used = {other for distribution in prior.values() for other in distribution.parameters}
    used.update(predicted)
    for name in prior:
        if name not in parameters and not name.startswith(PATHS) and name not in used:
            near = suggest_nearest(name, parameters)
            message = "is not a parameter of simulations, and no formula names it"
            yield (*PRIOR, name), f"{message}{near}"
