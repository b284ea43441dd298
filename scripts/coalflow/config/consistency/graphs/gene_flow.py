"""Kinds of gene flow that a graph does not have, and kinds that are chosen and not defined."""

from collections.abc import Iterator

from coalflow.config.fields.section import Mistake, Path
from coalflow.config.histories import kinds
from coalflow.config.histories.contents import Content
from coalflow.config.schema.simulation import Simulation
from coalflow.core.errors import describe_unknown

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
    known = kinds.list_gene_flow(content)
    first: dict[frozenset[str], str] = {}
    for kind, parts in simulation.demography.gene_flow.items():
        for index, part in enumerate(parts):
            if part not in known:
                what = "pulses and migrations of this history"
                message = describe_unknown(part, what, known)
                if not known:
                    message = f"is {part!r}, but this history has neither pulses nor migrations"
                yield (*GENE_FLOW, kind, index), message
        same = first.setdefault(frozenset(parts), kind)
        if same != kind:
            message = f"is the same as {same}, so windows of both are alike: delete one of them"
            yield (*GENE_FLOW, kind), message


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
