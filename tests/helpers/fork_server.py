"""Snakemake and the programs of its jobs without their start, which takes longer than their work.

Snakemake's start takes seconds, and so does that of each of the forty jobs of a tiny run: the time
in which Python imports Snakemake, PyTorch, scikit-learn and all else. Here one process has imported
it all. Whatever is to run is forked from it, with the arguments, the folder, the variables and the
open files of whoever wants it, and is a process like any other. In place of Python, Snakemake's
jobs find a small program that asks for a fork.

Not for runs that are killed, since a fork is not in the process group of those who want it, nor
for another checkout or another locale, since what was imported is of here.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pathlib
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
ADDRESS, PYTHON = "address", "python"
# In place of Python: nothing but what it needs, so that it starts in milliseconds.
CLIENT = """#!{python} -ISE
import json, os, socket, sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"."], [0, 1, 2])
    wanted = [sys.argv[1:], os.getcwd(), dict(os.environ)]
    server.sendall(json.dumps(wanted).encode() + b"\\n")
    code = server.makefile().read()
sys.exit(int(code or 1))
"""


@functools.cache
def start_server():
    """Start the server, which ends with this process; return what to run in place of Python."""
    folder = tempfile.mkdtemp(prefix="forks-")  # short, as an address has to be
    server = subprocess.Popen(
        [sys.executable, __file__, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    atexit.register(server.stdin.close)
    assert server.stdout.readline() == b"ready\n"
    return str(pathlib.Path(folder) / PYTHON)


def import_all():
    """Import what Snakemake and the programs do."""
    sys.path.append(str(SCRIPTS))
    importlib.import_module("snakemake.cli")
    for program in SCRIPTS.glob("*.py"):
        importlib.import_module(program.stem)


def serve(folder):
    """Fork for each who connects, until standard input ends; return, in a fork, what is wanted."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / ADDRESS))
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    client = folder / PYTHON
    client.write_text(CLIENT.format(python=sys.executable, address=str(folder / ADDRESS)))
    client.chmod(0o755)
    print("ready", flush=True)
    while sys.stdin not in (ready := select.select([listener, sys.stdin], [], [])[0]):
        assert ready == [listener]
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return attend(connection)
        connection.close()
    return None


def attend(connection):
    """Return what is wanted, in a fork; this process waits for that, and says how it ended."""
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile() as reading:
        wanted = json.loads(reading.readline())
    pid = os.fork()
    if pid == 0:
        connection.close()
        return [*wanted, files]
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):  # nobody waits for it any more
        connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def run(arguments, folder, variables, files, python):
    """Become the program, or with ``-m`` the module, that is wanted."""
    # As Python opens them.
    streams = {"stdin": ("r", -1, None), "stdout": ("w", -1, None)}
    streams["stderr"] = ("w", 1, "backslashreplace")
    for number, (name, (mode, buffering, errors)) in enumerate(streams.items()):
        os.dup2(files[number], number)
        os.close(files[number])
        stream = open(number, mode, buffering, errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    if arguments[0] == "-m":
        sys.executable = python  # whose folder is first on the path of its jobs
        sys.path[0], sys.argv = folder, arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        path = pathlib.Path(arguments[0]).resolve()
        sys.path[0], sys.argv = str(path.parent), arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    place = pathlib.Path(sys.argv[1])
    own = list(sys.path)
    import_all()
    sys.path[:] = own
    gc.collect()
    gc.freeze()  # or collecting would copy what forks share
    if wanted := serve(place):
        run(*wanted, python=str(place / PYTHON))
    else:
        shutil.rmtree(place)
