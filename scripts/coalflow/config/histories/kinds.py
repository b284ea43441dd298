"""Kinds of gene flow: which pulses and migrations of a graph are on in each."""

from collections.abc import Mapping, Sequence
from typing import Any

from coalflow.config.histories.contents import GENE_FLOW, Content
from coalflow.config.registry.parameters import PATHS
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


def describe_gene_flow(content: Content, with_times: bool = False) -> dict[str, str]:
    """Return the pulses and migrations of a content by their paths, in words.

    Parameters
    ----------
    content : dict
        Of a demes file.
    with_times : bool
        Whether to say when they are, as far as they do, in the units of the content.

    Examples
    --------
    >>> pulse = {"sources": ["A", "ghost"], "dest": "B", "time": 100}
    >>> migrations = [{"demes": ["A", "B"]}, {"source": "A", "dest": "B"}]
    >>> found = describe_gene_flow({"demes": [], "pulses": [pulse], "migrations": migrations})
    >>> for path, words in found.items():
    ...     print(path, words)
    pulses.0 from A and ghost into B
    migrations.0 between A and B
    migrations.1 from A into B
    >>> describe_gene_flow({"demes": [], "pulses": [pulse]}, with_times=True)
    {'pulses.0': 'from A and ghost into B, at 100'}
    """
    described = {}
    for path in list_gene_flow(content):
        section, index = path.split(".")
        defaults = (content.get("defaults") or {}).get(section.rstrip("s")) or {}
        part = {**defaults, **content[section][int(index)]}
        if part.get("demes"):
            ways = f"between {' and '.join(part['demes'])}"
        else:
            sources = part.get("sources") or [part.get("source")]
            ways = f"from {' and '.join(map(str, sources))} into {part.get('dest')}"
        described[path] = f"{ways}{_describe_time(part) if with_times else ''}"
    return described


def _describe_time(part: Mapping[str, Any]) -> str:
    """Return when a pulse or a migration is, as far as it says."""
    ends = [part.get(key) for key in ("start_time", "end_time")]
    start, end = (f"{one:,.10g}" if isinstance(one, (int, float)) else None for one in ends)
    if "time" in part:
        return f", at {part['time']:,.10g}" if isinstance(part["time"], (int, float)) else ""
    if start not in (None, "inf"):
        return f", {start} to {end or 0} ago"
    return f", until {end} ago" if end not in (None, "0") else ""


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


def vary_times(simulation: Simulation) -> bool:
    """Tell whether times of the history are gridded or drawn."""
    names = [*simulation.axes, *simulation.prior]
    return any(name.startswith(PATHS) and name.endswith("time") for name in names)
