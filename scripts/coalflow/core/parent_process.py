"""A program ends with the one that started it, also where that one was killed.

Else, what is left of a killed run would write beside the next one: slowly, and by the config
of before.
"""

import os
import pathlib
import signal
import threading
import time

VARIABLE = "COALFLOW_ENDS_WITH"
SECONDS = 0.5


def announce_parent():
    """Have all programs that are started from here on end with this process."""
    os.environ[VARIABLE] = f"{os.getpid()} {_where()}"


def exit_with_parent():
    """From now on, send this program SIGTERM when the process that the variable names is gone.

    One that is on another machine, or in another container, cannot be seen.
    """
    number, _, where = os.environ.get(VARIABLE, "").partition(" ")
    if number and where == _where():
        threading.Thread(target=_wait_for_the_end, args=(int(number),), daemon=True).start()


def _where():
    """Return where a process's number means this process: the machine, and on Linux who sees it."""
    namespace = pathlib.Path("/proc/self/ns/pid")
    return f"{os.uname().nodename} {namespace.readlink() if namespace.exists() else ''}"


def _wait_for_the_end(number):
    while _lives(number):
        time.sleep(SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _lives(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and is another user's
        pass
    return True
