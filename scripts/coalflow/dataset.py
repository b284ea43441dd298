"""Replicates as models see them: windows and targets of a split, read from shards."""

import dataclasses

import numpy as np
import pandas as pd

from coalflow import encoding, scenarios, shards


@dataclasses.dataclass(frozen=True)
class Replicates:
    """Encoded replicates.

    ``windows`` are :class:`coalflow.encoding.Windows`; ``target`` is float64
    (replicates, targets), or int64 (replicates,) where ``classes`` lists what the target's
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
    classes, windows = settings["classes"], None
    places = np.arange(len(table))
    for (cell, number), rows in table.assign(place=places).groupby(["cell", "shard"], sort=False):
        path = shards_folder / cell / scenarios.shard_name(number)
        part = _of_shard(path, cell, rows["row"].to_numpy(), settings)
        if windows is None:
            windows = encoding.Windows.empty_like(part, len(table))
        windows[rows["place"].to_numpy()] = part
    target = table[list(settings["target"])].to_numpy()
    if classes:
        target = np.array([classes.index(name) for name in target[:, 0]])
    else:
        target = target.astype(np.float64)
    return Replicates(windows, target, table, classes)


def _of_shard(path, cell, rows, settings):
    """Return some replicates as windows; the shard leaves memory before the next is read."""
    shard = shards.read(path, cell)
    return encoding.of_shard(shard, rows, settings["encoding"], settings["observation"])


def load_split(table, split, shards_folder, settings):
    """Return the :class:`Replicates` of one split: train, validation or test."""
    rows = table[table["split"] == split].reset_index(drop=True)
    return load(rows, shards_folder, settings)
