"""Where lines go: to the end of a log, or above a display of what runs, on a terminal."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from coalflow_terminal.stages import MOST_NAMED, Run

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live


def _can_redraw(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal on which what was written can be replaced."""
    # Snakemake does not need rich, which may be missing where it is installed by itself.
    if not stream.isatty() or importlib.util.find_spec("rich") is None:
        return False
    from rich.console import Console

    return not Console(file=stream).is_dumb_terminal


class Screen:
    """The terminal, or a file in its place.

    Parameters
    ----------
    stream : file
    run : Run
        Its jobs are displayed on a terminal as they run.
    """

    def __init__(self, stream: TextIO, run: Run) -> None:
        self.stream, self.run = stream, run
        self.is_live = _can_redraw(stream)
        self.live: Live | None = None

    def say(self, lines: Iterable[str]) -> None:
        """Show lines, each once; those of a run with the time since it began."""
        for line in lines:
            minutes, seconds = divmod(int(time.monotonic() - self.run.started), 60)
            if self.run.totals:
                line = f"{minutes:3d}:{seconds:02d}  " + line.replace("\n", "\n        ")
            if self.live:
                self.live.console.print(line, markup=False, highlight=False, soft_wrap=True)
            else:
                print(line, file=self.stream, flush=True)

    def refresh(self) -> None:
        """Show what runs, on a terminal, unless a job uses that itself."""
        if not self.is_live:
            return
        if not self.run.running:
            self.stop()
            return
        if any(job.writes_to_terminal for job in self.run.running.values()):
            self.stop()
        elif self.live is None:
            self.live = self._make_display()
            self.live.start(refresh=True)
        else:
            self.live.refresh()

    def _make_display(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self.stream)
        return Live(console=console, get_renderable=self._draw, auto_refresh=False, transient=True)

    def _draw(self) -> RenderableType:
        """Return a bar of all jobs, and below it a line for each stage or job that runs."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        run = self.run
        total = Table.grid(padding=(0, 1))
        total.add_row(
            ProgressBar(total=max(1, run.total), completed=run.done, width=40),
            f"{run.done:,} of {run.total:,} jobs",
        )
        lines = []
        for stage in run.stages.values():
            jobs = list(stage.running.values())
            if jobs and (not stage.names_jobs or stage.total > MOST_NAMED):
                lines.append(f"{stage.title}: {stage.describe()}")
            if stage.names_jobs:
                lines += [f"{job.what}  {job.tail.last_line}" for job in jobs[:MOST_NAMED]]
        return Group(total, *(Text(line, no_wrap=True, overflow="ellipsis") for line in lines))

    def stop(self) -> None:
        """Remove the display, and leave the terminal to others."""
        if self.live:
            self.live.stop()
            self.live = None
