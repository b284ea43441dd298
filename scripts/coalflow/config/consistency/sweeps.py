"""Parameters of sweeps that are missing, misplaced, or contradict each other."""

from coalflow.config import grid
from coalflow.config.consistency import ranges

MOST_SELECTION = 1_000_000  # 2Ns


def of_sweeps(simulation):
    """Yield parameters that sweeps lack, and values that contradict each other."""
    gridded, prior = simulation.get("grid", {}), simulation["prior"]
    kinds = grid.sweeps(simulation)
    taken = {name: kind for kind in reversed(kinds) for name in grid.SWEEPS[kind]}
    for name, kind in taken.items():
        missing = name not in simulation and name not in gridded and name not in prior
        if missing and name != "position":
            ways = f"add it, or list values in simulation.grid.{name}, or draw it"
            yield ("simulation", name), f"is missing for {kind} sweeps: {ways} (simulation.prior)"
    yield from _sweep_range_mistakes(simulation, taken)


def misplaced(simulation):
    """Yield sweep parameters that no sweep has."""
    kinds = grid.sweeps(simulation)
    for name in grid.SWEEP_PARAMETERS:
        found = list(ranges.places(simulation, name))
        if found and name != "sweep" and not any(name in grid.SWEEPS[kind] for kind in kinds):
            message = f"is no parameter of {' or '.join(kinds)}: delete it, or add a sweep"
            yield found[0], message


def _sweep_range_mistakes(simulation, taken):
    """Yield what sweep parameters, each in order by itself, contradict each other in."""
    if "start_frequency" in taken:
        place, start = ranges.extreme(simulation, "start_frequency", max)
        _, end = ranges.extreme(simulation, "end_frequency", min)
        if start and end and start >= end:
            message = f"is {start}, but the sweep may end at {end} (end_frequency): lower it"
            yield place, message
    if "position" in taken:
        place, position = ranges.extreme(simulation, "position", max)
        _, length = ranges.extreme(simulation, "sequence_length", min)
        if position and length and position >= length:
            message = f"is {position:,}, outside of the window of {length:,} bases"
            yield place, f"{message}: lower it, or simulate linked sweeps with a distance"


def too_strong(simulation, largest, sizes):
    """Yield selection that is too strong for the largest size; ``sizes`` says where that is set."""
    place, strongest = ranges.extreme(simulation, "selection_coefficient", max)
    if strongest and 2 * largest * strongest > MOST_SELECTION:
        message = f"makes 2Ns as large as {2 * largest * strongest:.3g}; above {MOST_SELECTION:,}"
        yield place, f"{message} no sweep can be followed: lower it, or {sizes}"
