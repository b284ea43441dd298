"""The table of a run's replicates: which is for training, for validation, for the test, and why."""

import dataclasses
import functools
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config import grid
from coalflow.config.schema.judging.hold_out import HoldOut
from coalflow.config.schema.targets import StatisticTarget, Target
from coalflow.config.settings.dataset import SplitSettings
from coalflow.config.settings.view import View
from coalflow.core import workers
from coalflow.core.errors import CoalflowError
from coalflow.core.files import REMEDY
from coalflow.core.progress import track
from coalflow.dataset.dealing import assign_splits, complete_splits
from coalflow.dataset.held_out import find_held_out, select_region
from coalflow.dataset.split_names import (
    EXCLUDED,
    HELD_OUT,
    SIMULATED_GENE_FLOW,
    SPLITS,
    TARGET_UNDEFINED,
    TOO_FEW_SITES,
    VALIDATION,
)
from coalflow.statistics.site_statistics import compute_site_statistics
from coalflow.windows.encoding import count_observed_sites, encode_shard
from coalflow.windows.shards import GIVEN, Shard, read_shard

FEWEST_REPLICATES = 2  # of a split, and of each class in it
FIX = "Lengthen simulation.sequence_length, lower encoding.sites or raise simulation.replicates"
FIX_OF_GENE_FLOW = (
    "Raise the proportions or rates of this gene flow, simulation.samples, sequence_length or "
    "replicates"
)
FIX_OF_GIVEN = "Correct split.given, or raise simulation.replicates to all that there are"


def make_split_table(
    shards_folder: pathlib.Path, settings: SplitSettings, view: View, processes: float = 1
) -> pd.DataFrame:
    """Return the table of all replicates of a run.

    Parameters
    ----------
    shards_folder : Path
        Holds a folder for each cell.
    settings : SplitSettings
        What the run consists of.
    view : View
        What models see of a replicate, and what they predict.
    processes : int
        How many read shards.

    Returns
    -------
    DataFrame
        A row per replicate, in the order of cells and numbers. Its columns are ``cell``,
        ``shard``, ``row`` (within the shard), ``replicate``, ``seed``, ``split``, ``reason`` (why
        it is excluded, else empty), ``sites`` (those observed, within ``encoding.length`` if
        padded), ``refused_draws`` (how many draws of its parameters could not be used),
        ``simulated_gene_flow`` (where the class is the gene flow that happened: the kind that was
        simulated), the scenario parameters, and the targets by their names. A target
        that is a parameter may have the parameter's name.

    Raises
    ------
    CoalflowError
        If a shard is missing, damaged or not of this run, if an imported parameter has no true
        value in any replicate, or if a split would be left without enough replicates, or without
        enough of a class.
    """
    ranges = grid.list_shard_ranges(settings.replicates, settings.shard_size)
    jobs = [
        ShardRange(cell, index, *numbers)
        for cell in settings.cells
        for index, numbers in enumerate(ranges)
    ]
    read = functools.partial(summarise_shard, shards_folder, view)
    parts = track(workers.map_in_processes(read, jobs, processes), len(jobs), "shards read")
    table = pd.concat(parts, ignore_index=True)
    _refuse_missing_truth(table, settings)
    dealt = _split_replicates(table, settings)
    table.insert(5, "split", np.where(table["reason"] == "", dealt, EXCLUDED))
    _hold_out(table, settings.hold_out)
    fix = FIX if settings.split.given is None else FIX_OF_GIVEN
    _refuse_small_splits(table, "", fix)
    target = view.targets.first
    for name in view.targets.classes or ():
        # Where no lineage moved, a window is not of the kind that was simulated.
        own = table[SIMULATED_GENE_FLOW if SIMULATED_GENE_FLOW in table else target] == name
        unmoved = int((own & (table[target] != name)).sum())
        mend = FIX_OF_GENE_FLOW if unmoved else fix
        _refuse_small_splits(table[table[target] == name], f" of {target} {name}", mend, unmoved)
    return table


def _split_replicates(table: pd.DataFrame, settings: SplitSettings) -> npt.NDArray[np.str_]:
    """Return the splits of all replicates; takes those that are given out of the table."""
    given = table.pop(GIVEN).to_numpy() if GIVEN in table else None
    if given is None:
        dealt = [
            assign_splits(settings.seed, cell, settings.replicates, settings.split)
            for cell in settings.cells
        ]
        return np.concatenate(dealt)
    if (given == VALIDATION).any():
        return given
    by_cell = given.reshape(len(settings.cells), settings.replicates)
    completed = [
        complete_splits(splits, settings.seed, cell, settings.split.validation)
        for cell, splits in zip(settings.cells, by_cell, strict=True)
    ]
    return np.concatenate(completed)


@dataclasses.dataclass(frozen=True)
class ShardRange:
    """A shard, and which replicates of its cell it should hold.

    Attributes
    ----------
    cell : str
    index : int
        Of the shard in the cell.
    first, count : int
        The first replicate, and how many there are.
    """

    cell: str
    index: int
    first: int
    count: int


def summarise_shard(shards_folder: pathlib.Path, view: View, job: ShardRange) -> pd.DataFrame:
    """Return the rows of the split table for a shard's replicates, without their splits.

    Parameters
    ----------
    shards_folder : Path
        Holds a folder for each cell.
    view : View
    job : ShardRange
        Which shard.

    Raises
    ------
    CoalflowError
        If the shard is missing, damaged or not of this run.
    """
    path = shards_folder / job.cell / grid.name_shard(job.index)
    shard = read_shard(path, job.cell)
    if not np.array_equal(shard.replicate, np.arange(job.first, job.first + job.count)):
        last = job.first + job.count - 1
        raise CoalflowError(f"{path}: does not hold replicates {job.first} to {last}. {REMEDY}")
    sites, enough = _count_sites(shard, view)
    targets = _collect_targets(shard, np.flatnonzero(enough), view, path)
    reason = np.where(enough, "", TOO_FEW_SITES).astype(object)
    if not view.targets.has_classes:
        defined = [_is_defined(targets[name], target) for name, target in view.targets]
        reason[enough & ~np.all(defined, axis=0)] = TARGET_UNDEFINED
    return pd.DataFrame(
        {
            "cell": job.cell,
            "shard": job.index,
            "row": np.arange(job.count),
            "replicate": shard.replicate,
            "seed": shard.seed,
            "reason": reason,
            "sites": sites,
            "refused_draws": shard.truth.get("target/refused_draws", np.zeros(job.count, np.int64)),
            **_find_simulated_kinds(shard),
            **{
                name.removeprefix("parameter/"): values
                for name, values in shard.truth.items()
                if name.startswith("parameter/")
            },
            **targets,
            **({GIVEN: shard.truth[GIVEN]} if GIVEN in shard.truth else {}),
        }
    )


def _count_sites(shard: Shard, view: View) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return how many sites of each replicate are observed, and whether these are enough."""
    replicates, encoding = np.arange(len(shard.replicate)), view.encoding
    fewest = 0 if encoding.pad else encoding.sites
    sites = count_observed_sites(shard, replicates, encoding, view.observation)
    enough = sites >= fewest
    # Statistics are those of the truth, of the same number of sites.
    without_errors = view.observation.without_errors()
    if without_errors != view.observation and view.targets.site_statistics:
        enough &= count_observed_sites(shard, replicates, encoding, without_errors) >= fewest
    return sites, enough


def _collect_targets(
    shard: Shard, enough: npt.NDArray[np.int64], view: View, path: pathlib.Path
) -> dict[str, npt.NDArray[Any]]:
    """Return the targets of a shard's replicates by their names, arrays (replicates,).

    Statistics of sites are those of the replicates ``enough``, nan elsewhere.
    """
    statistics = view.targets.site_statistics
    targets = {
        name: np.full(len(shard.replicate), np.nan)
        if name in statistics
        else _get_truth(shard, target, path)
        for name, target in view.targets
    }
    if statistics and len(enough):
        # The truth is to be predicted, not what sequencing makes of it: the sites that the net
        # sees, without errors, and haplotypes in the shard's order.
        encoding = view.encoding.model_copy(update={"order": "sampled"})
        windows = encode_shard(shard, enough, encoding, view.observation.without_errors())
        computed = compute_site_statistics(windows, statistics, view.samples.slices)
        for name, values in computed.items():
            targets[name][enough] = values
    return targets


def _find_simulated_kinds(shard: Shard) -> dict[str, npt.NDArray[np.str_]]:
    """Return the kinds of gene flow that were simulated, where classes are what happened."""
    if "target/gene_flow" not in shard.truth:
        return {}
    own = "parameter/gene_flow" if "parameter/gene_flow" in shard.truth else "parameter/class"
    return {SIMULATED_GENE_FLOW: shard.truth[own]}


def _get_truth(shard: Shard, target: Target, path: pathlib.Path) -> npt.NDArray[Any]:
    """Return a shard's values of a parameter, or of a statistic of trees."""
    if isinstance(target, StatisticTarget):
        if target.truth_name not in shard.truth:
            raise CoalflowError(f"{path}: holds no {target.truth_name}. {REMEDY}")
        return shard.truth[target.truth_name]
    # The time at which a sweep is fixed is not always the very time that was drawn.
    for group in ("target", "parameter"):
        name = f"{group}/{target.parameter}"
        if name in shard.truth:
            return shard.truth[name]
    return np.full(len(shard.replicate), np.nan)


def _is_defined(values: npt.NDArray[np.float64], target: Target) -> npt.NDArray[np.bool_]:
    """Tell which values of a target that is a number can be learned, bool (replicates,)."""
    return np.isfinite(values) & ((values > 0) | (not target.is_log))


def _hold_out(table: pd.DataFrame, hold_out: HoldOut) -> None:
    """Take replicates that are in a region that is held out from their splits, in place."""
    for name, region in hold_out.items():
        held = select_region(table[name], region) & (table["split"] != EXCLUDED).to_numpy()
        if not held.any():
            raise CoalflowError(
                f"evaluation.hold_out.{name} is {list(region)}, and no replicate is in it: widen it"
            )
    used = (table["split"] != EXCLUDED).to_numpy()
    table.loc[used & find_held_out(table, hold_out), "split"] = HELD_OUT


def _refuse_missing_truth(table: pd.DataFrame, settings: SplitSettings) -> None:
    """Raise CoalflowError for a parameter that no replicate has; only imports can lack one."""
    for name in settings.drawn:
        if name not in table:
            raise CoalflowError(
                f"no imported replicate has a true value of {name}: correct where to find it in "
                "simulation.import.truth"
            )


def _refuse_small_splits(table: pd.DataFrame, which: str, fix: str, unmoved: int = 0) -> None:
    """Raise CoalflowError for a split of a table that has too few replicates.

    In ``unmoved`` others no lineage moved, so that they are of another class.
    """
    counts = table["split"].value_counts()
    for split in SPLITS:
        count = counts.get(split, 0)
        if count < FEWEST_REPLICATES:
            reasons = table.loc[table["reason"] != "", "reason"].value_counts()
            reasons[HELD_OUT.replace("_", " ")] = counts.get(HELD_OUT, 0)
            left_out = ", ".join(
                f"{number:,} ({reason})" for reason, number in reasons.items() if number
            )
            others = (
                f" In {unmoved:,} others simulated as such, no lineage moved." if unmoved else ""
            )
            raise CoalflowError(
                f"the {split} split needs at least {FEWEST_REPLICATES} replicates{which} and has "
                f"{count}. Of {len(table):,} replicates{which}, these were left out: "
                f"{left_out or 'none'}.{others} {fix}"
            )
