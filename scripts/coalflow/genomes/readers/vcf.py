"""VCF and BCF files."""

import itertools
import pathlib
from collections.abc import Iterator, Sequence
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.block_edges import limit_records
from coalflow.genomes.readers.genome_file import MOST_RECORDS, FileContig, GenomeFile, Region
from coalflow.genomes.readers.vcf_binary import BinaryRecords, read_binary_header
from coalflow.genomes.readers.vcf_bytes import PackedBytes
from coalflow.genomes.readers.vcf_header import read_text_header
from coalflow.genomes.readers.vcf_index import VcfIndex, find_index
from coalflow.genomes.readers.vcf_rows import RecordReader, Rows, make_blocks
from coalflow.genomes.readers.vcf_text import TextRecords

BCF = b"BCF"


class VcfFile(GenomeFile):
    """A VCF or BCF file, with an index or without.

    Parameters
    ----------
    path : path

    Raises
    ------
    CoalflowError
        If the file is missing, cut off, not VCF or BCF, or without individuals, or its index does
        not fit.
    """

    format = "VCF"

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = str(path)
        self._bytes = PackedBytes(path)
        pieces = self._bytes.iterate_pieces()
        start = next(pieces, b"")
        self._is_binary = start.startswith(BCF)
        self._read_header = read_binary_header if self._is_binary else read_text_header
        self._header, _ = self._read_header(path, itertools.chain([start], pieces))
        self.individuals = self._header.individuals
        self._index = self._open_index()
        self.can_seek = self._index is not None
        known = {contig.name for contig in self._header.contigs}
        others = [] if self._index is None else self._index.names
        self.contigs = [
            *self._header.contigs,
            *(FileContig(name) for name in others if name not in known),
        ]

    def read_blocks(
        self,
        individuals: Sequence[str],
        ancestral: str | None = None,
        region: Region | None = None,
        most_records: int = MOST_RECORDS,
    ) -> Iterator[RecordBlock]:
        """Yield records in blocks; see :class:`GenomeFile`."""
        reader = self._make_reader(individuals, ancestral)
        rows = self._iterate_rows(reader) if region is None else self._seek(reader, region)
        yield from make_blocks(self.path, rows, limit_records(most_records, len(individuals)))

    def list_fields(self) -> list[str]:
        """Return what the first records have of individuals (FORMAT)."""
        reader = self._make_reader(self.individuals[:1], None)
        first = itertools.islice(self._iterate_rows(reader), 1)
        has_genotypes = any(rows.has_genotypes.any() for rows in first)
        fields = {name.decode(errors="replace") for name in reader.fields - {b".", b"GT"}}
        return sorted({*fields, "GT"} if has_genotypes else fields)

    def _make_reader(self, individuals: Sequence[str], ancestral: str | None) -> RecordReader:
        columns = {name: column for column, name in enumerate(self.individuals)}
        order: npt.NDArray[np.int64] | None = np.array([columns[name] for name in individuals])
        if list(individuals) == self.individuals:
            order = None
        field = None if ancestral == "REF" else ancestral
        if self._is_binary:
            return BinaryRecords(self.path, self._header, order, field)
        return TextRecords(self.path, len(self.individuals), order, field)

    def _iterate_rows(self, reader: RecordReader) -> Iterator[Rows]:
        pieces = self._bytes.iterate_pieces()
        _, rest = self._read_header(self.path, pieces)
        return reader.iterate_rows(itertools.chain([rest], pieces))

    # By index --------------------------------------------------------------------------------

    def _open_index(self) -> VcfIndex | None:
        path = find_index(self.path) if self._bytes.is_bgzf else None
        if path is None:
            return None
        numbers = {name.decode(): number for number, name in self._header.contig_names.items()}
        index = VcfIndex(path, numbers if self._is_binary else {})
        self._refuse_other_index(index)
        return index

    def _refuse_other_index(self, index: VcfIndex) -> None:
        """Refuse the index of another file: it begins or ends with other records."""
        reader = self._make_reader(self.individuals[:1], None)
        first = next(self._iterate_rows(reader), None)
        starts = {offset: name for name, offset in index.iterate_starts()}
        offset = min(starts, default=None)
        if (first is None) != (offset is None):
            self._refuse_index(index)
        if first is None or offset is None:
            return
        reader = self._make_reader(self.individuals[:1], None)
        try:
            found = next(reader.iterate_rows(self._bytes.iterate_pieces(offset)), None)
            rest = b"".join(itertools.islice(self._bytes.iterate_pieces(index.end), 2))
        except (CoalflowError, IndexError):
            self._refuse_index(index)
        if found is None or rest.strip(b"\r\n"):
            self._refuse_index(index)
        contigs = {found.contigs[0], first.contigs[0], starts[offset].encode()}
        if len(contigs) > 1 or found.positions[0] != first.positions[0]:
            self._refuse_index(index)

    def _seek(self, reader: RecordReader, region: Region) -> Iterator[Rows]:
        """Yield the records of a region."""
        assert self._index is not None, "a region of a file without an index"
        offsets = self._index.find(region)
        if offsets is None:
            return
        contig = region.contig.encode()
        reader.origin = f" from {region.contig}:{region.start + 1:,}"
        for number, rows in enumerate(self._read_from(self._index, reader, *offsets)):
            if number == 0 and rows.contigs[0] != contig:
                self._refuse_index(self._index)
            # Position 0 is a telomere, next to the first base.
            bases = np.maximum(rows.positions, 1)
            inside = (bases > region.start) & (bases <= region.end)
            if not rows.contigs[0] == rows.contigs[-1] == contig:
                inside &= np.array([each == contig for each in rows.contigs])
            chosen = np.flatnonzero(inside)
            if len(chosen):
                yield rows[int(chosen[0]) : int(chosen[-1]) + 1]
            if rows.contigs[-1] != contig or rows.positions[-1] > region.end:
                return

    def _read_from(
        self, index: VcfIndex, reader: RecordReader, offset: int, end: int
    ) -> Iterator[Rows]:
        try:
            yield from reader.iterate_rows(self._bytes.iterate_pieces(offset, end))
        except IndexError:
            self._refuse_index(index)

    def _refuse_index(self, index: VcfIndex) -> NoReturn:
        raise CoalflowError(
            f"{index.path}: is not the index of {self.path}, whose records are elsewhere: index "
            f"again (bcftools index --force{' --tbi' if index.path.suffix == '.tbi' else ''} "
            f"{self.path})"
        )
