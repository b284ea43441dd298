"""Where the records of VCF Zarr are: their contigs and positions, by rows of chunks."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.genomes.readers.genome_file import Region
from coalflow.genomes.readers.zarr_store import ZarrArray, ZarrStore

CHUNK, CONTIG, START, END, NUMBER = 0, 1, 2, 3, 5  # columns of a region index
CHUNKS_AT_ONCE = 100  # when the index is made


@dataclasses.dataclass(frozen=True)
class Loci:
    """Consecutive records of one row of chunks.

    Attributes
    ----------
    chunk : int
        The index of the row.
    rows : slice
        Which records they are.
    contigs, positions : ndarray of int, shape (records,)
        Contigs as indices.
    """

    chunk: int
    rows: slice
    contigs: npt.NDArray[Any]
    positions: npt.NDArray[Any]


class LociReader:
    """Reads contigs and positions, of all records or those of a region.

    Parameters
    ----------
    store : ZarrStore
    names : sequence of str
        Of contigs.
    contigs, positions : ZarrArray
    height : int
        How many records a row of chunks has.
    """

    def __init__(
        self,
        store: ZarrStore,
        names: Sequence[str],
        contigs: ZarrArray,
        positions: ZarrArray,
        height: int,
    ) -> None:
        self._store, self._names = store, names
        self._contigs, self._positions, self._height = contigs, positions, height

    def iterate_loci(self, region: Region | None = None) -> Iterator[Loci]:
        """Yield the records of each row of chunks, in order.

        Parameters
        ----------
        region : Region, optional
            Only records in it; rows of chunks without any are left out.

        Raises
        ------
        CoalflowError
            If records are not sorted.
        """
        last: Loci | None = None
        seen: set[int] = set()
        for chunk in self._list_chunks(region):
            loci = self._read(chunk, chunk + 1)
            self._refuse_disorder(loci, last, seen)
            last = loci
            if region is not None:
                inside = (
                    (loci.contigs == self._names.index(region.contig))
                    & (loci.positions > region.start)
                    & (loci.positions <= region.end)
                )
                found = np.flatnonzero(inside)
                if not len(found):
                    continue
                loci = _take(loci, slice(int(found[0]), int(found[-1]) + 1))
            yield loci

    def _read(self, chunk: int, end: int) -> Loci:
        """Return the records of consecutive rows of chunks."""
        rows = slice(chunk * self._height, min(end * self._height, len(self._positions)))
        return Loci(chunk, rows, self._contigs.load(rows), self._positions.load(rows))

    def _list_chunks(self, region: Region | None) -> Sequence[int]:
        """Return the rows of chunks that may have records of a region."""
        number = -(-len(self._positions) // self._height)
        if region is None:
            return range(number)
        if region.contig not in self._names:
            return ()
        index = self._read_index()
        if index is None:
            index = self._make_index(number)
        found = (
            (index[:, CONTIG] == self._names.index(region.contig))
            & (index[:, START] <= region.end)
            & (index[:, END] > region.start)
        )
        return np.unique(index[found, CHUNK]).tolist()

    # The index of regions ----------------------------------------------------------------------

    def _read_index(self) -> npt.NDArray[np.int64] | None:
        """Return the index that the store has of its chunks, if it has one of these chunks."""
        array = self._store.open_array("region_index", "i", 2)
        if array is None or self._positions.chunks[0] != self._height or array.shape[1] <= NUMBER:
            return None
        array.refuse_incomplete()
        index = array.load().astype(np.int64)
        if index[:, NUMBER].sum() != len(self._positions) or (np.diff(index[:, CHUNK]) < 0).any():
            self._store.refuse(
                "its region_index is not of its records", "rebuild it (vcf2zarr create-index)"
            )
        return index

    def _make_index(self, number: int) -> npt.NDArray[np.int64]:
        """Return an index like that of a store."""
        index: list[tuple[int, int, int, int, int, int]] = []
        for first in range(0, number, CHUNKS_AT_ONCE):
            loci = self._read(first, min(first + CHUNKS_AT_ONCE, number))
            chunks = first + np.arange(len(loci.positions)) // self._height
            changes = (np.diff(loci.contigs) != 0) | (np.diff(chunks) != 0)
            starts = np.r_[0, np.flatnonzero(changes) + 1]
            ends = np.r_[starts[1:], len(chunks)] - 1
            index.extend(
                (
                    int(chunks[start]),
                    int(loci.contigs[start]),
                    int(loci.positions[start]),
                    int(loci.positions[end]),
                    int(loci.positions[end]),
                    int(end - start + 1),
                )
                for start, end in zip(starts, ends, strict=True)
            )
        return np.array(index, dtype=np.int64).reshape(-1, NUMBER + 1)

    # Order --------------------------------------------------------------------------------------

    def _refuse_disorder(self, loci: Loci, last: Loci | None, seen: set[int]) -> None:
        """Refuse positions that go back, and contigs that had ended."""
        if not len(loci.positions):
            return
        contigs, positions = loci.contigs.astype(np.int64), loci.positions.astype(np.int64)
        if contigs.min() < 0 or contigs.max() >= len(self._names):
            self._store.refuse("the array variant_contig has numbers that no contig has")
        if positions.min() < 0:
            self._store.refuse("the array variant_position has numbers below 0")
        if last is not None:
            contigs = np.r_[last.contigs[-1:], contigs]
            positions = np.r_[last.positions[-1:], positions]
        changes = contigs[1:] != contigs[:-1]
        back = ~changes & (positions[1:] < positions[:-1])
        for row in np.flatnonzero(changes):
            seen.add(int(contigs[row]))
            back[row] |= int(contigs[row + 1]) in seen
        if back.any():
            first = int(back.argmax())
            before, after = (
                f"{self._names[contigs[each]]}:{positions[each]}" for each in (first, first + 1)
            )
            self._store.refuse(
                f"{after} comes after {before}",
                "sort the VCF (bcftools sort), and convert it again",
            )


def _take(loci: Loci, part: slice) -> Loci:
    start = loci.rows.start
    return Loci(
        loci.chunk,
        slice(start + part.start, start + part.stop),
        loci.contigs[part],
        loci.positions[part],
    )
