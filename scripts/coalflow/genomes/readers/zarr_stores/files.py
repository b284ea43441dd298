"""The files of a Zarr store, which is a folder or a zip file."""

import contextlib
import os
import pathlib
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import zarr

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import open_input

MOST_CHUNK = 2**31  # bytes, which Blosc cannot exceed
ARRAY_FILES = (".zarray", ".zattrs", "zarr.json")
BLOSC_HEADER = 16  # bytes, of which the last four are the size
COPY = "copy or convert it again"


class _Checked:
    """Refuses chunks packed by Blosc that are cut off: it would read what lies behind them."""

    packed_by_blosc: set[str]  # names of arrays

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        """Return what a file holds; None if there is none."""
        content = await super().get(key, *arguments, **options)  # type: ignore[misc]
        name, _, chunk = key.partition("/")
        if content is not None and name in self.packed_by_blosc and chunk not in ARRAY_FILES:
            data = content.as_numpy_array().view(np.uint8)
            if len(data) < BLOSC_HEADER or len(data) != data[12:16].view("<u4")[0]:
                raise ValueError(f"the chunk {chunk} is cut off")
        return content


class _CheckedFolder(_Checked, zarr.storage.LocalStore):
    def __init__(self, path: str) -> None:
        super().__init__(path, read_only=True)
        self.packed_by_blosc = set()


class _CheckedZip(_Checked, zarr.storage.ZipStore):
    def __init__(self, path: str) -> None:
        super().__init__(path, mode="r")
        self.packed_by_blosc = set()


class FolderFiles:
    """The files of a store that is a folder.

    Parameters
    ----------
    path : str

    Attributes
    ----------
    store : zarr.storage.LocalStore
        What Zarr reads.
    """

    def __init__(self, path: str) -> None:
        self._path = pathlib.Path(path)
        self.store = _CheckedFolder(path)

    def holds(self, name: str) -> bool:
        """Tell whether there is a file."""
        return (self._path / name).is_file()

    def read_bytes(self, name: str, most: int) -> bytes:
        """Return what a file holds, up to that many bytes."""
        with open_input(self._path / name) as file:
            return file.read(most)

    def list_folders(self) -> list[str]:
        """Return the names of folders."""
        return sorted(entry.name for entry in os.scandir(self._path) if entry.is_dir())

    def list_contents(self, folder: str) -> set[str]:
        """Return the names of files in a folder and its folders.

        Raises
        ------
        CoalflowError
            If something is not a file: Zarr would wait for what a pipe brings.
        """
        return set(_walk(self._path / folder))


def _walk(folder: pathlib.Path, before: str = "") -> Iterator[str]:
    """Yield the names of all files in a folder and its folders."""
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from _walk(folder / entry.name, f"{before}{entry.name}/")
        elif entry.is_file():
            yield f"{before}{entry.name}"
        else:
            raise CoalflowError(f"{entry.path}: is not a file: {COPY} the store that it is in")


class ZipFiles:
    """The files of a store that is a zip file.

    Parameters
    ----------
    path : str

    Attributes
    ----------
    store : zarr.storage.ZipStore
        What Zarr reads.

    Raises
    ------
    CoalflowError
        If it is damaged.
    """

    def __init__(self, path: str) -> None:
        open_input(path).close()
        with _explain_zip(path):
            self._archive = zipfile.ZipFile(path)
            self.store = _CheckedZip(path)
        # What a few kilobytes can unpack to has no bound.
        self._sizes = {
            each.filename: each.file_size
            for each in self._archive.infolist()
            if not each.is_dir() and each.file_size <= MOST_CHUNK
        }

    def holds(self, name: str) -> bool:
        """Tell whether there is a file."""
        return name in self._sizes

    def read_bytes(self, name: str, most: int) -> bytes:
        """Return what a file holds, up to that many bytes."""
        with self._archive.open(name) as file:
            return file.read(most)

    def list_folders(self) -> list[str]:
        """Return the names of folders."""
        return sorted({name.split("/")[0] for name in self._sizes if "/" in name})

    def list_contents(self, folder: str) -> set[str]:
        """Return the names of files in a folder and its folders."""
        start = f"{folder}/" if folder else ""
        return {name.removeprefix(start) for name in self._sizes if name.startswith(start)}


@contextlib.contextmanager
def _explain_zip(path: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise CoalflowError(f"{path}: is a damaged zip file ({error}): {COPY}") from None
