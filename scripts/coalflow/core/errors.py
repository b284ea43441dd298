"""What a program says when it is given something it cannot use."""

import difflib
import sys
from collections.abc import Callable, Iterable

from coalflow.core import parent_process


class CoalflowError(Exception):
    """Bad input: the message names what, why, and how to fix it. It needs no traceback."""


def suggest_nearest(word: object, words: Iterable[object]) -> str:
    """Return a suggestion to append to a message, or nothing if no word is near.

    Examples
    --------
    >>> suggest_nearest("replicats", ["replicates", "samples"])
    '; did you mean replicates?'
    """
    known = {str(each).lower(): each for each in words}
    close = difflib.get_close_matches(str(word).lower(), known, n=1)
    return f"; did you mean {known[close[0]]}?" if close else ""


def describe_unknown(name: object, what: str, known: Iterable[str]) -> str:
    """Return the message for a name that is not among those known; ``what`` is what they are.

    Examples
    --------
    >>> describe_unknown("EU", "populations", ["AFR", "EUR"])
    "names 'EU', but the populations are: AFR, EUR; did you mean EUR?"
    """
    known = list(known)
    return f"names {name!r}, but the {what} are: {', '.join(known)}{suggest_nearest(name, known)}"


def run_program(main: Callable[[], None]) -> None:
    """Run a program's ``main`` and turn bad input into one line and exit code 1.

    A full disk or an unreadable file is not a bug either: it gets one line too. Anything else is a
    bug in coalflow and keeps its traceback.

    Raises
    ------
    SystemExit
        With the message of a CoalflowError or OSError.
    """
    parent_process.exit_with_parent()
    try:
        main()
    except (CoalflowError, OSError) as error:
        sys.exit(f"error: {error}")
