"""Parameters of sweeps that are missing, misplaced, or contradict each other."""

from collections.abc import Iterator, Mapping

from coalflow.config.consistency import ranges
from coalflow.config.fields.section import Mistake
from coalflow.config.registry.parameters import SWEEP_PARAMETERS, SWEEPS
from coalflow.config.schema.simulation import Simulation

MOST_SELECTION = 1_000_000  # 2Ns


def check_sweeps(simulation: Simulation) -> Iterator[Mistake]:
    """Yield parameters that sweeps lack, and values that contradict each other."""
    kinds = simulation.sweeps
    takers = {name: kind for kind in reversed(kinds) for name in SWEEPS[kind]}
    for name, kind in takers.items():
        if not ranges.list_places(simulation, name) and name != "position":
            ways = f"add it, or list values in simulation.grid.{name}, or draw it"
            yield ("simulation", name), f"is missing for {kind} sweeps: {ways} (simulation.prior)"
    yield from _check_ranges(simulation, takers)


def check_misplaced(simulation: Simulation) -> Iterator[Mistake]:
    """Yield sweep parameters that no sweep takes."""
    kinds = simulation.sweeps
    for name in SWEEP_PARAMETERS:
        found = ranges.list_places(simulation, name)
        if found and name != "sweep" and not any(name in SWEEPS[kind] for kind in kinds):
            message = f"is not a parameter of {' or '.join(kinds)}: delete it, or add a sweep"
            yield found[0], message


def _check_ranges(simulation: Simulation, takers: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield sweep parameters that contradict each other, each valid by itself."""
    if "start_frequency" in takers:
        path, start = ranges.find_extreme(simulation, "start_frequency", max)
        _, end = ranges.find_extreme(simulation, "end_frequency", min)
        if start and end and start >= end:
            message = f"is {start}, but the sweep may end at {end} (end_frequency): lower it"
            yield path, message
    if "position" in takers:
        path, position = ranges.find_extreme(simulation, "position", max)
        _, length = ranges.find_extreme(simulation, "sequence_length", min)
        if position and length and position >= length:
            message = f"is {position:,}, outside the window of {length:,} bases"
            yield path, f"{message}: lower it, or simulate linked sweeps with a distance"
    if "offset" in takers:
        path, offset = ranges.find_extreme(simulation, "offset", max)
        _, length = ranges.find_extreme(simulation, "sequence_length", min)
        if offset and length and offset >= length / 2:
            message = f"is {offset:,}, but the middle of a window of {length:,} bases is only"
            message += f" {length / 2:,.10g} from its ends"
            yield path, f"{message}: lower it, or simulate linked sweeps with a distance"


def check_strength(simulation: Simulation, largest: float, sizes: str) -> Iterator[Mistake]:
    """Yield selection that is too strong for the largest size.

    Parameters
    ----------
    simulation : Simulation
    largest : float
        Diploid individuals.
    sizes : str
        Where the sizes are set, for the message.
    """
    path, strongest = ranges.find_extreme(simulation, "selection_coefficient", max)
    problem = describe_strength(strongest, largest, sizes) if strongest else None
    if problem:
        yield path, problem


def describe_strength(coefficient: float, largest: float, sizes: str) -> str | None:
    """Return why selection is too strong for a size to be followed, to follow its key, or None.

    Parameters
    ----------
    coefficient : float
        Selection s.
    largest : float
        Diploid individuals.
    sizes : str
        Where the sizes are set.
    """
    strength = 2 * largest * coefficient
    if strength <= MOST_SELECTION:
        return None
    message = f"makes 2Ns as large as {strength:.3g}; above {MOST_SELECTION:,}"
    return f"{message} no sweep can be followed: lower it, or {sizes}"
