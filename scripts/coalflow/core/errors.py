"""What a program says when it was given something it cannot use."""

import difflib
import sys

from coalflow.core import parent_process


class CoalflowError(Exception):
    """Bad input: the message names what, why, and the mend. It needs no traceback."""


def suggest_nearest(word, words):
    """Return a suggestion to append to a message, or nothing if no word is near."""
    close = difflib.get_close_matches(str(word), [str(w) for w in words], n=1)
    return f"; did you mean {close[0]}?" if close else ""


def run_program(main):
    """Run a program's ``main`` and turn bad input into one line and exit code 1.

    A full disk or an unreadable file is the world's mistake, not ours: it gets
    a line too. Anything else is a bug in coalflow and keeps its traceback.
    """
    parent_process.exit_with_parent()
    try:
        main()
    except (CoalflowError, OSError) as error:
        sys.exit(f"error: {error}")
