"""What jobs write to their logs: how far they are, notes for the user, and why they failed."""

from __future__ import annotations

import os
import pathlib
import time
from collections.abc import Iterable

NOTES = ("note: ", "warning: ", "resuming ")
COSTS = "took "  # the last line of every job
MOST_BYTES = 64 * 1024  # that are read of a log at a time
MOST_LINES = 15  # of a traceback
CLOCKS_DIFFER = 5  # seconds, between this machine and that of a shared file system


class LogTail:
    """The end of a growing log.

    Parameters
    ----------
    path : str, optional
        The file, which may not exist yet.
    """

    def __init__(self, path: str | None) -> None:
        self.path, self.started = path, time.time()
        self.position = 0
        self.last_line = ""

    def read_notes(self) -> list[str]:
        """Read what is new; return the notes for the user, and keep the last of the other lines."""
        lines = [line.strip() for line in self._read_lines()]
        lines = [line for line in lines if line and not line.startswith(COSTS)]
        progress = [line for line in lines if not line.startswith(NOTES)]
        self.last_line = progress[-1] if progress else self.last_line
        return [line for line in lines if line.startswith(NOTES)]

    def _read_lines(self) -> list[str]:
        try:
            status = pathlib.Path(self.path or "").stat()
            if status.st_mtime < self.started - CLOCKS_DIFFER:  # of an earlier run
                return []
            with pathlib.Path(self.path or "").open("rb") as file:
                start = max(self.position, status.st_size - MOST_BYTES)
                file.seek(start)
                # A line that is still being written is read next time.
                whole, newline, _ = file.read().rpartition(b"\n")
        except OSError:  # not there yet
            return []
        self.position = start + len(whole) + len(newline)
        return whole.decode(errors="replace").splitlines()


def read_error(logs: Iterable[str]) -> tuple[str, bool]:
    """Return the message with which a job failed, or the end of its log, and whether it is one.

    Parameters
    ----------
    logs : iterable of str
        Paths: the program's own log first, that of a cluster's job after it.
    """
    for log in logs:
        try:
            with pathlib.Path(log).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - MOST_BYTES))
                text = file.read().decode(errors="replace")
        except OSError:
            continue
        lines = [line for line in text.splitlines() if not line.startswith(COSTS)]
        messages = [n for n, line in enumerate(lines) if line.startswith("error: ")]
        if messages:
            return "\n".join(lines[messages[-1] :]).strip(), True
        traces = [n for n, line in enumerate(lines) if line.startswith("Traceback ")]
        shown = lines[max(traces[-1], len(lines) - MOST_LINES) :] if traces else lines[-1:]
        if any(shown):
            return "\n".join(shown).strip(), False
    return "", False
