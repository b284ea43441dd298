"""Compiled functions: numba's, kept on disk from one process to the next.

numba keeps what it compiled until the function's own file changes; functions of other
files that were compiled into it may change unnoticed. So what is kept lies in a folder
named by a digest of all the files here.
"""

import hashlib
import os
import pathlib

import numba

HERE = pathlib.Path(__file__).parent


def _place():
    """Return the folder for compiled functions, or None where nothing can be written."""
    digest = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    place = pathlib.Path(numba.config.CACHE_DIR or HERE / "__pycache__")
    place = place / f"coalflow-{digest.hexdigest()[:16]}"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return place if os.access(place, os.W_OK) else None


_PLACE = _place()


def compiled(function):
    """Compile a function when it is first called, or load what an earlier process compiled.

    Where nothing can be kept, every process compiles for itself, some 20 seconds.
    """
    return _compiled(function)


def inlined(function):
    """Compile a function into those that call it.

    For small ones: numba counts references to every array that is handed over in a call,
    which takes longer than they do.
    """
    return _compiled(function, forceinline=True)


def _compiled(function, **options):
    if _PLACE is None:
        return numba.njit(**options)(function)
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(_PLACE)
    try:
        return numba.njit(cache=True, **options)(function)
    finally:
        numba.config.CACHE_DIR = before
