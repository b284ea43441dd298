"""VCF and BCF files."""

import pathlib
from collections.abc import Iterator, Sequence

from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.genome_file import MOST_RECORDS, FileContig, GenomeFile, Region
from coalflow.genomes.vcf_files import VariantFile
from coalflow.genomes.vcf_sites import iterate_blocks


class VcfFile(GenomeFile):
    """A VCF or BCF file.

    Parameters
    ----------
    path : path

    Raises
    ------
    CoalflowError
        If the file is missing, cut off, not VCF or BCF, or without individuals.
    """

    format = "VCF"

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = str(path)
        file = VariantFile(path)
        self.individuals = file.names
        self.contigs = [FileContig(*each) for each in file.contigs]
        self.can_seek = False

    def read_blocks(
        self,
        individuals: Sequence[str],
        ancestral: str | None = None,
        region: Region | None = None,
        most_records: int = MOST_RECORDS,
    ) -> Iterator[RecordBlock]:
        """Yield records in blocks; see :class:`GenomeFile`."""
        return iterate_blocks(self.path, individuals, ancestral, None, most_records)

    def list_fields(self) -> list[str]:
        """Return what the first records have of individuals (FORMAT)."""
        fields: set[str] = set()
        for record, _ in zip(VariantFile(self.path), range(100), strict=False):
            fields.update(record.FORMAT)
        return sorted(fields)
