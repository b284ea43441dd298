"""Windows on which models are tried: those of the test as they could have been, or others."""

from __future__ import annotations

import dataclasses
import pathlib

import numpy as np
import pandas as pd

from coalflow.config import grid
from coalflow.config.schema.observation import Observation
from coalflow.config.settings.judging.robustness import ConditionSettings, RobustnessSettings
from coalflow.config.settings.view import View
from coalflow.dataset.loading import KEYS, TargetValues, select_target
from coalflow.dataset.splits import ShardRange, summarise_shard
from coalflow.genomes.reference.simulated_windows import SimulatedWindows, load_simulated_windows


@dataclasses.dataclass(frozen=True)
class TriedWindows:
    """Windows on which models are tried.

    Attributes
    ----------
    simulated : SimulatedWindows, optional
        The windows, with their statistics; None where there are none.
    target : ndarray
        Their true values, or the indices of their classes.
    left_out : int
        How many others there are, which have too few sites, or of which a target is not defined.
    """

    simulated: SimulatedWindows | None
    target: TargetValues
    left_out: int


def change_observation(observation: Observation, condition: ConditionSettings) -> Observation:
    """Return the observation of a condition that changes it; as it is, for others.

    Where models have seen no missing genotypes, sites with any are left out, as in genomes.

    Parameters
    ----------
    observation : Observation
        The run's.
    condition : ConditionSettings
    """
    if condition.cells:
        return observation
    changes: dict[str, object] = {condition.key: condition.value}
    if condition.key == "missing" and not observation.can_be_missing:
        changes["complete"] = True
    return observation.model_copy(update=changes)


def load_test_windows(
    split: pd.DataFrame, shards: pathlib.Path, view: View, settings: RobustnessSettings
) -> TriedWindows:
    """Return test windows, observed in some way.

    Parameters
    ----------
    split : DataFrame
        The split table.
    shards : Path
        Holds a folder for each cell.
    view : View
        With the observation.
    settings : RobustnessSettings

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    test = split[split["split"] == "test"]
    size = settings.shard_size
    counts = split.groupby(["cell", "shard"], sort=False).size()
    wanted = test[["cell", "shard"]].drop_duplicates().itertuples(index=False)
    jobs = [
        ShardRange(cell, shard, shard * size, int(counts[cell, shard])) for cell, shard in wanted
    ]
    table = pd.concat([summarise_shard(shards, view, job) for job in jobs], ignore_index=True)
    keys = pd.MultiIndex.from_frame(test[KEYS])
    chosen = pd.MultiIndex.from_frame(table[KEYS]).isin(keys)
    return _load(table[chosen], shards, view)


def load_changed_windows(
    folder: pathlib.Path, condition: ConditionSettings, view: View, settings: RobustnessSettings
) -> TriedWindows:
    """Return windows that are simulated for a condition.

    Parameters
    ----------
    folder : Path
        Holds a folder for each condition, and that one for each cell.
    condition : ConditionSettings
    view : View
    settings : RobustnessSettings

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    ranges = grid.list_shard_ranges(condition.replicates, settings.shard_size)
    jobs = [
        ShardRange(f"{folder.name}/{condition.folder}/{cell}", index, *numbers)
        for cell in condition.cells
        for index, numbers in enumerate(ranges)
    ]
    tables = [summarise_shard(folder.parent, view, job) for job in jobs]
    return _load(pd.concat(tables, ignore_index=True), folder.parent, view)


def _load(table: pd.DataFrame, shards: pathlib.Path, view: View) -> TriedWindows:
    used = table[table["reason"] == ""].reset_index(drop=True)
    left_out = len(table) - len(used)
    if not len(used):
        return TriedWindows(None, np.empty(0), left_out)
    windows = load_simulated_windows(used, shards, view)
    return TriedWindows(windows, select_target(used, view.targets), left_out)
