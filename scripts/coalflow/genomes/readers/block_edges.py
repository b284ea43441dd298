"""Where blocks of records end."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

MOST_ALLELES = 1 << 20  # of a block, so that it fits into memory


def limit_records(most_records: int, individuals: int) -> int:
    """Return how many records a block of that many individuals may have."""
    return max(1, min(most_records, MOST_ALLELES // max(individuals, 1)))


def cut_into_blocks(
    positions: npt.NDArray[np.int64], contigs: npt.NDArray[np.int64], most_records: int
) -> Iterator[slice]:
    """Yield consecutive slices, each of one contig, with all records of each position.

    Parameters
    ----------
    positions, contigs : ndarray of int64, shape (records,)
        In order.
    most_records : int
        After how many records a block ends, though not between records of one position.

    Examples
    --------
    >>> cut = cut_into_blocks(np.array([1, 5, 5, 9, 2]), np.array([0, 0, 0, 0, 1]), 2)
    >>> [(each.start, each.stop) for each in cut]
    [(0, 3), (3, 4), (4, 5)]
    """
    new_contig = contigs[1:] != contigs[:-1]
    new_position = new_contig | (positions[1:] != positions[:-1])
    ends, edges = (
        np.r_[np.flatnonzero(new) + 1, len(positions)] for new in (new_contig, new_position)
    )
    start = 0
    while start < len(positions):
        contig_end = ends[np.searchsorted(ends, start, side="right")]
        after = edges[min(np.searchsorted(edges, start + most_records), len(edges) - 1)]
        stop = int(min(contig_end, after))
        yield slice(start, stop)
        start = stop
