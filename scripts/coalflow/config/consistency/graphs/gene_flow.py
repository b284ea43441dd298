"""Kinds of gene flow that a graph does not have, and kinds that are chosen and not defined."""

from collections import Counter
from collections.abc import Iterator

from coalflow.config.fields.section import Mistake, Path
from coalflow.config.histories import contents, graphs, kinds, sampling
from coalflow.config.histories.contents import Content
from coalflow.config.histories.reach import can_be_taken, find_populations
from coalflow.config.histories.routes import list_routes
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.whole import Config
from coalflow.config.settings.simulating import History
from coalflow.core.errors import CoalflowError, describe_unknown, suggest_nearest

GENE_FLOW = ("simulation", "demography", "gene_flow")
NAME = "gene_flow"


def check_gene_flow(simulation: Simulation, content: Content) -> Iterator[Mistake]:
    """Yield kinds that name what the graph does not have, or that are the same as others.

    Parameters
    ----------
    simulation : Simulation
    content : dict
        Of the graph.
    """
    known = kinds.describe_gene_flow(content, with_times=True)
    shown = ", ".join(f"{path} ({words})" for path, words in known.items())
    first: dict[frozenset[str], str] = {}
    for kind, parts in simulation.demography.gene_flow.items():
        for index, part in enumerate(parts):
            if part not in known:
                message = f"names {part!r}, but the pulses and migrations of this history are: "
                message += f"{shown}{suggest_nearest(part, list(known))}"
                if not known:
                    message = f"is {part!r}, but this history has neither pulses nor migrations"
                yield (*GENE_FLOW, kind, index), message
        same = first.setdefault(frozenset(parts), kind)
        if same != kind:
            message = f"is the same as {same}, so windows of both are alike: delete one of them"
            yield (*GENE_FLOW, kind), message


def check_moving(config: Config) -> Iterator[Mistake]:
    """Yield kinds by which no lineage of the samples can move, so that they are as good as none.

    Parameters
    ----------
    config : Config
        Whose target is gene flow, simulated here.
    """
    simulation, content = config.simulation, config.graph
    if content is None:
        return
    switched = kinds.switch_kinds(simulation.demography.gene_flow)
    history = History(graph=content, gene_flow=switched or None, population="")
    vary, flows = kinds.vary_times(simulation), kinds.describe_gene_flow(content)
    times = sampling.list_times(simulation, content).items()
    sampled = {name: sampling.count_generations(time, content) for name, time in times}
    for kind in kinds.list_chosen(simulation):
        parts = simulation.demography.gene_flow[kind]
        if not parts or not {*parts} <= {*flows}:
            continue
        try:
            graph = graphs.resolve_graph(contents.make_content(history, {NAME: kind}))
            others = contents.make_content_without_kind(history, {NAME: kind})
            routes = Counter(list_routes(graph)) - Counter(
                list_routes(graphs.resolve_graph(others))
            )
        except CoalflowError:
            return  # the graph's check says why
        present = [find_populations(graph, name, time, vary) for name, time in sampled.items()]
        if not any(can_be_taken(route, each, vary) for route in routes for each in present):
            moves = ", ".join(flows[part] for part in parts)
            message = f"is gene flow {moves}, by which no lineage of the samples can move, so that"
            fix = f"sample a population into which genes flow, or delete {kind}"
            yield (*GENE_FLOW, kind), f"{message} its windows are like those without: {fix}"


def check_chosen_kinds(simulation: Simulation) -> Iterator[Mistake]:
    """Yield kinds of gene flow that are simulated and that the demography does not define.

    Parameters
    ----------
    simulation : Simulation
        Those that are drawn are checked with the other priors.
    """
    defined = simulation.demography.gene_flow
    where = ".".join(GENE_FLOW)
    gridded = simulation.axes.get(NAME, ())
    chosen: list[tuple[Path, object]] = [
        (("simulation", "grid", NAME, index), kind) for index, kind in enumerate(gridded)
    ]
    if simulation.gene_flow is not None:
        chosen.append((("simulation", NAME), simulation.gene_flow))
    if not defined:
        paths = [path[:3] for path, _ in chosen]
        if NAME in simulation.prior:
            paths.append(("simulation", "prior", NAME))
        for path in dict.fromkeys(paths):
            yield path, f"chooses among the kinds of {where}, which is missing: name them there"
        return
    for path, kind in chosen:
        if kind not in defined:
            yield path, describe_unknown(str(kind), f"kinds of {where}", list(defined))
