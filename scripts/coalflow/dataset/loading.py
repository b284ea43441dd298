"""Replicates as models see them: windows or summary statistics, and targets, of a split."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config import grid
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.targets import Targets
from coalflow.config.settings.view import View
from coalflow.core import parquet, seeds
from coalflow.windows import shards
from coalflow.windows.encoding import count_observed_sites, encode_shard
from coalflow.windows.measures import MEASURES
from coalflow.windows.packed_windows import Windows

KEYS = ["cell", "replicate"]  # together they identify a replicate of a run

#: The targets of replicates: float64 (replicates, targets); or int64 (replicates,), indices of
#: classes, where the only target has classes.
TargetValues: TypeAlias = npt.NDArray[Any]
#: Returns an array of a shape and a dtype, to be filled; as ``numpy.empty``.
Allocate: TypeAlias = Callable[..., npt.NDArray[Any]]


@dataclasses.dataclass(frozen=True)
class Replicates:
    """Encoded replicates.

    Attributes
    ----------
    windows : Windows
        What nets read.
    target : ndarray of float64, shape (replicates, targets), or of int64, shape (replicates,)
        The true values; where the target has classes, their indices in ``classes``.
    table : DataFrame
        Their rows of ``split.parquet``.
    classes : tuple of str, optional
        The classes of the only target; None where targets are numbers.
    ancestry : ndarray of uint8, shape (windows, sites, 2 x bytes), optional
        Where ancestry at each site is predicted, the true one
        (:mod:`coalflow.dataset.site_ancestry`).
    """

    windows: Windows
    target: TargetValues
    table: pd.DataFrame
    classes: tuple[str, ...] | None = None
    ancestry: npt.NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.windows)

    def with_ancestry(self, ancestry: npt.NDArray[np.uint8]) -> "Replicates":
        """Return the replicates with their true ancestry at each site."""
        return dataclasses.replace(self, ancestry=ancestry)


@dataclasses.dataclass(frozen=True)
class Summarised:
    """Replicates as baselines see them.

    Attributes
    ----------
    statistics : DataFrame
        Their summary statistics, a column each.
    target, table, classes
        As in :class:`Replicates`.
    """

    statistics: pd.DataFrame
    target: TargetValues
    table: pd.DataFrame
    classes: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.statistics)


class ShardRows(NamedTuple):
    """Some replicates of one shard: its file, its cell, and their indices in it.

    ``rows`` is int64 (replicates,).
    """

    path: pathlib.Path
    cell: str
    rows: npt.NDArray[np.int64]


# The split table -----------------------------------------------------------------------------


def read_split_table(path: pathlib.Path) -> pd.DataFrame:
    """Return the split table; :func:`coalflow.dataset.splits.make_split_table` lists its columns.

    Parameters
    ----------
    path : Path
        The file ``split.parquet``.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    return parquet.read_parquet(path, [*KEYS, "shard", "row", "seed", "sites", "split"])


def group_by_shard(
    table: pd.DataFrame, shards_folder: pathlib.Path
) -> Iterator[tuple[npt.NDArray[np.int64], ShardRows]]:
    """Yield, shard by shard, the replicates of a split table.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table.
    shards_folder : Path
        Holds a folder for each cell.

    Yields
    ------
    ndarray of int64, shape (replicates of the shard,)
        Which rows of ``table`` they are, counted from 0.
    ShardRows
        Where they are stored.
    """
    positioned = table.assign(position=np.arange(len(table)))
    for _, group in positioned.groupby(["cell", "shard"], sort=False):
        cell = str(group["cell"].iloc[0])
        path = shards_folder / cell / grid.name_shard(int(group["shard"].iloc[0]))
        yield group["position"].to_numpy(), ShardRows(path, cell, group["row"].to_numpy())


# Windows -------------------------------------------------------------------------------------


def load_replicates(
    table: pd.DataFrame, shards_folder: pathlib.Path, view: View, allocate: Allocate = np.empty
) -> Replicates:
    """Return the replicates of some rows of the split table, in their order.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table, none of them excluded.
    shards_folder : Path
        Holds a folder for each cell.
    view : View
        What models see of a replicate, and what they predict.
    allocate : callable
        Makes the arrays of windows: :func:`numpy.empty` or ``coalflow.core.files.Room.allocate``.

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    windows = load_windows(table, shards_folder, view, allocate=allocate)
    return Replicates(windows, select_target(table, view.targets), table, view.targets.classes)


def load_windows(
    table: pd.DataFrame,
    shards_folder: pathlib.Path,
    view: View,
    look: int = 0,
    allocate: Allocate = np.empty,
) -> Windows:
    """Return the windows of some rows of the split table, in their order.

    Parameters
    ----------
    table, shards_folder, view, allocate
        As in :func:`load_replicates`.
    look : int
        0 is how all replicates are observed. In any further look everything random in it is drawn
        once more: the errors of observation, which bases a mask leaves, and where a random
        stretch begins. A replicate that would then have too few sites is observed as in look 0.

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    windows = None
    for indices, replicates in group_by_shard(table, shards_folder):
        part = load_shard_windows(replicates, view.encoding, view.observation, look)
        if windows is None:
            windows = Windows.empty_like(part, len(table), allocate)
        windows[indices] = part
    assert windows is not None  # a split has two replicates at least
    return windows


def load_shard_windows(
    replicates: ShardRows, encoding: Encoding, observation: Observation, look: int = 0
) -> Windows:
    """Return some replicates of one shard as windows; the shard itself does not stay in memory.

    Parameters
    ----------
    replicates : ShardRows
        Where they are stored.
    encoding : Encoding
        How a window becomes a tensor.
    observation : Observation
        How replicates are observed.
    look : int
        As in :func:`load_windows`.

    Raises
    ------
    CoalflowError
        If the shard is missing, damaged or of another cell.
    """
    shard, rows = shards.read_shard(replicates.path, replicates.cell), replicates.rows
    windows = encode_shard(shard, rows, encoding, observation)
    if look == 0:
        return windows
    looks = [seeds.derive_seed(seed, "look", look) for seed in shard.seed.tolist()]
    shard = dataclasses.replace(shard, seed=np.array(looks, np.uint64))
    enough = np.ones(len(rows), dtype=bool)
    if not encoding.pad:
        enough = count_observed_sites(shard, rows, encoding, observation) >= encoding.sites
    if enough.any():
        windows[np.flatnonzero(enough)] = encode_shard(shard, rows[enough], encoding, observation)
    return windows


def load_split(
    table: pd.DataFrame,
    split: str,
    shards_folder: pathlib.Path,
    view: View,
    allocate: Allocate = np.empty,
) -> Replicates:
    """Return the replicates of one split.

    Parameters
    ----------
    table : DataFrame
        The split table.
    split : str
        ``train``, ``validation`` or ``test``.
    shards_folder, view, allocate
        As in :func:`load_replicates`.

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    return load_replicates(_select_split(table, split), shards_folder, view, allocate)


# Summary statistics --------------------------------------------------------------------------


def load_features(
    path: pathlib.Path,
    table: pd.DataFrame,
    splits: Sequence[str],
    targets: Targets,
    choose: Callable[[list[str]], list[str]] = list,
    floats: type[np.floating[Any]] = np.float64,
) -> list[Summarised]:
    """Return the summary statistics that ``summarise.py`` wrote, and targets, of some splits.

    Of a million replicates they take gigabytes, so they are read column by column.

    Parameters
    ----------
    path : Path
        The file ``statistics.parquet``.
    table : DataFrame
        The split table.
    splits : sequence of str
        Some of ``train``, ``validation`` and ``test``.
    targets : Targets
        What is predicted.
    choose : callable, optional
        Takes the names of all statistics and returns those that are read; all by default.
    floats : type
        Of the statistics.

    Raises
    ------
    CoalflowError
        If the file is missing, damaged or lacks a replicate.
    """
    tables = [_select_split(table, split) for split in splits]
    with parquet.open_parquet(path, KEYS) as file:
        keys = pd.MultiIndex.from_frame(file.read(KEYS).to_pandas())
        rows = pd.Series(np.arange(len(keys)), keys)
        found = [rows.loc[pd.MultiIndex.from_frame(one[KEYS])].to_numpy() for one in tables]
        others = (*KEYS, *MEASURES)
        names = choose([name for name in file.schema_arrow.names if name not in others])
        # Row by row: scikit-learn's boosting would copy anything else.
        parts = [np.empty((len(one), len(names)), floats) for one in tables]
        for column, name in enumerate(names):
            values = file.read([name])[name].to_numpy()
            for part, indices in zip(parts, found, strict=True):
                part[:, column] = values[indices]
    frames = [pd.DataFrame(part, columns=names, copy=False) for part in parts]
    return [
        Summarised(frame, select_target(one, targets), one, targets.classes)
        for frame, one in zip(frames, tables, strict=True)
    ]


def _select_split(table: pd.DataFrame, split: str) -> pd.DataFrame:
    return table[table["split"] == split].reset_index(drop=True)


def select_target(table: pd.DataFrame, targets: Targets) -> TargetValues:
    """Return the targets of rows of the split table, as models take them.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table.
    targets : Targets
        What is predicted.
    """
    values = table[targets.names].to_numpy()
    if targets.classes is None:
        return values.astype(np.float64)
    return np.array([targets.classes.index(name) for name in values[:, 0]])
