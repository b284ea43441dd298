"""Whatever may crash, hang or take all memory, run in a process of its own and judged."""

import contextlib
import dataclasses
import faulthandler
import os
import pathlib
import pickle
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

SECONDS = 20  # of processor time
LONGEST = 60  # seconds by the clock, for what waits; other programs may have the processors
MEMORY = 4 << 30  # bytes
DISK = 2 << 30  # bytes of the largest file that is written
WRONG = 71  # exit code
OUTPUT, RESULT, STAGES = "output.txt", ".result", ".stages"

# What can come of an input.
READ, REFUSED = "read", "refused"
FAILURES = (
    "crashed",  # a traceback, a signal, or another exit code than 1
    "hung",
    "memory",
    "unnamed",  # refused, but without the name of the file
    "wordy",  # refused in more than one line
    "late",  # refused by a later job than the one that should have refused it
    "changed",  # read, but not as what it means
)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of an input.

    Attributes
    ----------
    kind : str
        ``read``, ``refused`` or one of ``FAILURES``.
    message : str
        The last line of what was printed, or what was wrong.
    stage : str
        The program that ran last.
    result : object
        What was read; None where nothing was.
    seconds : float
        By the clock.
    megabytes : int
        The largest memory.
    """

    kind: str
    message: str = ""
    stage: str = ""
    result: Any = None
    seconds: float = 0.0
    megabytes: int = 0

    @property
    def failed(self) -> bool:
        """Whether this must not happen."""
        return self.kind in FAILURES


class ReadWrong(Exception):
    """What was read is not what the file means."""


def enter_stage(name: str) -> None:
    """Note, in a process that :func:`run_apart` started, which program runs from now on."""
    with open(STAGES, "a", encoding="utf-8") as file:
        file.write(f"{name}\n")


def run_apart(
    function: Callable[[], Any],
    folder: pathlib.Path,
    several_lines: bool = False,
    names: tuple[str, ...] = (),
) -> Outcome:
    """Run a function in a process of its own, in a folder, and judge what came of it.

    The process is a fork, so that nothing is imported again. It is killed when it takes too long.

    Parameters
    ----------
    function : callable
        It returns what was read, and ends with ``sys.exit`` as a program does when it refuses.
    folder : path
        In which it runs; what it prints stays there.
    several_lines : bool
        Whether a message may have more than one line; of mistakes in a config there are many.
    names : tuple of str
        A message must have one of them, if there are any.
    """
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _run_in_child(function, folder)
    ended = _wait(pid, started + LONGEST)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # and whatever it has started
    if ended is None:
        _, status, usage = os.wait4(pid, 0)
    else:
        status, usage = ended
    outcome = _judge(status, folder, several_lines, names, too_long=ended is None)
    return dataclasses.replace(
        outcome,
        seconds=time.monotonic() - started,
        megabytes=usage.ru_maxrss >> 10,
    )


def _wait(pid: int, until: float) -> tuple[int, resource.struct_rusage] | None:
    """Return how a process ended and what it used; None where it has not ended in time."""
    pause = 0.002
    while time.monotonic() < until:
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            return status, usage
        time.sleep(pause)
        pause = min(2 * pause, 0.05)
    return None


def _run_in_child(function: Callable[[], Any], folder: pathlib.Path) -> None:
    code = 70
    try:
        os.setsid()
        os.chdir(folder)
        output = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 2))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (DISK, DISK))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        faulthandler.enable()
        result = function()
        pathlib.Path(RESULT).write_bytes(pickle.dumps(result))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if code == 1 and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
    except ReadWrong as error:
        print(error, file=sys.stderr)
        code = WRONG
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _judge(
    status: int,
    folder: pathlib.Path,
    several_lines: bool,
    names: tuple[str, ...],
    too_long: bool,
) -> Outcome:
    output = (folder / OUTPUT).read_text(encoding="utf-8", errors="replace")
    stages = folder / STAGES
    stage = stages.read_text().split("\n")[-2] if stages.exists() else ""
    last = output.rstrip().rpartition("\n")[2][:500]
    if too_long or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return Outcome("hung", last, stage)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Outcome("crashed", f"{name}: {last}", stage)
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        result = pickle.loads((folder / RESULT).read_bytes())
        if "Traceback (most recent call last)" in output:
            return Outcome("crashed", last, stage, result)
        return Outcome(READ, last, stage, result)
    if code == WRONG:
        return Outcome("changed", last, stage)
    if re.search("MemoryError|Unable to allocate|not enough memory", output):
        return Outcome("memory", last, stage)
    found = re.search(r"^error: ", output, re.MULTILINE)
    if code != 1 or found is None or "Traceback (most recent call last)" in output:
        return Outcome("crashed", f"exit code {code}: {last}", stage)
    message = output[found.end() :].strip()
    if not several_lines and stage != "config" and "\n" in message:
        return Outcome("wordy", message[:500], stage)
    if names and not any(name in message for name in names):
        return Outcome("unnamed", message[:500], stage)
    return Outcome(REFUSED, message[:500], stage)
