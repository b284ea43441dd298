"""What is wrong with VCF and BCF files, in words."""

import contextlib
import gzip
import itertools
import os
import pathlib
import re
import zlib
from collections.abc import Iterator

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import open_input, read_lines

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
#: The empty block that bgzipped files close with.
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
TAB = "\t"
GENOTYPE = r"(\d+|\.)([|/](\d+|\.))*"
_PIECE = 1 << 20  # bytes


def refuse_cut_off(path: str | pathlib.Path) -> bool:
    """Refuse a file that was cut off; at the end of a block, htslib would not notice.

    Returns
    -------
    bool
        Whether it is bgzipped, so that it can be read by region.
    """
    cut = f"{path}: is cut off: copy or download it again"
    with open_input(path) as file:
        start = file.read(18)
        if start[:2] != b"\x1f\x8b":
            file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
            if start[:2] == b"##" and file.read() != b"\n":
                raise CoalflowError(f"{path}: is cut off: its last line has no end")
            return False
        if start[12:14] == b"BC":  # BGZF, which closes with an empty block
            file.seek(0, os.SEEK_END)
            file.seek(-min(len(BGZF_END), file.tell()), os.SEEK_END)
            if file.read() != BGZF_END:
                raise CoalflowError(cut)
            return True
    try:
        with gzip.open(path) as unpacked:
            while unpacked.read(_PIECE):
                pass
    except (EOFError, OSError, zlib.error):
        raise CoalflowError(cut) from None
    return False


def find_misnamed_column(path: str | pathlib.Path) -> str | None:
    """Return what is wrong with the line that names a VCF's columns, or None."""
    try:
        lines = read_lines(path, "a VCF file")
        line = next((line for line in lines if not line.startswith("##")), "")
    except CoalflowError:
        return None
    if not line.startswith("#CHROM"):
        return None
    for column, (named, name) in enumerate(zip(line.rstrip().split(TAB), COLUMNS, strict=False)):
        if named != name:
            return (
                f"Its header names column {column + 1} {named!r}, where VCF has {name}: correct it"
            )
    return None


def describe_encoding(path: str | pathlib.Path, error: UnicodeDecodeError) -> str:
    """Return the message for a name or an allele that is not UTF-8."""
    shown = error.object.decode("latin-1")
    return (
        f"{path}: has the name or allele {shown!r}, if read as Latin-1, which is not UTF-8: "
        "convert the file (iconv -f latin1 -t utf-8)"
    )


def describe_damage(path: str | pathlib.Path, read: int | None, error: Exception) -> str:
    """Return the message for the record after ``read`` others, which htslib does not read.

    ``read`` is None where records were read by region, and those before them were not.
    """
    if read is None:
        return f"{path}: damaged ({error}): copy or download it again"
    line = next(itertools.islice(iterate_lines(path), read, None), "")
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


def iterate_lines(path: str | pathlib.Path) -> Iterator[str]:
    """Yield the records of a text file as text; none of a file of another kind."""
    with contextlib.suppress(CoalflowError):
        lines = read_lines(path, "a VCF file")
        yield from (line for line in lines if line.strip() and not line.startswith("#"))
