"""Windows along the contigs of a genome."""

import dataclasses
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.contigs import Contig


@dataclasses.dataclass(frozen=True)
class Tiles:
    """Windows along one contig.

    Attributes
    ----------
    first, count : ndarray of int64, shape (windows,)
        The index of a window's first site, and its number of sites.
    start, end : ndarray of int64, shape (windows,)
        Its bases as in BED: counted from 0, the end not included.
    """

    first: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, rows: slice | npt.NDArray[np.int64]) -> "Tiles":
        """Return some of the windows."""
        return Tiles(self.first[rows], self.count[rows], self.start[rows], self.end[rows])


def tile_contigs(
    contigs: Iterable[Contig], sites: int, step: int, length: int | None = None
) -> list[tuple[Contig, Tiles]]:
    """Cut contigs into windows.

    What is left over at a contig's end belongs to no window.

    Parameters
    ----------
    contigs : iterable of Contig
    sites : int
        Sites of a window, where it has no length.
    step : int
        From the start of one window to the start of the next: in bases with a ``length``, and else
        in sites.
    length : int, optional
        Bases of a window. Windows then lie between the first and the last usable site of a contig,
        and hold the sites that lie there, which may be none.

    Returns
    -------
    list of (Contig, Tiles)
        Of the contigs that hold a window, in their order.

    Raises
    ------
    CoalflowError
        If no contig holds a window.
    """
    contigs = [contig for contig in contigs if len(contig.positions)]
    tiled = [
        (contig, _tile_bases(contig, step, length) if length else _tile_sites(contig, sites, step))
        for contig in contigs
    ]
    tiled = [(contig, tiles) for contig, tiles in tiled if len(tiles)]
    if not tiled and length:
        longest = max((np.ptp(contig.positions) + 1 for contig in contigs), default=0)
        raise CoalflowError(
            f"no window: the net reads {length:,} bases, and the longest stretch between the "
            f"first and the last usable site of a contig has {longest:,}. Lower "
            "simulation.sequence_length or encoding.length"
        )
    if not tiled:
        most = max((len(contig.positions) for contig in contigs), default=0)
        raise CoalflowError(
            f"no window: the net reads {sites} sites, and the contig with the most usable sites "
            f"has {most}. Lower encoding.sites"
        )
    return tiled


def _tile_sites(contig: Contig, sites: int, step: int) -> Tiles:
    first = np.arange(0, len(contig.positions) - sites + 1, step)
    start = contig.positions[first] - 1
    end = contig.positions[first + sites - 1]
    return Tiles(first, np.full(len(first), sites), start, end)


def _tile_bases(contig: Contig, step: int, length: int) -> Tiles:
    # Before the first site and after the last nobody may have looked for sites at all.
    start = np.arange(contig.positions[0] - 1, contig.positions[-1] - length + 1, step)
    first, after = np.searchsorted(contig.positions, [start + 1, start + length + 1])
    return Tiles(first, after - first, start, start + length)
