"""Accessibility masks: BED files of the stretches of a genome where sites can be seen.

Each simulated window is given a stretch of the mask that is as long as the window. It begins
anywhere between a contig's first accessible base and its last, all beginnings equally likely,
since that is where the windows of a real genome are.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import hashlib
import pathlib
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError

LONGEST_SHOWN = 60  # characters of a line in a message
NAMES_SHOWN = 3
COMMENTS = ("#", "track", "browser")
NO_EDGES = np.empty(0, dtype=np.int64)


@dataclasses.dataclass(frozen=True)
class Mask:
    """Accessible stretches.

    Attributes
    ----------
    path : str
        The BED file.
    edges : mapping of str to ndarray of int64, shape (2 * stretches,)
        Of each contig: where the first stretch begins, where it ends, where the second
        begins, ..., ascending. As in BED, from 0, ends not included.
    """

    path: str
    edges: Mapping[str, npt.NDArray[np.int64]]

    def covers(self, contig: str, bases: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return which bases of a contig, counted from 0, are accessible; bool (bases,)."""
        edges = self.edges.get(contig, NO_EDGES)
        return np.searchsorted(edges, bases, side="right") % 2 == 1

    def covered_share(self, contig: str, start: int, end: int) -> float:
        """Return the accessible share of the bases ``start`` to ``end`` of a contig."""
        edges = np.clip(self.edges.get(contig, NO_EDGES), start, end)
        return float((edges[1::2] - edges[::2]).sum() / (end - start))

    def draw_stretches(
        self, lengths: npt.NDArray[Any], fractions: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the contig and the first base of a stretch for each window.

        Parameters
        ----------
        lengths : ndarray, shape (windows,)
            Bases of the windows.
        fractions : ndarray of float64, shape (windows,)
            Random numbers in [0, 1) that decide where the stretches begin.

        Returns
        -------
        contig : ndarray of int64, shape (windows,)
            Index of the contig in ``edges``.
        base : ndarray of int64, shape (windows,)

        Raises
        ------
        CoalflowError
            If no contig is as long as a window.
        """
        first = np.array([edges[0] for edges in self.edges.values()])
        spans = np.array([edges[-1] for edges in self.edges.values()]) - first
        contig = np.empty(len(lengths), dtype=np.int64)
        base = np.empty(len(lengths), dtype=np.int64)
        for length in np.unique(lengths):
            these = lengths == length
            ends = np.cumsum(np.maximum(spans - int(np.ceil(length)) + 1, 0))
            if ends[-1] == 0:
                raise CoalflowError(
                    f"{self.path}: no contig has {length:,.0f} bases between its first accessible "
                    f"base and its last, as simulated windows have; the longest has "
                    f"{spans.max():,}. Lower simulation.sequence_length"
                )
            drawn = (fractions[these] * ends[-1]).astype(np.int64)
            contig[these] = np.searchsorted(ends, drawn, side="right")
            before = np.r_[0, ends[:-1]][contig[these]]
            base[these] = first[contig[these]] + drawn - before
        return contig, base

    def covers_windows(
        self,
        contig: npt.NDArray[np.int64],
        base: npt.NDArray[np.int64],
        positions: npt.NDArray[np.float64],
        counts: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.bool_]:
        """Return which sites of windows are accessible.

        Parameters
        ----------
        contig, base : ndarray of int64, shape (windows,)
            The stretch of each window, as :meth:`draw_stretches` returns them.
        positions : ndarray of float64, shape (sites,)
            In bases from the window's left end, window by window.
        counts : ndarray of int64, shape (windows,)
            Number of sites of each window.

        Returns
        -------
        ndarray of bool, shape (sites,)
        """
        accessible = np.empty(len(positions), dtype=bool)
        ends = np.cumsum(counts)
        names = list(self.edges)
        for window, end in enumerate(ends):
            sites = slice(end - counts[window], end)
            accessible[sites] = self.covers(names[contig[window]], positions[sites] + base[window])
        return accessible


@functools.cache
def read_mask(path: str) -> Mask:
    """Return the mask in a BED file; overlapping stretches are joined.

    Parameters
    ----------
    path : str
        Plain or gzipped.

    Raises
    ------
    CoalflowError
        If the file cannot be read as BED; the message has the line.
    """
    stretches: dict[str, list[tuple[int, int]]] = {}
    for number, line in _iterate_stretch_lines(path):
        columns = line.split("\t") if "\t" in line else line.split()
        try:
            contig, start, end = columns[0], int(columns[1]), int(columns[2])
        except (IndexError, ValueError):
            shown = line[:LONGEST_SHOWN]
            raise CoalflowError(
                f"{path}:{number}: is {shown!r}, but a line of a BED file has a contig, a start "
                "and an end, separated by tabs"
            ) from None
        if not 0 <= start < end:
            raise CoalflowError(
                f"{path}:{number}: goes from {start} to {end}, but a stretch begins at 0 or later "
                "and ends after its start (BED counts from 0, the end is not included)"
            )
        stretches.setdefault(contig, []).append((start, end))
    if not stretches:
        raise CoalflowError(f"{path}: has no stretches: list those that are accessible")
    return Mask(str(path), {contig: _join(listed) for contig, listed in stretches.items()})


def describe_mask(path: str) -> dict[str, str | int]:
    """Return what a mask covers, for ``observation.json``.

    It includes the digest of the file, so that what depends on the mask is rerun when it changes.

    Parameters
    ----------
    path : str
        The BED file.

    Raises
    ------
    CoalflowError
        If the file cannot be read as BED.
    """
    edges = read_mask(path).edges.values()
    return {
        "path": path,
        "contigs": len(edges),
        "stretches": sum(len(contig) // 2 for contig in edges),
        "accessible_bases": int(sum(np.diff(contig)[::2].sum() for contig in edges)),
        "bases_spanned": int(sum(contig[-1] - contig[0] for contig in edges)),
        "sha256": hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest(),
    }


def refuse_unknown_contigs(mask: Mask, contigs: Collection[str], path: str | pathlib.Path) -> None:
    """Refuse a file of which no contig is among the mask's.

    Parameters
    ----------
    mask : Mask
    contigs : collection of str
        Those of the file; none are not refused.
    path : str or Path
        The file.

    Raises
    ------
    CoalflowError
        The message shows how the file and the mask name their contigs.
    """
    if contigs and not any(contig in mask.edges for contig in contigs):
        raise CoalflowError(
            f"{path}: names its contigs {_show_names(contigs)}, but the mask {mask.path} names "
            f"them {_show_names(mask.edges)}: write the mask's names as in the VCF"
        )


def _iterate_stretch_lines(path: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of a BED file's lines of stretches."""
    number = 0
    try:
        with _open_text(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not line.startswith(COMMENTS):
                    yield number, line.rstrip("\r\n")
    except UnicodeDecodeError:
        raise CoalflowError(
            f"{path}: cannot be read as text after line {number:,}, so it is not a BED file"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        where = f"after line {number:,}" if number else "at its beginning"
        raise CoalflowError(f"{path}: cannot be read {where} ({error})") from None


def _open_text(path: str) -> IO[str]:
    """Open a file that may be gzipped."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if packed:
        return gzip.open(path, "rt", encoding="utf-8")
    return open(path, encoding="utf-8")


def _join(stretches: list[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """Return the edges of stretches, int64; those that overlap or touch become one."""
    starts, ends = np.array(sorted(stretches), dtype=np.int64).T
    ends = np.maximum.accumulate(ends)
    new = np.r_[True, starts[1:] > ends[:-1]]
    last = np.r_[np.flatnonzero(new)[1:] - 1, len(starts) - 1]
    return np.column_stack([starts[new], ends[last]]).ravel()


def _show_names(names: Iterable[str]) -> str:
    listed = list(names)
    more = ", ..." if len(listed) > NAMES_SHOWN else ""
    return ", ".join(listed[:NAMES_SHOWN]) + more
