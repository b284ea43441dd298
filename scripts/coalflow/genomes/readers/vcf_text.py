"""The records of VCF files, which are lines of text."""

import pathlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.phase_sets import NO_PHASE_SET
from coalflow.genomes.readers.vcf_columns import (
    PHASE_SETS,
    Alleles,
    AncestralBases,
    Filters,
    PhaseSetNumbers,
)
from coalflow.genomes.readers.vcf_genotypes import (
    GENOTYPE,
    BadGenotype,
    Genotypes,
    decode_cells,
)
from coalflow.genomes.readers.vcf_header import COLUMNS
from coalflow.genomes.readers.vcf_rows import RecordReader, Rows

LONGEST_LINE = 1 << 28  # bytes
_MOST_DIGITS = 18  # of a position, so that it is an integer of 64 bits
_CONTIG, _POSITION, _REFERENCE, _ALTERNATIVES, _FILTER, _INFO, _FORMAT, _CELLS = (
    *(COLUMNS.index(name) for name in ("#CHROM", "POS", "REF", "ALT", "FILTER", "INFO", "FORMAT")),
    len(COLUMNS),
)
#: A record: its nine columns, and all genotypes.
_Columns = list[bytes]


class TextRecords(RecordReader):
    """Reads lines, and makes blocks of them; see :class:`RecordReader`."""

    def __init__(
        self,
        path: str | pathlib.Path,
        number: int,
        order: npt.NDArray[np.int64] | None,
        ancestral: str | None,
    ) -> None:
        super().__init__(path, number, order)
        self._field = None if ancestral is None else f";{ancestral}=".encode()
        self._alleles = Alleles(path)
        self._filters = Filters(path)
        self._ancestral = AncestralBases(path)
        self._sets = PhaseSetNumbers(path)
        self._is_blank = False  # whether the last line was

    def iterate_rows(self, pieces: Iterable[bytes]) -> Iterator[Rows]:
        """Yield the records that end in each piece."""
        held: list[bytes] = []  # the beginning of a line
        for piece in pieces:
            end = piece.rfind(b"\n")
            if end < 0:
                held.append(piece)
                if sum(map(len, held)) > LONGEST_LINE:
                    raise CoalflowError(
                        f"{self.path}: has a line of more than {LONGEST_LINE:,} bytes, so it is "
                        "not a VCF file"
                    )
                continue
            lines = piece[:end].split(b"\n")
            lines[0] = b"".join([*held, lines[0]])
            held = [piece[end + 1 :]]
            rows = self._split_lines(lines)
            if rows:
                yield self._decode(rows)
                self.read += len(rows)
        if any(held):
            raise CoalflowError(f"{self.path}: is cut off: its last line has no end")

    def _decode(self, rows: Sequence[_Columns]) -> Rows:
        columns = [*zip(*rows, strict=True)]
        try:
            genotypes, has_genotypes = self._read_genotypes(columns[_FORMAT], columns[_CELLS])
        except BadGenotype as bad:
            self._refuse_genotype(rows[bad.row], self.read + bad.row, bad.genotype)
        pairs = zip(columns[_REFERENCE], columns[_ALTERNATIVES], strict=True)
        return Rows(
            contigs=columns[_CONTIG],
            positions=np.array([int(text[:_MOST_DIGITS]) for text in columns[_POSITION]]),
            genotypes=genotypes,
            has_genotypes=has_genotypes,
            phase_sets=self._read_phase_sets(columns[_FORMAT], columns[_CELLS]),
            alleles=[self._alleles[pair] for pair in pairs],
            filters=[self._filters[names] for names in columns[_FILTER]],
            ancestral=self._read_ancestral(columns[_INFO]),
        )

    def _read_genotypes(
        self, formats: Sequence[bytes], cells: Sequence[bytes]
    ) -> tuple[Genotypes, npt.NDArray[np.bool_]]:
        has_genotypes = np.ones(len(formats), dtype=np.bool_)
        elsewhere = {kind for kind in {*formats} if kind.split(b":")[0] != b"GT"}
        if elsewhere:
            self.fields.update(name for kind in elsewhere for name in kind.split(b":"))
            cells = [*cells]
            for row, kind in enumerate(formats):
                if kind in elsewhere:
                    cells[row] = _move_genotypes(kind, cells[row])
                    has_genotypes[row] = bool(cells[row].strip(b".\t"))
        return decode_cells(cells, self.number, self.order), has_genotypes

    def _read_phase_sets(
        self, formats: Sequence[bytes], cells: Sequence[bytes]
    ) -> npt.NDArray[np.int64] | None:
        found = {kind: _find_phase_sets(kind) for kind in {*formats}}
        if not any(found.values()):
            return None
        order = range(self.number) if self.order is None else self.order.tolist()
        sets = np.full((len(formats), len(order)), NO_PHASE_SET, dtype=np.int64)
        for row, (kind, cell) in enumerate(zip(formats, cells, strict=True)):
            if field := found[kind]:
                each = cell.split(b"\t")
                chosen = (each[index].split(b":", field + 1) for index in order)
                texts = [fields[field] if len(fields) > field else b"." for fields in chosen]
                sets[row] = [self._sets[text] for text in texts]
        return sets

    def _read_ancestral(self, infos: Sequence[bytes]) -> list[str]:
        if self._field is None:
            return [""] * len(infos)
        fields = [(b";" + info).partition(self._field)[2] for info in infos]
        return [self._ancestral[field.partition(b";")[0]] for field in fields]

    # What is wrong with a line ---------------------------------------------------------------

    def _split_lines(self, lines: Sequence[bytes]) -> list[_Columns]:
        if lines[0].endswith(b"\r"):
            lines = [line.removesuffix(b"\r") for line in lines]
        rows = [line.split(b"\t", _CELLS) for line in lines]
        if (
            self._is_blank
            or {*map(len, rows)} != {_CELLS + 1}
            or not all(row[_POSITION].isdigit() and row[_CONTIG] >= b"\1" for row in rows)
        ):
            return self._check_lines(lines, rows)
        return rows

    def _check_lines(self, lines: Sequence[bytes], rows: Sequence[_Columns]) -> list[_Columns]:
        """Return rows without those of blank lines, which may only be at the end of a file."""
        kept: list[_Columns] = []
        for line, row in zip(lines, rows, strict=True):
            before = self.read + len(kept)
            if not line or line.startswith(b"\0"):
                self._is_blank = True
                continue
            if self._is_blank:
                raise CoalflowError(
                    f"{self.path}: the line of record {before + 1:,} is blank or begins with a "
                    "zero byte: delete it, or download the file again"
                )
            if not row[_CONTIG]:
                raise CoalflowError(
                    f"{self.path}: record {before + 1:,} has no contig, its column CHROM is empty: "
                    "correct the line"
                )
            if len(row) <= _CELLS:
                raise self.describe_damage(before, self._count_columns(len(row)))
            if not row[_POSITION].isdigit():
                shown = row[_POSITION][:50].decode(errors="replace")
                raise self.describe_damage(before, f"{shown!r} is not a position")
            kept.append(row)
        return kept

    def _refuse_genotype(self, row: _Columns, before: int, genotype: bytes | None) -> NoReturn:
        if genotype is None:
            found = _CELLS + row[_CELLS].count(b"\t") + 1
            raise self.describe_damage(before, self._count_columns(found))
        if genotype[:1] in (b"|", b"/") and GENOTYPE.fullmatch(genotype[1:]):
            raise CoalflowError(
                f"{self.path}: has genotypes that begin with a separator (|0|1 or /0|1), the "
                "leading phase of VCF 4.4, which is not read: remove it, for example with "
                r"sed 's,\t[|/],\t,g'"
            )
        contig, position, shown = (
            each.decode(errors="replace") for each in (row[_CONTIG], row[_POSITION], genotype[:50])
        )
        raise CoalflowError(
            f"{self.path}: {contig}:{position} has the genotype {shown!r}, where VCF has the "
            "numbers of alleles, such as 0|1 or ./.: correct it"
        )

    def _count_columns(self, found: int) -> str:
        return f"it has {found:,} columns, and the header {_CELLS + self.number:,}"


def _move_genotypes(kind: bytes, cells: bytes) -> bytes:
    """Return the genotypes alone, from behind other fields; dots if there are none."""
    fields = kind.split(b":")
    texts = cells.split(b"\t")
    if b"GT" not in fields:
        return b"\t".join([b"."] * len(texts))
    field = fields.index(b"GT")
    parts = [text.split(b":", field + 1) for text in texts]
    return b"\t".join([each[field] if len(each) > field else b"." for each in parts])


def _find_phase_sets(kind: bytes) -> int | None:
    """Return which of the fields in a column FORMAT has phase sets; None if none has."""
    fields = kind.split(b":")
    return next((fields.index(name) for name in PHASE_SETS if name in fields), None)
