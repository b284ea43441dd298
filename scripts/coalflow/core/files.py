"""Files that appear whole or not at all, and that are refused if they are damaged later."""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import math
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coalflow.core import parent_process
from coalflow.core.errors import CoalflowError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

REMEDY = "Delete it and start Snakemake again: it will be rebuilt."
# Why nothing can be written, and what to do.
UNWRITABLE = {
    errno.ENOSPC: "the disk is full. Make room",
    errno.EDQUOT: "your quota is used up. Make room",
    errno.EROFS: "the disk can only be read. Make it writable",
}
SEAL = "sha256"
MOST_BYTES_OF_JSON = 200e6
# What unfinished files are called: the machine, the process and the name they will have follow.
UNFINISHED = ".writing-"
SECONDS_UNTIL_GIVEN_UP = 24 * 60 * 60
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # of what spreadsheets compute


@contextlib.contextmanager
def replace_atomically(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path next to ``path``; on success it takes that name.

    The temporary name keeps the suffix, from which many writers recognise the format. After an
    error, a kill or a power cut, ``path`` is what it was before. Folders are made as needed.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f"{UNFINISHED}{_name_machine()}-{os.getpid()}-{path.name}")
    with explain_unwritable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            _send_to_disk(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def refuse_unwritable(folder: str | Path) -> None:
    """Refuse a folder to which nothing can be written, or that cannot be made.

    Raises
    ------
    CoalflowError
        With the name of the folder that is there.
    """
    existing = Path(folder).absolute()
    while not existing.exists():
        existing = existing.parent
    if not os.access(existing, os.W_OK | os.X_OK):
        raise CoalflowError(
            f"{existing}: nothing can be written there, because the disk or the folder is "
            "read-only: make it writable, or copy what is in it to where you may write"
        )


@contextlib.contextmanager
def explain_unwritable(path: Path) -> Iterator[None]:
    """Say what cannot be written, and what to do, where the disk is the reason."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        why = UNWRITABLE[error.errno]
        raise CoalflowError(
            f"{path}: cannot be written, {why} and start Snakemake again: what is done is kept"
        ) from None


def _send_to_disk(path: Path) -> None:
    """Wait until a file is on the disk; otherwise, after a power cut, it may be empty."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def remove_unfinished(folder: str | Path) -> None:
    """Remove from a folder, and those in it, what writers that were killed left there.

    A writer on this machine is gone if its process is. Of processes on other machines nothing is
    known, so their files stay until nothing has been written to them for a day. What cannot be
    removed stays.

    Parameters
    ----------
    folder : str or Path
    """
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if name.startswith(UNFINISHED):
                with contextlib.suppress(OSError):
                    if not _may_be_written(path):
                        path.unlink()


def _may_be_written(path: Path) -> bool:
    """Tell whether the writer of an unfinished file may still be at work."""
    writer = re.match(rf"{re.escape(UNFINISHED)}{_name_machine()}-(\d+)-", path.name)
    if writer is not None:
        return parent_process.is_alive(int(writer[1]))
    return time.time() - path.stat().st_mtime < SECONDS_UNTIL_GIVEN_UP


@functools.cache
def _name_machine() -> str:
    """Return a short name of the machine, or container, whose process ids are those of here."""
    return hashlib.sha256(parent_process.name_process_space().encode()).hexdigest()[:8]


class Room:
    """Makes arrays in memory, and large ones in files of a folder.

    The files have no name and vanish with the array, or with the program.

    Parameters
    ----------
    most : int
        Bytes of the largest array that is kept in memory.
    folder : str or Path
        It is made where an array needs it.
    """

    def __init__(self, most: int, folder: str | Path) -> None:
        self.most, self.folder = most, Path(folder)

    def allocate(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array to be filled, as ``numpy.empty(shape, dtype)`` does.

        Raises
        ------
        CoalflowError
            If the disk is full or cannot be written.
        """
        import numpy as np

        if np.dtype(dtype).itemsize * math.prod(shape) <= self.most:
            return np.empty(shape, dtype)
        with explain_unwritable(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                array = np.memmap(file, dtype, "w+", shape=shape)
                reserve_space(file.fileno(), array.nbytes)
        return array


def reserve_space(file: int, size: int) -> None:
    """Take the space that a file needs on the disk before it is written through memory.

    Where the disk fills up only then, the program dies of it without a message.

    Parameters
    ----------
    file : int
        Its descriptor.
    size : int
        Bytes.

    Raises
    ------
    OSError
        If the disk has less.
    """
    if hasattr(os, "posix_fallocate"):  # macOS has none
        os.posix_fallocate(file, 0, size)


def write_json(path: str | Path, value: Mapping[str, Any]) -> None:
    """Write indented JSON, keys in the order they are given; a digest comes last.

    Parameters
    ----------
    path : str or Path
    value : mapping of str to anything that JSON can write

    Raises
    ------
    ValueError
        If JSON cannot write a value, such as nan.
    CoalflowError
        If the disk is full or cannot be written.
    """
    content = encode_json(value)
    with replace_atomically(path) as temporary:
        temporary.write_bytes(content)


def encode_json(value: Mapping[str, Any]) -> bytes:
    """Return what :func:`write_json` writes, and raise what it raises of values."""
    sealed = {**value, SEAL: _seal(value)}
    return (json.dumps(sealed, indent=2, allow_nan=False) + "\n").encode()


def read_json(path: str | Path) -> dict[str, Any]:
    """Return what :func:`write_json` wrote to ``path``.

    Raises
    ------
    CoalflowError
        If the file is missing, or is not as it was written.
    """
    with refuse_damaged(path):
        return decode_json(read_bytes(path, MOST_BYTES_OF_JSON))


def decode_json(content: bytes) -> dict[str, Any]:
    """Return what :func:`encode_json` was given.

    Raises
    ------
    ValueError
        If the content is not as it was written.
    RecursionError
        If it is nested too deeply.
    """
    value = json.loads(content)
    if not isinstance(value, dict) or value.pop(SEAL, None) != _seal(value):
        raise ValueError("it is not as it was written")
    return value


def _seal(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_bytes(path: str | Path, most: float = math.inf) -> bytes:
    """Return the content of a file of coalflow's own.

    Parameters
    ----------
    path : str or Path
    most : float
        The size in bytes beyond which it cannot be such a file.

    Raises
    ------
    ValueError
        If it is a folder, a pipe or a device, which may have no end, or larger.
    """
    path = Path(path)
    require_file(path)
    if path.stat().st_size > most:
        raise ValueError(f"it has more than {most:,.0f} bytes")
    return path.read_bytes()


def require_file(path: str | Path) -> None:
    """Raise ValueError if there is something else than a file, such as a pipe without an end."""
    path = Path(path)
    if path.exists() and not path.is_file():
        raise ValueError("it is not a file")


@contextlib.contextmanager
def refuse_damaged(path: str | Path) -> Iterator[None]:
    """Refuse the file ``path`` if it is missing, or if it is not what is read from it.

    Then reading it raises ValueError, LookupError or TypeError; RecursionError if it is JSON nested
    too deeply.

    Raises
    ------
    CoalflowError
        With the name of the file.
    """
    try:
        yield
    except FileNotFoundError:
        raise CoalflowError(f"{path}: there is no such file. Start Snakemake again") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise CoalflowError(f"{path}: is not as it was written, but damaged. {REMEDY}") from None


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as TSV; floats keep 10 digits, so that bytes do not depend on noise.

    Text that a spreadsheet would compute, such as a contig named ``=cmd``, gets an apostrophe in
    front, by which spreadsheets know text.

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
    with replace_atomically(path) as temporary:
        temporary.write_bytes(format_table(table))


def format_table(table: pd.DataFrame, header: bool = True) -> bytes:
    """Return what :func:`write_table` writes, with the line that names the columns or without it.

    Parameters
    ----------
    table : pandas.DataFrame
    header : bool
    """
    texts = table.select_dtypes(exclude=["number", "bool"])
    table = table.copy()
    table[texts.columns] = texts.map(_mark_as_text)
    text = table.to_csv(sep="\t", index=False, header=header, float_format="%.10g", na_rep="nan")
    return text.encode()


def _mark_as_text(value: Any) -> Any:
    """Return a value with an apostrophe if a spreadsheet would take it for a formula."""
    if not isinstance(value, str) or not value.startswith(FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
