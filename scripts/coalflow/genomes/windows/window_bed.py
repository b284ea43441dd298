"""Windows that the user lists in a BED file."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.core.shown_names import shorten_name
from coalflow.genomes.selecting.name_lists import show_names, suggest_contig
from coalflow.windows.bed import BedLine, read_bed_lines


@dataclasses.dataclass(frozen=True)
class OwnWindows:
    """Windows that the user lists on one contig; those that begin first are first.

    Attributes
    ----------
    start, end : ndarray of int64, shape (windows,)
        Bases, counted from 0, the end not included.
    line : ndarray of int64, shape (windows,)
        The line of the file, from 1.
    names : ndarray of object, shape (windows,), optional
        The fourth column; None where no line of the file has one.
    """

    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]
    names: npt.NDArray[Any] | None

    def __len__(self) -> int:
        return len(self.start)


@dataclasses.dataclass(frozen=True)
class WindowBed:
    """The windows of a BED file.

    Attributes
    ----------
    path : str
    contigs : mapping of str to OwnWindows
        In the order of the file.
    """

    path: str
    contigs: Mapping[str, OwnWindows]

    def get_windows(self, contig: str) -> OwnWindows:
        """Return the windows on a contig, which may be none."""
        if contig in self.contigs:
            return self.contigs[contig]
        return _sort_windows([], has_names=False)


@functools.cache
def read_window_bed(path: str) -> WindowBed:
    """Return the windows in a BED file, in any order there; they may overlap and be repeated.

    Parameters
    ----------
    path : str
        Plain or gzipped.

    Raises
    ------
    CoalflowError
        If the file cannot be read as BED, or has no windows.
    """
    listed: dict[str, list[BedLine]] = {}
    for line in read_bed_lines(path):
        listed.setdefault(line.contig, []).append(line)
    if not listed:
        raise CoalflowError(f"{path}: has no windows: list those to predict")
    has_names = any(line.name for lines in listed.values() for line in lines)
    return WindowBed(
        str(path), {contig: _sort_windows(lines, has_names) for contig, lines in listed.items()}
    )


def _sort_windows(lines: list[BedLine], has_names: bool) -> OwnWindows:
    """Return the windows of lines, by their starts, and of the same start by their ends."""
    bases = np.array([(line.start, line.end, line.number) for line in lines], dtype=np.int64)
    start, end, number = bases.reshape(-1, 3).T
    order = np.lexsort([number, end, start])
    names = np.array([line.name for line in lines], dtype=object)[order] if has_names else None
    return OwnWindows(start[order], end[order], number[order], names)


def refuse_unfit_windows(
    bed: WindowBed, lengths: Mapping[str, int | None], path: str, is_part: bool
) -> None:
    """Refuse windows that do not lie on a genome.

    Parameters
    ----------
    bed : WindowBed
    lengths : mapping of str to int or None
        Those of the contigs that the genome's file names, as far as they are read. A file that
        names none may have any.
    path : str
        The file.
    is_part : bool
        Whether only a part of the genome is read. Then there may be windows on other contigs.

    Raises
    ------
    CoalflowError
        If a window is on a contig that the genome does not have, or ends beyond its contig. The
        message has the line.
    """
    for contig, windows in bed.contigs.items():
        length = lengths.get(contig)
        if contig not in lengths and lengths and not is_part:
            raise CoalflowError(
                f"{bed.path}:{windows.line.min()}: is on contig {shorten_name(contig)}, but the "
                f"contigs of {path} are {show_names(lengths)}. Where windows are of more contigs "
                "than the file has, list those to read under genomes.<name>.contigs"
                f"{suggest_contig(contig, lengths)}"
            )
        if length is not None and windows.end.max() > length:
            line = windows.line[windows.end > length].min()
            end = windows.end[windows.line == line][0]
            raise CoalflowError(
                f"{bed.path}:{line}: ends at base {end:,}, but contig {shorten_name(contig)} of "
                f"{path} has {length:,}: correct the line, if both are of the same assembly"
            )


def describe_unused_windows(bed: WindowBed, used: Collection[str]) -> str:
    """Return in words which windows lie on contigs that are not used; nothing if there are none.

    Parameters
    ----------
    bed : WindowBed
    used : collection of str
        The contigs that are used.
    """
    unused = {name: len(own) for name, own in bed.contigs.items() if name not in used}
    if not unused:
        return ""
    every = sum(map(len, bed.contigs.values()))
    return (
        f"{sum(unused.values()):,} of the {every:,} windows of {bed.path} lie on contigs that are "
        f"not used: {show_names(unused)}"
    )
