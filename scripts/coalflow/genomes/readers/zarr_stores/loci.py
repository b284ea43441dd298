"""Where the records of VCF Zarr are: their contigs and positions, by rows of chunks."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.genomes.readers.genome_file import Region
from coalflow.genomes.readers.zarr_stores.store import ZarrArray, ZarrStore

CHUNK, CONTIG, START, END, NUMBER = 0, 1, 2, 3, 5  # columns of a region index
SORT = "sort the VCF (bcftools sort), and convert it again"
CHUNKS_AT_ONCE = 100  # when the index is made


@dataclasses.dataclass(frozen=True)
class Loci:
    """The records of consecutive rows of chunks.

    Attributes
    ----------
    first : int
        The index of the first one.
    contigs, positions : ndarray of int, shape (records,)
        Contigs as indices.
    """

    first: int
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
        self._loaded: tuple[int, Loci] | None = None
        self._index: npt.NDArray[np.int64] | None = None

    def load(self, chunk: int) -> Loci:
        """Return the records of a row of chunks."""
        if self._loaded is None or self._loaded[0] != chunk:
            self._loaded = (chunk, self._read(chunk, chunk + 1))
        return self._loaded[1]

    def iterate_chunks(self, region: Region | None = None) -> Iterator[tuple[int, slice]]:
        """Yield the rows of chunks, in order, and which of their records are in a region.

        Parameters
        ----------
        region : Region, optional
            Rows of chunks without records in it are left out.

        Raises
        ------
        CoalflowError
            If records are not sorted.
        """
        last: Loci | None = None
        seen: set[int] = set()
        for chunk in self._list_chunks(region):
            loci = self.load(chunk)
            self._refuse_disorder(loci, last, seen)
            last = loci
            inside = np.arange(len(loci.positions))
            if region is not None:
                bases = np.maximum(loci.positions, 1)  # 0 is a telomere, next to the first base
                inside = np.flatnonzero(
                    (loci.contigs == self._names.index(region.contig))
                    & (bases > region.start)
                    & (bases <= region.end)
                )
            if len(inside):
                yield chunk, slice(int(inside[0]), int(inside[-1]) + 1)

    def _read(self, chunk: int, end: int) -> Loci:
        """Return the records of consecutive rows of chunks."""
        rows = slice(chunk * self._height, min(end * self._height, len(self._positions)))
        return Loci(rows.start, self._contigs.load(rows), self._positions.load(rows))

    def _list_chunks(self, region: Region | None) -> Sequence[int]:
        """Return the rows of chunks that may have records of a region."""
        number = -(-len(self._positions) // self._height)
        if region is None:
            return range(number)
        if region.contig not in self._names:
            return ()
        if self._index is None:
            found = self._read_index()
            self._index = self._make_index(number) if found is None else found
            self._refuse_contigs_apart(self._index)
        index = self._index
        inside = (
            (index[:, CONTIG] == self._names.index(region.contig))
            & (index[:, START] <= region.end)
            & (np.maximum(index[:, END], 1) > region.start)
        )
        return np.unique(index[inside, CHUNK]).tolist()

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

    def _refuse_contigs_apart(self, index: npt.NDArray[np.int64]) -> None:
        """Refuse a contig that has records before and after those of another."""
        contigs = index[:, CONTIG]
        runs = contigs[np.flatnonzero(np.diff(contigs, prepend=-1))]
        names, counts = np.unique(runs, return_counts=True)
        for contig in names[counts > 1].tolist():
            name = self._names[contig] if contig in range(len(self._names)) else contig
            self._store.refuse(f"the records of contig {name} are not together", SORT)

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
