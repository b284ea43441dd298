"""Running processes that use a Python environment."""

import os
import pathlib
import subprocess
from typing import Iterator, Tuple

PROC = pathlib.Path("/proc")  # Linux has it, macOS does not
WIDTH = 200  # of a command that is shown


def find_users(venv: pathlib.Path) -> Iterator[str]:
    """Yield a line for each running process that uses an environment: its number and its command.

    The process that asks is left out.

    Parameters
    ----------
    venv : pathlib.Path
        The environment's folder, without symbolic links.
    """
    list_processes = read_proc if (PROC / "self" / "cmdline").exists() else read_ps
    for pid, command in list_processes(venv):
        if pid != os.getpid():
            yield f"{pid} {command}"[:WIDTH]


def read_proc(venv: pathlib.Path) -> Iterator[Tuple[int, str]]:
    """Yield the processes that were started by a path into venv/bin or loaded libraries from venv.

    Jobs of Snakemake are of the second kind: they are started as `python`. Of other people's
    processes only the command is visible, not the folder they run in, nor their libraries.
    """
    for process in PROC.glob("[0-9]*"):
        try:
            words = os.fsdecode((process / "cmdline").read_bytes()).split("\0")[:-1]
        except OSError:
            continue  # it has ended
        try:
            folder = os.readlink(str(process / "cwd"))
            libraries = (process / "maps").read_bytes()
        except OSError:
            folder, libraries = "/", b""
        programs = [pathlib.Path(folder, word) for word in words[:2] if "/" in word]
        folders = [os.path.realpath(str(program.parent)) for program in programs]
        if str(venv / "bin") in folders or b" %b/" % os.fsencode(str(venv)) in libraries:
            yield int(process.name), " ".join(words)


def read_ps(venv: pathlib.Path) -> Iterator[Tuple[int, str]]:
    """Yield the processes whose command names a path in venv, which is all that ps shows."""
    listing = subprocess.check_output(["ps", "-Aww", "-o", "pid=", "-o", "args="])
    for line in os.fsdecode(listing).splitlines():
        pid, _, command = line.strip().partition(" ")
        if f"{venv}/" in command:
            yield int(pid), command.strip()
