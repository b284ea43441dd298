"""Replicates as models see them: windows and targets of a split, read from shards."""

import dataclasses

import numpy as np
import pandas as pd

from coalflow import encoding, scenarios, seeds, shards


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
    classes, windows = settings["classes"], load_windows(table, shards_folder, settings)
    target = table[list(settings["target"])].to_numpy()
    if classes:
        target = np.array([classes.index(name) for name in target[:, 0]])
    else:
        target = target.astype(np.float64)
    return Replicates(windows, target, table, classes)


def load_windows(table, shards_folder, settings, look=0):
    """Return the :class:`coalflow.encoding.Windows` of some rows of the split table.

    ``look`` 0 is how all replicates are seen. In any further look the errors of observation are
    others, and so is all else that is random in it: which bases a mask leaves, and where a
    random stretch begins. A replicate that would then have too few sites is seen as in look 0.
    """
    windows, places = None, np.arange(len(table))
    for (cell, number), rows in table.assign(place=places).groupby(["cell", "shard"], sort=False):
        path = shards_folder / cell / scenarios.shard_name(number)
        part = _of_shard(path, cell, rows["row"].to_numpy(), settings, look)
        if windows is None:
            windows = encoding.Windows.empty_like(part, len(table))
        windows[rows["place"].to_numpy()] = part
    return windows


def _of_shard(path, cell, rows, settings, look):
    """Return some replicates as windows; the shard leaves memory before the next is read."""
    shard, how = shards.read(path, cell), (settings["encoding"], settings["observation"])
    if look == 0:
        return encoding.of_shard(shard, rows, *how)
    own = np.array([seeds.integer(seed, "look", look) for seed in shard.seed.tolist()], np.uint64)
    again = dataclasses.replace(shard, seed=own)
    windows = encoding.of_shard(shard, rows, *how)
    enough = settings["encoding"]["pad"] or (
        encoding.sites_seen(again, rows, *how) >= settings["encoding"]["sites"]
    )
    places = np.flatnonzero(np.broadcast_to(enough, len(rows)))
    if len(places):
        windows[places] = encoding.of_shard(again, rows[places], *how)
    return windows


def load_split(table, split, shards_folder, settings):
    """Return the :class:`Replicates` of one split: train, validation or test."""
    rows = table[table["split"] == split].reset_index(drop=True)
    return load(rows, shards_folder, settings)
