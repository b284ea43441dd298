"""Accessibility masks: BED files of the stretches of a genome where sites can be seen.

Each simulated window is given a stretch of the mask that is as long as the window. It begins
anywhere between a contig's first accessible base and its last, all beginnings equally likely,
since that is where the windows of a real genome are.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import pathlib
from array import array
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.scans.significance import advise_block
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.windows.bed import read_bed_lines
from coalflow.windows.shards import Shard

NAMES_SHOWN = 3
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
        return float(self.covered_shares(contig, np.array([start]), np.array([end]))[0])

    def covered_shares(
        self, contig: str, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Return the accessible share of each window of a contig, from ``start`` to ``end``."""
        edges = self.edges.get(contig, NO_EDGES)
        before_stretch = np.append(0, np.cumsum(edges[1::2] - edges[::2]))

        def count_before(bases: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
            """Return how many bases before each of these are accessible."""
            begun = np.searchsorted(edges[::2], bases, side="right")
            unfinished = np.append(0, edges[1::2])[begun] - bases
            return before_stretch[begun] - np.maximum(unfinished, 0)

        return (count_before(end) - count_before(start)) / (end - start)

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
                    f"base and its last, as simulations have; the longest has {spans.max():,}. "
                    "Lower simulation.sequence_length, or for the null significance.block"
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
    stretches: dict[str, array[int]] = {}
    for line in read_bed_lines(path):
        stretches.setdefault(line.contig, array("q")).extend((line.start, line.end))
    if not stretches:
        raise CoalflowError(f"{path}: has no stretches: list those that are accessible")
    return Mask(str(path), {contig: join_stretches(listed) for contig, listed in stretches.items()})


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
        "sha256": _compute_digest(path),
    }


def _compute_digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_unnamed_contigs(mask: Mask, contigs: Iterable[str]) -> list[str]:
    """Return the contigs that a mask never names: none of their sites are used."""
    return [contig for contig in contigs if contig not in mask.edges]


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


def join_stretches(ends: array[int]) -> npt.NDArray[np.int64]:
    """Return the edges of stretches, int64; those that overlap or touch become one.

    ``ends`` has the start and the end of each stretch, one after the other.
    """
    listed = np.array(ends, dtype=np.int64).reshape(-1, 2)
    starts, ends_of = listed[np.argsort(listed[:, 0], kind="stable")].T
    ends_of = np.maximum.accumulate(ends_of)
    new = np.r_[True, starts[1:] > ends_of[:-1]]
    last = np.r_[np.flatnonzero(new)[1:] - 1, len(starts) - 1]
    return np.column_stack([starts[new], ends_of[last]]).ravel()


def _show_names(names: Iterable[str]) -> str:
    listed = list(names)
    more = ", ..." if len(listed) > NAMES_SHOWN else ""
    return ", ".join(listed[:NAMES_SHOWN]) + more


def refuse_short(path: str | None, length: int, windows: int) -> None:
    """Refuse a mask through which no block of the null can be seen.

    Parameters
    ----------
    path : str, optional
        The BED file; None without a mask.
    length : int
        Bases of a block.
    windows : int
        How many windows side by side are as long.

    Raises
    ------
    CoalflowError
        If no contig has as many bases between its first accessible base and its last. The message
        has the longest block that would do.
    """
    if path is None:
        return
    longest = int(max(edges[-1] - edges[0] for edges in read_mask(path).edges.values()))
    if longest < length:
        raise CoalflowError(
            f"{path}: no contig has {length:,} bases between its first accessible base and "
            f"its last, as blocks of the null have; the longest has {longest:,}: "
            f"{advise_block(longest, length // windows)}"
        )


# Simulated windows -----------------------------------------------------------------------------


def draw_mask_stretches(
    mask: Mask, shard: Shard, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the stretch of a mask through which each replicate is observed.

    Parameters
    ----------
    mask : Mask
    shard : Shard
    rows : ndarray of int64, shape (replicates,)
        Indices of replicates in the shard.

    Returns
    -------
    contig, base : ndarray of int64, shape (replicates,)
        As :meth:`Mask.draw_stretches` returns them.

    Raises
    ------
    CoalflowError
        If no contig of the mask is as long as a replicate.
    """
    # A replicate's seed is the name here: it distinguishes replicates of all runs.
    fractions = seeds.derive_fractions(0, "observation", "mask", names=shard.seed[rows].tolist())
    return mask.draw_stretches(shard.truth["parameter/sequence_length"][rows], fractions)


def find_accessible(
    mask: Mask,
    shard: Shard,
    rows: npt.NDArray[np.int64],
    sites: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Return which sites of replicates lie in the stretches of the mask drawn for them.

    Parameters
    ----------
    mask : Mask
    shard : Shard
    rows : ndarray of int64, shape (replicates,)
        Indices of replicates in the shard.
    sites : ndarray of int64, shape (sites,)
        Indices of their sites in the shard, replicate by replicate.
    counts : ndarray of int64, shape (replicates,)
        How many each replicate has.

    Returns
    -------
    ndarray of bool, shape (sites,)

    Raises
    ------
    CoalflowError
        If no contig of the mask is as long as a replicate.
    """
    drawn = draw_mask_stretches(mask, shard, rows)
    return mask.covers_windows(*drawn, shard.positions[sites], counts)
