"""Priors that give nothing that can be simulated, found by drawing from them."""

import graphlib
import math
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from coalflow.config import grid, posterior_draws
from coalflow.config.fields.section import Mistake
from coalflow.config.formulas import Formula
from coalflow.config.grid import Cell
from coalflow.config.histories.contents import Content, make_content
from coalflow.config.histories.graphs import resolve_graph
from coalflow.config.histories.kinds import switch_kinds
from coalflow.config.registry.parameters import CATEGORICAL, PATHS, limits_of
from coalflow.config.schema.distributions import Distribution, MapRate, Value
from coalflow.config.schema.simulation import Simulation
from coalflow.config.settings.simulating import History
from coalflow.core.errors import CoalflowError

DRAWS = 2000
MOST_CELLS = 100
MOST_SECONDS = 5  # of large histories that contradict themselves; draws of more fail in simulations
NOT_A_NUMBER = "is not a number"
WHY_NOT_A_NUMBER = {
    "uniform": "has a lowest value above the highest",
    "log_uniform": "has a lowest value of 0, below 0, or above the highest",
    "normal": "has nothing between its lowest and highest value, far from the mean",
    "formula": "divides by 0, or takes a logarithm or a root of what has none",
}
# A row of the file of joint draws, by columns.
Row = Mapping[str, float]


def check_draws(simulation: Simulation, graph: Content | None = None) -> Iterator[Mistake]:
    """Yield priors of which no draw can be used, in a cell, and formulas of what a cell lacks.

    Parameters
    ----------
    simulation : Simulation
        In which nothing else is wrong.
    graph : dict, optional
        The content of the demes file, where there is one.
    """
    if simulation.imported or not simulation.prior:
        return
    columns = [one.draws for one in simulation.prior.values() if one.draws is not None]
    joint = posterior_draws.read_draws(simulation.draws, columns) if simulation.draws else {}
    cells = grid.list_cells(simulation)
    cells = cells[:: -(-len(cells) // MOST_CELLS)]
    kinds = switch_kinds(simulation.demography.gene_flow) or None
    history = None if graph is None else History(graph=graph, gene_flow=kinds, population="")
    found: dict[str, list[tuple[str, str]]] = {}  # by prior: cells, and what is wrong there
    for cell in cells:
        for name, message in _check_cell(cell, joint, history):
            found.setdefault(name, []).append((cell.name, message))
        if found:
            history = None  # many graphs take seconds: of one cell that is enough
    for name, places in found.items():
        cell_name, message = places[0]
        where = f" (where {cell_name.replace('+', ', ')})" if len(places) < len(cells) else ""
        yield ("simulation", "prior", name), message + where


def _check_cell(
    cell: Cell, joint: Mapping[str, Sequence[float]], history: History | None
) -> Iterator[tuple[str, str]]:
    """Yield names and messages of priors from which nothing can be drawn in a cell."""
    priors = {n: value for n, value in cell.parameters.items() if isinstance(value, Distribution)}
    lacking = list(_list_lacking(priors, cell))
    yield from lacking
    if lacking or not priors:
        return
    needed = {name: distribution.parameters for name, distribution in priors.items()}
    order = [name for name in graphlib.TopologicalSorter(needed).static_order() if name in priors]
    drawers = {name: _make_drawer(name, priors[name]) for name in order}
    fixed = {name: value for name, value in cell.parameters.items() if name not in priors}
    generator = random.Random(0)
    rows = len(next(iter(joint.values()), ()))
    problems: dict[str, str] = {}
    paths = [name for name in order if name.startswith(PATHS)]
    end = time.monotonic() + MOST_SECONDS
    for _ in range(DRAWS):
        index = generator.randrange(rows) if rows else 0
        row = {column: values[index] for column, values in joint.items()}
        drawn: dict[str, Any] = dict(fixed)
        for name, draw in drawers.items():
            drawn[name] = _try(draw, generator, drawn, row)
        found = ((name, _find_problem(name, drawn[name])) for name in order)
        refused = next(((name, problem) for name, problem in found if problem), None)
        if refused is None and paths and history is not None:
            impossible = _find_contradiction(history, drawn)
            refused = None if impossible is None else (paths[-1], impossible)
        if refused is None or time.monotonic() > end:
            return
        problems.setdefault(*refused)
    for name, problem in problems.items():
        if problem == NOT_A_NUMBER:
            problem = WHY_NOT_A_NUMBER.get(priors[name].kind, problem)
        yield name, f"cannot be drawn ({DRAWS:,} attempts): it {problem}"


def _find_contradiction(history: History, drawn: Mapping[str, Any]) -> str | None:
    """Return why drawn numbers make a history that contradicts itself, or None."""
    try:
        resolve_graph(make_content(history, drawn))
    except CoalflowError as error:
        return f"makes a history that contradicts itself, at first: {error}"
    return None


def _list_lacking(priors: Mapping[str, Distribution], cell: Cell) -> Iterator[tuple[str, str]]:
    for name, distribution in priors.items():
        for other in distribution.parameters:
            if other in CATEGORICAL:
                yield name, f"is computed from {other}, whose values are names, not numbers"
            elif isinstance(cell.parameters.get(other), MapRate):
                yield name, f"is computed from {other}, which windows take from a map"
            elif other not in cell.parameters:
                yield name, f"is computed from {other}, which these simulations do not have"


def _find_problem(name: str, value: Value) -> str | None:
    if isinstance(value, str):
        return None
    if not math.isfinite(value):
        return NOT_A_NUMBER
    return limits_of(name).problem(value)


# Draws ------------------------------------------------------------------------------------------


def _try(
    draw: Callable[..., Value], generator: random.Random, drawn: Mapping[str, Any], row: Row
) -> Value:
    try:
        return draw(generator, drawn, row)
    except (ArithmeticError, ValueError):
        return math.nan


def _make_drawer(name: str, distribution: Distribution) -> Callable[..., Value]:
    """Return a function of a generator, the values drawn so far and a row of joint draws."""
    column, categorical = distribution.draws, distribution.categorical
    if column is not None:
        return lambda generator, drawn, row: row[column]
    if categorical is not None:
        return lambda generator, drawn, row: generator.choice(categorical.values)
    formulas = {key: Formula(value) for key, value in distribution.arguments.items()}
    draw, limits = DRAWERS[distribution.kind], limits_of(name)
    ends = {"low": limits.low, "high": limits.high} if distribution.kind == "normal" else {}
    return lambda generator, drawn, row: draw(
        generator, **{**ends, **{key: formula(drawn) for key, formula in formulas.items()}}
    )


def _draw_uniform(generator: random.Random, low: float, high: float) -> float:
    return low + generator.random() * (high - low) if low < high else math.nan


def _draw_log_uniform(generator: random.Random, low: float, high: float) -> float:
    return low * (high / low) ** generator.random() if 0 < low < high else math.nan


def _draw_normal(
    generator: random.Random, mean: float, sd: float, low: float, high: float
) -> float:
    if not sd > 0:
        return math.nan
    normal = statistics.NormalDist(mean, sd)
    below, above = normal.cdf(low), normal.cdf(high)
    return normal.inv_cdf(below + generator.random() * (above - below))


def _draw_beta(generator: random.Random, a: float, b: float, low: float, high: float) -> float:
    return low + (high - low) * generator.betavariate(a, b) if min(a, b) > 0 else math.nan


DRAWERS: dict[str, Callable[..., float]] = {
    "uniform": _draw_uniform,
    "log_uniform": _draw_log_uniform,
    "normal": _draw_normal,
    "beta": _draw_beta,
    "formula": lambda generator, formula: formula,
}
