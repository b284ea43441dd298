"""Progress: a bar on a terminal, plain lines in a log."""

import sys
import time

SECONDS_BETWEEN_LINES = 15


def track(items, total, what):
    """Yield ``items`` while showing on stderr how many of ``total`` are done."""
    if sys.stderr.isatty():
        yield from _bar(items, total, what)
    else:
        yield from _lines(items, total, what)


def bar(items, total, what):
    """Yield ``items`` behind a bar that vanishes when it is full; a log shows nothing of it."""
    if sys.stderr.isatty():
        yield from _bar(items, total, what, transient=True)
    else:
        yield from items


def _bar(items, total, what, transient=False):
    from rich.console import Console
    from rich.progress import track as rich_track

    console = Console(stderr=True)
    yield from rich_track(items, what, total=total, console=console, transient=transient)


def _lines(items, total, what):
    started = said = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - said >= SECONDS_BETWEEN_LINES and done < total:
            said, rate = now, done / (now - started)
            left = (total - done) / rate
            say(f"{what}: {done:,} of {total:,}, {rate:,.0f}/s, about {left:,.0f} s left")
    say(f"{what}: {total:,} in {time.monotonic() - started:.1f} s")


def say(line):
    """Print one line to the log at once."""
    print(line, file=sys.stderr, flush=True)
