"""Contigs, put together from the parts of a genome that were read."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.genomes.genotypes.judged_records import Tally, add_tallies
from coalflow.genomes.genotypes.phase_sets import PhaseChange, find_first_change
from coalflow.genomes.store.contig_store import Store

MOST_ROWS = 1 << 16  # of a stretch


@dataclasses.dataclass(frozen=True)
class Stretch:
    """Consecutive sites of a contig, all of one store.

    Attributes
    ----------
    store : Store
    first, last : int
        Its rows in the store, ``last`` not included.
    """

    store: Store
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first

    def read(self, name: str) -> npt.NDArray[Any]:
        """Return an array of the store at these sites."""
        return self.store.arrays[name].read(self.first, self.last)


@dataclasses.dataclass(frozen=True)
class StoredContig:
    """What was read of a contig.

    Attributes
    ----------
    name : str
    stretches : list of Stretch
        All of its sites, in order.
    votes : ndarray of int64, shape (individuals, highest ploidy + 1)
        In how many records each individual has which ploidy.
    tally : Tally
    last_position : int
        That of its last record.
    phase_change : PhaseChange, optional
        Where somebody first changes to another phase set.
    """

    name: str
    stretches: list[Stretch]
    votes: npt.NDArray[np.int64]
    tally: Tally
    last_position: int
    phase_change: PhaseChange | None


def gather_contigs(stores: Sequence[Store], order: Sequence[str]) -> list[StoredContig]:
    """Return the contigs of which stores have records.

    Parameters
    ----------
    stores : sequence of Store
        The parts of a genome, in their order.
    order : sequence of str
        Names of contigs as the file lists them, which is their order here. Those that it does not
        list follow as they were read.
    """
    pieces: dict[str, list[tuple[Store, int]]] = {}
    for store in stores:
        for index, piece in enumerate(store.meta.pieces):
            if piece.tally.records:
                pieces.setdefault(piece.contig, []).append((store, index))
    rank = {name: index for index, name in enumerate(order)}
    names = sorted(pieces, key=lambda name: rank.get(name, len(rank)))
    return [_gather(name, pieces[name]) for name in names]


def _gather(name: str, pieces: Sequence[tuple[Store, int]]) -> StoredContig:
    """Return the contig that is made of some pieces."""
    described = [store.meta.pieces[index] for store, index in pieces]
    most = max(store.votes.shape[2] for store, _ in pieces)
    votes = [
        np.pad(store.votes[index], ((0, 0), (0, most - store.votes.shape[2])))
        for store, index in pieces
    ]
    change = find_first_change(
        pieces[0][0].meta.individuals,
        np.stack([store.phase_sets[index] for store, index in pieces]),
        [piece.phase_change for piece in described],
    )
    return StoredContig(
        name=name,
        stretches=[stretch for store, index in pieces for stretch in _cut(store, index)],
        votes=np.sum(votes, axis=0),
        tally=add_tallies(piece.tally for piece in described),
        last_position=described[-1].last_position,
        phase_change=change,
    )


def _cut(store: Store, index: int) -> Iterator[Stretch]:
    """Yield the sites of a piece, at most ``MOST_ROWS`` at a time."""
    start, end = int(store.offsets[index]), int(store.offsets[index + 1])
    for first in range(start, end, MOST_ROWS):
        yield Stretch(store, first, min(first + MOST_ROWS, end))


def read_mixed(stretch: Stretch) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Return the ploidy of sites, and of each individual where it differs.

    Returns
    -------
    ndarray of int8, shape (sites,)
    ndarray of int8, shape (sites where it differs, individuals)
    """
    store = stretch.store
    ploidy = store.arrays["ploidy"].read(stretch.first, stretch.last)
    piece = int(np.searchsorted(store.offsets, stretch.first, side="right")) - 1
    start = int(store.offsets[piece])
    begin, end = (int(store.mixed_offsets[index]) for index in (piece, piece + 1))
    if begin == end:
        return ploidy, np.empty((0, len(store.meta.individuals)), dtype=np.int8)
    before = int(np.count_nonzero(store.arrays["ploidy"].read(start, stretch.first) < 0))
    first = begin + before
    return ploidy, store.arrays["mixed"].read(first, first + int(np.count_nonzero(ploidy < 0)))
