"""Into how many parts a genome is cut, each of which is read and scanned by a job of its own."""

import os
import pathlib

BYTES_OF_PART = 100_000_000  # compressed; about a minute's work
MOST_PARTS = 1000  # as many as `parts` may be


def count_parts(path: str | None, given: int | None) -> int:
    """Return how many parts there are: as given, or one for each 100 MB of the file.

    Parameters
    ----------
    path : str, optional
        A file, or a folder of Zarr; None where the genome is simulated.
    given : int, optional
        What the config says.
    """
    if given is not None:
        return given
    size = 0 if path is None else _measure(path)
    return min(max(1, round(size / BYTES_OF_PART)), MOST_PARTS)


def name_part(part: int) -> str:
    """Return what the files of a part are called."""
    return f"{part:03d}"


def _measure(path: str) -> int:
    """Return the bytes of a file, or of all files in a folder; 0 where there is none."""
    if pathlib.Path(path).is_file():
        return pathlib.Path(path).stat().st_size
    return sum(
        pathlib.Path(folder, name).stat().st_size
        for folder, _, names in os.walk(path)
        for name in names
    )
