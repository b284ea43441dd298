"""Progress: a bar on a terminal, plain lines in a log."""

import sys
import time

SECONDS_BETWEEN_LINES = 15
SECONDS_BETWEEN_LINES_OF_BAR = 60  # such bars come in numbers, and each has a line at its end


def track(items, total, what):
    """Yield ``items`` while showing on stderr how many of ``total`` are done."""
    if sys.stderr.isatty():
        yield from _bar(items, total, what)
    else:
        yield from _lines(items, total, what)


def show_bar(items, total, what, tell=None):
    """Yield ``items`` behind a bar that vanishes when it is full; a log has a line a minute.

    ``tell`` returns what else is to be said at the moment.
    """
    if sys.stderr.isatty():
        yield from _bar(items, total, what, tell, transient=True)
    else:
        yield from _lines(items, total, what, tell, SECONDS_BETWEEN_LINES_OF_BAR, ends=False)


def _bar(items, total, what, tell=None, transient=False):
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    told = [TextColumn("{task.fields[told]}")] if tell else []
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        *told,
        TimeRemainingColumn(elapsed_when_finished=True),
    ]
    console, said = Console(stderr=True), time.monotonic()
    with Progress(*columns, console=console, transient=transient) as shown:
        task = shown.add_task(what, total=total, told="")
        for item in items:
            yield item
            shown.advance(task)
            # To tell may cost: a GPU is waited for.
            if tell and time.monotonic() - said > 0.5:
                said = time.monotonic()
                shown.update(task, told=tell())


def _lines(items, total, what, tell=None, seconds=SECONDS_BETWEEN_LINES, ends=True):
    started = said = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - said >= seconds and done < total:
            said, rate = now, done / (now - started)
            left = (total - done) / rate
            told = f"{tell()}, " if tell else f"{rate:,.0f}/s, "
            say(f"{what}: {done:,} of {total:,}, {told}about {left:,.0f} s left")
    if ends:
        say(f"{what}: {total:,} in {time.monotonic() - started:.1f} s")


def say(line):
    """Print one line to the log at once."""
    print(line, file=sys.stderr, flush=True)
