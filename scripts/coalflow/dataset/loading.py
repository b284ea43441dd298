"""Replicates as models see them: windows or summary statistics, and targets, of a split."""

import dataclasses

import numpy as np
import pandas as pd

from coalflow.config import grid
from coalflow.core import parquet, seeds
from coalflow.windows import encoding, shards

KEYS = ["cell", "replicate"]  # what tells replicates of a run apart


@dataclasses.dataclass(frozen=True)
class Replicates:
    """Encoded replicates.

    ``windows`` are :class:`coalflow.windows.encoding.Windows`; ``target`` is float64
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
    return parquet.read_parquet(path)


@dataclasses.dataclass(frozen=True)
class Summarised:
    """Replicates as baselines see them.

    ``statistics`` is a table of their summary statistics; all else is as in :class:`Replicates`.
    """

    statistics: pd.DataFrame
    target: np.ndarray
    table: pd.DataFrame
    classes: list | None = None

    def __len__(self):
        return len(self.statistics)


def keep_part_of_train(table, one_in, seed):
    """Return a split table that holds but one in so many of the training windows.

    Which ones, hangs on the run's seed; those of a smaller part are among those of a larger.
    """
    train = np.flatnonzero(table["split"] == "train")
    shuffled = seeds.derive_generator(seed, "part of train").permutation(train)
    left_out = shuffled[len(train) // one_in :]
    return table.drop(index=table.index[left_out]).reset_index(drop=True)


def load_replicates(table, shards_folder, settings, empty=np.empty):
    """Return the :class:`Replicates` of some rows of the split table, in their order.

    ``table`` holds no excluded rows; ``settings`` has the config's ``encoding``,
    ``observation`` and ``target``, and its ``classes`` or None. ``empty`` makes the arrays.
    """
    windows = load_windows(table, shards_folder, settings, empty=empty)
    return Replicates(windows, *_asked(table, settings))


def load_windows(table, shards_folder, settings, look=0, empty=np.empty):
    """Return the :class:`coalflow.windows.encoding.Windows` of the rows of a split table, in their order.

    ``look`` 0 is how all replicates are seen. In any further look the errors of observation are
    others, and so is all else that is random in it: which bases a mask leaves, and where a
    random stretch begins. A replicate that would then have too few sites is seen as in look 0.
    """
    windows = None
    for places, rows in group_by_shard(table, shards_folder):
        part = load_shard_windows(rows, settings, look)
        if windows is None:
            windows = encoding.Windows.empty_like(part, len(table), empty)
        windows[places] = part
    return windows


def group_by_shard(table, shards_folder):
    """Yield, shard by shard, places in a split table and what :func:`of_shard` takes for them.

    Places are int64 (rows of the shard,).
    """
    places = np.arange(len(table))
    for (cell, number), rows in table.assign(place=places).groupby(["cell", "shard"], sort=False):
        path = shards_folder / cell / grid.shard_name(number)
        yield rows["place"].to_numpy(), (path, cell, rows["row"].to_numpy())


def _asked(table, settings):
    """Return the targets of rows of a split table, these rows, and the classes."""
    classes = settings["classes"]
    target = table[list(settings["target"])].to_numpy()
    if classes:
        return np.array([classes.index(name) for name in target[:, 0]]), table, classes
    return target.astype(np.float64), table, None


def load_shard_windows(replicates, settings, look=0):
    """Return some replicates of one shard as windows; the shard itself does not stay in memory.

    ``replicates`` are the shard's path, its cell and the replicates' rows in it; the other
    arguments are those of :func:`load_windows`.
    """
    path, cell, rows = replicates
    shard, how = shards.read_shard(path, cell), (settings["encoding"], settings["observation"])
    if look == 0:
        return encoding.encode_shard(shard, rows, *how)
    own = np.array(
        [seeds.derive_seed(seed, "look", look) for seed in shard.seed.tolist()], np.uint64
    )
    again = dataclasses.replace(shard, seed=own)
    windows = encoding.encode_shard(shard, rows, *how)
    enough = settings["encoding"]["pad"] or (
        encoding.count_observed_sites(again, rows, *how) >= settings["encoding"]["sites"]
    )
    places = np.flatnonzero(np.broadcast_to(enough, len(rows)))
    if len(places):
        windows[places] = encoding.encode_shard(again, rows[places], *how)
    return windows


def load_split(table, split, shards_folder, settings, empty=np.empty):
    """Return the :class:`Replicates` of one split: train, validation or test."""
    return load_replicates(_rows_of(table, split), shards_folder, settings, empty)


def read_features(path):
    """Return what ``summarise.py`` wrote: statistics, a row for each cell and replicate."""
    return parquet.read_parquet(path).set_index(KEYS)


def load_features(table, split, statistics, settings):
    """Return the :class:`Summarised` of one split.

    ``statistics`` are those of :func:`read_statistics`, all columns or some.
    """
    rows = _rows_of(table, split)
    chosen = statistics.loc[pd.MultiIndex.from_frame(rows[KEYS])].reset_index(drop=True)
    return Summarised(chosen, *_asked(rows, settings))


def _rows_of(table, split):
    return table[table["split"] == split].reset_index(drop=True)
