"""Tables as Parquet files that are refused if they are damaged."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from coalflow.core.files import refuse_damaged, replace_atomically, require_file

END = 8  # bytes: the length of the footer, and the letters PAR1
AT_ONCE = 2**20  # bytes whose digest is computed at a time

#: Chooses among the names of columns.
Choose: TypeAlias = Callable[[list[str]], Iterable[str]]


def write_parquet(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, with a digest of all other bytes before the footer.

    Parquet's own checksums leave out the footer, which says how to read the rest. Programs
    that read the file look only where the footer points, so they never see the digest.

    Parameters
    ----------
    path : str or Path
    table : pandas.DataFrame
        Its index is not written.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    content = buffer.getvalue()
    footer = _find_footer(content)
    digest = hashlib.sha256(content).digest()
    with replace_atomically(path) as temporary:
        temporary.write_bytes(content[:footer] + digest + content[footer:])


def read_parquet(
    path: str | Path,
    columns: Iterable[str] = (),
    choose: Choose | None = None,
    floats: type[np.floating[Any]] = np.float64,
) -> pd.DataFrame:
    """Return the table that :func:`write_parquet` wrote to ``path``.

    Parameters
    ----------
    path : str or Path
    columns : iterable of str, optional
        What it must have, and may have others.
    choose : callable, optional
        Takes the names of all other columns and returns those to read, so that the others take no
        memory; all of them by default.
    floats : type
        What numbers of type float64 become, one column after another.

    Raises
    ------
    CoalflowError
        If the file is missing, is not as it was written, or lacks a column.
    """
    with refuse_damaged(path):
        require_file(path)
        _check_digest(Path(path))
        try:
            file = pq.ParquetFile(path)
            names = file.schema_arrow.names
            required = list(columns)
            if not set(required) <= set(names):
                raise ValueError
            others = [name for name in names if name not in required]
            wanted = {*required, *(others if choose is None else choose(others))}
            read = (file.read([name]).to_pandas()[name] for name in names if name in wanted)
            return pd.concat(
                [one.astype(floats) if one.dtype == np.float64 else one for one in read], axis=1
            )
        except (OSError, NotImplementedError) as error:
            raise ValueError from error


def _check_digest(path: Path) -> None:
    """Raise ValueError if the bytes of a file are not those that its digest is of."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(size - END, 0))
        footer = max(size - END - int.from_bytes(file.read(END)[:-4], "little"), 0)
        pages = max(footer - hashlib.sha256().digest_size, 0)
        file.seek(0)
        digest = hashlib.sha256()
        for first in range(0, pages, AT_ONCE):
            digest.update(file.read(min(AT_ONCE, pages - first)))
        written = file.read(footer - pages)
        digest.update(file.read())
    if written != digest.digest():
        raise ValueError


def _find_footer(content: bytes | memoryview) -> int:
    """Return where the footer of a Parquet file begins; 0 in a file of another kind."""
    length = int.from_bytes(content[-END:-4], "little")
    return max(len(content) - END - length, 0)
