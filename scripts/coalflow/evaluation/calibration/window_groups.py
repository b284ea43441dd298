"""Parts of the test windows in which it is looked at how sure models can be."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.predictions import Values

ALL, CLASS, PREDICTED = "all", "class", "predicted"
FIFTHS = 5
FEWEST_WINDOWS = 20  # of a part; a share of fewer says little
MOST_NAMES = 12  # of a parameter whose values are names


@dataclasses.dataclass(frozen=True)
class WindowGroup:
    """Some of the test windows.

    Attributes
    ----------
    group : str
        ``all``, ``class``, ``predicted``, or the name of a parameter or target.
    part : str
        Which of its parts: a class, a value, or the number of a fifth from 1 to 5.
    low, high : float
        The lowest and the highest value of a fifth; nan of other parts.
    rows : ndarray of int64, shape (windows of the group,)
    """

    group: str
    part: str
    low: float
    high: float
    rows: npt.NDArray[np.int64]

    def as_columns(self) -> dict[str, str | float | int]:
        """Return the group as columns of a table."""
        return {
            "group": self.group,
            "part": self.part,
            "from": self.low,
            "to": self.high,
            "windows": len(self.rows),
        }


def list_groups(
    table: pd.DataFrame, parameters: Sequence[str], classes: Sequence[str] | None, target: str
) -> list[WindowGroup]:
    """Return all test windows, those of each class, and parts of each parameter that differs.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table.
    parameters : sequence of str
        Columns: scenario parameters, and targets.
    classes : sequence of str, optional
        Of the only target.
    target : str
        The first target.
    """
    every = np.arange(len(table))
    groups = [WindowGroup(ALL, ALL, np.nan, np.nan, every)]
    if classes is not None:
        truth = table[target].to_numpy()
        groups += [
            WindowGroup(CLASS, name, np.nan, np.nan, every[truth == name]) for name in classes
        ]
    for name in dict.fromkeys(parameters):
        if name in table and not (classes is not None and name == target):
            groups += _divide_column(name, table[name])
    return [group for group in groups if len(group.rows)]


def divide_by_fifths(name: str, values: Values) -> Iterator[WindowGroup]:
    """Yield the fifths of windows by a number; windows of equal numbers stay together.

    Parameters
    ----------
    name : str
        Of the groups.
    values : ndarray of float64, shape (windows,)
        Windows that are nan are in no group; if all others are equal, there is none.
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 2 or np.ptp(values[known]) == 0:
        return
    found = np.unique(values[known])
    if len(found) <= FIFTHS:
        parts = np.searchsorted(found, values[known])
    else:
        edges = np.unique(np.quantile(values[known], np.arange(1, FIFTHS) / FIFTHS))
        parts = np.searchsorted(edges, values[known], side="right")
    for index, part in enumerate(np.unique(parts), start=1):
        rows = known[parts == part]
        if len(rows) >= FEWEST_WINDOWS:
            low, high = values[rows].min(), values[rows].max()
            yield WindowGroup(name, str(index), float(low), float(high), rows)


def _divide_column(name: str, column: pd.Series) -> Iterator[WindowGroup]:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        yield from divide_by_fifths(name, column.to_numpy(np.float64))
        return
    names = column.to_numpy(object)
    found = sorted({str(value) for value in names if isinstance(value, str)})
    if 1 < len(found) <= MOST_NAMES:
        for value in found:
            rows = np.flatnonzero(names == value)
            if len(rows) >= FEWEST_WINDOWS:
                yield WindowGroup(name, value, np.nan, np.nan, rows)
