"""Batches of the windows of a genome: where they lie, and their encoding.

Windows are numbered along the whole genome. A batch is a fixed number of them, however many contigs
they lie on and however many jobs share the work, so that their bits depend on neither.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.encoding import Encoding
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.view import View
from coalflow.genomes.store.contigs import Contig
from coalflow.genomes.store.readable_contigs import ReadableContig
from coalflow.genomes.windows.laid_windows import (
    GenomeWindows,
    count_windows,
    have_enough_sites,
    lay_windows,
)
from coalflow.windows.encoding import encode_sites
from coalflow.windows.packed_windows import Windows

MOST_WINDOWS = 10_000  # of a batch
ALLELES_OF_BATCH = 400_000_000  # that nets read; as bits, 50 MB
ALLELES_AT_ONCE = 16_000_000  # that are read from the disk

#: Windows of one contig.
Piece: TypeAlias = tuple[ReadableContig, GenomeWindows]


@dataclasses.dataclass(frozen=True)
class WindowBatches:
    """The windows of a genome in batches.

    Attributes
    ----------
    contigs : sequence of ReadableContig
        In the order of the file, one or more.
    offsets : ndarray of int64, shape (contigs + 1,)
        How many windows lie on the contigs before each.
    size : int
        Windows of a batch; the last may have fewer.
    encoding : Encoding
        What nets read.
    options : GenomeOptions
        Where windows lie.
    """

    contigs: Sequence[ReadableContig]
    offsets: npt.NDArray[np.int64]
    size: int
    encoding: Encoding
    options: GenomeOptions

    @classmethod
    def plan(
        cls, contigs: Sequence[ReadableContig], encoding: Encoding, options: GenomeOptions
    ) -> WindowBatches:
        """Return the batches of a genome.

        Parameters
        ----------
        contigs, encoding, options
            The attributes of the batches.
        """
        numbers = [count_windows(contig, encoding, options) for contig in contigs]
        haplotypes = contigs[0].samples.number_of_haplotypes
        size = max(1, min(MOST_WINDOWS, ALLELES_OF_BATCH // (haplotypes * encoding.sites)))
        return cls(contigs, np.cumsum([0, *numbers]), size, encoding, options)

    @property
    def windows(self) -> int:
        """How many windows there are."""
        return int(self.offsets[-1])

    def __len__(self) -> int:
        return -(-self.windows // self.size)

    def split(self, part: int, parts: int) -> range:
        """Return which batches one of several jobs takes: neighbours, and about as many as others.

        Parameters
        ----------
        part, parts : int
            Which of the jobs, from 0, and how many there are.

        Examples
        --------
        >>> batches = WindowBatches([], np.array([0, 10]), 2, Encoding(sites=4), None)
        >>> [list(batches.split(part, 3)) for part in range(3)]
        [[0], [1, 2], [3, 4]]
        """
        return range(part * len(self) // parts, (part + 1) * len(self) // parts)

    def lay(self, batch: int) -> list[Piece]:
        """Return the windows of a batch, by their contigs.

        Parameters
        ----------
        batch : int
            Its index.
        """
        first, end = batch * self.size, min((batch + 1) * self.size, self.windows)
        begin = int(np.searchsorted(self.offsets, first, side="right")) - 1
        after = int(np.searchsorted(self.offsets, end))
        pieces = []
        for contig, offset, next_offset in zip(
            self.contigs[begin:after],
            self.offsets[begin:after].tolist(),
            self.offsets[begin + 1 :].tolist(),
            strict=False,
        ):
            rows = max(first - offset, 0), min(end, next_offset) - offset
            if rows[0] < rows[1]:
                laid = lay_windows(contig, self.encoding, self.options, *rows)
                pieces.append((contig, laid))
        return pieces


@dataclasses.dataclass(frozen=True)
class EncodedBatch:
    """The windows of a batch as models see them.

    Attributes
    ----------
    sites : ndarray of int64, shape (windows,)
        How many usable sites each window has.
    predictable : ndarray of bool, shape (windows,)
        Which of them have as many as nets need.
    encoded : Windows, optional
        Those that are predictable; None if there are none.
    """

    sites: npt.NDArray[np.int64]
    predictable: npt.NDArray[np.bool_]
    encoded: Windows | None


def encode_batch(pieces: Sequence[Piece], view: View, draw: int = 0) -> EncodedBatch:
    """Read and encode the windows of a batch.

    Parameters
    ----------
    pieces : sequence of (ReadableContig, GenomeWindows)
        What :meth:`WindowBatches.lay` returned.
    view : View
        That of the models.
    draw : int
        Which of several sets of individuals is read.
    """
    counts, predictable = [np.empty(0, np.int64)], [np.empty(0, np.bool_)]
    encoded = []
    for group in _group_for_reading(pieces):
        read = [_read_sites(contig, windows, draw) for contig, windows in group]
        enough = [have_enough_sites(windows, view.encoding) for _, windows in read]
        counts += [windows.count for _, windows in read]
        predictable += enough
        chosen = [
            (sites, windows[rows]) for (sites, windows), rows in zip(read, enough, strict=True)
        ]
        if any(len(windows) for _, windows in chosen):
            encoded.append(_encode(chosen, view))
    return EncodedBatch(np.concatenate(counts), np.concatenate(predictable), _join(encoded))


def _group_for_reading(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield windows whose sites fit into memory together."""
    group: list[Piece] = []
    alleles = 0
    for contig, windows in pieces:
        haplotypes = contig.samples.number_of_haplotypes
        for part in _cut_for_reading(windows, ALLELES_AT_ONCE // haplotypes):
            first, last = part.span
            if group and alleles + (last - first) * haplotypes > ALLELES_AT_ONCE:
                yield group
                group, alleles = [], 0
            group.append((contig, part))
            alleles += (last - first) * haplotypes
    if group:
        yield group


def _cut_for_reading(windows: GenomeWindows, most_sites: int) -> Iterator[GenomeWindows]:
    """Cut windows of one contig where they have too many sites; each alone may have more."""
    ends = np.maximum.accumulate(windows.first + windows.count)
    begin = 0
    while begin < len(windows):
        after = int(np.searchsorted(ends, windows.first[begin] + most_sites, side="right"))
        after = max(after, begin + 1)
        yield windows[begin:after]
        begin = after


def _read_sites(
    contig: ReadableContig, windows: GenomeWindows, draw: int
) -> tuple[Contig, GenomeWindows]:
    """Return the sites of windows, and the windows with their indices among these."""
    first, last = windows.span
    sites = contig.read_sites(first, last, draw)
    return sites, windows.locate_in(sites.positions)


@dataclasses.dataclass(frozen=True)
class _Bounds:
    """Windows among the sites of several contigs, int64 (windows,) each."""

    first: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]


def _encode(read: Sequence[tuple[Contig, GenomeWindows]], view: View) -> Windows:
    """Encode windows of several contigs together; of one at a time, thousands would take long."""
    contigs = [sites for sites, _ in read]
    called = [sites.called for sites in contigs if sites.called is not None]
    joined = dataclasses.replace(
        contigs[0],
        positions=np.concatenate([sites.positions for sites in contigs]),
        haplotypes=np.concatenate([sites.haplotypes for sites in contigs]),
        called=np.concatenate(called) if called else None,
    )
    offsets = np.cumsum([0, *(len(sites.positions) for sites in contigs)])
    bounds = _Bounds(
        np.concatenate(
            [windows.first + offset for (_, windows), offset in zip(read, offsets, strict=False)]
        ),
        np.concatenate([windows.count for _, windows in read]),
        np.concatenate([windows.start for _, windows in read]),
        np.concatenate([windows.end for _, windows in read]),
    )
    names = [f"{sites.name}:{start}" for sites, windows in read for start in windows.start.tolist()]
    return encode_sites(joined, bounds, names, view.encoding, view.observation)


def _join(parts: Sequence[Windows]) -> Windows | None:
    """Return windows together; None where there are none."""
    if len(parts) < 2:
        return parts[0] if parts else None
    joined = Windows.empty_like(parts[0], sum(map(len, parts)))
    begin = 0
    for part in parts:
        joined[begin : begin + len(part)] = part
        begin += len(part)
    return joined
