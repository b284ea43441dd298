"""What contradicts a population history: sizes in the config, or a demes file."""

from collections.abc import Iterator
from itertools import pairwise

from coalflow.config.consistency import priors, ranges, sampling, sweeps
from coalflow.config.consistency.graphs import gene_flow, possibility
from coalflow.config.consistency.simulation import list_replaced_by_graph
from coalflow.config.defaults import read_graph
from coalflow.config.fields.section import Mistake
from coalflow.config.histories import contents
from coalflow.config.histories.contents import Content
from coalflow.config.schema.simulation import Epoch, Simulation
from coalflow.core.errors import CoalflowError, describe_unknown

DEMOGRAPHY = ("simulation", "demography")


def check_graph(simulation: Simulation) -> Iterator[Mistake]:
    """Yield what contradicts a graph, why it cannot be read, and names it does not have.

    Parameters
    ----------
    simulation : Simulation
        Its demography has a graph.
    """
    demography = simulation.demography
    source = "demes" if demography.demes is not None else "stdpopsim"
    if demography.demes is not None and demography.stdpopsim is not None:
        yield (*DEMOGRAPHY, "stdpopsim"), "is given as well as `demes`: delete one"
        return
    replaced = list_replaced_by_graph(simulation)
    paths = [(*DEMOGRAPHY, key) for key in (*replaced, "histories") if getattr(demography, key)]
    paths += [("simulation", "grid", key) for key in replaced if key in simulation.axes]
    paths += [("simulation", "prior", key) for key in replaced if key in simulation.prior]
    for path in paths:
        message = f"contradicts simulation.demography.{source}, which specifies the whole history"
        yield path, f"{message}: delete one"
    try:
        content = read_graph(simulation)
    except CoalflowError as error:
        yield (*DEMOGRAPHY, source), f"is {getattr(demography, source)!r}: {error}"
        return
    if content is None:
        return
    yield from sampling.check_sampling(simulation, content)
    yield from _check_selected_in(simulation, content)
    mistakes = [*priors.check_paths(simulation, content)]
    mistakes += gene_flow.check_gene_flow(simulation, content)
    yield from mistakes
    if not mistakes:
        yield from possibility.check_possibility(simulation, content)
    largest = contents.find_largest_size(content)
    yield from sweeps.check_strength(simulation, largest, "the file's sizes")


def _check_selected_in(simulation: Simulation, content: Content) -> Iterator[Mistake]:
    """Yield populations in which the allele cannot be selected, since they do not exist."""
    selected_in = simulation.demography.selected_in
    names = contents.list_populations(content)
    for index, name in enumerate(selected_in or ()):
        if name not in names:
            message = describe_unknown(name, "populations", names)
            yield (*DEMOGRAPHY, "selected_in", index), message
    if selected_in is not None and not simulation.has_sweeps:
        yield (*DEMOGRAPHY, "selected_in"), "is for sweeps, and there are none: delete it"


def check_epochs(simulation: Simulation) -> Iterator[Mistake]:
    """Yield what is wrong with the histories of the config, and with the choice among them.

    Parameters
    ----------
    simulation : Simulation
        Its demography has no graph.
    """
    demography = simulation.demography
    if not isinstance(simulation.samples, int):
        message = "names populations, and only a demes file (demography.demes) has several"
        yield ("simulation", "samples"), f"{message}: give a number, or a file"
    for key in ("population", "selected_in", "gene_flow"):
        if getattr(demography, key) not in (None, {}):
            yield (*DEMOGRAPHY, key), "goes with a demes file (`demes`): delete it"
    for name, epochs in demography.histories.items():
        for message in _list_problems(name, epochs):
            yield (*DEMOGRAPHY, "histories", name), message
    known = ["constant", *demography.histories]
    gridded = simulation.axes.get("history")
    section = "grid" if gridded else "demography"
    chosen = list(gridded or [name for name in (demography.history,) if name is not None])
    for chosen_name in chosen:
        if chosen_name not in known:
            message = describe_unknown(chosen_name, "histories", known)
            yield ("simulation", section, "history"), message
    drawn = simulation.prior.get("history")
    if drawn is not None and drawn.categorical is not None:
        chosen = [name for name in drawn.categorical.values if name in known]
    multiples = [
        size
        for history in chosen
        for epoch in demography.histories.get(str(history), contents.CONSTANT)
        for size in (epoch.start_size, epoch.end_size or 0)
    ]
    _, largest = ranges.find_extreme(simulation, "population_size", max)
    if largest is not None and multiples:
        yield from sweeps.check_strength(simulation, largest * max(multiples), "population_size")


def _list_problems(name: str, epochs: tuple[Epoch, ...]) -> Iterator[str]:
    """Yield what is wrong with a named history."""
    if name == "constant":
        yield "is the built-in history without change: choose another name"
    end_times = [epoch.end_time for epoch in epochs]
    if end_times[-1] is not None:
        yield "ends before today: the last epoch must have no end_time"
    earlier = [time for time in end_times[:-1] if time is not None]
    if len(earlier) < len(end_times) - 1:
        yield "has an epoch without end_time before the last one: add it"
    elif any(older <= younger for older, younger in pairwise(earlier)):
        yield f"has end_times {earlier}: list epochs from the oldest to the youngest"
    if epochs[0].end_size not in (None, epochs[0].start_size):
        yield "changes size in its first epoch, which has no beginning: make it constant"
