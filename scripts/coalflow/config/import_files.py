"""Which files simulations are imported from."""

import glob
import os
import re
from collections.abc import Iterable


def expand_patterns(patterns: Iterable[str]) -> list[str]:
    """Return the files that names and patterns such as ``slim/hard_*.trees`` stand for.

    Patterns keep their order. The files of one pattern are in natural order, ``_2`` before
    ``_10``, so that another one at the end moves none before it.
    """
    files: list[str] = []
    for pattern in patterns:
        # A name is a name first of all, even one with brackets.
        if os.path.isfile(pattern):  # noqa: PTH113 - pathlib raises on names too long
            files.append(pattern)
        else:
            files += sorted(filter(os.path.isfile, _glob(pattern)), key=_split_numbers)
    return files


def _glob(pattern: str) -> list[str]:
    try:
        return glob.glob(pattern, recursive=True)  # noqa: PTH207 - pathlib has no absolute ones
    except ValueError:  # a character that no file's name can have
        return []


def _split_numbers(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return a key that sorts numbers in names by their value."""
    parts = [part for part in re.split(r"([0-9]+)", name) if part]
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts], name
