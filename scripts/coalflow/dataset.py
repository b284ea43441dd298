"""Replicates as models see them: windows and targets of a split, read from shards."""

import dataclasses

import numpy as np
import pandas as pd

from coalflow import encoding, scenarios, shards


@dataclasses.dataclass(frozen=True)
class Replicates:
    """Encoded replicates.

    ``windows`` are :class:`coalflow.encoding.Windows`; ``target`` is float64
    (replicates,), or int64 (replicates,) where ``classes`` lists what the target's
    numbers 0, 1, ... stand for; ``table`` has the rows of ``split.parquet`` that they
    come from.
    """

    windows: encoding.Windows
    target: np.ndarray
    table: pd.DataFrame
    classes: list | None = None

    def __len__(self):
        return len(self.windows)


def read_split_table(path):
    """Return ``split.parquet`` as a pandas table."""
    return pd.read_parquet(path)


def load(table, shards_folder, settings):
    """Return the :class:`Replicates` of some rows of the split table, in their order.

    ``table`` holds no excluded rows; ``settings`` has the config's ``encoding``,
    ``observation`` and ``target``, and its ``classes`` or None.
    """
    sites, classes = settings["encoding"]["sites"], settings["classes"]
    windows = None
    places = np.arange(len(table))
    for (cell, number), rows in table.assign(place=places).groupby(["cell", "shard"], sort=False):
        shard = shards.read(shards_folder / cell / scenarios.shard_name(number), cell)
        if windows is None:
            windows = encoding.Windows.empty(len(table), sites, shard.meta["haplotypes"])
        windows[rows["place"].to_numpy()] = encoding.of_shard(
            shard, rows["row"].to_numpy(), settings["encoding"], settings["observation"]
        )
    target = table[settings["target"]].to_numpy()
    if classes:
        target = np.array([classes.index(name) for name in target])
    return Replicates(windows, target, table, classes)


def load_split(table, split, shards_folder, settings):
    """Return the :class:`Replicates` of one split: train, validation or test."""
    rows = table[table["split"] == split].reset_index(drop=True)
    return load(rows, shards_folder, settings)
