"""Tables as Parquet files that are refused if they are damaged."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from coalflow.core.files import read_bytes, refuse_damaged, replace_atomically

END = 8  # bytes: the length of the footer, and the letters PAR1


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


def read_parquet(path: str | Path, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return the table that :func:`write_parquet` wrote to ``path``.

    Parameters
    ----------
    path : str or Path
    columns : iterable of str, optional
        What it must have, and may have others.

    Raises
    ------
    CoalflowError
        If the file is missing, is not as it was written, or lacks a column.
    """
    with refuse_damaged(path):
        content = memoryview(read_bytes(path))
        footer = _find_footer(content)
        pages = max(footer - hashlib.sha256().digest_size, 0)
        digest = hashlib.sha256(content[:pages])
        digest.update(content[footer:])
        if content[pages:footer] != digest.digest():
            raise ValueError
        try:
            table = pd.read_parquet(io.BytesIO(content))
        except (OSError, NotImplementedError) as error:
            raise ValueError from error
        if not set(columns) <= set(table):
            raise ValueError
        return table


def _find_footer(content: bytes | memoryview) -> int:
    """Return where the footer of a Parquet file begins; 0 in a file of another kind."""
    length = int.from_bytes(content[-END:-4], "little")
    return max(len(content) - END - length, 0)
