"""VCF and BCF files: opened, read record by record, and refused when they are damaged."""

import gzip
import itertools
import os
import pathlib
import zlib
from collections.abc import Iterator, Sequence

import cyvcf2
import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.genomes.individuals import FileIndividuals
from coalflow.genomes.vcf_writer import BGZF_END

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
_PIECE = 1 << 20  # bytes


def peek_at_file(path: str | pathlib.Path, ancestral: str | None = None) -> FileIndividuals:
    """Return who is in a file, and their ploidy in the first record with a called genotype.

    Parameters
    ----------
    path : path
    ancestral : str, optional
        ``REF``, or the name of an INFO field that the file must have.

    Raises
    ------
    CoalflowError
        If the file is missing, cut off, not VCF or BCF, or without genotypes or that field.
    """
    _refuse_cut_off(path)
    reader = _open(path)
    if ancestral not in (None, "REF") and not reader.contains(ancestral):
        raise CoalflowError(f"{path}: has no INFO field {ancestral} for the ancestral allele")
    names = list(reader.samples)
    if not names:
        raise CoalflowError(f"{path}: has no samples: a scan needs the genotypes of individuals")
    fields: set[str] = set()
    for record in _iterate_records(reader, path):
        fields.update(record.FORMAT)
        genotypes = read_genotypes(record)
        if genotypes is not None and (genotypes[:, :-1] >= 0).any():
            return FileIndividuals(names, genotypes.shape[1] - 1)
    if not fields:
        raise CoalflowError(f"{path}: has a header, but no records with genotypes")
    if "GT" not in fields:
        raise CoalflowError(f"{path}: has no genotypes (GT), only {', '.join(sorted(fields))}")
    raise CoalflowError(f"{path}: has no called genotype: every GT is missing")


def iterate_positions(
    path: str | pathlib.Path, names: Sequence[str], most_records: int | None = None
) -> Iterator[tuple[str, int, list[cyvcf2.Variant]]]:
    """Yield the contig, the position (from 1) and all records of each position of a file.

    Parameters
    ----------
    path : path
    names : sequence of str
        The individuals whose genotypes are read; records have them in the order of the file.
    most_records : int, optional
        After how many records reading ends.

    Raises
    ------
    CoalflowError
        If the file is damaged, or its records are not sorted.
    """
    last: tuple[str, int] | None = None
    contigs: set[str] = set()
    records = itertools.islice(_iterate_records(_open(path, names), path), most_records)
    for locus, group in itertools.groupby(records, key=lambda record: (record.CHROM, record.POS)):
        if last is not None:
            _refuse_disorder(path, locus, last, contigs)
        last = locus
        contigs.add(locus[0])
        yield *locus, list(group)


def read_genotypes(record: cyvcf2.Variant) -> npt.NDArray[np.int16] | None:
    """Return the genotypes of a record.

    Returns
    -------
    ndarray of int16, shape (individuals, ploidy + 1) or None
        Indices of alleles, negative where they are not called; the last column is 1 where a
        genotype is phased. None where the record has no genotypes.
    """
    try:
        return record.genotype.array()
    except Exception:  # cyvcf2 raises bare Exceptions
        return None


def _open(path: str | pathlib.Path, names: Sequence[str] | None = None) -> cyvcf2.VCF:
    """Open a file, to read the genotypes of some individuals, or of all."""
    try:
        samples = None if names is None else list(names)
        return cyvcf2.VCF(str(path), samples=samples, gts012=False)
    except Exception as error:  # cyvcf2 raises bare Exceptions
        fix = _find_misnamed_column(path) or "Look at its header: bcftools view --header-only"
        raise CoalflowError(f"{path}: cannot be read as VCF or BCF ({error}). {fix}") from None


def _iterate_records(reader: cyvcf2.VCF, path: str | pathlib.Path) -> Iterator[cyvcf2.Variant]:
    records = iter(reader)
    for read in itertools.count():
        try:
            record = next(records)
        except StopIteration:
            return
        except Exception as error:  # cyvcf2 raises bare Exceptions
            raise CoalflowError(
                f"{path}: damaged after record {read:,} ({error}): copy or download it again"
            ) from None
        yield record


# What is wrong with a file ---------------------------------------------------------------------


def _refuse_cut_off(path: str | pathlib.Path) -> None:
    """Refuse a file that was cut off; at the end of a block, htslib would not notice."""
    if not pathlib.Path(path).is_file():
        raise CoalflowError(f"{path}: there is no such file")
    cut = f"{path}: is cut off: copy or download it again"
    with open(path, "rb") as file:
        start = file.read(18)
        if start[:2] != b"\x1f\x8b":
            file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
            if start[:2] == b"##" and file.read() != b"\n":
                raise CoalflowError(f"{path}: is cut off: its last line has no end")
            return
        if start[12:14] == b"BC":  # BGZF, which closes with an empty block
            file.seek(0, os.SEEK_END)
            file.seek(-min(len(BGZF_END), file.tell()), os.SEEK_END)
            if file.read() != BGZF_END:
                raise CoalflowError(cut)
            return
    try:
        with gzip.open(path) as unpacked:
            while unpacked.read(_PIECE):
                pass
    except (EOFError, OSError, zlib.error):
        raise CoalflowError(cut) from None


def _find_misnamed_column(path: str | pathlib.Path) -> str | None:
    """Return what is wrong with the line that names a VCF's columns, or None."""
    with open(path, "rb") as file:
        open_text = gzip.open if file.read(2) == b"\x1f\x8b" else open
    try:
        with open_text(path, "rt", encoding="utf-8") as lines:
            line = next((line for line in lines if not line.startswith("##")), "")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return None
    if not line.startswith("#CHROM"):
        return None
    for column, (named, name) in enumerate(zip(line.rstrip().split("\t"), COLUMNS, strict=False)):
        if named != name:
            return (
                f"Its header names column {column + 1} {named!r}, where VCF has {name}: correct it"
            )
    return None


def _refuse_disorder(
    path: str | pathlib.Path, locus: tuple[str, int], last: tuple[str, int], contigs: set[str]
) -> None:
    """Refuse a position below the last one, or on a contig that had ended."""
    contig, position = locus
    backwards = contig == last[0] and position < last[1]
    if backwards or (contig != last[0] and contig in contigs):
        raise CoalflowError(
            f"{path}: {contig}:{position} comes after {last[0]}:{last[1]}: sort the file "
            "(bcftools sort)"
        )
