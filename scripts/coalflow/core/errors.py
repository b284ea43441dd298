"""What a program says when it is given something it cannot use."""

import atexit
import contextlib
import difflib
import gc
import io
import os
import signal
import sys
import traceback
import types
from collections.abc import Callable, Iterable

from coalflow.core import parent_process
from coalflow.core.progress import describe_cost, say

EXIT_CODE_OF_SIGNAL = 128  # and the signal's number: 130 after Ctrl-C

LONGEST_NAME = 100  # characters of it in a message


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived; like Ctrl-C, it ends a program wherever that is."""


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
    known, named = list(known), repr(name)
    named = named if len(named) <= LONGEST_NAME else f"{named[: LONGEST_NAME - 3]}..."
    return f"names {named}, but the {what} are: {', '.join(known)}{suggest_nearest(name, known)}"


def explain_locale(message: str) -> str:
    """Return a message, with what to do if it may be about a name that the locale does not have."""
    encoding = sys.getfilesystemencoding()
    if message.isascii() or encoding == "utf-8":
        return message
    return (
        f"{message}\nNames of files with letters that are not in ASCII are looked for as "
        f"{encoding} in this locale: if yours are in UTF-8, start Snakemake with LC_ALL=C.UTF-8"
    )


def run_program(main: Callable[[], None]) -> None:
    """Run a program's ``main`` and turn bad input into one line and exit code 1.

    A full disk, an unreadable file or too little memory is not a bug either: it gets one line too.
    Anything else is a bug in coalflow and keeps its traceback. The last line in the log of a job
    is what the program took.

    Raises
    ------
    SystemExit
        With the message, or with 130 after SIGINT and 143 after SIGTERM.
    """
    # Names may have characters that are not in the locale of the terminal.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    atexit.register(_ignore_signals)
    try:
        signal.signal(signal.SIGTERM, _terminate)
        parent_process.exit_with_parent()
        main()
        sys.stdout.flush()
        # Python would look through all objects once more at the end: .5 s where there is PyTorch.
        gc.freeze()
        if parent_process.is_announced():
            with contextlib.suppress(OSError):  # the results are there, even if the disk is full
                say(describe_cost())
    except CoalflowError as error:
        sys.exit(f"error: {error}")
    except BrokenPipeError:
        # What is left to be written would break the pipe again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit("error: what reads the output, such as `head`, ended before the program did")
    except OSError as error:
        sys.exit(f"error: {_describe_os_error(error)}")
    except RecursionError as error:
        sys.exit(f"error: a value is nested too deeply ({_name_line(error)})")
    except KeyboardInterrupt as error:
        received = signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT
        print(
            f"error: interrupted ({received.name}). What is done is kept: start the program, or "
            "Snakemake, again to resume",
            file=sys.stderr,
        )
        sys.exit(EXIT_CODE_OF_SIGNAL + received)
    except Exception as error:
        if not _is_lack_of_memory(error):
            raise
        needed = str(error).strip().partition("\n")[0]
        why = f" ({needed})" if needed else ""
        sys.exit(
            f"error: there is not enough memory{why}: give the job more (mem_mb), or let it do "
            "less at a time (fewer threads, smaller shards or batches)"
        )


def _terminate(received: int, frame: types.FrameType | None) -> None:
    raise Terminated


def _ignore_signals() -> None:
    """Let Python end undisturbed: all is done and said, and a signal would kill it."""
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)


def _describe_os_error(error: OSError) -> str:
    """Say what cannot be done with which file."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}"


def _name_line(error: BaseException) -> str:
    """Return the file and the line at which an error occurred."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def _is_lack_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out, of the machine or of a GPU.

    PyTorch raises errors of its own: of a class of this name, or only with these words.
    """
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in str(error)
    )
