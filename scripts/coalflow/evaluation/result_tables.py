"""Tables of a run that programs read again."""

import io
import pathlib
from collections.abc import Iterable

import pandas as pd

from coalflow.core.files import read_bytes, refuse_damaged


def read_result_table(
    path: pathlib.Path, numbers: Iterable[str] = (), texts: Iterable[str] = ()
) -> pd.DataFrame:
    """Return a table that :func:`coalflow.core.files.write_table` wrote.

    It has no digest, since people may open it with whatever they like. So it is looked at whether
    what is needed is there.

    Parameters
    ----------
    path : Path
    numbers, texts : iterable of str
        Columns that it must have, of numbers and of text. Other columns are read, too.

    Raises
    ------
    CoalflowError
        If the file is missing, or is not such a table.
    """
    numbers, texts = list(numbers), list(texts)
    with refuse_damaged(path):
        table = pd.read_csv(
            io.BytesIO(read_bytes(path)),
            sep="\t",
            dtype=dict.fromkeys(texts, str),
            keep_default_na=False,  # a contig may be named NA
            na_values=["nan"],
        )
        # Of rows with too many cells, pandas takes the first ones as names of the rows.
        if not isinstance(table.index, pd.RangeIndex) or {*numbers, *texts} - {*table}:
            raise ValueError
        return table.assign(**{name: pd.to_numeric(table[name]) for name in numbers})
