"""Columns of the table of windows, next to those of models."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

NOVELTY, FURTHEST = "novelty", "furthest"
NOVEL = "novel"  # the flag of windows that are unlike all that was simulated


def add_prefix(table: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Return a table whose columns are named ``<prefix>:<name>``."""
    return table.set_axis([f"{prefix}:{name}" for name in table.columns], axis="columns")


def select_columns(table: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Return the columns that :func:`add_prefix` named, under their own names.

    Examples
    --------
    >>> table = pd.DataFrame({"contig": ["1"], "statistic:h12": [0.5]})
    >>> select_columns(table, "statistic").to_dict("list")
    {'h12': [0.5]}
    """
    start = f"{prefix}:"
    names = [name for name in table.columns if name.startswith(start)]
    return table[names].set_axis([name[len(start) :] for name in names], axis="columns")


def choose_separate(table: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return windows that lie next to each other, of windows that may overlap.

    Parameters
    ----------
    table : DataFrame
        ``contig``, ``start`` and ``end`` of windows; of one contig after the other, those that
        begin first at first.

    Returns
    -------
    ndarray of int64
        Rows, counted from 0: the first window of each contig, then the next that begins where it
        ends or later, and so on.

    Examples
    --------
    >>> table = pd.DataFrame({"contig": "1", "start": [0, 5, 10, 15], "end": [10, 15, 20, 25]})
    >>> choose_separate(table).tolist()
    [0, 2]
    """
    contigs = pd.factorize(table["contig"])[0].tolist()
    starts, ends = table["start"].tolist(), table["end"].tolist()
    chosen, contig, end = [], -1, 0
    for row, here in enumerate(contigs):
        if here != contig or starts[row] >= end:
            chosen.append(row)
            contig, end = here, ends[row]
    return np.array(chosen, dtype=np.int64)
