"""A program ends with the one that started it, even if that was killed.

Otherwise, what is left of a killed run would write at the same time as the next one: slowly, and
by an outdated config.
"""

import os
import signal
import threading
import time
from pathlib import Path

VARIABLE = "COALFLOW_ENDS_WITH"
SECONDS = 0.5


def announce_parent() -> None:
    """Have all programs that are started from here on end with this process."""
    os.environ[VARIABLE] = f"{os.getpid()} {name_process_space()}"


def is_announced() -> bool:
    """Tell whether a workflow started this program."""
    return VARIABLE in os.environ


def exit_with_parent() -> None:
    """From now on, send this program SIGTERM when the process that the variable names is gone.

    A process on another machine, or in another container, cannot be seen.
    """
    pid, _, space = os.environ.get(VARIABLE, "").partition(" ")
    if pid and space == name_process_space():
        threading.Thread(target=_wait_for_end, args=(int(pid),), daemon=True).start()


def name_process_space() -> str:
    """Return where process ids are those of here: the machine, and on Linux the namespace."""
    namespace = Path("/proc/self/ns/pid")
    return f"{os.uname().nodename} {namespace.readlink() if namespace.exists() else ''}"


def _wait_for_end(pid: int) -> None:
    while is_alive(pid):
        time.sleep(SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def is_alive(pid: int) -> bool:
    """Tell whether there is a process of this id here; it may be another than once had it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is alive, and another user's
        pass
    return True
