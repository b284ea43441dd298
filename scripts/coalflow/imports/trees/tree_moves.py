"""Which lineages of a tree sequence moved between populations by gene flow, as msprime records it.

It records every move, also those of all lineages of a population into the one that it had split
from. Which these are is in the provenance, with the demography that was simulated: splits, and mass
migrations of all there are, as other programs write splits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.settings.simulating import AncestryTruth, ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports.remarks import Remark, Remarks
from coalflow.imports.trees.tree_origin import list_commands
from coalflow.imports.trees.tree_samples import match_population, title_populations
from coalflow.statistics.introgression.moves import Moves, read_moves
from coalflow.statistics.introgression.tracing import measure_share, trace_runs, trace_truth
from coalflow.windows.ancestry import Runs

UNKNOWN_SPLITS = Remark(
    "the provenance does not say which populations had split from which, so all recorded moves of "
    "lineages were taken as gene flow"
)
# msprime's commands that simulate ancestry, and what each is given to begin from.
BEGUN_FROM = {"sim_ancestry": "initial_state", "simulate": "from_ts"}
SPLIT, MASS_MIGRATION = "PopulationSplit", "MassMigration"


class Join(NamedTuple):
    """When all lineages of a population move into the one that it had split from.

    Attributes
    ----------
    source, dest : int
        The populations, by number.
    time : float
        In generations ago.
    """

    source: int
    dest: int
    time: float


class GeneFlowTruth(NamedTuple):
    """What came by gene flow into the samples of a tree sequence.

    Attributes
    ----------
    targets : dict
        Shares of bases, and the class of the window, by their names in shards.
    ancestry : Runs or None
        Which stretches of haplotypes came, where that is needed.
    """

    targets: dict[str, float | str]
    ancestry: Runs | None


def trace_gene_flow(
    trees: tskit.TreeSequence,
    nodes: npt.NDArray[np.int32],
    file: str,
    settings: ImportSettings,
    remarks: Remarks,
) -> GeneFlowTruth:
    """Return the true values that depend on which lineages moved.

    Parameters
    ----------
    trees : tskit.TreeSequence
        As in the file.
    nodes : ndarray of int32, shape (haplotypes,)
        The samples that are used, in the order of the config.
    file : str
        Where the trees are from.
    settings : ImportSettings
    remarks : Remarks
        Gets those on the moves.

    Raises
    ------
    CoalflowError
        If the file does not record moves, or a target names a population that it does not have.
    """
    wanted = [one for one in settings.tree_statistics if STATISTICS[one.statistic].needs_moves]
    if not wanted and settings.without_gene_flow is None:
        return GeneFlowTruth({}, None)
    moves, titles = _read_gene_flow(trees, file, remarks), _title_all(trees)
    slices = settings.samples.slices
    targets: dict[str, float | str] = {}
    for statistic in wanted:
        of, source = statistic.of
        population = _find_source(source, titles, file, settings)
        share = measure_share(trees, moves, nodes[slices[of]], population, statistic.since)
        targets[statistic.truth_name] = share
    targets |= _label(trees, moves, nodes, file, settings)
    ancestry = settings.ancestry
    if ancestry is None:
        return GeneFlowTruth(targets, None)
    population = _find_source(ancestry.source, titles, file, settings)
    truth = AncestryTruth(of=ancestry.of, source=population, since=ancestry.since)
    return GeneFlowTruth(targets, trace_truth(trees, moves, nodes, slices, truth))


def _label(
    trees: tskit.TreeSequence,
    moves: Moves,
    nodes: npt.NDArray[np.int32],
    file: str,
    settings: ImportSettings,
) -> dict[str, str]:
    """Return the class of a window by the gene flow that happened in it, where that is needed."""
    without, simulated = settings.without_gene_flow, str(settings.parameters["class"])
    if without is None:
        return {}
    has_moved = any(
        len(trace_runs(trees, moves, nodes, str(population)).haplotype)
        for population in np.unique(moves.dest)
    )
    if has_moved and simulated == without:
        raise CoalflowError(
            f"{file}: is of the class {without}, but lineages moved by gene flow: list it in "
            "another class, or write `target: class` for the classes of files"
        )
    return {"target/gene_flow": simulated if has_moved else without}


def _title_all(trees: tskit.TreeSequence) -> dict[int, str]:
    """Return the names of all populations, by number; those without one are called by it."""
    numbers = range(trees.num_populations)
    return {number: str(number) for number in numbers} | title_populations(trees, numbers)


def _find_source(
    source: str, titles: Mapping[int, str], file: str, settings: ImportSettings
) -> str:
    """Return the name among moves of the population that a target calls ``source``."""
    number = match_population(settings.populations.get(source, source), titles, titles)
    if number is None:
        shown = ", ".join(titles.values())
        raise CoalflowError(
            f"{file}: has populations {shown}, and {source}, which a target names, is not one: "
            "name it as the file does, or map it in simulation.import.populations"
        )
    return str(number)


def _read_gene_flow(trees: tskit.TreeSequence, file: str, remarks: Remarks) -> Moves:
    """Return the moves by gene flow; populations are named by their numbers."""
    commands = [one for one in list_commands(trees) if str(one.get("command")) in BEGUN_FROM]
    # One that was begun from trees of another program does not know what had moved in these.
    is_whole = all(one.get("record_migrations") is True for one in commands) and (
        commands[0].get(BEGUN_FROM[commands[0]["command"]]) is None
        if commands
        else trees.num_migrations > 0
    )
    if not is_whole:
        raise CoalflowError(
            f"{file}: does not record which lineages moved, and a target depends on gene flow: "
            "simulate it with msprime's record_migrations, or choose another target"
        )
    moves = read_moves(trees.tables, [str(number) for number in range(trees.num_populations)])
    found = [_list_joins(one) for one in commands]
    if None in found or not commands:
        remarks.note(UNKNOWN_SPLITS, file)
    is_join = np.zeros(len(moves), dtype=bool)
    for source, dest, time in (join for joins in found for join in joins or ()):
        is_join |= (moves.source == source) & (moves.dest == dest) & (moves.time == time)
    return moves.keep(~is_join)


def _list_joins(command: Mapping[str, Any]) -> list[Join] | None:
    """Return the joins in the demography of a command of msprime's; None if it cannot be read."""
    demography, events = command.get("demography"), command.get("demographic_events")
    numbers: dict[Any, int] = {}
    joins = []
    try:
        if demography is not None:
            events = demography["events"]
            numbers = {one["name"]: index for index, one in enumerate(demography["populations"])}
        for event in events or ():
            kind, pairs = event["__class__"].rpartition(".")[2], []
            if kind == SPLIT:
                pairs = [(derived, event["ancestral"]) for derived in event["derived"]]
            elif kind == MASS_MIGRATION and event["proportion"] == 1:
                pairs = [(event["source"], event["dest"])]
            for pair in pairs:
                # Events may name populations, or count them.
                source, dest = (int(numbers.get(one, one)) for one in pair)
                joins.append(Join(source, dest, float(event["time"])))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        return None
    return joins
