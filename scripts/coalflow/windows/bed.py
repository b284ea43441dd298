"""BED files: stretches of a genome, line by line."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import read_lines

LONGEST_SHOWN = 60  # characters of a line in a message
HEADERS = ("track", "browser")  # a line's first word: contigs may be named track1
# Python's int() would also read 1_000 and other scripts' digits. No contig has 1e12 bases.
BASE = re.compile("[0-9]{1,12}")
MOST_BYTES = 2_000_000_000  # of text: a hundred times the mask of a human genome
MOST_EMPTY = 100_000  # lines in a row that have no stretch


class BedLine(NamedTuple):
    """A line of a BED file.

    Attributes
    ----------
    number : int
        Of the line, from 1.
    contig : str
    start, end : int
        Bases, counted from 0, the end not included.
    name : str
        The fourth column; empty where there is none.
    """

    number: int
    contig: str
    start: int
    end: int
    name: str


def read_bed_lines(path: str) -> Iterator[BedLine]:
    """Yield the stretches of a BED file, in its order.

    Parameters
    ----------
    path : str
        Plain or gzipped.

    Raises
    ------
    CoalflowError
        If the file cannot be read as BED; the message has the line.
    """
    for number, line in _iterate_stretch_lines(path):
        columns = _split(line)
        contig, *ends = columns[:3]
        if len(ends) < 2 or not all(map(BASE.fullmatch, ends)):
            raise CoalflowError(f"{path}:{number}: {_explain_line(line, ends)}")
        start, end = map(int, ends)
        if start >= end:
            raise CoalflowError(
                f"{path}:{number}: goes from {start} to {end}, but a stretch ends after its start "
                "(BED counts from 0, the end is not included)"
            )
        yield BedLine(number, contig, start, end, columns[3] if len(columns) > 3 else "")


def count_columns(path: str) -> int:
    """Return how many columns the first line of a file has that is not a header; 0 without one.

    Raises
    ------
    CoalflowError
        If the file cannot be read.
    """
    return next((len(_split(line)) for _, line in _iterate_stretch_lines(path)), 0)


def _split(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split()


def _iterate_stretch_lines(path: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of a BED file's lines of stretches."""
    last = 0
    for number, line in enumerate(read_lines(path, "a BED file", MOST_BYTES), 1):
        words = line.split(None, 1)
        if words and not line.startswith("#") and words[0] not in HEADERS:
            last = number
            yield number, line.rstrip("\r\n")
        elif number - last > MOST_EMPTY:
            raise CoalflowError(
                f"{path}:{number}: {MOST_EMPTY:,} lines before have no stretch, so it is not a BED "
                "file"
            )


def _explain_line(line: str, ends: list[str]) -> str:
    """Return what is wrong with a line, of which these are the columns after the contig."""
    shown = repr(line[:LONGEST_SHOWN])
    if len(ends) == 2 and all(re.fullmatch("-?[0-9]+", end) for end in ends):
        wrong = "a negative base" if "-" in "".join(ends) else "a base beyond any contig"
        return f"is {shown}, which has {wrong}: correct the line"
    return (
        f"is {shown}, but a line of a BED file has a contig, a start and an end, separated by "
        "tabs: whole numbers, in digits alone"
    )
