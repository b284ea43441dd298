"""Files that appear whole or not at all, and are found out when they are damaged later."""

import contextlib
import errno
import hashlib
import json
import math
import os
import pathlib
import tempfile

from coalflow.core.errors import CoalflowError

REMEDY = "Delete it and start Snakemake again: it will be rebuilt."
# Why nothing can be written, and the mend.
UNWRITABLE = {
    errno.ENOSPC: "the disk is full. Make room",
    errno.EDQUOT: "your quota is used up. Make room",
    errno.EROFS: "the disk can only be read. Make it writable",
}
SEAL = "sha256"


@contextlib.contextmanager
def replace_atomically(path):
    """Give a temporary path beside ``path``; on success it takes that name.

    The temporary name keeps the suffix, from which many writers tell the
    format. After an error, a kill or a power cut, ``path`` is what it was before.

    Raises CoalflowError where the disk is full or cannot be written.
    """
    path = pathlib.Path(path)
    temporary = path.with_name(f".writing-{os.getpid()}-{path.name}")
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            _send_to_disk(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _explained(path):
    """Say what cannot be written, and the mend, where the disk is the reason."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        why = UNWRITABLE[error.errno]
        raise CoalflowError(
            f"{path}: cannot be written, {why} and start Snakemake again: what is done is kept"
        ) from None


def _send_to_disk(path):
    """Wait until a file is on the disk; else, after a power cut, its name may hold nothing."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def remove_unfinished(folder):
    """Remove from a folder, and those in it, what writers that were killed left there.

    For folders that nobody else writes to, or another's work would be lost.
    """
    for path in pathlib.Path(folder).rglob(".writing-*"):
        path.unlink()


class Room:
    """Makes arrays in memory, and those of more bytes than ``most`` in files of a folder.

    The files have no name and vanish with the array, or with the program.
    """

    def __init__(self, most, folder):
        self.most, self.folder = most, pathlib.Path(folder)

    def allocate(self, shape, dtype):
        """Return an array to be filled, as ``numpy.empty`` does."""
        import numpy as np

        if np.dtype(dtype).itemsize * math.prod(shape) <= self.most:
            return np.empty(shape, dtype)
        with _explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                array = np.memmap(file, dtype, "w+", shape=shape)
                # Where the disk fills up later, the program would die of it without a word.
                if hasattr(os, "posix_fallocate"):  # macOS has none
                    os.posix_fallocate(file.fileno(), 0, array.nbytes)
        return array


def write_json(path, value):
    """Write a dict as indented JSON, keys in the order they were given; last comes a digest."""
    sealed = {**value, SEAL: _digest(value)}
    with replace_atomically(path) as temporary:
        temporary.write_text(json.dumps(sealed, indent=2, allow_nan=False) + "\n")


def read_json(path):
    """Return the dict that :func:`write_json` wrote.

    Raises CoalflowError if the file is missing, or is not as it was written.
    """
    with refuse_damaged(path):
        value = json.loads(pathlib.Path(path).read_text())
        if not isinstance(value, dict) or value.pop(SEAL, None) != _digest(value):
            raise ValueError
        return value


def _digest(value):
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@contextlib.contextmanager
def refuse_damaged(path):
    """Name a file that is missing or, which a ValueError tells, not as it was written."""
    try:
        yield
    except FileNotFoundError:
        raise CoalflowError(f"{path}: there is no such file. Start Snakemake again") from None
    except ValueError:
        raise CoalflowError(f"{path}: is not as it was written, but damaged. {REMEDY}") from None


def write_table(path, table):
    """Write a pandas table as TSV; floats keep 10 digits, so that bytes don't hang on noise."""
    with replace_atomically(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.10g", na_rep="nan")
