"""Compiled functions are kept, but never beyond a change."""

import os
import pathlib
import shutil
import subprocess
import sys

SWEEPS = pathlib.Path(__file__).parents[3] / "scripts/coalflow/simulation/sweeps"

OUTER = """
from coalflow.compilation import compiled
from coalflow.inner import step

@compiled
def outer(x):
    return step(x) + 1
"""
INNER = """
from coalflow.compilation import compiled

@compiled
def step(x):
    return x + {}
"""


def package(folder):
    """Lay out a package like coalflow's with the compiler and two modules of our own."""
    place = folder / "coalflow"
    place.mkdir()
    (place / "__init__.py").touch()
    shutil.copy(SWEEPS / "compilation.py", place)
    (place / "outer.py").write_text(OUTER)
    (place / "inner.py").write_text(INNER.format(10))
    return place


def run(folder, **environment):
    """Call ``outer(1)`` in a new process; return its value, and how often it was loaded."""
    code = (
        "from coalflow.outer import outer; print(outer(1)); "
        "print(sum(outer.stats.cache_hits.values()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    value, loaded = done.stdout.split()
    return int(value), int(loaded)


def test_what_one_process_compiled_the_next_one_loads(tmp_path):
    package(tmp_path)
    assert run(tmp_path) == (12, 0)
    assert run(tmp_path) == (12, 1)


def test_a_change_of_a_function_that_is_called_from_another_file_is_noticed(tmp_path):
    place = package(tmp_path)
    assert run(tmp_path) == (12, 0)
    (place / "inner.py").write_text(INNER.format(20))
    assert run(tmp_path) == (22, 0)


def test_without_a_place_to_keep_them_functions_are_compiled_all_the_same(tmp_path):
    package(tmp_path)
    for _ in range(2):
        assert run(tmp_path, NUMBA_CACHE_DIR="/dev/null/nowhere") == (12, 0)
