"""What was measured of the windows of a split, next to their statistics."""

import pathlib

import numpy as np
import pandas as pd

from coalflow.core import parquet
from coalflow.dataset.loading import KEYS
from coalflow.windows.measures import MEASURES, WindowMeasures


def load_measures(path: pathlib.Path, table: pd.DataFrame) -> WindowMeasures:
    """Return what was measured of windows.

    Parameters
    ----------
    path : Path
        The file ``statistics.parquet``.
    table : DataFrame
        Their rows of the split table.

    Raises
    ------
    CoalflowError
        If the file is missing, damaged or lacks a replicate.
    """
    with parquet.open_parquet(path, [*KEYS, *MEASURES]) as file:
        measured = file.read([*KEYS, *MEASURES]).to_pandas().set_index(KEYS)
        rows = measured.loc[pd.MultiIndex.from_frame(table[KEYS])]
    sites, *others = (rows[name].to_numpy() for name in MEASURES)
    return WindowMeasures(sites.astype(np.int64), *others)
