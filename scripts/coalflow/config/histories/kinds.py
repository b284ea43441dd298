"""Kinds of gene flow: which pulses and migrations of a graph are on in each."""

from collections.abc import Mapping, Sequence

from coalflow.config.histories.contents import GENE_FLOW, Content
from coalflow.config.schema.distributions import ParameterValue
from coalflow.config.schema.simulation import Simulation
from coalflow.config.settings.simulating import GeneFlowKind

# The class of imported windows without gene flow.
IMPORTED_WITHOUT = "none"


def list_gene_flow(content: Content) -> list[str]:
    """Return the paths of all pulses and migrations of a content, such as ``pulses.0``."""
    return [
        f"{section}.{index}"
        for section in GENE_FLOW
        for index in range(len(content.get(section) or ()))
    ]


def switch_kinds(kinds: Mapping[str, Sequence[str]]) -> dict[str, GeneFlowKind]:
    """Return what is on and off in each kind of gene flow.

    Parameters
    ----------
    kinds : mapping of str to sequence of str
        The pulses and migrations of each kind.

    Examples
    --------
    >>> switch_kinds({"none": [], "early": ["pulses.1"], "late": ["pulses.0"]})["early"].off
    ('pulses.0',)
    """
    named = {part for parts in kinds.values() for part in parts}
    return {
        name: GeneFlowKind(on=tuple(sorted(parts)), off=tuple(sorted(named - {*parts})))
        for name, parts in kinds.items()
    }


def list_chosen(simulation: Simulation) -> list[str]:
    """Return the kinds of gene flow that are simulated, as far as they exist."""
    drawn = simulation.prior.get("gene_flow")
    categorical = drawn.categorical if drawn else None
    chosen = simulation.axes.get("gene_flow") or (categorical.values if categorical else ())
    names = [str(name) for name in (*chosen, simulation.gene_flow)]
    return [name for name in names if name in simulation.demography.gene_flow]


def list_off(simulation: Simulation, kind: ParameterValue | None) -> set[str]:
    """Return the drawn numbers of pulses and migrations that there are not in a kind.

    Parameters
    ----------
    simulation : Simulation
    kind : str or Distribution, optional
        Where the kind is drawn, too, there may be any of them.
    """
    kinds = switch_kinds(simulation.demography.gene_flow)
    if not isinstance(kind, str) or kind not in kinds:
        return set()
    off = tuple(f"{part}." for part in kinds[kind].off)
    return {name for name in simulation.prior if name.startswith(off)}


def find_kind_without_gene_flow(simulation: Simulation) -> str | None:
    """Return the kind of gene flow in which nothing is on, or None."""
    if simulation.imported:
        return IMPORTED_WITHOUT if IMPORTED_WITHOUT in simulation.imported.files else None
    kinds = simulation.demography.gene_flow
    return next((name for name, parts in kinds.items() if not parts), None)
