"""The grid of scenario parameters: every combination of values is a cell.

Needs nothing but Python, since the Snakefile uses it while it is read.
"""

import dataclasses
import itertools

# Where a scenario parameter stands in `simulation` when it has one value for
# all cells. With several values it stands in `simulation.grid` instead.
PLACES = {
    "population_size": ("demography", "population_size"),
    "history": ("demography", "history"),
    "sequence_length": ("sequence_length",),
    "mutation_rate": ("mutation_rate",),
    "recombination_rate": ("recombination_rate",),
}


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


def cells(simulation):
    """Return the cells of a checked ``simulation`` section, sorted by name."""
    grid = simulation.get("grid", {})
    shared = {name: single_value(simulation, name) for name in PLACES if name not in grid}
    combinations = [
        dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())
    ]
    made = [
        Cell(cell_name(gridded), {name: {**shared, **gridded}[name] for name in PLACES})
        for gridded in combinations
    ]
    return sorted(made, key=lambda cell: cell.name)


def cell_name(gridded):
    """Return a folder name such as ``history=growth,population_size=10000``."""
    if not gridded:
        return "all"
    return ",".join(f"{name}={_spelled(value)}" for name, value in sorted(gridded.items()))


def shard_ranges(simulation):
    """Return (first replicate, number of replicates) of each of a cell's shards."""
    replicates, size = simulation["replicates"], simulation["shard_size"]
    return [(first, min(size, replicates - first)) for first in range(0, replicates, size)]


def shard_name(number):
    """Return the file name of a cell's shard."""
    return f"{number:05d}.npz"


def _spelled(value):
    """Spell 10000, 10000.0 and 1.0e+4 the same way."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)
