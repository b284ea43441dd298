"""Mistakes of the user and of the world are one line; bugs keep their traceback."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from coalflow.core import parent_process
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.progress import COST

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


# A locale that has ASCII alone.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def python(code):
    """Run code in a Python of its own that finds coalflow, in a locale that has ASCII alone."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS), **ASCII},
        capture_output=True,
        text=True,
        check=False,
    )


PROGRAM = """
import sys
from coalflow.core import parent_process
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.progress import COST

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
            "error: no/such/file: no such file or directory",
        ),
        (
            "raise OSError(28, 'No space left on device')",
            "error: [Errno 28] No space left on device",
        ),
        (
            "raise OSError(30, 'Read-only file system', 'r/report.html')",
            "error: r/report.html: read-only file system",
        ),
        (
            "raise MemoryError('Unable to allocate 4 TiB')",
            "error: there is not enough memory (Unable to allocate 4 TiB): give the job more "
            "(mem_mb), or let it do less at a time (fewer threads, smaller shards or batches)",
        ),
        (
            "raise type('OutOfMemoryError', (RuntimeError,), {})('CUDA is full\\nmore')",
            "error: there is not enough memory (CUDA is full): give the job more "
            "(mem_mb), or let it do less at a time (fewer threads, smaller shards or batches)",
        ),
        (
            "raise RuntimeError('DefaultCPUAllocator: can\\'t allocate memory')",
            "error: there is not enough memory (DefaultCPUAllocator: can't allocate memory): give "
            "the job more (mem_mb), or let it do less at a time (fewer threads, smaller shards or "
            "batches)",
        ),
        (
            "raise CoalflowError('no sample gr\\u00fcn')",
            "error: no sample gr\\xfcn",
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


def test_the_last_line_of_a_job_is_what_it_took(monkeypatch):
    """Programs that it waited for count, and what it had before it became this program does not."""
    work = "sum(range(2 * 10**7))"
    code = PROGRAM.format(body=f"import subprocess as s; s.run([sys.executable, '-c', '{work}'])")
    assert python(code).stderr == "after\n"
    monkeypatch.setenv(parent_process.VARIABLE, "1 elsewhere")
    took, _ = python(code).stderr.splitlines()
    seconds, memory = COST.fullmatch(took).groups()
    assert float(seconds) > 0.15
    assert 5 < int(memory) < 60
    assert python(PROGRAM.format(body="raise CoalflowError('no')")).stderr == "error: no\n"


def test_a_bug_keeps_its_traceback():
    done = python(PROGRAM.format(body="{}['key']"))
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert done.stderr.endswith("KeyError: 'key'\n")


@pytest.mark.parametrize("error", [ValueError, KeyError, RuntimeError])
def test_other_errors_pass_through(error):
    def main():
        raise error

    with pytest.raises(error):
        run_program(main)


def test_what_is_nested_too_deeply_is_one_line_that_says_where():
    done = python(PROGRAM.format(body="import json; json.loads(9**5 * '[')"))
    assert done.returncode == 1
    assert re.fullmatch(r"error: a value is nested too deeply \(.*decoder.py:\d+\)\n", done.stderr)


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interruption_is_one_line_and_its_exit_code(name, code):
    body = f"import os, signal; os.kill(os.getpid(), signal.{name}); input()"
    done = python(PROGRAM.format(body=body))
    assert done.returncode == code
    assert done.stderr == (
        f"error: interrupted ({name}). What is done is kept: start the program, or Snakemake, "
        "again to resume\n"
    )


@pytest.mark.parametrize(
    "body", ["print(10**6 * 'a')", "print('a'); sys.stdout.flush()", "print('a')"]
)
def test_a_reader_that_ended_is_one_line(body):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: what reads the output, such as `head`, ended before the program did"
    ]


def test_a_name_that_the_locale_cannot_write_is_written_with_escapes():
    done = python(PROGRAM.format(body="print('gr\\u00fcn')"))
    assert (done.returncode, done.stdout) == (0, "gr\\xfcn\n")


def test_an_error_of_coalflow_is_not_an_error_of_python():
    """So that no `except ValueError` swallows it."""
    assert CoalflowError.__bases__ == (Exception,)
