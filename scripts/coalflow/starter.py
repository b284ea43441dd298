"""A program ends with the one that started it, also where that one was killed.

Else, what is left of a killed run would write beside the next one: slowly, and by the config
of before.
"""

import os
import signal
import threading
import time

VARIABLE = "COALFLOW_ENDS_WITH"  # the number of the process that programs end with
SECONDS = 0.5


def end_with_it():
    """From now on, send this program SIGTERM when the process that the variable names is gone.

    A process that cannot be seen from the start, as from within some containers, is not
    waited for.
    """
    number = int(os.environ.get(VARIABLE, 0))
    if number and _lives(number):
        threading.Thread(target=_wait_for_the_end, args=(number,), daemon=True).start()


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
