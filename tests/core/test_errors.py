"""Mistakes of the user and of the world are one line; bugs keep their traceback."""

import os
import pathlib
import subprocess
import sys

import pytest

from coalflow.core.errors import CoalflowError, run_program

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


def python(code):
    """Run code in a Python of its own that finds coalflow."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    )


PROGRAM = """
import sys
from coalflow.core.errors import CoalflowError, run_program

def main():
    {body}

run_program(main)
print("after", file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("raise CoalflowError('no shard')", "error: no shard"),
        (
            "open('no/such/file')",
            "error: [Errno 2] No such file or directory: 'no/such/file'",
        ),
        (
            "raise OSError(28, 'No space left on device')",
            "error: [Errno 28] No space left on device",
        ),
    ],
)
def test_bad_input_and_a_bad_world_are_one_line_and_exit_code_1(body, line):
    done = python(PROGRAM.format(body=body))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [line]
    assert done.stdout == ""


def test_a_program_without_errors_continues_and_ends_with_0():
    done = python(PROGRAM.format(body="pass"))
    assert (done.returncode, done.stderr) == (0, "after\n")


def test_a_bug_keeps_its_traceback():
    done = python(PROGRAM.format(body="{}['key']"))
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert done.stderr.endswith("KeyError: 'key'\n")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_other_errors_pass_through(error):
    def main():
        raise error

    with pytest.raises(error):
        run_program(main)


def test_an_error_of_coalflow_is_not_an_error_of_python():
    """So that no `except ValueError` swallows it."""
    assert CoalflowError.__bases__ == (Exception,)
