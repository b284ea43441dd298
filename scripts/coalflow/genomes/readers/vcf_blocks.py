"""Records of cyvcf2, made into blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn, TypeAlias

import cyvcf2
import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.carried import ABSENT, NOT_CALLED, Alleles
from coalflow.genomes.genotypes.phase_sets import NO_PHASE_SET
from coalflow.genomes.genotypes.sites import BASES, OTHER, RecordBlock
from coalflow.genomes.readers.vcf_damage import COLUMNS, TAB

PHASE_SETS = ("PS", "PSL")
BEYOND = np.iinfo(np.int16).max  # an allele that no record has
MOST_KEPT = 10_000  # different alleles, so that they fit into memory
MOST_POSITION = 2**31 - 1
_OTHER = bytes([OTHER])
_MOST_SMALL = np.iinfo(np.int8).max
_MISSING_INTEGER = np.iinfo(np.int32).min  # as in BCF

#: The alleles of a record in capitals, the reference first, and their codes.
CodedTexts: TypeAlias = tuple[tuple[str, ...], bytes]


class BlankLine(Exception):
    """A line that is blank or begins with a zero byte, which only the last one may be."""


class BlockMaker:
    """Makes blocks of records.

    Parameters
    ----------
    path : str
        The file, for messages.
    in_records : sequence of str
        The individuals of records.
    individuals : sequence of str
        Those of blocks, in their order.
    ancestral : str, optional
        The INFO field with the ancestral base, or ``REF``.
    most_records : int
        After how many records a block ends, though not between records of one position.

    """

    def __init__(
        self,
        path: str,
        in_records: Sequence[str],
        individuals: Sequence[str],
        ancestral: str | None,
        most_records: int,
    ) -> None:
        columns = {name: column for column, name in enumerate(in_records)}
        order = np.array([columns[name] for name in individuals])
        self._path = path
        self._order = None if np.array_equal(order, np.arange(len(in_records))) else order
        self._in_records = len(in_records)
        self._field = None if ancestral == "REF" else ancestral
        self._most = most_records
        self._coded: dict[tuple[str, ...], CodedTexts] = {}
        self._ended: set[str] = set()
        self._rows = _Rows(most_records, len(in_records))
        self._in_blocks = 0

    @property
    def read(self) -> int:
        """How many records were read."""
        return self._in_blocks + self._rows.number

    def make_blocks(self, records: Iterable[cyvcf2.Variant]) -> Iterator[RecordBlock]:
        """Yield blocks of records.

        Raises
        ------
        CoalflowError
            If they are not sorted, or one has no contig.
        BlankLine
            If a line is blank.
        """
        rows, most, field = self._rows, self._most, self._field
        contig, last = "", 0
        usual: list[str] = []  # fields of individuals, GT first and no phase sets
        for record in records:
            position = record.POS
            if contig != record.CHROM or (rows.number >= most and position != last):
                if rows.number:
                    yield self._make_block(contig, rows)
                    self._in_blocks += rows.number
                    rows.clear()
                if contig != record.CHROM:
                    self._begin_contig(record, contig, last)
                elif position < last:
                    self._refuse_position(contig, position, contig, last)
                contig = record.CHROM
            last = position
            rows.positions.append(position)
            rows.texts.append((record.REF, *alternatives) if (alternatives := record.ALT) else ())
            rows.filters.append(record.FILTERS)
            fields = record.FORMAT
            if fields == usual:
                rows.add(record)
            else:
                if fields[:1] == ["GT"] or _has_genotypes(record, fields):
                    rows.add(record)
                else:
                    rows.skip()
                sets = next((key for key in PHASE_SETS if key in fields), None)
                if sets is not None:
                    rows.phase_sets[rows.number - 1] = _number_sets(record.format(sets))
                elif fields[:1] == ["GT"]:
                    usual = fields
            if field is not None:
                rows.ancestral.append(_read_ancestral(record, field))
        if rows.number:
            yield self._make_block(contig, rows)

    def _begin_contig(self, record: cyvcf2.Variant, before: str, last: int) -> None:
        """Refuse a record on a contig that had ended, or on none."""
        if not record.CHROM:
            if not (record.ALT or record.FORMAT):  # as a blank line, which has neither
                raise BlankLine
            raise CoalflowError(
                f"{self._path}: record {self.read + 1:,} has no contig, its column CHROM is empty: "
                "correct the line"
            )
        if record.CHROM in self._ended:
            self._refuse_position(record.CHROM, record.POS, before, last)
        self._ended.add(before)

    def _make_block(self, contig: str, rows: _Rows) -> RecordBlock:
        positions = np.array(rows.positions, dtype=np.int64)
        self._refuse_unsorted(contig, positions)
        coded = [self._code(texts) for texts in rows.texts]
        most = max(len(codes) for _, codes in coded)
        alleles, phased = self._arrange(rows.stack())
        return RecordBlock(
            contig=contig,
            positions=positions,
            alleles=alleles,
            phased=phased,
            phase_sets=self._join_sets(rows),
            has_genotypes=rows.has_genotypes,
            texts=[texts for texts, _ in coded],
            bases=np.frombuffer(
                b"".join([codes.ljust(most, _OTHER) for _, codes in coded]), dtype=np.int8
            ).reshape(len(coded), most),
            filters=[tuple(names) for names in rows.filters],
            ancestral=rows.ancestral or [""] * rows.number,
        )

    def _refuse_unsorted(self, contig: str, positions: npt.NDArray[np.int64]) -> None:
        """Refuse positions below those before them, or too large for htslib."""
        if (positions < 0).any():
            raise CoalflowError(
                f"{self._path}: {contig} has positions beyond {MOST_POSITION:,}, which cannot be "
                "read: split the contig (as is done for wheat and for BAM files)"
            )
        falls = np.flatnonzero(positions[1:] < positions[:-1])
        if len(falls):
            row = falls[0]
            self._refuse_position(contig, positions[row + 1], contig, positions[row])

    def _refuse_position(self, contig: str, position: int, before: str, last: int) -> NoReturn:
        raise CoalflowError(
            f"{self._path}: {contig}:{position} comes after {before}:{last}: sort the file "
            "(bcftools sort)"
        )

    def _arrange(self, genotypes: npt.NDArray[np.int16]) -> tuple[Alleles, npt.NDArray[np.bool_]]:
        """Return the alleles of those who are wanted, and which genotypes are phased."""
        # cyvcf2 cuts indices to 16 bits: 40000 comes out negative, as if it were not called.
        if genotypes.min(initial=0) < ABSENT:
            genotypes = np.where(genotypes < ABSENT, BEYOND, genotypes)
        if self._order is not None:
            genotypes = genotypes[:, self._order]
        records, individuals, width = genotypes.shape
        small = genotypes.max(initial=0) <= _MOST_SMALL
        alleles = np.empty((records, individuals, width - 1), np.int8 if small else np.int16)
        for haplotype in range(width - 1):  # numpy is slow along short axes
            alleles[:, :, haplotype] = genotypes[:, :, haplotype]
        return alleles, genotypes[:, :, -1] == 1

    def _code(self, texts: tuple[str, ...]) -> CodedTexts:
        """Return alleles in capitals and their codes; those without alternatives have one."""
        found = self._coded.get(texts)
        if found is None:
            if len(self._coded) >= MOST_KEPT:
                self._coded.clear()
            capitals = tuple(map(str.upper, texts)) or ("",)
            # Next to a longer reference, a single base is a deletion.
            is_base = len(capitals[0]) == 1
            codes = [BASES.get(text, OTHER) if is_base else OTHER for text in capitals]
            found = capitals, bytes(codes)
            self._coded[texts] = found
        return found

    def _join_sets(self, rows: _Rows) -> npt.NDArray[np.int64] | None:
        """Return the phase sets of records; None if no record has any."""
        if not rows.phase_sets:
            return None
        sets = np.full((rows.number, self._in_records), NO_PHASE_SET, dtype=np.int64)
        for row, values in rows.phase_sets.items():
            sets[row] = values
        return sets if self._order is None else sets[:, self._order]


class _Rows:
    """What was read of consecutive records.

    Parameters
    ----------
    most : int
        For how many records there is room; genotypes of more take longer.
    individuals : int
    """

    def __init__(self, most: int, individuals: int) -> None:
        # Most files have diploids throughout.
        self._usual = np.empty((most, individuals, 3), dtype=np.int16)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.number = 0
        self.positions: list[int] = []
        self.texts: list[tuple[str, ...]] = []
        self.filters: list[list[str]] = []
        self.ancestral: list[str] = []
        self.phase_sets: dict[int, npt.NDArray[np.int64]] = {}
        self._unusual: dict[int, npt.NDArray[np.int16] | None] = {}

    def add(self, record: cyvcf2.Variant) -> None:
        """Add the genotypes of a record."""
        row = self.number
        self.number = row + 1
        try:
            self._usual[row] = record.genotype.array()
        except Exception:  # cyvcf2 raises bare Exceptions; numpy where there is no room
            self._unusual[row] = _read_genotypes(record)

    def skip(self) -> None:
        """Add a record without genotypes."""
        self._unusual[self.number] = None
        self.number += 1

    @property
    def has_genotypes(self) -> npt.NDArray[np.bool_]:
        """Which records have genotypes, bool (records,)."""
        has = np.ones(self.number, dtype=np.bool_)
        has[[row for row, genotypes in self._unusual.items() if genotypes is None]] = False
        return has

    def stack(self) -> npt.NDArray[np.int16]:
        """Return the genotypes of all records, int16 (records, individuals, ploidy + 1)."""
        if not self._unusual:
            return self._usual[: self.number]
        known = [each for each in self._unusual.values() if each is not None]
        some_usual = len(self._unusual) < self.number
        width = max([each.shape[1] for each in known] + [3 if some_usual else 2])
        stacked = np.full((self.number, self._usual.shape[1], width), ABSENT, dtype=np.int16)
        stacked[:, :, 0], stacked[:, :, -1] = NOT_CALLED, 0
        usual = np.setdiff1d(np.arange(self.number), [*self._unusual])
        stacked[usual, :, :2], stacked[usual, :, -1] = (
            self._usual[usual, :, :2],
            self._usual[usual, :, 2],
        )
        for row, genotypes in self._unusual.items():
            if genotypes is not None:
                stacked[row, :, : genotypes.shape[1] - 1] = genotypes[:, :-1]
                stacked[row, :, -1] = genotypes[:, -1]
        return stacked


def _read_genotypes(record: cyvcf2.Variant) -> npt.NDArray[np.int16] | None:
    """Return the genotypes of a record.

    Returns
    -------
    ndarray of int16, shape (individuals, ploidy + 1) or None
        Indices of alleles; -1 where they are not called, -2 where a genotype has fewer alleles than
        others; the last column is 1 where a genotype is phased. None where they cannot be read.
    """
    try:
        return record.genotype.array()
    except Exception:  # cyvcf2 raises bare Exceptions
        return None


def _has_genotypes(record: cyvcf2.Variant, fields: Sequence[str]) -> bool:
    """Tell whether any individual has a GT; where none has, htslib would end the program."""
    if "GT" not in fields:
        return False
    # VCF has GT in front. Elsewhere it may be left out of all cells, which htslib writes as a dot.
    cells = str(record).rstrip("\n").split(TAB)[len(COLUMNS) + 1 :]
    return any(cell.split(":")[fields.index("GT") :][:1] not in ([], ["."]) for cell in cells)


def _read_ancestral(record: cyvcf2.Variant, field: str) -> str:
    """Return the ancestral base of a record; Ensembl writes more behind a ``|``."""
    value = record.INFO.get(field)
    return str("" if value is None else value).split("|")[0].upper()


def _number_sets(values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return phase sets as numbers, which are the same in every part of a file."""
    values = np.asarray(values)
    if values.dtype.kind == "i":
        numbers = values.reshape(len(values), -1)[:, 0].astype(np.int64)
        return np.where(numbers == _MISSING_INTEGER, NO_PHASE_SET, numbers)
    # A list has the set of each allele.
    texts = [str(value).split(",")[0].removeprefix(".") for value in values.ravel()]
    return np.array([_number_text(text) for text in texts], dtype=np.int64)


def _number_text(text: str) -> int:
    if not text:
        return NO_PHASE_SET
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1  # not negative
