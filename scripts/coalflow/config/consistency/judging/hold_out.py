"""Regions that cannot be held out."""

from collections.abc import Iterator
from typing import Any

from coalflow.config import grid
from coalflow.config.consistency.ranges import find_extreme
from coalflow.config.fields.section import Mistake, is_number
from coalflow.config.schema.distributions import Value
from coalflow.config.schema.whole import Config
from coalflow.core.errors import suggest_nearest


def check_hold_out(config: Config) -> Iterator[Mistake]:
    """Yield regions that are not about a parameter that differs, or that leave nothing to learn."""
    differing = grid.list_differing(config.simulation)
    for name, values in config.evaluation.hold_out.items():
        path = ("evaluation", "hold_out", name)
        if name not in differing:
            near = suggest_nearest(name, differing)
            shown = ", ".join(differing) or "none"
            message = "is not a parameter that differs between windows; these do"
            yield path, f"{message}: {shown}{near}"
            continue
        problem = _why_not_held_out(config, name, values)
        if problem:
            yield path, problem


def _why_not_held_out(config: Config, name: str, values: tuple[Value, ...]) -> str | None:
    """Return why a region of a parameter cannot be held out, or None."""
    simulation, targets = config.simulation, config.targets
    if targets.has_classes and targets.parameters[targets.first].parameter == name:
        return "is the target, and no model can learn a class that it never sees: delete it"
    known = grid.list_classes(simulation, name)
    if known and not all(is_number(_as_number(value)) for value in known):
        return _why_not_names(values, known)
    numbers = [value for value in values if is_number(value)]
    if len(numbers) < len(values) or len(values) > 2:
        return f"is {list(values)}, but must be a number, or two: [lowest, highest]"
    low, high = numbers[0], numbers[-1]
    if low > high:
        return f"is {list(values)}: the first must not be greater than the second"
    return _why_not_range(config, name, float(low), float(high))


def _why_not_names(values: tuple[Value, ...], known: tuple[str, ...]) -> str | None:
    for value in values:
        if value not in known:
            near = suggest_nearest(value, known)
            return f"names {value!r}, but its values are: {', '.join(known)}{near}"
    if set(known) <= set(values):
        return "holds out all values, so that nothing is left to learn from: shorten it"
    return None


def _why_not_range(config: Config, name: str, low: float, high: float) -> str | None:
    simulation = config.simulation
    if name in simulation.axes:
        inside = [low <= float(value) <= high for value in simulation.axes[name]]
        if not any(inside):
            return f"holds out no value of simulation.grid.{name}: write one of them, or a range"
        everything = all(inside)
    else:
        ends = [find_extreme(simulation, name, choose)[1] for choose in (min, max)]
        if not all(is_number(end) for end in ends):  # only drawing can tell
            return None
        if high < ends[0] or low > ends[1]:
            return f"is beyond all values of {name}, which go from {ends[0]:g} to {ends[1]:g}"
        everything = low <= ends[0] and ends[1] <= high
    return "holds out all values, so that nothing is left to learn from" if everything else None


def _as_number(text: str) -> Any:
    """Return a value of the grid that was spelled as text as the number it is."""
    try:
        return float(text)
    except ValueError:
        return text
