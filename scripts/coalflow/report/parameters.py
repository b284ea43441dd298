"""What the report shows of the scenario parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from coalflow.config import grid
from coalflow.config.histories import kinds
from coalflow.config.histories.contents import Content
from coalflow.config.registry.parameters import PARAMETERS
from coalflow.config.schema.distributions import (
    Categorical,
    Distribution,
    MapRate,
    Normal,
    ParameterValue,
)
from coalflow.config.schema.genomes import Genome
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Demography, Simulation
from coalflow.report.figures.drawing import find_title
from coalflow.report.wording import format_count, format_number, format_value

PLOIDIES = {1: "haploid", 2: "diploid"}


def list_parameter_values(
    simulation: Simulation, graph: Content | None = None
) -> list[tuple[str, str]]:
    """Return what was simulated, or imported: names, and values in words.

    Parameters
    ----------
    simulation : Simulation
    graph : dict, optional
        The content of the demes file, or of stdpopsim's model.
    """
    flows = {} if graph is None else kinds.describe_gene_flow(graph)
    imported, demography = simulation.imported, simulation.demography
    files = {} if imported is None else imported.files
    named = {
        "demes file": demography.demes,
        "model of stdpopsim's": demography.stdpopsim,
        "joint draws": simulation.draws,
        "population sampled": demography.population,
        "selected in": ", ".join(demography.selected_in) if demography.selected_in else None,
    }
    return [
        *((f"files of {name}", ", ".join(paths)) for name, paths in files.items()),
        *((name, value) for name, value in named.items() if value is not None),
        *(
            (f"gene flow {kind}", _describe_kind(parts, flows))
            for kind, parts in demography.gene_flow.items()
        ),
        *(
            (find_title(name), ", ".join(map(describe_parameter, values)))
            for name, values in _list_values(simulation).items()
        ),
    ]


def _describe_kind(parts: Sequence[str], flows: Mapping[str, str]) -> str:
    """Return which pulses and migrations a kind of gene flow has, in words."""
    if not parts:
        return "by nothing"
    shown = [f"{part} ({flows[part]})" if part in flows else part for part in parts]
    return f"by {', '.join(shown)}"


def _list_values(simulation: Simulation) -> dict[str, list[ParameterValue]]:
    """Return the different values of each parameter in all cells, in the order of the grid.

    Parameters that every simulation has come first, then those of sweeps, then helpers.
    """
    values: dict[str, list[ParameterValue]] = {}
    for cell in grid.list_cells(simulation):
        for name, value in cell.parameters.items():
            if value not in values.setdefault(name, []):
                values[name].append(value)
    axes, order = simulation.axes, [*grid.list_parameters(simulation), *PARAMETERS]
    names = sorted(values, key=lambda name: order.index(name) if name in order else len(order))
    return {name: list(axes.get(name, values[name])) for name in names}


def describe_parameter(value: ParameterValue) -> str:
    """Return the value of a parameter in words, or how it is drawn.

    Examples
    --------
    >>> describe_parameter(20_000)
    '20,000'
    >>> describe_parameter(Distribution(uniform=(100, 20_000)))
    '100 to 20,000, uniform'
    """
    if isinstance(value, MapRate):
        chosen = f", chromosome {value.chromosome}" if value.chromosome else ""
        return f"stretches of {value.map}{chosen}"
    if isinstance(value, Distribution):
        return _describe_distribution(value)
    return format_value(value)


def _describe_distribution(drawn: Distribution) -> str:
    if drawn.normal is not None:
        return _describe_normal(drawn.normal)
    if drawn.categorical is not None:
        return f"one of {_describe_choices(drawn.categorical)}"
    if drawn.formula is not None:
        return f"= {drawn.formula}"
    if drawn.draws is not None:
        return f"column {drawn.draws} of the joint draws"
    given = {name: format_value(value) for name, value in drawn.arguments.items()}
    span = f"{given['low']} to {given['high']}"
    if drawn.beta is not None:
        return f"beta({given['a']}, {given['b']}) from {span}"
    return f"{span}, {drawn.kind.replace('_', '-')}"


def _describe_normal(normal: Normal) -> str:
    bounds = {"at least": normal.low, "at most": normal.high}
    cut = [f"{words} {format_value(bound)}" for words, bound in bounds.items() if bound is not None]
    within = f" ({' and '.join(cut)})" if cut else ""
    return f"normal, mean {format_value(normal.mean)}, sd {format_value(normal.sd)}{within}"


def _describe_choices(categorical: Categorical) -> str:
    values = map(format_value, categorical.values)
    if categorical.weights is None:
        return ", ".join(values)
    weighted = zip(values, categorical.weights, strict=True)
    return ", ".join(f"{value} (weight {format_value(weight)})" for value, weight in weighted)


def describe_individuals(samples: Samples) -> str:
    """Return who is sampled, in words.

    Examples
    --------
    >>> describe_individuals(Samples(individuals=(("EUR", 1000), ("AFR", 4)), ploidy=2))
    '1,000 of EUR and 4 of AFR diploid individuals'
    >>> samples = Samples(individuals=(("EUR", 8), ("LBK", 2)), ploidy=2, times=(("LBK", 320),))
    >>> describe_individuals(samples)
    '8 of EUR and 2 of LBK diploid individuals (LBK 320 generations ago)'
    """
    kind = PLOIDIES.get(samples.ploidy, f"{samples.ploidy}-ploid")
    numbers = [
        f"{number:,} of {name}" if samples.populations else f"{number:,}"
        for name, number in samples.individuals
    ]
    ages = [
        f"{f'{name} ' if samples.populations else ''}{time:,.10g} generations ago"
        for name, time in samples.times
    ]
    when = f" ({', '.join(ages)})" if ages else ""
    return f"{' and '.join(numbers)} {kind} individuals{when}"


def describe_history(demography: Demography, genome: Genome) -> str:
    """Return of which history a genome was simulated, in words; nothing if it was not.

    Parameters
    ----------
    demography : Demography
        That of the config.
    genome : Genome
        Its section in the config.
    """
    simulated = genome.simulate
    if simulated is None:
        return ""
    source = demography.demes or demography.stdpopsim
    if source is not None:
        kind = f", gene flow {simulated.gene_flow}" if simulated.gene_flow else ""
        return f"history of {source}{kind}"
    size = format_value(simulated.population_size)
    return f"population size {size}, history {simulated.history}"


def describe_epochs(epochs: Sequence[Mapping[str, Any]], unit: str = "") -> str:
    """Return how a population's size changed, in words.

    Parameters
    ----------
    epochs : sequence of mapping
        In the terms of the demes specification, the oldest first.
    unit : str
        What follows the sizes, with a blank.

    Examples
    --------
    >>> describe_epochs([{"start_size": 1, "end_time": 1500}, {"start_size": 0.3, "end_size": 1}])
    '1 until 1,500 generations ago, then from 0.3 to 1 up to today'
    """
    said, before = [], None
    for epoch in epochs:
        start = epoch.get("start_size", before)
        end = epoch.get("end_size", start)
        sizes = (
            format_number(start)
            if start == end
            else (f"from {format_number(start)} to {format_number(end)}")
        )
        until = epoch.get("end_time", 0)
        when = f" until {format_count(until)} generations ago" if until else " up to today"
        said.append(f"{sizes}{unit}{when}")
        before = end
    return ", then ".join(said)
