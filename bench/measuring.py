"""How every bench measures, and the rows that it hands over.

A bench does the same work in several ways, in turn, for some rounds, and counts processor time: the
seconds that processors work for this process and the programs that it runs, so that other work on
the machine disturbs little. A ratio is taken within each round, and given as median and range.

    times = time_rounds({"coalflow": time_call(ours), "msprime": time_call(theirs)}, rounds=5)
    row = compare("window", times, "coalflow", "msprime", amount=windows, unit="ms",
                  mark=Mark(">=", 1.5))

The main function of a bench is::

    arguments = make_parser(__doc__).parse_args()
    hand_over([row, ...], arguments.output)

What runs in another Python, or with the library of an earlier checkout, is a :class:`Server`: a
process that calls :func:`serve`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

#: Does the work of a round, and returns the seconds that it took.
Way = Callable[[], float]
#: What keeps numerical libraries on one core.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
SCALES = {"s": 1.0, "ms": 1e3, "us": 1e6}  # of units of time, per second
SIGNS = {">=": "≥", "<=": "≤"}


class CannotRun(Exception):
    """Something that is measured cannot run here; the message says what is missing."""


@dataclasses.dataclass(frozen=True)
class Spread:
    """Median and range over rounds."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def from_values(cls, values: Iterable[float]) -> Spread:
        """Return the median and the range of values."""
        values = list(values)
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.lowest == self.highest:
            return _format_number(self.median)
        lowest, highest = _format_number(self.lowest), _format_number(self.highest)
        return f"{_format_number(self.median)} ({lowest} to {highest})"


@dataclasses.dataclass(frozen=True)
class Mark:
    """What a row should reach: its median ratio, or its median value, has a limit."""

    sign: Literal[">=", "<="]
    limit: float
    of: Literal["ratio", "value"] = "ratio"


@dataclasses.dataclass(frozen=True)
class Row:
    """Something that was measured.

    Attributes
    ----------
    what : str
        The work, with its size.
    value : Spread
        Over rounds.
    unit : str
        Of the value, such as ``ms``, ``windows/s`` or ``MiB``.
    anchor : str
        What it is compared with, measured in the same rounds; empty where there is no such thing.
    ratio : Spread or None
        How many times as fast as the anchor, or how many times less memory; above 1 is better.
    mark : Mark or None
    """

    what: str
    value: Spread
    unit: str
    anchor: str = ""
    ratio: Spread | None = None
    mark: Mark | None = None

    @property
    def is_reached(self) -> bool | None:
        """Whether the mark is reached; None without a mark."""
        if self.mark is None:
            return None
        spread = self.value if self.mark.of == "value" else self.ratio
        assert spread is not None, f"{self.what}: a mark of a ratio needs an anchor"
        if self.mark.sign == ">=":
            return spread.median >= self.mark.limit
        return spread.median <= self.mark.limit


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a program took: processor seconds, and MiB of its largest process at most."""

    seconds: float
    memory: float


def time_call(function: Callable[..., object], *arguments: Any) -> Way:
    """Return a way that calls a function, and counts processor time of it and what it runs."""

    def run() -> float:
        started = _count_seconds()
        function(*arguments)
        return _count_seconds() - started

    return run


def time_command(command: Sequence[str | pathlib.Path], **options: Any) -> Way:
    """Return a way that runs a program from its start to its end; see :func:`run_command`."""
    return lambda: run_command(command, **options).seconds


def run_command(command: Sequence[str | pathlib.Path], **options: Any) -> Cost:
    """Run a program to its end, and return what it took, with all programs that it waited for.

    Memory is at least what this process itself has used so far, which Linux counts as well.

    Parameters
    ----------
    command : sequence of str or path
    **options
        Of :class:`subprocess.Popen`; what the program prints is dropped by default.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    options = {"stdout": subprocess.DEVNULL, **options}
    words = [str(word) for word in command]
    process = subprocess.Popen(words, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def time_rounds(
    ways: Mapping[str, Way], rounds: int = 5, warm_up: int = 1
) -> dict[str, list[float]]:
    """Run all ways in turn, for some rounds.

    Parameters
    ----------
    ways : mapping of str to callable
        By name.
    rounds : int
    warm_up : int
        Rounds before these, which do not count: something is compiled, read or reserved in them.

    Returns
    -------
    dict of str to list of float
        Seconds of each round.
    """
    for _ in range(warm_up):
        for run in ways.values():
            run()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            times[name].append(run())
    return times


def compare(
    what: str,
    times: Mapping[str, Sequence[float]],
    way: str,
    anchor: str = "",
    *,
    amount: float = 1,
    anchor_amount: float | None = None,
    unit: str = "s",
    mark: Mark | None = None,
) -> Row:
    """Return the row of a way, compared with another one of the same rounds.

    Parameters
    ----------
    what : str
    times : mapping of str to sequence of float
        What :func:`time_rounds` returned.
    way, anchor : str
        Names in ``times``; without an anchor there is no ratio.
    amount : float
        How much is done in a round, such as the number of windows.
    anchor_amount : float, optional
        The same of the anchor, if it differs.
    unit : str
        ``s``, ``ms`` or ``us``: time for one of the amount. Anything else, such as ``windows/s``:
        how many of them in a second.
    mark : Mark, optional
    """
    each = [seconds / amount for seconds in times[way]]
    values = [SCALES[unit] * one if unit in SCALES else 1 / one for one in each]
    ratio = None
    if anchor:
        others = [seconds / (anchor_amount or amount) for seconds in times[anchor]]
        ratio = Spread.from_values(b / a for a, b in zip(each, others, strict=True))
    return Row(what, Spread.from_values(values), unit, anchor, ratio, mark)


class Server:
    """A process that does work of its own, in another Python, whenever it is sent a line.

    Parameters
    ----------
    command : sequence of str or path
        A program that calls :func:`serve`.
    environment : mapping of str to str, optional
        Variables that are added to those of this process.

    Raises
    ------
    CannotRun
        If the program ends before it serves.
    """

    def __init__(
        self,
        command: Sequence[str | pathlib.Path],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._words = [str(word) for word in command]
        self._process = subprocess.Popen(
            self._words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self.names: list[str] = self._read()  # of its ways

    def time(self, name: str) -> Way:
        """Return one of its ways."""

        def run() -> float:
            assert self._process.stdin is not None
            print(name, file=self._process.stdin, flush=True)
            return float(self._read())

        return run

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise CannotRun(f"{' '.join(self._words)} ended early")
        return json.loads(line)


def serve(ways: Mapping[str, Way]) -> None:
    """Run a way for each line that is read, and print its seconds, until the input ends."""
    print(json.dumps(list(ways)), flush=True)
    for line in sys.stdin:
        print(json.dumps(ways[line.rstrip("\n")]()), flush=True)


def start_before(checkout: pathlib.Path, program: str, *options: str) -> Server:
    """Start a bench with the library and the Python of an earlier checkout, with ``--serve``.

    Parameters
    ----------
    checkout : path
        Of an earlier version, with its .venv.
    program : str
        ``__file__`` of the bench. It finds the earlier library if it appends ``scripts`` to
        ``sys.path``, where PYTHONPATH comes first.
    *options : str

    Raises
    ------
    CannotRun
        If the bench does not run with the earlier library.
    """
    python = checkout / ".venv/bin/python"
    return Server(
        [python, program, *options, "--serve"], {"PYTHONPATH": str(checkout.resolve() / "scripts")}
    )


def make_parser(description: str | None, rounds: int = 5) -> argparse.ArgumentParser:
    """Return a parser with the options of all benches.

    Parameters
    ----------
    description : str
        Of which the first line is shown.
    rounds : int
        The default of ``--rounds``.
    """
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--before", type=pathlib.Path, help="an earlier checkout with its .venv")
    parser.add_argument("--output", type=pathlib.Path, help="where rows are written, as JSON")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser


def hand_over(
    rows: Sequence[Row], output: pathlib.Path | None = None, left_out: Sequence[str] = ()
) -> None:
    """Print rows as a table, and write them as JSON if there is a path.

    Parameters
    ----------
    rows : sequence of Row
    output : path, optional
    left_out : sequence of str
        What was not measured, and why.
    """
    if rows:
        print(format_table(rows))
    for line in left_out:
        print(f"not measured: {line}")
    write_rows(rows, output, left_out)


def write_rows(
    rows: Sequence[Row], output: pathlib.Path | None, left_out: Sequence[str] = ()
) -> None:
    """Write rows as JSON if there is a path; a long bench does so whenever it has some."""
    if output is not None:
        value = {"rows": [dataclasses.asdict(row) for row in rows], "left_out": list(left_out)}
        output.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def read_rows(path: pathlib.Path) -> tuple[list[Row], list[str]]:
    """Return what :func:`hand_over` wrote: rows, and what was not measured."""
    value = json.loads(path.read_text(encoding="utf-8"))
    return [_make_row(**row) for row in value["rows"]], value["left_out"]


def _make_row(**fields: Any) -> Row:
    for name, kind in {"value": Spread, "ratio": Spread, "mark": Mark}.items():
        if fields[name] is not None:
            fields[name] = kind(**fields[name])
    return Row(**fields)


def format_table(rows: Sequence[Row]) -> str:
    """Return a table in Markdown, in columns that line up."""
    cells = [["What", "Measured", "Against", "Times as fast", "Mark", "Reached"]]
    cells += [_format_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    ]
    return "\n".join(f"| {line} |" for line in lines)


def _format_cells(row: Row) -> list[str]:
    mark = ""
    if row.mark is not None:
        unit = row.unit if row.mark.of == "value" else "times"
        mark = f"{SIGNS[row.mark.sign]} {_format_number(row.mark.limit)} {unit}"
    reached = {None: "", True: "yes", False: "no"}[row.is_reached]
    ratio = "" if row.ratio is None else str(row.ratio)
    return [row.what, f"{row.value} {row.unit}", row.anchor, ratio, mark, reached]


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _count_seconds() -> float:
    """Return processor seconds of this process, and of those that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
