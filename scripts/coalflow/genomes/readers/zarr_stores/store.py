"""Zarr stores, folders or zip files: complete, and of numbers and texts, or refused.

Zarr fills in chunks that are not there, and one of its codecs runs any program that a file holds.
So what metadata name is compared with a list before Zarr opens an array, and chunks are counted.
"""

import itertools
import json
import math
import pathlib
import zipfile
import zlib
from typing import Any, Literal, NoReturn

import numpy as np
import numpy.typing as npt
import zarr

from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.zarr_stores.files import COPY, MOST_CHUNK, FolderFiles, ZipFiles

MOST_METADATA = 100_000_000  # bytes of one file
# What each array may be packed by. None of them runs what it unpacks.
# fmt: off
CODECS = frozenset([
    "blosc", "bytes", "bz2", "crc32c", "delta", "gzip", "lz4", "lzma", "packbits", "shuffle",
    "transpose", "vlen-utf8", "zlib", "zstd",
])
# fmt: on
# The files of metadata, by the version of Zarr's format.
GROUPS: dict[Literal[2, 3], str] = {2: ".zgroup", 3: "zarr.json"}
ARRAYS = {2: ".zarray", 3: "zarr.json"}
ATTRIBUTES = {2: ".zattrs", 3: "zarr.json"}


class ZarrStore:
    """A store, whose arrays are opened by name.

    Parameters
    ----------
    path : path
        A folder, or a zip file.

    Attributes
    ----------
    path : str
    version : int, optional
        Of Zarr's format: 2 or 3; None if it has no metadata.
    attributes : dict
        Of the store itself.

    Raises
    ------
    CoalflowError
        If it cannot be read.
    """

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = str(path)
        is_folder = pathlib.Path(path).is_dir()
        self._files: FolderFiles | ZipFiles = (
            FolderFiles(self.path) if is_folder else ZipFiles(self.path)
        )
        found = [version for version, name in GROUPS.items() if self._files.holds(name)]
        self.version: Literal[2, 3] | None = found[0] if found else None
        self.attributes: dict[str, Any] = {}
        if self.version:
            metadata = self.read_json(ATTRIBUTES[self.version]) or {}
            self.attributes = metadata.get("attributes", {}) if self.version == 3 else metadata
            if not isinstance(self.attributes, dict):
                self.refuse("its attributes are damaged")

    def refuse(self, problem: str, fix: str = COPY) -> NoReturn:
        """Raise an error on the store."""
        raise CoalflowError(f"{self.path}: {problem}: {fix}")

    def list_folders(self) -> list[str]:
        """Return the names of folders, such as those of arrays."""
        return self._files.list_folders()

    def holds_group(self, folder: str) -> bool:
        """Tell whether a folder is a store of its own."""
        return any(self._files.holds(f"{folder}/{name}") for name in GROUPS.values())

    def read_json(self, name: str) -> dict[str, Any] | None:
        """Return what a file of metadata holds; None if there is no such file."""
        if not self._files.holds(name):
            return None
        try:
            metadata = json.loads(self._files.read_bytes(name, MOST_METADATA))
        except (ValueError, RecursionError, zipfile.BadZipFile, zlib.error, EOFError):
            metadata = None
        if not isinstance(metadata, dict):
            self.refuse(f"its {name} is damaged")
        return metadata

    def open_array(self, name: str, kinds: str, *dimensions: int) -> "ZarrArray | None":
        """Open an array.

        Parameters
        ----------
        name : str
        kinds : str
            The kinds of dtype that it may have, as NumPy abbreviates them.
        *dimensions : int
            How many it may have.

        Returns
        -------
        ZarrArray or None
            None if there is no such array.

        Raises
        ------
        CoalflowError
            If it is of another kind, or packed by something else than is read.
        """
        metadata = None
        if self.version:
            metadata = self.read_json(f"{name}/{ARRAYS[self.version]}")
        if metadata is None:
            if name in self.list_folders():
                self.refuse(f"the array {name} has no metadata, so it is not whole")
            return None
        if self._list_codecs(name, metadata)[-1:] == ["blosc"]:
            self._files.store.packed_by_blosc.add(name)
        try:
            array = zarr.open_array(
                self._files.store, path=name, mode="r", zarr_format=self.version
            )
            size = math.prod(array.chunks) * array.dtype.itemsize
            if min(array.chunks, default=1) < 1:
                raise ValueError("chunks without elements")
        except Exception as error:  # whatever damaged metadata raise
            self.refuse(f"the metadata of the array {name} are damaged ({_describe(error)})")
        if array.dtype.kind not in kinds or array.ndim not in dimensions or size > MOST_CHUNK:
            self.refuse(
                f"the array {name} is {array.dtype} of shape {array.shape} in chunks of "
                f"{array.chunks}, which VCF Zarr does not have"
            )
        return ZarrArray(self, name, array, self._files.list_contents(name))

    def refuse_unknown_codecs(self) -> None:
        """Refuse a store if any of its arrays is packed by something else than is read.

        Raises
        ------
        CoalflowError
            With the name of the array.
        """
        for name in sorted(self._files.list_contents("")):
            folder, _, file = name.rpartition("/")
            if file == ".zmetadata":
                self.refuse("has its metadata twice", "write it again with tszip")
            if file in ARRAYS.values():
                self._list_codecs(folder, self.read_json(name) or {})

    def _list_codecs(self, name: str, metadata: dict[str, Any]) -> list[str]:
        """Return what an array is packed by, the last one last; each must be one that is read."""
        if self.version == 2:
            packed, last = metadata.get("filters") or [], [metadata.get("compressor")]
        else:
            packed, last = metadata.get("codecs") or [], []
        if not isinstance(packed, list):
            self.refuse(f"the metadata of the array {name} are damaged")
        key = "id" if self.version == 2 else "name"
        found = [
            str(each.get(key) if isinstance(each, dict) else each) for each in packed + last if each
        ]
        codecs = [codec.removeprefix("numcodecs.") for codec in found]
        for codec in codecs:
            if codec not in CODECS:
                self.refuse(
                    f"the array {name} is packed by {codec[:50]!r}, which is not read",
                    "convert it again (vcf2zarr packs by blosc)",
                )
        if str(metadata.get("dtype")) == "|O" and "vlen-utf8" not in codecs:
            self.refuse(f"the array {name} has Python's objects, which are not read")
        return codecs


class ZarrArray:
    """An array of a store, read piece by piece.

    Parameters
    ----------
    store : ZarrStore
    name : str
    array : zarr.Array
    files : set of str
        The names of files that it has, relative to its folder.
    """

    def __init__(self, store: ZarrStore, name: str, array: Any, files: set[str]) -> None:
        self.name = name
        self.shape: tuple[int, ...] = array.shape
        self.chunks: tuple[int, ...] = array.chunks
        self._store, self._array, self._files = store, array, files

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def is_text(self) -> bool:
        """Whether its elements are texts."""
        return self._array.dtype.kind in "TUO"

    def load(self, *selection: slice) -> npt.NDArray[Any]:
        """Return the elements of slices along the first dimensions.

        Raises
        ------
        CoalflowError
            If a chunk is damaged.
        """
        try:
            return np.asarray(self._array[selection or slice(None)])
        except Exception as error:  # each codec raises errors of its own
            # Damaged texts may say that they are billions.
            if isinstance(error, MemoryError) and not self.is_text:
                raise
            self._store.refuse(f"the array {self.name} is damaged ({_describe(error)})")

    def has_chunk(self, *index: int) -> bool:
        """Tell whether a chunk is there: where it is not, all of its elements are the same."""
        return self._array.metadata.encode_chunk_key(index) in self._files

    def refuse_incomplete(self) -> None:
        """Refuse an array that lacks a chunk.

        Raises
        ------
        CoalflowError
            With the name of the chunk.
        """
        for index in itertools.product(*map(range, self.count_chunks())):
            if not self.has_chunk(*index):
                self.refuse_without(index)

    def refuse_without(self, index: tuple[int, ...]) -> NoReturn:
        """Refuse the array since it lacks a chunk."""
        key = self._array.metadata.encode_chunk_key(index)
        self._store.refuse(f"is not whole: the chunk {key} of the array {self.name} is missing")

    def count_chunks(self) -> list[int]:
        """Return how many chunks there should be along each dimension."""
        return [-(-size // chunk) for size, chunk in zip(self.shape, self.chunks, strict=True)]


def _describe(error: Exception) -> str:
    """Return what an error says, in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
