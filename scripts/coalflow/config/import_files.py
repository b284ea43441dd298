"""Which files simulations are imported from.

Needs nothing but Python, since the Snakefile uses it while it is read.
"""

import glob
import os
import re


def expand_patterns(patterns):
    """Return the files that patterns such as ``slim/hard_*.trees`` stand for, a list of names.

    Patterns keep their order. The files of one are in natural order, ``_2`` before
    ``_10``, so that a further one at the end moves none before it.
    """
    files = []
    for pattern in patterns:
        # A name is itself first of all, even one with brackets.
        if os.path.isfile(pattern):  # noqa: PTH113 - pathlib raises on names too long
            files.append(pattern)
        else:
            found = glob.glob(pattern, recursive=True)  # noqa: PTH207 - pathlib has no absolute ones
            files += sorted(filter(os.path.isfile, found), key=_natural)
    return files


def _natural(name):
    """Return a key that sorts numbers in names by their value."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in _parts(name)], name


def _parts(name):
    return [part for part in re.split(r"([0-9]+)", name) if part]
