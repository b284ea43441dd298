"""VCF and BCF files, read by cyvcf2."""

import contextlib
import gzip
import itertools
import pathlib
import warnings
from collections.abc import Collection, Iterator, Sequence
from typing import NoReturn

import cyvcf2

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import GZIP, open_input
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.block_edges import limit_records
from coalflow.genomes.readers.genome_file import MOST_RECORDS, FileContig, GenomeFile, Region
from coalflow.genomes.readers.vcf_blocks import MOST_POSITION, BlankLine, BlockMaker
from coalflow.genomes.readers.vcf_contigs import find_contigs, read_last_locus
from coalflow.genomes.readers.vcf_damage import (
    TAB,
    describe_damage,
    describe_encoding,
    find_misnamed_column,
    iterate_lines,
    refuse_cut_off,
)

INDICES = (".csi", ".tbi")
BCF = b"BCF"
PEEKED = 100  # records, of which one has a field if the file has it


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
        is_bgzipped = refuse_cut_off(path)
        reader = _open(self.path, None)
        self.individuals = list(reader.samples)
        if not self.individuals:
            raise CoalflowError(
                f"{path}: has no samples: a scan needs the genotypes of individuals"
            )
        self.contigs = list(_list_contigs(reader))
        self._seeking: tuple[list[str], cyvcf2.VCF] | None = None
        self._undeclared = self._find_undeclared(is_bgzipped)
        self._index = _find_index(self.path) if is_bgzipped else None
        self.can_seek = self._index is not None
        self.contigs += [FileContig(name) for name in self._undeclared]
        if self.can_seek:
            self._refuse_other_index()

    def read_blocks(
        self,
        individuals: Sequence[str],
        ancestral: str | None = None,
        region: Region | None = None,
        most_records: int = MOST_RECORDS,
    ) -> Iterator[RecordBlock]:
        """Yield records in blocks; see :class:`GenomeFile`."""
        reader = self._open(individuals) if region is None else self._open_for_regions(individuals)
        most = limit_records(most_records, len(reader.samples))
        maker = BlockMaker(self.path, reader.samples, individuals, ancestral, most)
        records = iter(reader) if region is None else self._seek(reader, region)
        try:
            yield from maker.make_blocks(records)
            return
        except CoalflowError:
            raise
        except UnicodeDecodeError as error:
            raise CoalflowError(describe_encoding(self.path, error)) from None
        except BlankLine:
            pass
        except Exception as error:  # cyvcf2 raises bare Exceptions
            read = maker.read if region is None else None
            raise CoalflowError(describe_damage(self.path, read, error)) from None
        self._refuse_blank_line(records, maker.read + 1)

    def _refuse_blank_line(self, records: Iterator[cyvcf2.Variant], number: int) -> None:
        """Refuse a blank line unless it is the last one."""
        with contextlib.suppress(StopIteration):
            next(records)
            raise CoalflowError(
                f"{self.path}: the line of record {number:,} is blank or begins with a zero byte: "
                "delete it, or download the file again"
            )

    def list_fields(self) -> list[str]:
        """Return what the first records have of individuals (FORMAT)."""
        first = itertools.islice(self._open(self.individuals[:1]), PEEKED)
        return sorted({field for record in first for field in record.FORMAT})

    def _open(self, individuals: Collection[str]) -> cyvcf2.VCF:
        everybody = list(individuals) == self.individuals
        reader = _open(self.path, None if everybody else individuals)
        for name in self._undeclared:
            with contextlib.suppress(Exception):  # cyvcf2 raises bare Exceptions
                reader.add_to_header(f"##contig=<ID={name}>")
        return reader

    def _open_for_regions(self, individuals: Sequence[str]) -> cyvcf2.VCF:
        """Open the file once for many regions: the header of thousands of scaffolds takes long."""
        if self._seeking is None or self._seeking[0] != list(individuals):
            self._seeking = list(individuals), self._open(individuals)
        return self._seeking[1]

    def _find_undeclared(self, is_bgzipped: bool) -> list[str]:
        """Return the contigs of records that the header does not have; none of a BCF."""
        is_gzipped, start = _read_start(self.path)
        if start == BCF:
            return []
        if is_gzipped and not is_bgzipped:
            found = dict.fromkeys(line.split(TAB, 1)[0] for line in iterate_lines(self.path))
        else:
            found = dict.fromkeys(find_contigs(self.path, is_bgzipped))
        declared = {contig.name for contig in self.contigs}
        return [name for name in found if name not in declared]

    # Records ---------------------------------------------------------------------------------

    def _seek(self, reader: cyvcf2.VCF, region: Region) -> Iterator[cyvcf2.Variant]:
        """Yield the records whose position is in a region."""
        assert self._index is not None, "a region of a file without an index"
        if region.start >= region.end:
            return
        # In braces, for names may have colons.
        words = f"{{{region.contig}}}:{region.start + 1}-{min(region.end, MOST_POSITION)}"
        with warnings.catch_warnings():  # of a contig without records
            warnings.simplefilter("ignore")
            for record in reader(words):
                # Deletions that begin before the region overlap with it, but are not in it.
                # Position 0 is a telomere, next to the first base.
                if region.start < max(record.POS, 1):
                    yield record

    # The index -------------------------------------------------------------------------------

    def _refuse_other_index(self) -> None:
        """Refuse an index by which the first record, or the last, is not found."""
        first = next(self.read_blocks(self.individuals[:1], most_records=1), None)
        loci = [] if first is None else [(first.contig, int(first.positions[0]))]
        last = read_last_locus(self.path)
        if last is not None:
            loci.append(last)
        for contig, position in loci:
            reader = self._open(self.individuals[:1])
            try:
                found = next(self._seek(reader, Region(contig, position - 1, position)), None)
            except Exception:  # cyvcf2 raises bare Exceptions
                found = None
            if found is None or (contig, position) != (found.CHROM, found.POS):
                self._refuse_index()

    def _refuse_index(self) -> NoReturn:
        raise CoalflowError(
            f"{self._index}: is not the index of {self.path}, whose records are elsewhere: index "
            f"again ({_describe_indexing(self.path, str(self._index))})"
        )


def _open(path: str, individuals: Collection[str] | None) -> cyvcf2.VCF:
    """Open a file, to read the genotypes of some individuals, or of all."""
    # htslib takes one text for all names: some would mean something else there.
    if individuals is not None and any("," in name or name[:1] in "^-" for name in individuals):
        individuals = None
    try:
        samples = None if individuals is None else list(individuals)
        reader = cyvcf2.VCF(path, samples=samples, gts012=False)
        _ = reader.samples
    except UnicodeDecodeError as error:
        raise CoalflowError(describe_encoding(path, error)) from None
    except Exception as error:  # cyvcf2 raises bare Exceptions
        fix = find_misnamed_column(path) or "Look at its header: bcftools view --header-only"
        raise CoalflowError(f"{path}: cannot be read as VCF or BCF ({error}). {fix}") from None
    return reader


def _list_contigs(reader: cyvcf2.VCF) -> Iterator[FileContig]:
    """Yield the contigs of the header, with their lengths where it has them."""
    try:
        names, lengths = reader.seqnames, reader.seqlens
    except AttributeError:  # of a header without lengths
        lengths = [0] * len(names := reader.seqnames)
    for name, length in zip(names, lengths, strict=True):
        yield FileContig(name, length if 0 < length <= MOST_POSITION else None)


def _find_index(path: str) -> str | None:
    """Return the index next to a file; refuse one that is older than the file."""
    for ending in INDICES:
        index = f"{path}{ending}"
        if not pathlib.Path(index).is_file():
            continue
        if pathlib.Path(index).stat().st_mtime < pathlib.Path(path).stat().st_mtime:
            raise CoalflowError(
                f"{index}: is older than {path}, so it may be the index of what the file was "
                f"before: index again ({_describe_indexing(path, index)})"
            )
        return index
    return None


def _read_start(path: str) -> tuple[bool, bytes]:
    """Return whether a file is compressed, and how its content starts."""
    with open_input(path) as file:
        is_gzipped = file.read(len(GZIP)) == GZIP
        file.seek(0)
        content = gzip.GzipFile(fileobj=file) if is_gzipped else file
        return is_gzipped, content.read(len(BCF))


def _describe_indexing(path: str, index: str) -> str:
    """Return the command that makes an index."""
    return f"bcftools index --force{' --tbi' if index.endswith('.tbi') else ''} {path}"
