"""Tables as Parquet files that are refused if they are damaged."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from coalflow.core.files import refuse_damaged, replace_atomically, require_file

END = 8  # bytes: the length of the footer, and the letters PAR1
AT_ONCE = 2**20  # bytes whose digest is computed at a time


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


def write_parquet_parts(path: str | Path, tables: Iterable[pd.DataFrame]) -> None:
    """Write a table that comes in parts, as :func:`write_parquet` does, and keep one at a time.

    Parameters
    ----------
    path : str or Path
    tables : iterable of pandas.DataFrame
        One or more with the same columns, each a row group of the file. What is not a number is
        text, or nan.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    parts = iter(tables)
    first = next(parts)
    schema = pa.schema([(name, _choose_type(first[name])) for name in first])
    with replace_atomically(path) as temporary:
        with pq.ParquetWriter(temporary, schema) as writer:
            for part in itertools.chain([first], parts):
                writer.write_table(pa.Table.from_pandas(part, schema, preserve_index=False))
        _seal(temporary)


def _choose_type(column: pd.Series) -> pa.DataType:
    is_number = pd.api.types.is_numeric_dtype(column)
    return pa.from_numpy_dtype(column.dtype) if is_number else pa.string()


def _seal(path: Path) -> None:
    """Put the digest of all bytes of a Parquet file before its footer."""
    with path.open("r+b") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        size = file.seek(0, io.SEEK_END)
        file.seek(size - END)
        footer = size - END - int.from_bytes(file.read(END)[:-4], "little")
        file.seek(footer)
        content = file.read()
        file.seek(footer)
        file.write(digest + content)


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
    with open_parquet(path, columns) as file:
        return file.read().to_pandas()


@contextlib.contextmanager
def open_parquet(path: str | Path, columns: Iterable[str] = ()) -> Iterator[pq.ParquetFile]:
    """Open what :func:`write_parquet` wrote, to read some columns of a large table.

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
        require_file(path)
        _check_digest(Path(path))
        try:
            with pq.ParquetFile(path) as file:
                if not set(columns) <= set(file.schema_arrow.names):
                    raise ValueError
                yield file
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
