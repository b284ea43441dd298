"""Files that appear whole or not at all."""

import contextlib
import json
import math
import os
import pathlib
import tempfile


@contextlib.contextmanager
def replacing(path):
    """Give a temporary path beside ``path``; on success it takes that name.

    The temporary name keeps the suffix, from which many writers tell the
    format. After an error, or a kill, ``path`` is what it was before.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".writing-{os.getpid()}-{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_unfinished(folder):
    """Remove from a folder what writers that were killed left there.

    For folders that only one program writes to, or another's work would be lost.
    """
    for path in pathlib.Path(folder).glob(".writing-*"):
        path.unlink()


class Room:
    """Makes arrays in memory, and those of more bytes than ``most`` in files of a folder.

    The files have no name and vanish with the array, or with the program.
    """

    def __init__(self, most, folder):
        self.most, self.folder = most, pathlib.Path(folder)

    def empty(self, shape, dtype):
        """Return an array to be filled, as ``numpy.empty`` does."""
        import numpy as np

        if np.dtype(dtype).itemsize * math.prod(shape) <= self.most:
            return np.empty(shape, dtype)
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self.folder) as file:
            return np.memmap(file, dtype, "w+", shape=shape)


def write_json(path, value):
    """Write ``value`` as indented JSON, keys in the order they were given."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n")


def write_table(path, table):
    """Write a pandas table as TSV; floats keep 10 digits, so that bytes don't hang on noise."""
    with replacing(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.10g", na_rep="nan")
