"""Windows along the contigs of a genome: where they lie, and which usable sites they have."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.encoding import Encoding
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.genomes.store.readable_contigs import ReadableContig
from coalflow.genomes.windows.window_bed import read_window_bed

SITES_AT_ONCE = 1_000_000  # whose positions are read at a time


@dataclasses.dataclass(frozen=True)
class GenomeWindows:
    """Windows along one contig, in the order in which they begin.

    Attributes
    ----------
    contig : str
    start, end : ndarray of int64, shape (windows,)
        The bases of a window as in BED: counted from 0, the end not included.
    first, count : ndarray of int64, shape (windows,)
        The index of its first usable site, and how many it has.
    at_contig_end : ndarray of bool, shape (windows,)
        Whether it is shorter than others, or moved back, since the contig ends.
    names : ndarray of object, shape (windows,), optional
        What the user calls windows; None where nobody named them.
    """

    contig: str
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    at_contig_end: npt.NDArray[np.bool_]
    names: npt.NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, rows: slice | npt.NDArray[Any]) -> GenomeWindows:
        """Return some of the windows."""
        return dataclasses.replace(
            self,
            start=self.start[rows],
            end=self.end[rows],
            first=self.first[rows],
            count=self.count[rows],
            at_contig_end=self.at_contig_end[rows],
            names=None if self.names is None else self.names[rows],
        )

    @property
    def span(self) -> tuple[int, int]:
        """The first site of any window, and the one after the last; nothing without windows."""
        if not len(self):
            return 0, 0
        return int(self.first.min()), int((self.first + self.count).max())

    def locate_in(self, positions: npt.NDArray[np.int64]) -> GenomeWindows:
        """Return the windows with the sites that they have in a piece of their contig.

        Parameters
        ----------
        positions : ndarray of int64, shape (sites,)
            The positions of the sites of the piece, counted from 1. It has all that lie in the
            windows, or, of some of the individuals, fewer.
        """
        # A position counts from 1, so it is before the base of the same number from 0.
        first = np.searchsorted(positions, self.start, side="right")
        after = np.searchsorted(positions, self.end, side="right")
        return dataclasses.replace(self, first=first, count=after - first)


def count_windows(contig: ReadableContig, encoding: Encoding, options: GenomeOptions) -> int:
    """Return how many windows a contig has; takes no time, however many they are.

    Parameters
    ----------
    contig, encoding, options
        As in :func:`lay_windows`.
    """
    if options.windows is not None:
        return len(read_window_bed(options.windows).get_windows(contig.name))
    return len(_number_windows(contig, encoding, options.step)[0])


def lay_windows(
    contig: ReadableContig,
    encoding: Encoding,
    options: GenomeOptions,
    first: int = 0,
    last: int | None = None,
) -> GenomeWindows:
    """Return windows of a contig.

    With padding they begin at each multiple of the step, from the contig's first base on, as long
    as they fit into the contig. What is left over at its end is a shorter window, and so is a
    contig that is shorter than a window. Where only some regions are read, windows that overlap
    none of them are left out.

    Without padding they have as many usable sites as the net reads, and begin every step of them.
    The last window is moved back until it has as many. A contig with fewer sites is one window.

    The user's own windows are as given, those that begin first at first.

    Parameters
    ----------
    contig : ReadableContig
    encoding : Encoding
        What the net reads.
    options : GenomeOptions
        Where windows lie: the step from one to the next, or the file that lists them.
    first, last : int
        Only windows ``first`` to ``last`` - 1 of the contig; to its end without ``last``.

    Raises
    ------
    CoalflowError
        If the user's windows cannot be read.
    """
    if options.windows is not None:
        return _lay_own(contig, options.windows, slice(first, last))
    total, size = _measure_contig(contig, encoding)
    numbers, full = _number_windows(contig, encoding, options.step)
    start = numbers[first:last] * options.step
    at_end = numbers[first:last] == full
    if encoding.pad:
        return _count_sites(contig, start, np.minimum(start + size, total), at_end)
    if total < size:
        return _count_sites(contig, start, np.full(len(start), contig.length), at_end)
    return _lay_sites(contig, np.minimum(start, total - size), size, at_end)


def _measure_contig(contig: ReadableContig, encoding: Encoding) -> tuple[int, int]:
    """Return the size of a contig and that of a window, both in bases, or both in sites."""
    if not encoding.pad:
        return contig.sites, encoding.sites
    assert encoding.length is not None  # windows are padded
    return contig.length, encoding.length


def _number_windows(
    contig: ReadableContig, encoding: Encoding, step: int
) -> tuple[npt.NDArray[np.int64], int]:
    """Return the numbers of a contig's windows, from 0, and how many are as long as others."""
    total, size = _measure_contig(contig, encoding)
    full, is_more = _count_steps(total, size, step)
    if contig.regions is None or not encoding.pad:
        return np.arange(full + is_more), full
    starts, ends = contig.regions[::2], contig.regions[1::2]
    # From the first window that ends within a region or after it, to the last that begins before
    # the region ends.
    low = np.clip((starts - size) // step + 1, 0, full + is_more)
    high = np.clip(-(-ends // step), 0, full + is_more)
    low[1:] = np.maximum(low[1:], high[:-1])
    ranges = [np.arange(*each) for each in zip(low.tolist(), high.tolist(), strict=True)]
    return np.concatenate([np.empty(0, np.int64), *ranges]), full


def _count_steps(total: int, size: int, step: int) -> tuple[int, bool]:
    """Return how many windows fit into a contig, and whether there is one more at its end."""
    full = (total - size) // step + 1 if total >= size else 0
    end = (full - 1) * step + size if full else 0
    return full, full == 0 or max(end, full * step) < total


def _count_sites(
    contig: ReadableContig,
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    at_end: npt.NDArray[np.bool_],
    names: npt.NDArray[Any] | None = None,
) -> GenomeWindows:
    """Return windows of these bases."""
    first = contig.count_sites_before(start)
    count = contig.count_sites_before(end) - first
    return GenomeWindows(contig.name, start, end, first, count, at_end, names)


def _lay_sites(
    contig: ReadableContig, first: npt.NDArray[np.int64], size: int, at_end: npt.NDArray[np.bool_]
) -> GenomeWindows:
    """Return windows of a number of sites, of which these are the first ones."""
    start = _read_positions(contig, first) - 1
    end = _read_positions(contig, first + size - 1)
    return GenomeWindows(contig.name, start, end, first, np.full(len(first), size), at_end)


def _read_positions(contig: ReadableContig, sites: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the positions of some sites, whose indices ascend."""
    positions = np.empty(len(sites), np.int64)
    lowest, after = (int(sites[0]), int(sites[-1]) + 1) if len(sites) else (0, 0)
    for begin in range(lowest, after, SITES_AT_ONCE):
        end = min(begin + SITES_AT_ONCE, after)
        low, high = np.searchsorted(sites, [begin, end])
        if low < high:
            positions[low:high] = contig.read_positions(begin, end)[sites[low:high] - begin]
    return positions


def _lay_own(contig: ReadableContig, path: str, rows: slice) -> GenomeWindows:
    """Return the user's windows of a contig."""
    own = read_window_bed(path).get_windows(contig.name)
    start, end = own.start[rows], own.end[rows]
    names = None if own.names is None else own.names[rows]
    return _count_sites(contig, start, end, np.zeros(len(start), bool), names)


# Which can be predicted ------------------------------------------------------------------------


def have_enough_sites(windows: GenomeWindows, encoding: Encoding) -> npt.NDArray[np.bool_]:
    """Return which windows a net can predict, bool (windows,).

    With padding it takes a usable site: without any the file may just not cover the window. Else
    it takes as many as the net reads.

    Parameters
    ----------
    windows : GenomeWindows
    encoding : Encoding
        What the net reads.
    """
    return windows.count >= (1 if encoding.pad else encoding.sites)


def refuse_unpredictable(
    contigs: Iterable[ReadableContig], encoding: Encoding, options: GenomeOptions
) -> None:
    """Refuse a genome none of whose windows can be predicted.

    Parameters
    ----------
    contigs : iterable of ReadableContig
        All usable ones.
    encoding, options
        As in :func:`lay_windows`.

    Raises
    ------
    CoalflowError
    """
    windows, most_sites = 0, 0
    for contig in contigs:
        laid = lay_windows(contig, encoding, options)
        if have_enough_sites(laid, encoding).any():
            return
        windows += len(laid)
        most_sites = max(most_sites, int(laid.count.max(initial=0)))
    own = options.windows
    if own is not None and not windows:
        raise CoalflowError(
            f"no window: all of {own} lie on contigs that are not used. Add windows on those that "
            "are"
        )
    if encoding.pad:
        of = f" of {own}" if own is not None else f", of {encoding.length:,} bases,"
        raise CoalflowError(f"no window: none of the {windows:,} windows{of} has a usable site")
    holder, fix = "contig", "Lower encoding.sites"
    if own is not None:
        holder, fix = f"window of {own}", "Lower encoding.sites, or list longer windows"
    raise CoalflowError(
        f"no window: the net reads {encoding.sites:,} sites, and the {holder} with the most usable "
        f"sites has {most_sites:,}. {fix}"
    )
