"""Files of numpy arrays, read without trusting what they say of themselves."""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

META = "meta"  # the array with a text about the others
SEAL = "sha256"
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
# All that zipfile raises on damaged headers; NotImplementedError is a RuntimeError.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    OverflowError,
)


def load_arrays(file: str | Path | IO[bytes]) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an uncompressed ``.npz`` file.

    Each member is read to its end before numpy sees it, for only then does zipfile
    compare its CRC-32. numpy.load stops where a damaged header says that it ends.

    Parameters
    ----------
    file : path or binary file

    Raises
    ------
    ValueError, OSError, zipfile.BadZipFile, …
        :data:`DAMAGE`, if the file is cut off, damaged or another one.
    """
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            # A few bytes could unpack to terabytes.
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{member.filename} is compressed")
        return {
            name.removesuffix(".npy"): _parse_array(name, archive.read(name))
            for name in archive.namelist()
        }


def _parse_array(name: str, content: bytes) -> npt.NDArray[Any]:
    """Return the array of an .npy file; raise ValueError where its header is about another one.

    numpy allocates what the header says before it reads.
    """
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version not in HEADERS:
        raise ValueError(f"{name} is of another version of numpy's format")
    shape, _, dtype = HEADERS[version](file)
    size = dtype.itemsize * math.prod(shape)
    if not dtype.hasobject and size != len(content) - file.tell():
        raise ValueError(f"{name} does not hold as much as its header says")
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)


def encode_arrays(arrays: Mapping[str, npt.NDArray[Any]], meta: Mapping[str, Any]) -> bytes:
    """Return arrays as the bytes of an ``.npz`` file; the same arrays give the same bytes.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Numbers, truth values or text.
    meta : mapping of str to anything that JSON can write
        What is said of them. A digest of all is added.
    """
    written = {**meta, SEAL: _seal(arrays, meta)}
    text = json.dumps(written, sort_keys=True, allow_nan=False)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays, **{META: np.array(text)})
    return file.getvalue()


def decode_arrays(content: bytes) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return what :func:`encode_arrays` was given.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    ValueError
        If the content is not as it was written.
    """
    try:
        arrays = load_arrays(io.BytesIO(content))
        meta = json.loads(str(arrays.pop(META)))
        is_whole = isinstance(meta, dict) and meta.pop(SEAL, None) == _seal(arrays, meta)
    except (*DAMAGE, LookupError, RecursionError) as error:
        raise ValueError(f"it is not as it was written ({error})") from None
    if not is_whole:
        raise ValueError("it is not as it was written")
    return arrays, meta


def _seal(arrays: Mapping[str, npt.NDArray[Any]], meta: Mapping[str, Any]) -> str:
    """Return a digest of arrays and of what is said of them."""
    digest = hashlib.sha256(json.dumps(meta, sort_keys=True, allow_nan=False).encode())
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {values.dtype.str} {arrays[name].shape} ".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
