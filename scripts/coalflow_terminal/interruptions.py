"""SIGINT and SIGTERM: one sentence, and everything that this Snakemake started ends too."""

from __future__ import annotations

import contextlib
import signal
import sys
import types
from collections.abc import Callable

SENTENCE = "Interrupted ({}): what is done is kept, and the same command resumes the run."


def _print_sentence(sentence: str) -> None:
    print(f"\n{sentence}", file=sys.stderr, flush=True)


class Interruption:
    """The interruption of this process, of which there is one at most.

    Attributes
    ----------
    signal : str
        The name of the signal that came; empty if none did.
    say : callable
        Shows the sentence.
    """

    signal = ""
    say: Callable[[str], None] = staticmethod(_print_sentence)


def end_without_traceback() -> None:
    """Have SIGINT and SIGTERM end this process with one sentence, whatever it is doing."""
    sys.excepthook = _show_exception
    watch_signals()


def watch_signals() -> None:
    """Watch for SIGINT and SIGTERM from now on.

    Snakemake's scheduler has a handler of its own for SIGTERM, which waits for all running jobs,
    whether they take seconds or hours.
    """
    for watched in (signal.SIGINT, signal.SIGTERM):
        # What is started in the background of a shell script ignores SIGINT.
        if signal.getsignal(watched) is not signal.SIG_IGN:
            signal.signal(watched, _interrupt)


def _interrupt(received: int, frame: types.FrameType | None) -> None:
    if not Interruption.signal:
        Interruption.signal = signal.Signals(received).name
        Interruption.say(SENTENCE.format(Interruption.signal))
    if received == signal.SIGTERM:
        import psutil  # Snakemake needs it too

        # Ctrl-C goes to all processes of the terminal, SIGTERM to this one alone.
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                process.terminate()
    raise KeyboardInterrupt


def _show_exception(
    kind: type[BaseException], error: BaseException, traceback: types.TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
