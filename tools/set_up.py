"""Set up .venv, from which make runs everything, with the packages of requirements.lock.

A copy of the lock in .venv says what is installed there. Where it equals the lock, nothing is
done, whatever the time stamps say. Where it differs, pip installs the difference into .venv, which
is never cleared. A .venv that may belong to somebody else, or that a running program uses, is left
as it is, with a message.

It needs nothing but Python's standard library, and its syntax is that of Python 3.6, so that an old
Python can say that it is too old.
"""

import argparse
import contextlib
import csv
import errno
import fcntl
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from typing import Dict

import processes

ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENTS, LOCK = ROOT / "requirements.txt", ROOT / "requirements.lock"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLED = VENV / "requirements.lock"
# The lock while it is being installed. What an interrupted set-up leaves is known by it.
UNFINISHED = VENV / "requirements.lock.unfinished"
PIP_LOG = VENV / "pip.log"
# It stays, empty: removed by one make, it would no longer stop the next two.
MUTEX = ROOT / ".venv.lock"
SNAKEMAKE_LOCKS = ROOT / ".snakemake" / "locks"

OLDEST_PYTHON = (3, 11)
OLDEST_PIP = (22, 3)  # the first that installs into another Python
REMEDY = f"Remove it, then run make, which creates a new one: rm -r {shlex.quote(str(VENV))}"
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
SHOWN = 5  # of the processes that use .venv
MOST_LINES = 40  # of what pip says of its errors
SECONDS_BETWEEN_LINES = 60  # that say how far pip is; a terminal has one line, which changes


class SetUpError(Exception):
    """Why .venv is left as it is, and what to do."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came, to this program alone."""


def main() -> None:
    """Set .venv up, or end with one message."""
    parser = argparse.ArgumentParser(description="Set up .venv from requirements.lock.")
    parser.add_argument(
        "--this-python",
        action="store_true",
        help="refuse a .venv whose Python has another version than this one",
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, terminate)
    try:
        set_up(arguments.this_python)
    except (SetUpError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: what is installed is kept, and the next make resumes the set-up.")


def terminate(received, frame) -> None:
    """End this program, wherever it is."""
    raise Terminated


def set_up(this_python: bool) -> None:
    """Bring .venv to what requirements.lock lists.

    Parameters
    ----------
    this_python : bool
        Whether .venv must have the Python version that runs this program.

    Raises
    ------
    SetUpError
        If .venv cannot be set up, or must not be changed.
    """
    check_lock()
    if is_up_to_date():
        check_venv(this_python)
        return
    if sys.version_info < OLDEST_PYTHON:
        raise SetUpError("coalflow needs Python 3.11 or newer; name one: make PYTHON=python3.12")
    with MUTEX.open("w", encoding="utf-8") as mutex:
        wait_for_other_makes(mutex.fileno())
        exists = check_venv(this_python)
        if is_up_to_date():  # by the make that was waited for
            return
        python = find_python_with_pip()
        if exists:
            check_unused()
        else:
            make_venv()
        install(python, mutex.fileno())


# What is there -------------------------------------------------------------------------------


def check_lock() -> None:
    """Refuse a lock that was not generated from today's requirements.txt.

    Raises
    ------
    SetUpError
        If a direct pin is missing in the lock, or has another version there.
    """
    for path in (REQUIREMENTS, LOCK):
        if not path.is_file():
            raise SetUpError(f"{path} does not exist. Restore it: git checkout {path.name}")
    locked = read_pins(LOCK)
    for name, version in read_pins(REQUIREMENTS).items():
        if locked.get(name) != version:
            found = f"has {locked[name]}" if name in locked else "does not list it"
            raise SetUpError(
                f"requirements.txt asks for {name} {version}, and requirements.lock {found}. "
                "Generate the lock again: make lock"
            )


def read_pins(path: pathlib.Path) -> Dict[str, str]:
    """Return the version of each package that a file pins, by its normalised name."""
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins}


def check_venv(this_python: bool) -> bool:
    """Say whether .venv was made; refuse one that coalflow must not change or cannot use.

    Parameters
    ----------
    this_python : bool
        Whether .venv must have the Python version that runs this program.

    Raises
    ------
    SetUpError
        If .venv is a link, was not made by venv for this folder, or has no Python that works.
    """
    if VENV.is_symlink():
        raise SetUpError(
            f"{VENV} is a symbolic link, to {os.readlink(str(VENV))}, and coalflow changes nothing "
            "that others may use. Remove the link, and make makes an environment here: "
            f"rm {shlex.quote(str(VENV))}"
        )
    if not VENV.exists() or (VENV.is_dir() and not any(VENV.iterdir())):
        return False
    if UNFINISHED.exists() and not (VENV / "pyvenv.cfg").exists():
        return False  # interrupted while it was made
    check_owner()
    if UNFINISHED.exists() and not os.path.lexists(str(PYTHON)):
        return False  # interrupted a moment later
    check_python()
    version = "{}.{}".format(*sys.version_info)
    if this_python and version != version_made_for():
        raise SetUpError(
            f"PYTHON names Python {version}, and {VENV} has Python {version_made_for()}. {REMEDY}"
        )
    return True


def read_config() -> Dict[str, str]:
    """Return what pyvenv.cfg says: nothing where there is none."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    pairs = [line.partition("=") for line in lines]
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def check_owner() -> None:
    """Refuse a .venv that was not made by venv for this folder, or that sees other packages.

    Raises
    ------
    SetUpError
        If .venv is anything else, such as a copy of the .venv of another checkout.
    """
    config = read_config()
    if not config:
        raise SetUpError(
            f"{VENV} is not a Python environment (it has no pyvenv.cfg), so coalflow leaves it as "
            "it is. Move it away, then run make"
        )
    made_by = re.search(r" -m venv .*?(/.*)", config.get("command", ""))
    if made_by is None:
        raise SetUpError(
            f"{VENV}/pyvenv.cfg does not say that `python -m venv` made it for this folder, so "
            f"coalflow does not change it. {REMEDY}"
        )
    if os.path.realpath(made_by.group(1)) != str(VENV):
        raise SetUpError(
            f"{VENV} was made as {made_by.group(1)}, and its programs start the Python there: it "
            f"does not work after being moved or copied. {REMEDY}"
        )
    if config.get("include-system-site-packages") == "true":
        raise SetUpError(
            f"{VENV} sees the packages of the system, whose versions coalflow does not know. "
            f"{REMEDY}"
        )


def check_python() -> None:
    """Refuse a .venv whose Python is gone, or is not the one that its packages are for.

    Raises
    ------
    SetUpError
        If the Python of .venv does not run, or has another version than when .venv was made.
    """
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        output = subprocess.check_output([str(PYTHON), "-I", "-S", "-c", code])
    except (OSError, subprocess.CalledProcessError):
        raise SetUpError(
            f"{PYTHON} does not run: the Python that {VENV} was made with, "
            f"{os.path.realpath(str(PYTHON))}, has been removed or is broken. {REMEDY}"
        ) from None
    version = output.decode().strip()
    if version != version_made_for():
        raise SetUpError(
            f"{VENV} was made for Python {version_made_for()}, and its Python is {version} by now, "
            f"which does not find the packages in it. {REMEDY}"
        )


def version_made_for() -> str:
    """Return the Python version that .venv was made for, such as 3.11."""
    return ".".join(read_config().get("version", "").split(".")[:2])


def is_up_to_date() -> bool:
    """Say whether .venv has what the lock lists, by contents."""
    if UNFINISHED.exists() or not INSTALLED.exists():
        return False
    return INSTALLED.read_bytes() == LOCK.read_bytes()


# Who else uses it ----------------------------------------------------------------------------


def wait_for_other_makes(mutex: int) -> None:
    """Wait until no other process sets up this .venv; then stop others until this one ends."""
    try:
        fcntl.flock(mutex, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another make is setting up .venv: waiting for it to finish.", flush=True)
        fcntl.flock(mutex, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        print("This file system has no locks: run no second make during the set-up.", flush=True)


def check_unused() -> None:
    """Refuse to change .venv while a program may be running from it.

    Raises
    ------
    SetUpError
        If a process here uses .venv, or Snakemake's lock says that a run elsewhere may.
    """
    changed = ".venv does not match requirements.lock and has to be changed, but it"
    users = list(processes.find_users(VENV))
    if users:
        more = len(users) - SHOWN
        lines = users[:SHOWN] + ([f"and {more} more"] if more > 0 else [])
        raise SetUpError(
            "\n    ".join([f"{changed} is in use, and is left as it is:", *lines])
            + "\nRun make when they have ended."
        )
    if SNAKEMAKE_LOCKS.is_dir() and any(SNAKEMAKE_LOCKS.iterdir()):
        raise SetUpError(
            f"{changed} may be in use on another machine, since a run of Snakemake has locked this "
            "folder. Run make when it has ended. If it was killed: "
            ".venv/bin/snakemake --unlock"
        )


# Changing it ---------------------------------------------------------------------------------


def find_python_with_pip() -> str:
    """Return a Python whose pip can install into .venv, which has none of its own.

    It is the one that runs this. If that has no pip since it is itself in an environment, as when
    .venv is activated, it is the one that the environment was made with.

    Raises
    ------
    SetUpError
        If neither has a pip that is new enough.
    """
    for python in (sys.executable, getattr(sys, "_base_executable", sys.executable)):
        pip = subprocess.run(
            [python, "-c", "import pip; print(pip.__version__)"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        version = re.match(rb"(\d+)\.(\d+)", pip.stdout)
        if version and tuple(map(int, version.groups())) >= OLDEST_PIP:
            return python
    raise SetUpError("coalflow needs pip 22.3 or newer: apt install python3-pip")


def make_venv() -> None:
    """Make .venv, without packages.

    Raises
    ------
    SetUpError
        If Python's own venv fails.
    """
    VENV.mkdir(exist_ok=True)
    shutil.copyfile(str(LOCK), str(UNFINISHED))
    # System pythons of Debian and Ubuntu come without ensurepip.
    command = [sys.executable, "-m", "venv", "--without-pip", str(VENV)]
    if subprocess.run(command).returncode:
        raise SetUpError(f"{VENV} could not be made: the messages above say why")
    check_python()


def install(python: str, mutex: int) -> None:
    """Install the lock into .venv by the pip of another Python, then keep a copy of it there.

    Raises
    ------
    SetUpError
        If pip fails or is interrupted.
    """
    if UNFINISHED.exists() or not INSTALLED.exists():
        remove_damaged_packages()
    shutil.copyfile(str(LOCK), str(UNFINISHED))
    command = [python, "-m", "pip", "--python", str(PYTHON), "install"]
    command += ["--disable-pip-version-check", "--requirement", str(UNFINISHED)]
    packages, started = len(read_pins(LOCK)), time.monotonic()
    print(
        f"Setting up .venv with the {packages} packages of requirements.lock: the first time, this "
        "takes a few minutes.",
        flush=True,
    )
    with PIP_LOG.open("wb") as log:
        # pip holds the mutex, too: should this program be killed, pip may still be installing. So
        # it writes to a file, not to a pipe that would break.
        pip = subprocess.Popen(command, stdout=log, stderr=log, pass_fds=[mutex])
    wait_for_pip(pip, packages)
    if pip.returncode:
        print(find_errors(), file=sys.stderr, flush=True)
        raise SetUpError(
            "requirements.lock is not installed completely, for the reason that pip gives above. "
            "What is installed stays, and the next make resumes"
        )
    UNFINISHED.replace(INSTALLED)
    print(f"Set up in {time.monotonic() - started:.0f} s; what pip did is in .venv/pip.log.")


def wait_for_pip(pip: subprocess.Popen, packages: int) -> None:
    """Show how far pip is until it has ended.

    Raises
    ------
    KeyboardInterrupt
        If this program was interrupted meanwhile. At Ctrl-C pip was as well, and has tidied up.
    """
    on_terminal, interrupted = sys.stdout.isatty(), False
    shown = time.monotonic()
    while pip.poll() is None:
        try:
            pip.wait(timeout=1)
        except subprocess.TimeoutExpired:
            if on_terminal:
                print("\r  " + describe_progress(packages) + "\033[K", end="", flush=True)
            elif time.monotonic() - shown >= SECONDS_BETWEEN_LINES:
                shown = time.monotonic()
                print("  " + describe_progress(packages), flush=True)
        except Terminated:
            interrupted = True
            interrupt_pip()
        except KeyboardInterrupt:
            interrupted = True
    if on_terminal:
        print("\r\033[K", end="", flush=True)
    if interrupted:
        raise KeyboardInterrupt


def interrupt_pip() -> None:
    """Send pip, which runs with the Python of .venv, what Ctrl-C would send it."""
    for user in processes.find_users(VENV):
        pid, _, command = user.partition(" ")
        if "pip" in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGINT)


def find_errors() -> str:
    """Return what pip says of its errors, which come last: the end of its log."""
    lines = PIP_LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-MOST_LINES:]
    errors = [n for n, line in enumerate(lines) if line.lower().lstrip().startswith("error:")]
    return "\n".join(lines[errors[0] if errors else 0 :])


def describe_progress(packages: int) -> str:
    """Say how far pip is, by what it has written so far."""
    log = PIP_LOG.read_text(encoding="utf-8", errors="replace")
    last = log.rstrip().rpartition("\n")[2]
    if last.startswith("WARNING: Retrying"):
        return last
    installing = re.findall("^Installing collected packages: (.*)", log, re.MULTILINE)
    if installing:
        return "installing {} packages".format(installing[-1].count(",") + 1)
    found = re.findall("^(?:Collecting|Requirement already satisfied:) ([^ ]+)", log, re.MULTILINE)
    return f"{len(set(found))} of {packages} packages are found or downloaded"


def remove_damaged_packages() -> None:
    """Let pip forget packages that an interruption left incomplete, so that it installs them.

    It writes a package's RECORD last, but takes a package for installed from its metadata on.
    """
    for packages in VENV.glob("lib/python*/site-packages"):
        for metadata in packages.glob("*.dist-info"):
            if not is_complete(metadata):
                shutil.rmtree(str(metadata))
        for leftover in packages.glob("~*"):  # what pip was about to remove
            shutil.rmtree(str(leftover)) if leftover.is_dir() else leftover.unlink()


def is_complete(metadata: pathlib.Path) -> bool:
    """Say whether the files of an installed package are there, in their sizes."""
    record = metadata / "RECORD"
    if not record.exists():
        return False
    with record.open(newline="", encoding="utf-8") as file:
        sizes = {path: size for path, _, size in csv.reader(file) if size}
    files = {metadata.parent / path: int(size) for path, size in sizes.items()}
    return all(path.is_file() and path.stat().st_size == size for path, size in files.items())


if __name__ == "__main__":
    main()
