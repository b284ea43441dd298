"""Arrays in an uncompressed ``.npz``: written row by row, and read by slices, never whole."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from coalflow.core.files import replace_atomically

_PIECE = 1 << 20  # bytes
_LOCAL_HEADER = 30  # bytes, before the name of a member and its extra field


class GrowingArray:
    """An array that rows are appended to; they wait in a file without a name.

    Parameters
    ----------
    folder : path
        Where the file is. It vanishes with the program.
    dtype : dtype
    row : tuple of int
        The shape of a row.
    """

    def __init__(self, folder: Path, dtype: npt.DTypeLike, row: tuple[int, ...] = ()) -> None:
        self.dtype, self.row = np.dtype(dtype), row
        self.rows = 0
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by the writer)

    def append(self, values: npt.NDArray[Any]) -> None:
        """Append rows."""
        self._file.write(np.ascontiguousarray(values, dtype=self.dtype).data)
        self.rows += len(values)

    def append_copies(self, row: npt.NDArray[Any], rows: int) -> None:
        """Append one row that many times."""
        at_once = max(1, _PIECE // max(1, row.nbytes))
        for start in range(0, rows, at_once):
            self.append(np.broadcast_to(row, (min(at_once, rows - start), *row.shape)))

    def copy_to(self, target: IO[bytes]) -> None:
        """Write the array as an ``.npy`` file."""
        header = {
            "descr": np.lib.format.dtype_to_descr(self.dtype),
            "fortran_order": False,
            "shape": (self.rows, *self.row),
        }
        np.lib.format.write_array_header_1_0(target, header)
        self._file.seek(0)
        shutil.copyfileobj(self._file, target, _PIECE)

    def close(self) -> None:
        """Give back the space on the disk."""
        self._file.close()


def write_arrays(
    path: str | Path, grown: Mapping[str, GrowingArray], whole: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Write arrays as one ``.npz``, whole or not at all; the same arrays give the same bytes.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    with (
        replace_atomically(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, array in grown.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                array.copy_to(member)
        for name, values in whole.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)


@dataclasses.dataclass(frozen=True)
class StoredArray:
    """An array in a file, of which rows are read.

    Attributes
    ----------
    path : Path
    offset : int
        The byte at which its values begin.
    dtype : dtype
    shape : tuple of int
    """

    path: Path
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return self.shape[0]

    def read(self, first: int = 0, last: int | None = None) -> npt.NDArray[Any]:
        """Return the rows from ``first`` up to ``last``, which is not one of them."""
        last = len(self) if last is None else last
        row = math.prod(self.shape[1:])
        start = self.offset + first * row * self.dtype.itemsize
        values = np.fromfile(self.path, self.dtype, (last - first) * row, offset=start)
        return values.reshape(last - first, *self.shape[1:])


def open_arrays(path: str | Path) -> dict[str, StoredArray]:
    """Return the arrays of an uncompressed ``.npz``, checked against their checksums.

    Raises
    ------
    ValueError, OSError, zipfile.BadZipFile, …
        :data:`coalflow.windows.array_files.DAMAGE`, if the file is cut off, damaged or another one.
    """
    path = Path(path)
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{member.filename} is compressed")
            with archive.open(member) as content:
                array = _read_header(path, member, content)
                # To its end, for only then is its checksum compared.
                while content.read(_PIECE):
                    pass
            arrays[member.filename.removesuffix(".npy")] = array
    return arrays


def _read_header(path: Path, member: zipfile.ZipInfo, content: IO[bytes]) -> StoredArray:
    """Return an array by what stands before its values."""
    if np.lib.format.read_magic(content) != (1, 0):
        raise ValueError(f"{member.filename} is of another version of numpy's format")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(content)
    if dtype.hasobject or is_fortran:
        raise ValueError(f"{member.filename} is not an array of numbers")
    before = content.tell()
    if before + dtype.itemsize * math.prod(shape) != member.file_size:
        raise ValueError(f"{member.filename} does not hold as much as its header says")
    return StoredArray(path, _find_content(path, member) + before, dtype, shape)


def _find_content(path: Path, member: zipfile.ZipInfo) -> int:
    """Return the byte of a file at which the content of a member begins."""
    with path.open("rb") as file:
        file.seek(member.header_offset + _LOCAL_HEADER - 4, os.SEEK_SET)
        name, extra = struct.unpack("<HH", file.read(4))
    return member.header_offset + _LOCAL_HEADER + int(name) + int(extra)
