"""Records of VCF and BCF files, from pieces of a file to blocks."""

from __future__ import annotations

import abc
import dataclasses
import pathlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.phase_sets import NO_PHASE_SET
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.block_edges import cut_into_blocks
from coalflow.genomes.readers.vcf_columns import stack_codes
from coalflow.genomes.readers.vcf_genotypes import Genotypes, join_genotypes
from coalflow.genomes.readers.vcf_header import decode_text

MOST_POSITION = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class Rows:
    """Consecutive records, of one contig or of several.

    Attributes
    ----------
    contigs : sequence of bytes
    positions : ndarray of int64, shape (records,)
    genotypes : Genotypes
    has_genotypes : ndarray of bool, shape (records,)
    phase_sets : ndarray of int64, shape (records, individuals), optional
    alleles : sequence of (tuple of str, bytes)
        The alleles of each record, and their codes.
    filters : sequence of tuple of str
    ancestral : sequence of str
    """

    contigs: Sequence[bytes]
    positions: npt.NDArray[np.int64]
    genotypes: Genotypes
    has_genotypes: npt.NDArray[np.bool_]
    phase_sets: npt.NDArray[np.int64] | None
    alleles: Sequence[tuple[tuple[str, ...], bytes]]
    filters: Sequence[tuple[str, ...]]
    ancestral: Sequence[str]

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, part: slice) -> Rows:
        return Rows(
            self.contigs[part],
            self.positions[part],
            Genotypes(self.genotypes.alleles[part], self.genotypes.phased[part]),
            self.has_genotypes[part],
            None if self.phase_sets is None else self.phase_sets[part],
            self.alleles[part],
            self.filters[part],
            self.ancestral[part],
        )

    def make_block(self, path: str | pathlib.Path) -> RecordBlock:
        """Return the records, which are all of one contig, as a block."""
        return RecordBlock(
            contig=decode_text(path, self.contigs[0]),
            positions=self.positions,
            alleles=self.genotypes.alleles,
            phased=self.genotypes.phased,
            phase_sets=self.phase_sets,
            has_genotypes=self.has_genotypes,
            texts=[texts for texts, _ in self.alleles],
            bases=stack_codes([codes for _, codes in self.alleles]),
            filters=list(self.filters),
            ancestral=list(self.ancestral),
        )


class RecordReader(abc.ABC):
    """Reads records.

    Parameters
    ----------
    path : path
        For messages.
    number : int
        How many individuals the file has.
    order : ndarray of int64, optional
        Indices of those whose genotypes are wanted; None for all, in their order.

    Attributes
    ----------
    read : int
        How many records were read.
    origin : str
        Where reading begins, for messages.
    fields : set of bytes
        What records without genotypes, or with other fields before them, have of individuals.
    """

    def __init__(
        self, path: str | pathlib.Path, number: int, order: npt.NDArray[np.int64] | None
    ) -> None:
        self.path = path
        self.number = number
        self.order = order
        self.wanted = number if order is None else len(order)
        self.read = 0
        self.origin = ""
        self.fields: set[bytes] = set()

    @abc.abstractmethod
    def iterate_rows(self, pieces: Iterable[bytes]) -> Iterator[Rows]:
        """Yield the records that end in each piece of the file behind its header.

        Raises
        ------
        CoalflowError
            If the file is cut off, or something in it is not a record.
        """

    def describe_damage(self, before: int, problem: str) -> CoalflowError:
        """Return the message for the record after ``before`` others."""
        return CoalflowError(
            f"{self.path}: damaged after record {before:,}{self.origin} ({problem}): copy or "
            "download it again"
        )


def make_blocks(
    path: str | pathlib.Path, pieces: Iterable[Rows], most_records: int
) -> Iterator[RecordBlock]:
    """Yield blocks of one contig, with all records of each position.

    Raises
    ------
    CoalflowError
        If records are not sorted, or a position is too large.
    """
    order = Order(path)
    waiting: list[Rows] = []
    for rows in pieces:
        order.check(rows)
        waiting.append(rows)
        if sum(map(len, waiting)) > most_records:
            # What comes next may belong to the last block.
            *blocks, last = cut_rows(_join_rows(waiting), most_records)
            for block in blocks:
                yield block.make_block(path)
            waiting = [last]
    if waiting:
        for block in cut_rows(_join_rows(waiting), most_records):
            yield block.make_block(path)


def cut_rows(rows: Rows, most_records: int) -> Iterator[Rows]:
    """Yield records in blocks."""
    contigs = np.zeros(len(rows), dtype=np.int64)
    if rows.contigs[0] != rows.contigs[-1]:  # they are sorted
        starts = [a != b for a, b in zip(rows.contigs, rows.contigs[1:], strict=False)]
        contigs[1:] = np.cumsum(starts)
    for part in cut_into_blocks(rows.positions, contigs, most_records):
        yield rows[part]


def _join_rows(parts: Sequence[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([len(part) for part in parts])
    groups = [
        (slice(end - len(part), end), part.genotypes) for end, part in zip(ends, parts, strict=True)
    ]
    shape = int(ends[-1]), parts[0].genotypes.alleles.shape[1]
    sets = None
    if any(part.phase_sets is not None for part in parts):
        sets = np.full(shape, NO_PHASE_SET, dtype=np.int64)
        for (place, _), part in zip(groups, parts, strict=True):
            if part.phase_sets is not None:
                sets[place] = part.phase_sets
    return Rows(
        [contig for part in parts for contig in part.contigs],
        np.concatenate([part.positions for part in parts]),
        join_genotypes(groups, *shape),
        np.concatenate([part.has_genotypes for part in parts]),
        sets,
        [alleles for part in parts for alleles in part.alleles],
        [names for part in parts for names in part.filters],
        [base for part in parts for base in part.ancestral],
    )


class Order:
    """Refuses records that are not sorted.

    Parameters
    ----------
    path : path
        For messages.
    """

    def __init__(self, path: str | pathlib.Path) -> None:
        self._path = path
        self._last: tuple[bytes, int] | None = None
        self._contigs: set[bytes] = set()

    def check(self, rows: Rows) -> None:
        """Refuse a position below the last one, on a contig that had ended, or that is too large.

        Raises
        ------
        CoalflowError
        """
        positions = rows.positions
        if positions.max() > MOST_POSITION or positions.min() < 0:
            row = int(np.flatnonzero((positions > MOST_POSITION) | (positions < 0))[0])
            raise CoalflowError(
                f"{self._path}: {_show(rows.contigs[row])} has positions beyond {MOST_POSITION:,}, "
                "which cannot be read: split the contig (as is done for wheat and for BAM files)"
            )
        contigs = {*rows.contigs}
        if len(contigs) == 1:
            down = np.flatnonzero(positions[1:] < positions[:-1])
            looked_at = [0, *(down[:1] + 1).tolist()]
        else:
            looked_at = [*range(len(rows))]
        for row in looked_at:
            self._compare(
                rows.contigs[row],
                int(positions[row]),
                None if row == 0 else (rows.contigs[row - 1], int(positions[row - 1])),
            )
        self._last = rows.contigs[-1], int(positions[-1])

    def _compare(self, contig: bytes, position: int, last: tuple[bytes, int] | None) -> None:
        last = last or self._last
        if last is not None:
            backwards = contig == last[0] and position < last[1]
            if backwards or (contig != last[0] and contig in self._contigs):
                raise CoalflowError(
                    f"{self._path}: {_show(contig)}:{position} comes after "
                    f"{_show(last[0])}:{last[1]}: sort the file (bcftools sort)"
                )
        self._contigs.add(contig)


def _show(contig: bytes) -> str:
    return contig.decode(errors="replace")
