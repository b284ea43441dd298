"""Simulated windows of a split as models see them, and as they are compared with genomes."""

from __future__ import annotations

import dataclasses
import pathlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.settings.view import View
from coalflow.dataset.loading import group_by_shard
from coalflow.statistics.window_statistics import SITES, SPAN, describe_windows
from coalflow.windows.encoding import encode_shard
from coalflow.windows.observation import observe_replicates
from coalflow.windows.packed_windows import Windows
from coalflow.windows.shards import Shard, read_shard
from coalflow.windows.stretches import choose_sites, choose_stretches


@dataclasses.dataclass(frozen=True)
class SimulatedWindows:
    """Windows of simulations.

    Attributes
    ----------
    windows : Windows
    statistics : DataFrame
        What :func:`coalflow.statistics.window_statistics.describe_windows` returns of them.
    """

    windows: Windows
    statistics: pd.DataFrame

    def __len__(self) -> int:
        return len(self.windows)


def load_simulated_windows(
    table: pd.DataFrame, shards: pathlib.Path, view: View
) -> SimulatedWindows:
    """Return the windows of some rows of the split table, in their order.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table, one or more, none of them excluded.
    shards : Path
        Holds a folder for each cell.
    view : View

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    windows: Windows | None = None
    sizes = np.empty(len(table))
    for indices, replicates in group_by_shard(table, shards):
        shard = read_shard(replicates.path, replicates.cell)
        part = encode_shard(shard, replicates.rows, view.encoding, view.observation)
        sizes[indices] = measure_sizes(shard, replicates.rows, view.encoding, view.observation)
        if windows is None:
            windows = Windows.empty_like(part, len(table))
        windows[indices] = part
    assert windows is not None  # there is one row at least
    return SimulatedWindows(windows, describe(windows, sizes, view))


def describe(windows: Windows, sizes: npt.NDArray[np.float64], view: View) -> pd.DataFrame:
    """Return the statistics of windows.

    Parameters
    ----------
    windows : Windows
    sizes : ndarray of float64, shape (windows,)
        What their encoding does not fix: how many sites lie in each, whether models see them or
        not; of windows with a number of sites, the bases that these span.
    view : View
    """
    size = SITES if view.encoding.pad else SPAN
    return describe_windows(windows, sizes, size, view.samples, view.observation)


def measure_sizes(
    shard: Shard, rows: npt.NDArray[np.int64], encoding: Encoding, observation: Observation
) -> npt.NDArray[np.float64]:
    """Return what the encoding of replicates does not fix, as :func:`describe` takes it.

    Parameters
    ----------
    shard : Shard
    rows : ndarray of int64, shape (replicates,)
        Indices in the shard.
    encoding : Encoding
    observation : Observation

    Returns
    -------
    ndarray of float64, shape (replicates,)
    """
    observed, indices = observe_replicates(shard, rows, observation)
    first, count, _ = choose_stretches(observed, encoding)
    if encoding.pad:
        return count[indices].astype(np.float64)
    # A random stretch is as long as a central one, over many windows.
    central = encoding.model_copy(update={"stretch": "central"})
    sites, _ = choose_sites(first[indices], count[indices], central)
    return observed.positions[sites[:, -1]] - observed.positions[sites[:, 0]]
