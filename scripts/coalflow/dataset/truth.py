"""True values of replicates: scenario parameters, and what came of them."""

import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.dataset.loading import group_by_shard
from coalflow.windows.shards import Shard, read_shard

NOT_TRUTHS = ("refused_draws", "tries")  # of how a replicate was simulated
COUNTED = ("founders",)  # less than 0 where they are not known


def load_truth(table: pd.DataFrame, shards_folder: pathlib.Path) -> pd.DataFrame:
    """Return the true values of some rows of the split table, in their order.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table.
    shards_folder : Path
        Holds a folder for each cell.

    Returns
    -------
    DataFrame
        A column for each scenario parameter that any of the replicates has, and for what came of a
        sweep: what was drawn, or what became of it, such as the time at which a sweep was fixed.
        Numbers are float64, nan where a replicate has none; names are text or None.

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged.
    """
    columns: dict[str, npt.NDArray[Any]] = {}
    for indices, replicates in group_by_shard(table, shards_folder):
        shard = read_shard(replicates.path, replicates.cell)
        for name, values in _select_truth(shard).items():
            if name not in columns:
                nothing = None if values.dtype == object else np.nan
                columns[name] = np.full(len(table), nothing, values.dtype)
            columns[name][indices] = values[replicates.rows]
    return pd.DataFrame({name: columns[name] for name in sorted(columns)}, index=table.index)


def _select_truth(shard: Shard) -> dict[str, npt.NDArray[Any]]:
    """Return the true values of a shard's replicates: numbers as float64, names as objects."""
    selected: dict[str, npt.NDArray[Any]] = {}
    for group in ("parameter", "target"):  # what came of a parameter replaces it
        for full_name, values in shard.truth.items():
            name = full_name.removeprefix(f"{group}/")
            # Those with brackets are statistics of trees.
            if name == full_name or name in NOT_TRUTHS or "(" in name:
                continue
            selected[name] = values.astype(object if values.dtype.kind == "U" else np.float64)
            if name in COUNTED:
                selected[name][selected[name] < 0] = np.nan
    return selected
