"""VCF and BCF files: opened, read record by record, and refused when they are damaged."""

import contextlib
import gzip
import itertools
import os
import pathlib
import re
import zlib
from collections.abc import Collection, Iterator
from typing import IO, Any

import cyvcf2
import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import GZIP, open_input, read_lines
from coalflow.genomes.genotypes.carried import ABSENT

# The empty block that bgzipped files close with.
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BEYOND = np.iinfo(np.int16).max  # an allele that no record has
COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
MOST_POSITION = 2**31 - 1
TAB = "\t"
GENOTYPE = r"(\d+|\.)([|/](\d+|\.))*"
_PIECE, _FIRST = 1 << 20, 16  # bytes


class VariantFile:
    """A VCF or BCF file, whose records are read one by one.

    Parameters
    ----------
    path : path
    names : collection of str, optional
        The individuals whose genotypes are read; None for all of them.

    Attributes
    ----------
    names : list of str
        The individuals of records, in their order. There may be more than are asked for.

    Raises
    ------
    CoalflowError
        If the file is missing, cut off, not VCF or BCF, or without individuals.
    """

    def __init__(self, path: str | pathlib.Path, names: Collection[str] | None = None) -> None:
        _refuse_cut_off(path)
        self.path = path
        self._reader = _open(path, names)
        self._declare_first_contig()
        self.names: list[str] = list(self._reader.samples)
        self.contigs = _list_contigs(self._reader)
        if not self.names:
            raise CoalflowError(
                f"{path}: has no samples: a scan needs the genotypes of individuals"
            )

    def _declare_first_contig(self) -> None:
        """Add the contig of the first record to the header of a text file.

        Where it is not there already, cyvcf2 crashes on a first record that cannot be read.
        """
        line = next(_iterate_lines(self.path), "")
        with contextlib.suppress(Exception):  # cyvcf2 raises bare Exceptions
            self._reader.add_to_header(f"##contig=<ID={line.split(TAB)[0]}>")

    def __iter__(self) -> Iterator[cyvcf2.Variant]:
        """Yield records.

        Raises
        ------
        CoalflowError
            If the file is damaged, its records are not sorted, or their positions are too large.
        """
        last: tuple[str, int] | None = None
        contigs: set[str] = set()
        for record in self._iterate():
            locus = (record.CHROM, record.POS)
            if locus != last:
                _refuse_position(self.path, locus, last, contigs)
                last = locus
                contigs.add(locus[0])
            yield record

    def _iterate(self) -> Iterator[cyvcf2.Variant]:
        records = iter(self._reader)
        blank: int | None = None
        for read in itertools.count():
            try:
                record = next(records)
                _decode_texts(record)
            except StopIteration:
                return
            except UnicodeDecodeError as error:
                raise CoalflowError(describe_encoding(self.path, error)) from None
            except Exception as error:  # cyvcf2 raises bare Exceptions
                raise CoalflowError(_describe_damage(self.path, read, error)) from None
            if record.CHROM:
                if blank is not None:
                    raise CoalflowError(
                        f"{self.path}: the line of record {blank:,} is blank or begins with a zero "
                        "byte: delete it, or download the file again"
                    )
                yield record
            elif record.ALT or record.FORMAT:  # a blank line has neither
                raise CoalflowError(
                    f"{self.path}: record {read + 1:,} has no contig, its column CHROM is empty: "
                    "correct the line"
                )
            else:
                blank = read + 1


def _list_contigs(reader: cyvcf2.VCF) -> list[tuple[str, int | None]]:
    """Return the contigs of a header, and their lengths where it has them."""
    lines = [line for line in reader.header_iter() if line.type == "CONTIG"]
    return [(str(line["ID"]), _read_length(line)) for line in lines]


def _read_length(line: Any) -> int | None:
    """Return the length of a contig in a header's line; None without a number above 0."""
    try:
        return max(int(line["length"]), 0) or None
    except (KeyError, ValueError):
        return None


def _decode_texts(record: cyvcf2.Variant) -> None:
    """Decode what is read of a record everywhere, so that a failure is noticed here."""
    _ = record.CHROM, record.ALT, record.FILTERS, record.FORMAT


def read_genotypes(record: cyvcf2.Variant) -> npt.NDArray[np.int16] | None:
    """Return the genotypes of a record.

    Returns
    -------
    ndarray of int16, shape (individuals, ploidy + 1) or None
        Indices of alleles; -1 where they are not called, -2 where a genotype has fewer alleles than
        others; the last column is 1 where a genotype is phased. None where the record has no
        genotypes.
    """
    if not _has_genotypes(record):
        return None
    try:
        genotypes = record.genotype.array()
    except Exception:  # cyvcf2 raises bare Exceptions
        return None
    # cyvcf2 cuts indices to 16 bits: 40000 comes out negative, as if it were not called.
    genotypes[genotypes < ABSENT] = BEYOND
    return genotypes


def _has_genotypes(record: cyvcf2.Variant) -> bool:
    """Tell whether any individual has a GT; where none has, htslib would end the program."""
    fields = record.FORMAT
    if fields[:1] == ["GT"]:
        return True
    if "GT" not in fields:
        return False
    # VCF has GT in front. Elsewhere it may be left out of all cells, which htslib writes as a dot.
    cells = str(record).rstrip("\n").split("\t")[len(COLUMNS) + 1 :]
    return any(cell.split(":")[fields.index("GT") :][:1] not in ([], ["."]) for cell in cells)


def _open(path: str | pathlib.Path, names: Collection[str] | None) -> cyvcf2.VCF:
    """Open a file, to read the genotypes of some individuals, or of all."""
    # htslib takes one text for all names: some would mean something else there.
    if names is not None and any("," in name or name[:1] in "^-" for name in names):
        names = None
    try:
        samples = None if names is None else list(names)
        reader = cyvcf2.VCF(str(path), samples=samples, gts012=False)
        _ = reader.samples
    except UnicodeDecodeError as error:
        raise CoalflowError(describe_encoding(path, error)) from None
    except Exception as error:  # cyvcf2 raises bare Exceptions
        fix = _find_misnamed_column(path) or "Look at its header: bcftools view --header-only"
        raise CoalflowError(f"{path}: cannot be read as VCF or BCF ({error}). {fix}") from None
    return reader


# What is wrong with a file ---------------------------------------------------------------------


def _refuse_cut_off(path: str | pathlib.Path) -> None:
    """Refuse a file that was cut off; at the end of a block, htslib would not notice."""
    cut = f"{path}: is cut off: copy or download it again"
    with open_input(path) as file:
        start = file.read(18)
        _refuse_other_format(path, file)
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


def _refuse_other_format(path: str | pathlib.Path, file: IO[bytes]) -> None:
    """Refuse what does not begin as VCF or BCF does: it may unpack to terabytes without a line."""
    file.seek(0)
    packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    try:
        first = gzip.GzipFile(fileobj=file).read(_FIRST) if packed else file.read(_FIRST)
    except (EOFError, OSError, zlib.error):
        first = b""
    if not first.startswith((b"##", b"#CHROM", b"BCF")):
        raise CoalflowError(
            f"{path}: cannot be read as VCF or BCF: it does not begin with ##fileformat"
        )
    file.seek(0)


def _find_misnamed_column(path: str | pathlib.Path) -> str | None:
    """Return what is wrong with the line that names a VCF's columns, or None."""
    try:
        lines = read_lines(path, "a VCF file")
        line = next((line for line in lines if not line.startswith("##")), "")
    except CoalflowError:
        return None
    if not line.startswith("#CHROM"):
        return None
    for column, (named, name) in enumerate(zip(line.rstrip().split("\t"), COLUMNS, strict=False)):
        if named != name:
            return (
                f"Its header names column {column + 1} {named!r}, where VCF has {name}: correct it"
            )
    return None


def _refuse_position(
    path: str | pathlib.Path,
    locus: tuple[str, int],
    last: tuple[str, int] | None,
    contigs: set[str],
) -> None:
    """Refuse a position below the last one, on a contig that had ended, or that is too large."""
    contig, position = locus
    if position < 0:
        raise CoalflowError(
            f"{path}: {contig} has positions beyond {MOST_POSITION:,}, which cannot be read: "
            "split the contig (as is done for wheat and for BAM files)"
        )
    if last is None:
        return
    backwards = contig == last[0] and position < last[1]
    if backwards or (contig != last[0] and contig in contigs):
        raise CoalflowError(
            f"{path}: {contig}:{position} comes after {last[0]}:{last[1]}: sort the file "
            "(bcftools sort)"
        )


def describe_encoding(path: str | pathlib.Path, error: UnicodeDecodeError) -> str:
    """Return the message for a name or an allele that is not UTF-8."""
    shown = error.object.decode("latin-1")
    return (
        f"{path}: has the name or allele {shown!r}, if read as Latin-1, which is not UTF-8: "
        "convert the file (iconv -f latin1 -t utf-8)"
    )


def _describe_damage(path: str | pathlib.Path, read: int, error: Exception) -> str:
    """Return the message for the record after ``read`` others, which htslib does not read."""
    line = next(itertools.islice(_iterate_lines(path), read, None), "")
    contig, position, *columns = line.rstrip("\r\n").split(TAB) if TAB in line else ("", "")
    for call in columns[7:]:
        genotype = call.split(":")[0]
        if re.fullmatch(rf"[|/]{GENOTYPE}", genotype):
            return _describe_leading_phase(path)
        if not re.fullmatch(GENOTYPE, genotype):
            return (
                f"{path}: {contig}:{position} has the genotype {genotype[:50]!r}, where VCF has "
                "the numbers of alleles, such as 0|1 or ./.: correct it"
            )
    return f"{path}: damaged after record {read:,} ({error}): copy or download it again"


def _describe_leading_phase(path: str | pathlib.Path) -> str:
    return (
        f"{path}: has genotypes that begin with a separator (|0|1 or /0|1), the leading phase of "
        "VCF 4.4, which htslib, as it is used here, does not read: remove it, for example with "
        r"sed 's,\t[|/],\t,g'"
    )


def _iterate_lines(path: str | pathlib.Path) -> Iterator[str]:
    """Yield the records of a text file as text; none of a file of another kind."""
    with contextlib.suppress(CoalflowError):
        lines = read_lines(path, "a VCF file")
        yield from (line for line in lines if line.strip() and not line.startswith("#"))
