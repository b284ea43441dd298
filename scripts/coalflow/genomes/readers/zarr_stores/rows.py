"""The records of VCF Zarr, read by rows of chunks and turned into blocks."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.genomes.genotypes.carried import ABSENT, NOT_CALLED
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.simulated_sites import code_alleles
from coalflow.genomes.readers.zarr_stores.store import ZarrArray

NO_PHASE_SET = -1
MOST_ALLELE = np.iinfo(np.int16).max
MOST_KNOWN = 10_000  # lists of alleles
NO_TEXT = ("", ".")  # where there is no allele, or no value


@dataclasses.dataclass(frozen=True)
class Rows:
    """Consecutive records, as they are in the arrays of a store.

    Attributes
    ----------
    contigs : ndarray of int, shape (records,)
        Indices of contigs.
    positions : ndarray of int, shape (records,)
    alleles : ndarray of text, shape (records, alleles)
    genotypes : ndarray of int, shape (records, individuals, ploidy)
        Of those who were chosen, in their order.
    phased : ndarray of bool, shape (records, individuals), optional
    phase_sets : ndarray, shape (records, individuals), optional
        Numbers or texts.
    filters : ndarray of bool, shape (records, filters), optional
    ancestral : ndarray of text, shape (records,), optional
    """

    contigs: npt.NDArray[Any]
    positions: npt.NDArray[Any]
    alleles: npt.NDArray[Any]
    genotypes: npt.NDArray[Any]
    phased: npt.NDArray[np.bool_] | None
    phase_sets: npt.NDArray[Any] | None
    filters: npt.NDArray[np.bool_] | None
    ancestral: npt.NDArray[Any] | None

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: slice) -> "Rows":
        """Return some of the records."""
        taken: list[Any] = [None if each is None else each[rows] for each in self._arrays()]
        return Rows(*taken)

    def join(self, after: "Rows") -> "Rows":
        """Return these records and those after them."""
        pairs = zip(self._arrays(), after._arrays(), strict=True)
        joined: list[Any] = [
            None if one is None else np.concatenate([one, two]) for one, two in pairs
        ]
        return Rows(*joined)

    def _arrays(self) -> Iterator[Any]:
        return (getattr(self, field.name) for field in dataclasses.fields(self))


class IndividualColumns:
    """Where chosen individuals are in arrays with a column for each individual of a file.

    Parameters
    ----------
    columns : ndarray of int64, shape (individuals,)
        In the order in which they are wanted.
    """

    def __init__(self, columns: npt.NDArray[np.int64]) -> None:
        self.columns = columns

    def list_chunks(self, array: ZarrArray) -> list[int]:
        """Return the chunks along the second dimension that hold somebody."""
        return np.unique(self.columns // array.chunks[1]).tolist()

    def read_columns(self, array: ZarrArray, rows: slice) -> npt.NDArray[Any]:
        """Return rows of these columns; only chunks that hold them are read."""
        width = array.chunks[1]
        chunks = self.list_chunks(array)
        found = None
        for chunk in chunks:
            inside = np.flatnonzero(self.columns // width == chunk)
            part = array.load(rows, slice(chunk * width, (chunk + 1) * width))
            wanted = self.columns[inside] - chunk * width
            if not np.array_equal(wanted, np.arange(part.shape[1])):
                part = part[:, wanted]
            if len(chunks) == 1:
                return part
            if found is None:
                found = np.empty((len(part), len(self.columns), *part.shape[2:]), part.dtype)
            found[:, inside] = part
        return array.load(rows, slice(0, 0)) if found is None else found


class BlockMaker:
    """Turns records into blocks.

    Parameters
    ----------
    contigs, filters : sequence of str
        The names to which arrays refer by number.
    """

    def __init__(self, contigs: Sequence[str], filters: Sequence[str]) -> None:
        self._contigs, self._filters = contigs, filters
        self._sets: dict[str, int] = {}
        # Most records have the same few alleles, and the same filters.
        self._known_alleles: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._known_filters: dict[bytes, tuple[str, ...]] = {}

    def form_block(self, rows: Rows) -> RecordBlock:
        """Return records of one contig as a block."""
        genotypes = rows.genotypes
        if genotypes.dtype != np.int8:
            genotypes = np.minimum(genotypes, MOST_ALLELE).astype(np.int16)
        texts = [self._clean_alleles(tuple(each)) for each in rows.alleles.tolist()]
        return RecordBlock(
            contig=self._contigs[int(rows.contigs[0])],
            positions=rows.positions.astype(np.int64),
            alleles=np.ascontiguousarray(genotypes),
            phased=np.zeros(genotypes.shape[:2], np.bool_) if rows.phased is None else rows.phased,
            phase_sets=self._number_sets(rows.phase_sets),
            has_genotypes=np.ones(len(rows), dtype=np.bool_),
            texts=texts,
            bases=code_alleles(texts),
            filters=self._name_filters(rows.filters, len(rows)),
            ancestral=_read_ancestral(rows.ancestral, len(rows)),
        )

    def _clean_alleles(self, found: tuple[str, ...]) -> tuple[str, ...]:
        """Return alleles in capitals, without what fills the rest of a row."""
        known = self._known_alleles
        if found not in known:
            if len(known) > MOST_KNOWN:
                known.clear()
            last = max(
                index for index, text in enumerate(found) if not index or text not in NO_TEXT
            )
            known[found] = tuple(map(str.upper, found[: last + 1]))
        return known[found]

    def _name_filters(
        self, filters: npt.NDArray[np.bool_] | None, records: int
    ) -> list[tuple[str, ...]]:
        if filters is None:
            return [()] * records
        names, known = [], self._known_filters
        for row in filters:
            key = row.tobytes()
            if key not in known:
                known[key] = tuple(self._filters[index] for index in row.nonzero()[0])
            names.append(known[key])
        return names

    def _number_sets(self, sets: npt.NDArray[Any] | None) -> npt.NDArray[np.int64] | None:
        """Return phase sets as numbers, -1 for none; None if no record has any."""
        if sets is None:
            return None
        if sets.dtype.kind not in "iu":
            labels = self._sets
            texts = sets.ravel().tolist()
            numbers = [
                NO_PHASE_SET if text in NO_TEXT else labels.setdefault(text, len(labels))
                for text in texts
            ]
            sets = np.array(numbers, dtype=np.int64).reshape(sets.shape)
        sets = np.where(sets < 0, NO_PHASE_SET, sets).astype(np.int64)
        return sets if (sets != NO_PHASE_SET).any() else None


def count_alternatives(alleles: npt.NDArray[Any]) -> int:
    """Return how many records have an alternative that somebody can be expected to carry."""
    return sum(
        any(text not in (*NO_TEXT, "*") and text[0] != "<" for text in row[1:])
        for row in alleles.tolist()
    )


def is_damaged(genotypes: npt.NDArray[Any]) -> bool:
    """Tell whether numbers are not those of alleles, missing or absent ones."""
    return bool(genotypes.size) and bool(genotypes.min() < min(ABSENT, NOT_CALLED))


def _read_ancestral(values: npt.NDArray[Any] | None, records: int) -> list[str]:
    """Return ancestral bases; Ensembl writes more behind a ``|``."""
    if values is None:
        return [""] * records
    texts = (text.split("|")[0].upper() for text in values.tolist())
    return ["" if text in NO_TEXT else text for text in texts]
