"""A program ends with the one that started it."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from coalflow.core import parent_process

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
HERE = parent_process.name_process_space()
WAITS = """
import time
from coalflow.core.errors import run_program
run_program(lambda: time.sleep({seconds}))
"""


def program(ends_with, seconds=60, where=HERE):
    """Start a program that does nothing for so long."""
    return subprocess.Popen(
        [sys.executable, "-c", WAITS.format(seconds=seconds)],
        env={
            **os.environ,
            "PYTHONPATH": str(SCRIPTS),
            parent_process.VARIABLE: f"{ends_with} {where}",
        },
    )


@pytest.fixture
def other():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_program_ends_when_its_parent_was_killed(other):
    waiting = program(other.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=2 * parent_process.SECONDS)
    other.kill()
    other.wait()
    assert waiting.wait(timeout=10) == 128 + signal.SIGTERM


def test_a_program_ends_also_when_it_comes_too_late(other):
    other.kill()
    other.wait()
    assert program(other.pid).wait(timeout=10) == 128 + signal.SIGTERM


def test_a_program_without_a_parent_or_with_one_elsewhere_continues(other):
    other.kill()
    other.wait()
    elsewhere = program(other.pid, seconds=1, where="another machine")
    assert elsewhere.wait(timeout=10) == 0
    code = WAITS.format(seconds=0)
    alone = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(SCRIPTS)})
    assert alone.returncode == 0


def test_what_snakemake_starts_hangs_on_it(monkeypatch):
    monkeypatch.delenv(parent_process.VARIABLE, raising=False)
    parent_process.announce_parent()
    assert os.environ[parent_process.VARIABLE].split()[0] == str(os.getpid())
