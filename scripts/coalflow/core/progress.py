"""Progress: a bar on a terminal, plain lines in a log, the last of them what a program took."""

from __future__ import annotations

import pathlib
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

SECONDS_BETWEEN_LINES = 15
SECONDS_BETWEEN_LINES_OF_BAR = 60  # there are many such bars, and each has a line at its end
SECONDS_BETWEEN_STATUSES = 0.5
COST = re.compile(r"^took ([0-9.]+) s of processor time and at most ([0-9]+) MiB$", re.MULTILINE)

Item = TypeVar("Item")


def track(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Yield items while showing on stderr how many of ``total`` are done.

    Parameters
    ----------
    items : iterable
    total : int
        How many there are.
    what : str
        What they are, in the plural.
    """
    if sys.stderr.isatty():
        yield from _show_bar(items, total, what)
    else:
        yield from _write_lines(items, total, what)


def show_bar(
    items: Iterable[Item], total: int, what: str, describe: Callable[[], str] | None = None
) -> Iterator[Item]:
    """Yield items behind a bar that vanishes when it is full; a log has a line a minute.

    Parameters
    ----------
    items, total, what
        As in :func:`track`.
    describe : callable, optional
        Returns what else is shown at the moment.
    """
    if sys.stderr.isatty():
        yield from _show_bar(items, total, what, describe, transient=True)
    else:
        yield from _write_lines(
            items, total, what, describe, SECONDS_BETWEEN_LINES_OF_BAR, last_line=False
        )


def _show_bar(
    items: Iterable[Item],
    total: int,
    what: str,
    describe: Callable[[], str] | None = None,
    transient: bool = False,
) -> Iterator[Item]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    status = [TextColumn("{task.fields[status]}")] if describe else []
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        *status,
        TimeRemainingColumn(elapsed_when_finished=True),
    ]
    console, updated = Console(stderr=True), time.monotonic()
    with Progress(*columns, console=console, transient=transient) as bar:
        task = bar.add_task(what, total=total, status="")
        for item in items:
            yield item
            bar.advance(task)
            # A description may be costly: it waits for a GPU.
            if describe and time.monotonic() - updated > SECONDS_BETWEEN_STATUSES:
                updated = time.monotonic()
                bar.update(task, status=describe())


def _write_lines(
    items: Iterable[Item],
    total: int,
    what: str,
    describe: Callable[[], str] | None = None,
    seconds: float = SECONDS_BETWEEN_LINES,
    last_line: bool = True,
) -> Iterator[Item]:
    started = written = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - written >= seconds and done < total:
            written, rate = now, done / (now - started)
            left = (total - done) / rate
            status = describe() if describe else f"{rate:,.0f}/s"
            say(f"{what}: {done:,} of {total:,}, {status}, about {left:,.0f} s left")
    if last_line:
        say(f"{what}: {total:,} in {time.monotonic() - started:.1f} s")


class OccasionalLines:
    """Lines about something whose end is not known, one every now and then."""

    def __init__(self) -> None:
        self.said = time.monotonic()

    def say(self, line: str) -> None:
        """Print a line, unless there was one not long ago."""
        now = time.monotonic()
        if now - self.said >= SECONDS_BETWEEN_LINES:
            self.said = now
            say(line)


def say(line: str) -> None:
    """Print one line to the log at once."""
    print(line, file=sys.stderr, flush=True)


def describe_cost() -> str:
    """Return what this program, and those that it waited for, have taken so far: see ``COST``.

    Snakemake's benchmarks have processor time too, but as of their last look at the process, which
    is up to half a minute before its end. Memory is that of the largest process.
    """
    own = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    memory = max(own.ru_maxrss, others.ru_maxrss) / (2**20 if sys.platform == "darwin" else 2**10)
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        # Linux also counts what the process had before it became this program: Snakemake's memory.
        peak = re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text(encoding="utf-8"), re.MULTILINE)
        if peak is not None:
            memory = max(int(peak[1]), others.ru_maxrss) / 2**10
    return f"took {seconds:.2f} s of processor time and at most {memory:.0f} MiB"
