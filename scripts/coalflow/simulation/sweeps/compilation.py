"""Compiled functions: numba's, kept on disk from one process to the next.

numba keeps what it compiled until the function's own file changes; functions of other
files that were compiled into it may change unnoticed. So what is kept lies in a folder
named by a digest of all the files of this package.
"""

import hashlib
import os
import pathlib
from collections.abc import Callable
from typing import Any, TypeVar

import numba

HERE = pathlib.Path(__file__).parent
CONFIG: Any = numba.config  # its options are set while it is imported

F = TypeVar("F", bound=Callable[..., Any])


def _make_cache_folder() -> pathlib.Path | None:
    """Return the folder for compiled functions, or None if it cannot be written to."""
    digest = hashlib.sha256()
    for path in sorted(HERE.rglob("*.py")):
        name = path.relative_to(HERE).as_posix()
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    parent = pathlib.Path(CONFIG.CACHE_DIR or HERE / "__pycache__")
    folder = parent / f"coalflow-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_CACHE_FOLDER = _make_cache_folder()


def compiled(function: F) -> F:
    """Compile a function when it is first called, or load what an earlier process compiled.

    Where nothing can be kept, every process compiles for itself, which takes about 20 seconds.
    """
    return _compile(function)


def inlined(function: F) -> F:
    """Compile a function into those that call it.

    For small ones: numba counts references to every array that is passed in a call, which takes
    longer than they do.
    """
    return _compile(function, forceinline=True)


def _compile(function: F, forceinline: bool = False) -> F:
    # As in numpy, division by 0 is not an error: to look for it takes a sixth of the time.
    options = {"forceinline": forceinline, "error_model": "numpy"}
    njit: Any = numba.njit
    if _CACHE_FOLDER is None:
        return njit(**options)(function)
    before, CONFIG.CACHE_DIR = CONFIG.CACHE_DIR, str(_CACHE_FOLDER)
    try:
        return njit(cache=True, **options)(function)
    finally:
        CONFIG.CACHE_DIR = before
