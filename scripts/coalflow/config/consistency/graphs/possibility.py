"""Graphs that contradict themselves with the values of the grid, or that no simulation ends in."""

import itertools
from collections.abc import Iterator

from coalflow.config.fields.section import Mistake
from coalflow.config.histories import contents, graphs, kinds, sampling
from coalflow.config.histories.contents import Content
from coalflow.config.registry.parameters import PATHS
from coalflow.config.schema.distributions import Value
from coalflow.config.schema.simulation import Simulation
from coalflow.config.settings.simulating import History
from coalflow.core.errors import CoalflowError

MOST_GRAPHS = 300  # of which each takes milliseconds; more are checked when they are simulated
DEMOGRAPHY = ("simulation", "demography")
GENE_FLOW = "gene_flow"


def check_possibility(simulation: Simulation, content: Content) -> Iterator[Mistake]:
    """Yield the first combination of gridded values with which a graph is impossible.

    Gene flow that is drawn is tried in all its kinds. Where numbers of the graph are drawn, only
    drawing can tell: a draw that cannot be used is replaced then, and counted.

    Parameters
    ----------
    simulation : Simulation
    content : dict
        Of the graph, which has all paths of the grid.
    """
    if any(name.startswith(PATHS) for name in simulation.prior):
        return
    gridded = {name: values for name, values in simulation.axes.items() if name.startswith(PATHS)}
    switched = kinds.switch_kinds(simulation.demography.gene_flow)
    if switched:
        gridded[GENE_FLOW] = tuple(kinds.list_chosen(simulation))
    known = contents.list_populations(content)
    sampled = [name for name in sampling.list_times(simulation, content) if name in known]
    combinations = itertools.product(*gridded.values())
    for values in itertools.islice(combinations, MOST_GRAPHS):
        changes = dict(zip(gridded, values, strict=True))
        history = History(graph=content, gene_flow=switched or None, population="")
        try:
            graph = graphs.resolve_graph(contents.make_content(history, changes))
        except CoalflowError as error:
            shown = " and ".join(f"{name} {_show(value)}" for name, value in changes.items())
            yield ("simulation", "grid", *list(gridded)[:1]), f"is impossible, at {shown}: {error}"
            return
        strangers = graphs.find_strangers(graph, sampled)
        if strangers:
            one, other = strangers
            source = "demes" if simulation.demography.demes is not None else "stdpopsim"
            message = f"has no common ancestor of {one} and {other}, so no lineages of them ever "
            message += "meet: add a population that both come from, or migration since ever"
            if switched:
                message = f"{message} (gene_flow {changes[GENE_FLOW]})"
            yield (*DEMOGRAPHY, source), message
            return


def _show(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"
