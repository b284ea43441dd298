"""Windows of a genome that are compared with simulated ones: which of them, and their encoding.

They lie side by side on the genome's own grid, so that each of its sites counts once, wherever the
scan's windows are. Only what a simulation can resemble is compared:

- windows of full length, as simulated ones are: not what is left over at the end of a contig, nor
  those that extend beyond the regions that are read;
- windows with as many sites as a net needs: without any, the file may just not cover them;
- windows without a long stretch in which no site is known, as in a centromere. What is long depends
  on how far the genome's own sites are apart, so that a genome that is less diverse than the
  simulations is not taken for one full of gaps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.encoding import Encoding
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.view import View
from coalflow.core.shown_names import shorten_name
from coalflow.genomes.store.readable_contigs import ReadableContig
from coalflow.genomes.windows.laid_windows import GenomeWindows, have_enough_sites, lay_windows
from coalflow.genomes.windows.window_batches import Piece, encode_batch
from coalflow.windows.packed_windows import Windows

MOST_WINDOWS = 5_000  # of a genome, each of which is read from the disk by itself
LONGER = 2  # times longer than any in simulated windows is a gap


@dataclasses.dataclass(frozen=True)
class ComparedWindows:
    """Windows of a genome that can be compared with simulated ones.

    Attributes
    ----------
    encoded : Windows, optional
        None if there are none.
    counts : ndarray of int64, shape (windows,)
        How many sites lie in each, whether the net sees them or not.
    lengths : ndarray of int64, shape (windows,)
        How many bases each spans.
    places : list of str
        Where each lies, as genome browsers write it: bases counted from 1.
    in_genome : int
        How many windows of full length the genome has.
    with_sites : int
        How many of these have enough sites.
    with_gap : int
        How many were read, but have a gap.
    """

    encoded: Windows | None
    counts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    places: list[str]
    in_genome: int
    with_sites: int
    with_gap: int

    def __len__(self) -> int:
        return len(self.counts)


def read_compared_windows(
    contigs: Sequence[ReadableContig],
    options: GenomeOptions,
    view: View,
    longest_gap: float,
    most: int,
) -> ComparedWindows:
    """Read the windows of a genome that are compared.

    Parameters
    ----------
    contigs : sequence of ReadableContig
    options : GenomeOptions
    view : View
        That of the models.
    longest_gap : float
        The longest of a simulated window (:func:`measure_gaps`).
    most : int
        How many windows are read at most. Of more, some are taken from everywhere.
    """
    encoding = view.encoding
    pieces, in_genome = _lay_side_by_side(contigs, options, encoding)
    with_sites = sum(len(windows) for _, windows in pieces)
    pieces = _choose_evenly(pieces, min(most, MOST_WINDOWS))
    typical = find_typical_number([int(windows.count[0]) for _, windows in pieces], encoding)
    gaps = measure_gaps((_read_shares(*piece, encoding) for piece in pieces), typical)
    fitting = [pieces[row] for row in np.flatnonzero(gaps <= LONGER * longest_gap)]
    with_gap = len(pieces) - len(fitting)
    batch = encode_batch(fitting, view)
    # Of one of several draws of individuals, windows may have too few sites.
    encoded = [fitting[row] for row in np.flatnonzero(batch.predictable)]
    return ComparedWindows(
        encoded=batch.encoded,
        counts=batch.sites[batch.predictable],
        lengths=np.array([int(one.end[0] - one.start[0]) for _, one in encoded], dtype=np.int64),
        places=[
            f"{shorten_name(contig.name)}:{one.start[0] + 1}-{one.end[0]}"
            for contig, one in encoded
        ],
        in_genome=in_genome,
        with_sites=with_sites,
        with_gap=with_gap,
    )


def find_typical_number(counts: npt.ArrayLike, encoding: Encoding) -> float:
    """Return how many sites a typical window has, of one genome or of one cell.

    Parameters
    ----------
    counts : array of int, shape (windows,)
        How many sites lie in each.
    encoding : Encoding
    """
    counts = np.asarray(counts)
    return float(np.median(counts)) if encoding.pad and len(counts) else encoding.sites


def measure_gaps(
    windows: Iterable[npt.NDArray[np.float64]], typical: float
) -> npt.NDArray[np.float64]:
    """Return the longest stretch of each window without a site, in mean distances between sites.

    Parameters
    ----------
    windows : iterable of ndarray of float64, shape (sites,)
        Where the sites of each window are, as shares of it.
    typical : float
        How many sites a typical window has.

    Examples
    --------
    >>> measure_gaps([np.array([0.2, 0.4, 0.5]), np.array([0.1])], typical=10)
    array([5., 9.])
    """
    longest = [np.diff(np.r_[0, shares, 1]).max() for shares in windows]
    return np.array(longest, dtype=np.float64) * typical


def _read_shares(
    contig: ReadableContig, window: GenomeWindows, encoding: Encoding
) -> npt.NDArray[np.float64]:
    """Return where the sites of one window are, as shares of it."""
    first, last = window.span
    bases = contig.read_positions(first, last) - 1 - window.start[0]
    size = window.end[0] - window.start[0]
    return bases / (size if encoding.pad else max(size - 1, 1))


def _lay_side_by_side(
    contigs: Sequence[ReadableContig], options: GenomeOptions, encoding: Encoding
) -> tuple[list[Piece], int]:
    """Return windows of full length with enough sites, and how many there are with too few, too."""
    size = encoding.length if encoding.pad else encoding.sites
    assert size is not None  # windows are padded to a length
    side_by_side = options.model_copy(update={"windows": None, "step": size})
    pieces: list[Piece] = []
    in_genome = 0
    for contig in contigs:
        if (contig.length if encoding.pad else contig.sites) >= size:
            windows = lay_windows(contig, encoding, side_by_side)
            windows = windows[~windows.at_contig_end & _are_read(windows, contig.regions)]
            pieces.append((contig, windows[have_enough_sites(windows, encoding)]))
            in_genome += len(windows)
    return pieces, in_genome


def _are_read(
    windows: GenomeWindows, regions: npt.NDArray[np.int64] | None
) -> npt.NDArray[np.bool_]:
    """Return which windows lie wholly within one of the regions that are read."""
    if regions is None:
        return np.ones(len(windows), dtype=np.bool_)
    begin, last = (np.searchsorted(regions, at, "right") for at in (windows.start, windows.end - 1))
    return (begin == last) & (begin % 2 == 1)


def _choose_evenly(pieces: Sequence[Piece], most: int) -> list[Piece]:
    """Return windows from everywhere, each by itself."""
    number = sum(len(windows) for _, windows in pieces)
    every = max(1, -(-number // most))
    chosen, before = [], 0
    for contig, windows in pieces:
        rows = range(-before % every, len(windows), every)
        chosen += [(contig, windows[row : row + 1]) for row in rows]
        before += len(windows)
    return chosen
