"""Work shared among processes: the same results, in the same order."""

import functools
import os
import pathlib
import re
import subprocess
import sys

import pytest

from coalflow.core import workers
from coalflow.core.errors import CoalflowError

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
ITEMS = list(range(20))


def powers(base, exponent):
    return base**exponent, os.getpid()


def refuse(item):
    raise CoalflowError(f"{item} cannot be used")


def die(_):
    os.kill(os.getpid(), 9)


def test_results_come_in_order_whatever_the_number_of_processes():
    compute = functools.partial(powers, 3)
    here, alone = (list(workers.map_in_processes(compute, ITEMS, number)) for number in (0, 1))
    assert here == alone == [(3**item, os.getpid()) for item in ITEMS]
    shared = list(workers.map_in_processes(compute, ITEMS, 2))
    assert [power for power, _ in shared] == [power for power, _ in alone]
    assert os.getpid() not in {process for _, process in shared}


def test_what_a_process_raises_or_its_death_becomes_one_message():
    with pytest.raises(CoalflowError, match="0 cannot be used"):
        list(workers.map_in_processes(refuse, ITEMS, 2))
    with pytest.raises(CoalflowError, match="one of 2 processes was killed.*mem_mb"):
        list(workers.map_in_processes(die, ITEMS, 2))


INTERRUPTED = """
import os, signal, time
from coalflow.core.errors import run_program
from coalflow.core.workers import map_in_processes

def interrupt(item):
    {how}
    time.sleep({seconds})
    return item

if __name__ == "__main__":
    signal.signal(signal.SIGINT, {answer})
    run_program(lambda: print(list(map_in_processes(interrupt, [1, 2, 3], 2))))
"""


def run_interrupted(folder, **words):
    program = folder / "program.py"
    program.write_text(INTERRUPTED.format(**words))
    return subprocess.run(
        [sys.executable, program],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        timeout=50,
        start_new_session=True,
        check=False,
    )


INTERRUPTIONS = {
    # To all processes of the terminal, or to the program alone.
    "SIGINT": ("os.killpg(0, signal.SIGINT)", 130),
    "SIGTERM": ("os.kill(os.getppid(), signal.SIGTERM)", 143),
}


@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_an_interruption_is_one_line_also_with_several_processes(name, tmp_path):
    how, code = INTERRUPTIONS[name]
    # As in the foreground, wherever the tests run: in the background Ctrl-C is ignored.
    done = run_interrupted(tmp_path, how=how, seconds=60, answer="signal.default_int_handler")
    assert re.fullmatch(rf"error: interrupted \({name}\)\. What is done is kept.*\n", done.stderr)
    assert done.returncode == code


def test_in_the_background_an_interruption_is_for_others(tmp_path):
    how, _ = INTERRUPTIONS["SIGINT"]
    done = run_interrupted(tmp_path, how=how, seconds=0, answer="signal.SIG_IGN")
    assert (done.returncode, done.stdout) == (0, "[1, 2, 3]\n")
    assert "error" not in done.stderr
