"""The records of BCF files."""

import pathlib
import struct
from collections.abc import Iterable, Iterator, Sequence

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
from coalflow.genomes.readers.vcf_genotypes import Genotypes, decode_vectors, join_genotypes
from coalflow.genomes.readers.vcf_header import (
    LONGEST_HEADER,
    VcfHeader,
    parse_header,
)
from coalflow.genomes.readers.vcf_rows import RecordReader, Rows

MAGIC = b"BCF\2"
LONGEST_RECORD = 1 << 28  # bytes
_LENGTHS = struct.Struct("<II")
_FIXED = struct.Struct("<iiifII")
_INTEGERS = {1: "<i1", 2: "<i2", 3: "<i4"}
_SIZES = {0: 0, 1: 1, 2: 2, 3: 4, 5: 4, 7: 1}  # bytes, by the code of a type
_SNP = 6  # bytes of two alleles of one base each and what follows, the type of the filters
_DAMAGES = (IndexError, KeyError, ValueError, struct.error)


#: Values of one field, of all individuals: the code of their type, how many each has, and bytes.
Vector = tuple[int, int, bytes]
#: A record: its contig and position, its alleles and their codes, what it has in FILTER, its
#: ancestral base, its genotypes and its phase sets.
_Record = tuple[
    bytes,
    int,
    tuple[tuple[str, ...], bytes],
    tuple[str, ...],
    str,
    Vector | None,
    Vector | None,
]


def read_binary_header(
    path: str | pathlib.Path, pieces: Iterator[bytes]
) -> tuple[VcfHeader, bytes]:
    """Return the header of a BCF file, and the bytes behind it in the piece where it ends.

    Raises
    ------
    CoalflowError
        If the file ends before it, or is a BCF of another version.
    """
    text = b""
    for piece in pieces:
        text += piece
        if len(text) >= 9:
            if not text.startswith(MAGIC):
                break
            length = int.from_bytes(text[5:9], "little")
            if length > LONGEST_HEADER:
                break
            if len(text) >= 9 + length:
                return parse_header(path, text[9 : 9 + length]), text[9 + length :]
    raise CoalflowError(
        f"{path}: is cut off, or not a BCF file of version 2: copy or download it again, or write "
        "it with a recent bcftools"
    )


class BinaryRecords(RecordReader):
    """Reads records, and makes blocks of them; see :class:`RecordReader`."""

    def __init__(
        self,
        path: str | pathlib.Path,
        header: VcfHeader,
        order: npt.NDArray[np.int64] | None,
        ancestral: str | None,
    ) -> None:
        super().__init__(path, len(header.individuals), order)
        self._contigs = header.contig_names
        self._texts = header.texts
        numbers = {text: number for number, text in header.texts.items()}
        self._gt = numbers.get(b"GT", -1)
        self._phase_sets = [numbers[name] for name in PHASE_SETS if name in numbers]
        self._field = None if ancestral is None else numbers.get(ancestral.encode(), -1)
        self._alleles = Alleles(path)
        self._filters = Filters(path)
        self._ancestral = AncestralBases(path)
        self._sets = PhaseSetNumbers(path)
        # What most records have: two bases, and genotypes of diploids with few alleles.
        self._snps: dict[bytes, tuple[tuple[tuple[str, ...], bytes], tuple[str, ...]]] = {}
        self._diploid = bytes([0x11, self._gt, 0x21]) if 0 <= self._gt < 128 else b"none"

    def iterate_rows(self, pieces: Iterable[bytes]) -> Iterator[Rows]:
        """Yield the records that end in each piece."""
        held = b""
        for piece in pieces:
            data = held + piece
            rows: list[_Record] = []
            start, size = 0, len(data)
            try:
                while start + 8 <= size:
                    shared, individual = _LENGTHS.unpack_from(data, start)
                    end = start + 8 + shared + individual
                    if end - start > LONGEST_RECORD:
                        raise ValueError("too long")
                    if end > size:
                        break
                    rows.append(self._read_record(data, start + 8, start + 8 + shared, end))
                    start = end
            except _DAMAGES as error:
                raise self.describe_damage(self.read + len(rows), str(error)) from None
            held = data[start:]
            if rows:
                self.read += len(rows)
                yield self._decode(rows)
        if held:
            raise CoalflowError(f"{self.path}: is cut off: copy or download it again")

    def _decode(self, rows: Sequence[_Record]) -> Rows:
        contigs, positions, alleles, filters, ancestral, genotypes, sets = zip(*rows, strict=True)
        return Rows(
            contigs=contigs,
            positions=np.array(positions, dtype=np.int64),
            genotypes=self._decode_genotypes(genotypes),
            has_genotypes=np.array([vector is not None for vector in genotypes]),
            phase_sets=self._decode_phase_sets(sets),
            alleles=alleles,
            filters=filters,
            ancestral=ancestral,
        )

    def _decode_genotypes(self, vectors: Sequence[Vector | None]) -> Genotypes:
        groups: dict[tuple[int, int], list[int]] = {}
        for row, vector in enumerate(vectors):
            if vector is not None:
                groups.setdefault(vector[:2], []).append(row)
        parts = []
        for (kind, _), rows in groups.items():
            values = [vector[2] for row in rows if (vector := vectors[row]) is not None]
            parts.append((rows, decode_vectors(values, _INTEGERS[kind], self.number, self.order)))
        return join_genotypes(parts, len(vectors), self.wanted)

    def _decode_phase_sets(self, vectors: Sequence[Vector | None]) -> npt.NDArray[np.int64] | None:
        if not any(vectors):
            return None
        sets = np.full((len(vectors), self.wanted), NO_PHASE_SET, dtype=np.int64)
        for row, vector in enumerate(vectors):
            if vector is not None:
                kind, width, values = vector
                dtype = f"S{width}" if kind == 7 else "<f4" if kind == 5 else _INTEGERS[kind]
                each = np.frombuffer(values, dtype).reshape(self.number, -1)[:, 0]
                sets[row] = self._sets.number(each if self.order is None else each[self.order])
        return sets

    # One record ------------------------------------------------------------------------------

    def _read_record(self, data: bytes, start: int, middle: int, end: int) -> _Record:
        """Return what is between bytes of the data; its genotypes begin in the middle."""
        contig, position, _, _, alleles, individuals = _FIXED.unpack_from(data, start)
        at = start + _FIXED.size
        kind = data[at]
        if kind < 0xF0:
            at += 1 + (kind >> 4)
        else:
            _, length, at = _read_type(data, at)
            at += length
        key = data[at : at + _SNP]
        if alleles >> 16 == 2 and key in self._snps:
            texts, filters = self._snps[key]
        else:
            texts, filters = self._read_alleles(data, at, alleles >> 16)
        ancestral = ""
        if self._field is not None:
            ancestral = self._find_ancestral(data, at, alleles)
        genotypes = sets = None
        if individuals >> 24:
            if individuals & 0xFFFFFF != self.number:
                raise ValueError("another number of individuals")
            stop = middle + 3 + 2 * self.number
            if data[middle : middle + 3] == self._diploid and stop <= end:
                genotypes = (1, 2, data[middle + 3 : stop])
            if genotypes is None or (self._phase_sets and individuals >> 25):
                genotypes, sets = self._read_fields(data, middle, end, individuals >> 24)
        return self._contigs[contig], position + 1, texts, filters, ancestral, genotypes, sets

    def _read_alleles(
        self, data: bytes, start: int, number: int
    ) -> tuple[tuple[tuple[str, ...], bytes], tuple[str, ...]]:
        """Return the alleles, and what is in FILTER."""
        texts, at = [], start
        for _ in range(number):
            kind, length, at = _read_type(data, at)
            if kind not in (0, 7):
                raise ValueError("an allele is not text")
            texts.append(data[at : at + length])
            at += length
        alleles = self._alleles[texts[0] if texts else b"", b",".join(texts[1:])]
        kind, length, at = _read_type(data, at)
        numbers = _read_integers(data, at, kind, length)
        filters = self._filters[b";".join([self._texts[number] for number in numbers])]
        if number == 2 and at == start + _SNP - 1 and length < 2:
            self._snps[data[start : start + _SNP]] = alleles, filters
        return alleles, filters

    def _find_ancestral(self, data: bytes, at: int, numbers: int) -> str:
        """Return the ancestral base; alleles begin at a byte, and ``numbers`` says how many."""
        for _ in range((numbers >> 16) + 1):  # alleles, and filters
            kind, length, at = _read_type(data, at)
            at += length * _SIZES[kind]
        for _ in range(numbers & 0xFFFF):
            kind, length, at = _read_type(data, at)
            (field,) = _read_integers(data, at, kind, length)
            kind, length, at = _read_type(data, at + length * _SIZES[kind])
            end = at + length * _SIZES[kind]
            if field == self._field:
                if kind in _INTEGERS:
                    return str(next(iter(_read_integers(data, at, kind, length)), ""))
                return self._ancestral[data[at:end].rstrip(b"\0")] if kind == 7 else ""
            at = end
        return ""

    def _read_fields(
        self, data: bytes, at: int, end: int, number: int
    ) -> tuple[Vector | None, Vector | None]:
        """Return genotypes and phase sets."""
        genotypes: Vector | None = None
        sets: Vector | None = None
        names = []
        for index in range(number):
            kind, length, at = _read_type(data, at)
            (field,) = _read_integers(data, at, kind, length)
            kind, width, at = _read_type(data, at + length * _SIZES[kind])
            length = _SIZES[kind] * width * self.number
            if at + length > end:
                raise ValueError("it ends within a field")
            names.append(self._texts[field])
            if field == self._gt and width and kind in _INTEGERS:
                values = data[at : at + length]
                # Behind other fields it is left out where nobody has it.
                if index == 0 or any(np.frombuffer(values, _INTEGERS[kind]) > 0):
                    genotypes = kind, width, values
            elif field in self._phase_sets and width and sets is None:
                sets = kind, width, data[at : at + length]
            at += length
        if genotypes is None:
            self.fields.update(names)
        return genotypes, sets


def _read_type(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the code of a type, how many values there are, and where they begin."""
    kind, length = data[at] & 15, data[at] >> 4
    if kind not in _SIZES:
        raise ValueError("a value of unknown type")
    if length < 15:
        return kind, length, at + 1
    length_kind, _, at = _read_type(data, at + 1)
    (length,) = _read_integers(data, at, length_kind, 1)
    if length < 0:
        raise ValueError("a negative length")
    return kind, length, at + _SIZES[length_kind]


def _read_integers(data: bytes, at: int, kind: int, length: int) -> list[int]:
    """Return values that are integers; none where there are none."""
    if length == 0:
        return []
    size = _SIZES[kind]
    if kind not in _INTEGERS or at + length * size > len(data):
        raise ValueError("a number is not an integer")
    return np.frombuffer(data, _INTEGERS[kind], length, at).tolist()
