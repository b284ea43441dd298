"""The grid of scenario parameters: every combination of values is a cell.

Of imported simulations, each class is a cell.
"""

import dataclasses
import fractions
import itertools
import math
from collections.abc import Iterable, Mapping

from coalflow.config.histories.kinds import list_chosen, list_off
from coalflow.config.registry.parameters import (
    GENERAL,
    NEUTRAL,
    PARAMETERS,
    PATHS,
    SWEEP_PARAMETERS,
    SWEEPS,
)
from coalflow.config.schema.distributions import (
    Distribution,
    MapRate,
    ParameterValue,
    Value,
    is_drawn,
)
from coalflow.config.schema.simulation import Simulation

# Of a run, as many as five digits can name: Snakemake alone then takes the better part of an
# hour and some gigabytes to plan and start them.
MAX_SHARDS = 100_000
MAX_BLOCK = 1000
# Of a cell: names of files have 255 bytes at most, and a cell's have more in theirs.
LONGEST_NAME = 200
# Parameters that describe imported simulations, where the config gives them.
KNOWN_OF_IMPORTS = ("population_size", "mutation_rate", "recombination_rate")


@dataclasses.dataclass(frozen=True)
class Cell:
    """One combination of grid values.

    Attributes
    ----------
    name : str
        Made of the gridded parameters alone, sorted, so that it stays when the grid grows.
    parameters : dict
        All of its parameters: a value each, or how it is drawn for every replicate.
    """

    name: str
    parameters: Mapping[str, ParameterValue]

    @property
    def sweep(self) -> str:
        """The kind of sweep."""
        return str(self.parameters.get("sweep", NEUTRAL))

    @property
    def is_swept(self) -> bool:
        """Whether its windows have a sweep."""
        return self.sweep != NEUTRAL

    @property
    def drawn(self) -> list[str]:
        """Names of the parameters that differ between its replicates."""
        return [name for name, value in self.parameters.items() if is_drawn(value)]


def list_parameters(simulation: Simulation) -> list[str]:
    """Return the parameters that all cells have.

    Paths into a graph that are gridded or drawn are among them; size and history are not
    where there is a graph, gene flow is where it has kinds.

    Parameters
    ----------
    simulation : Simulation
    """
    if simulation.imported:
        given = [name for name in KNOWN_OF_IMPORTS if simulation.single_value(name) is not None]
        return ["class", "sequence_length", *given]
    demography = simulation.demography
    absent = [] if demography.gene_flow else ["gene_flow"]
    if demography.has_graph:
        absent += [name for name in GENERAL if PARAMETERS[name].section[0] == "demography"]
    general = [name for name in GENERAL if name not in absent]
    changing = {*simulation.axes, *simulation.prior}
    drawn = "gene_flow" in simulation.prior
    kinds = [] if drawn else list_chosen(simulation)
    off = {name for kind in kinds for name in list_off(simulation, kind)}
    return general + sorted(name for name in changing - off if name.startswith(PATHS))


def list_differing(simulation: Simulation) -> list[str]:
    """Return the scenario parameters that differ between replicates of the run, sorted.

    Parameters
    ----------
    simulation : Simulation
    """
    if simulation.imported:
        return ["class", *simulation.imported.truth.names]
    differing = {name for name, values in simulation.axes.items() if len(values) > 1}
    if simulation.recombination_map:
        differing.add("recombination_rate")
    return sorted(differing | set(simulation.prior))


def list_drawn(simulation: Simulation, recombination_map: str | None = None) -> list[str]:
    """Return the parameters that differ between replicates of a cell, of any cell, sorted.

    These are drawn for every replicate, or true values that are imported.

    Parameters
    ----------
    simulation : Simulation
    recombination_map : str, optional
        The file of the map, as for :func:`list_cells`.
    """
    if simulation.imported:
        return simulation.imported.truth.names
    return sorted(
        {name for cell in list_cells(simulation, recombination_map) for name in cell.drawn}
    )


def list_classes(simulation: Simulation, parameter: str) -> tuple[str, ...]:
    """Return the names that are the values of a categorical parameter, as far as they differ.

    Parameters
    ----------
    simulation : Simulation
    parameter : str
        One of ``CATEGORICAL``.
    """
    if simulation.imported:
        return tuple(simulation.imported.files)
    if parameter in simulation.axes:
        return tuple(str(name) for name in simulation.axes[parameter])
    drawn = simulation.prior.get(parameter)
    categorical = drawn.categorical if drawn else None
    return tuple(str(name) for name in categorical.values) if categorical else ()


def list_cells(simulation: Simulation, recombination_map: str | None = None) -> list[Cell]:
    """Return the cells of a checked simulation, sorted by name.

    Parameters
    ----------
    simulation : Simulation
        The section, with its defaults filled in.
    recombination_map : str, optional
        The file of the map, where it is not the one that the section names.
    """
    if simulation.imported:
        known = {name: simulation.single_value(name) for name in KNOWN_OF_IMPORTS}
        known["sequence_length"] = simulation.sequence_length or 0
        described = {n: _normalise(value) for n, value in known.items() if value is not None}
        return [
            Cell(name_cell({"class": name}), {"class": name, **described})
            for name in sorted(simulation.imported.files)
        ]
    axes, common = simulation.axes, list_parameters(simulation)
    shared: dict[str, ParameterValue | None] = {
        name: simulation.single_value(name) for name in PARAMETERS
    }
    if simulation.recombination_map:
        shared["recombination_rate"] = MapRate(
            map=recombination_map or simulation.recombination_map,
            chromosome=simulation.chromosome,
        )
    cells = []
    for values in itertools.product(*axes.values()):
        gridded = dict(zip(axes, values, strict=True))
        somewhere = {**shared, **simulation.prior, **gridded}
        given = {name: value for name, value in somewhere.items() if value is not None}
        parameters = {name: given[name] for name in common}
        off = list_off(simulation, given.get("gene_flow"))
        parameters |= {n: v for n, v in given.items() if n.startswith(PATHS) and n not in off}
        parameters |= _select_sweep_parameters(simulation, given)
        parameters |= _select_helpers(parameters, simulation.prior)
        # Sorted, so that the order in which a config lists them makes no difference.
        normalised = {name: _normalise(value) for name, value in sorted(parameters.items())}
        cells.append(Cell(name_cell(gridded), normalised))
    return sorted(cells, key=lambda cell: cell.name)


def _select_sweep_parameters(
    simulation: Simulation, given: Mapping[str, ParameterValue]
) -> dict[str, ParameterValue]:
    """Return a cell's kind of sweep and the parameters that it takes."""
    if not simulation.has_sweeps:
        return {}
    kind = str(given.get("sweep", NEUTRAL))
    length = given["sequence_length"]
    middle: ParameterValue = Distribution(formula="sequence_length / 2")
    if isinstance(length, (int, float)):
        middle = length / 2
    known = {"position": middle, **given}
    return {"sweep": kind, **{name: known[name] for name in SWEEPS[kind]}}


def _select_helpers(
    parameters: Mapping[str, ParameterValue], prior: Mapping[str, Distribution]
) -> dict[str, Distribution]:
    """Return the priors that only formulas of ``parameters`` name, directly or not.

    Helpers that no formula names are predicted. They are drawn where all that they are made of is.
    """
    named = {name for value in prior.values() for name in value.parameters}
    helpers = {
        name: value
        for name, value in prior.items()
        if not (name in named or name in PARAMETERS or name.startswith(PATHS))
        and _is_known(value, parameters, prior)
    }
    waiting = [*parameters.values(), *helpers.values()]
    while waiting:
        value = waiting.pop()
        for name in value.parameters if isinstance(value, Distribution) else ():
            if name in prior and name not in parameters and name not in helpers:
                helpers[name] = prior[name]
                waiting.append(prior[name])
    return dict(sorted(helpers.items()))


def _is_known(
    value: Distribution, parameters: Mapping[str, ParameterValue], prior: Mapping[str, Distribution]
) -> bool:
    """Tell whether a cell draws all parameters of sweeps that a prior's formulas name."""
    return all(
        name in parameters
        or (
            name not in SWEEP_PARAMETERS
            and (name not in prior or _is_known(prior[name], parameters, prior))
        )
        for name in value.parameters
    )


def name_cell(gridded: Mapping[str, Value]) -> str:
    """Return a folder name such as ``history=growth+population_size=10000``.

    Without commas: Snakemake passes wildcards to cluster jobs in a list with commas.

    Parameters
    ----------
    gridded : mapping
        The value of each gridded parameter, by its name.

    Examples
    --------
    >>> name_cell({"population_size": 1.0e4, "history": "growth"})
    'history=growth+population_size=10000'
    >>> name_cell({})
    'all'
    """
    if not gridded:
        return "all"
    return "+".join(f"{name}={_normalise(value)}" for name, value in sorted(gridded.items()))


def name_longest_cell(simulation: Simulation) -> str:
    """Return the longest of the names that cells have.

    Parameters
    ----------
    simulation : Simulation
    """
    return name_cell(
        {
            axis: max(values, key=lambda value: len(str(_normalise(value))))
            for axis, values in simulation.axes.items()
        }
    )


def list_shard_ranges(replicates: int, shard_size: int) -> list[tuple[int, int]]:
    """Return (first replicate, number of replicates) of each of a cell's shards.

    Parameters
    ----------
    replicates : int
        Of a cell.
    shard_size : int
        Replicates of a shard; the last one may have fewer.

    Examples
    --------
    >>> list_shard_ranges(50, 20)
    [(0, 20), (20, 20), (40, 10)]
    """
    return [
        (first, min(shard_size, replicates - first)) for first in range(0, replicates, shard_size)
    ]


def name_shard(index: int) -> str:
    """Return the file name of a cell's shard.

    Parameters
    ----------
    index : int
        Of the shard in its cell, from 0.

    Examples
    --------
    >>> name_shard(12)
    '00012.npz'
    """
    return f"{index:05d}.npz"


def find_split_block(fractions_of_split: Iterable[float]) -> int | None:
    """Return the smallest number of replicates that the split's fractions divide without remainder.

    Returns None where there is none up to 1,000.

    Parameters
    ----------
    fractions_of_split : iterable of float
        They sum to 1.

    Examples
    --------
    >>> find_split_block([0.8, 0.1, 0.1])
    10
    """
    exact = [fractions.Fraction(repr(value)) for value in fractions_of_split]
    block = math.lcm(*(fraction.denominator for fraction in exact))
    return block if block <= MAX_BLOCK else None


def _normalise(value: ParameterValue) -> ParameterValue:
    """Make 10000, 10000.0 and 1.0e+4 one and the same value, so that none makes a new cell."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
