"""SIGINT and SIGTERM: one sentence, and everything that this Snakemake started ends too."""

from __future__ import annotations

import contextlib
import signal
import sys
import types
from collections.abc import Callable

SENTENCE = "Interrupted ({}): what is done is kept, and the same command resumes the run."
MOST_PATIENCE = 3  # this many signals kill jobs that did not end at the others


def _print_sentence(sentence: str) -> None:
    print(f"\n{sentence}", file=sys.stderr, flush=True)


class Interruption:
    """The interruption of this process, of which there is one at most.

    Attributes
    ----------
    signal : str
        The name of the signal that came first; empty if none did.
    count : int
        How many came. While jobs end after the first, impatience must not end in a traceback.
    say : callable
        Shows the sentence.
    """

    signal, count = "", 0
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
    Interruption.count += 1
    if Interruption.count == 1:
        Interruption.signal = signal.Signals(received).name
        Interruption.say(SENTENCE.format(Interruption.signal))
    # Ctrl-C goes to all processes of the terminal, SIGTERM to this one alone.
    if received == signal.SIGTERM or Interruption.count > 1:
        _signal_jobs(signal.SIGTERM if Interruption.count < MOST_PATIENCE else signal.SIGKILL)
    if Interruption.count == 1:
        raise KeyboardInterrupt


def _signal_jobs(sent: int) -> None:
    """Send a signal to all that this process has started."""
    import psutil  # Snakemake needs it too

    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            process.send_signal(sent)


def _show_exception(
    kind: type[BaseException], error: BaseException, traceback: types.TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
