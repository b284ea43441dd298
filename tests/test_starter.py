"""A program ends with the one that started it."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from coalflow import starter

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "scripts"
WAITS = """
import time
from coalflow.errors import run_program
run_program(lambda: time.sleep({seconds}))
"""


def program(ends_with, seconds=60):
    """Start a program that does nothing for so long."""
    return subprocess.Popen(
        [sys.executable, "-c", WAITS.format(seconds=seconds)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS), starter.VARIABLE: str(ends_with)},
    )


@pytest.fixture
def other():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_program_ends_when_the_one_it_hangs_on_was_killed(other):
    waiting = program(other.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=2 * starter.SECONDS)
    other.kill()
    other.wait()
    assert waiting.wait(timeout=10) == -signal.SIGTERM


def test_a_program_that_hangs_on_none_or_on_one_it_cannot_see_goes_on(other):
    other.kill()
    other.wait()
    for gone in (0, other.pid):
        assert program(gone, seconds=3 * starter.SECONDS).wait(timeout=10) == 0
