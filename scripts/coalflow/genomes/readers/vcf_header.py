"""The header of VCF and BCF files."""

import dataclasses
import pathlib
import re
from collections import Counter
from collections.abc import Iterator

from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.genome_file import FileContig

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
LONGEST_HEADER = 1 << 28  # bytes
_KIND = re.compile(rb"##(contig|FILTER|INFO|FORMAT)=<(.*)>\s*")
_FIELD = re.compile(rb'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)')


@dataclasses.dataclass(frozen=True)
class VcfHeader:
    """What a header names.

    Attributes
    ----------
    individuals : list of str
    contigs : list of FileContig
    contig_names : dict of int to bytes
        Those of the contigs, by the numbers that BCF has in place of them.
    texts : dict of int to bytes
        Those of filters and of fields, by the numbers that BCF has in place of them.
    """

    individuals: list[str]
    contigs: list[FileContig]
    contig_names: dict[int, bytes]
    texts: dict[int, bytes]


def parse_header(path: str | pathlib.Path, text: bytes) -> VcfHeader:
    """Return what a header names.

    Parameters
    ----------
    path : path
        For messages.
    text : bytes
        All lines of the header, and nothing else.

    Raises
    ------
    CoalflowError
        If it does not end with a line that names the columns as VCF does, names nobody, or names
        an individual twice.
    """
    *meta, columns = text.rstrip(b"\r\n\0").split(b"\n")
    individuals = _list_individuals(path, columns.rstrip(b"\r"))
    contigs: list[FileContig] = []
    contig_names: dict[int, bytes] = {}
    texts = {0: b"PASS"}
    known = {b"PASS"}
    for line in meta:
        found = _KIND.fullmatch(line)
        if found is None:
            continue
        kind, fields = found[1], dict(_FIELD.findall(found[2]))
        name = fields.get(b"ID", b"").strip(b'"')
        if not name:
            continue
        number = fields.get(b"IDX", b"")
        if kind == b"contig":
            length = fields.get(b"length", b"").strip(b'"')
            bases = int(length) if length.isdigit() and int(length) else None
            contigs.append(FileContig(decode_text(path, name), bases))
            contig_names[int(number) if number.isdigit() else len(contig_names)] = name
        elif name not in known:
            known.add(name)
            texts[int(number) if number.isdigit() else len(texts)] = name
    return VcfHeader(individuals, contigs, contig_names, texts)


def read_text_header(path: str | pathlib.Path, pieces: Iterator[bytes]) -> tuple[VcfHeader, bytes]:
    """Return the header of a file in text, and the bytes behind it in the piece where it ends.

    Raises
    ------
    CoalflowError
        If there is no such header.
    """
    text = b""
    start = 0
    for piece in pieces:
        text += piece
        while (end := text.find(b"\n", start) + 1) and text.startswith(b"##", start):
            start = end
        if end:
            return parse_header(path, text[:end]), text[end:]
        if len(text) > LONGEST_HEADER:
            break
    raise CoalflowError(
        f"{path}: is cut off, or not a VCF file: its header has no line that begins with #CHROM"
    )


def decode_text(path: str | pathlib.Path, text: bytes) -> str:
    """Return a name or an allele.

    Raises
    ------
    CoalflowError
        If it is not UTF-8.
    """
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise CoalflowError(
            f"{path}: has the name or allele {text.decode('latin-1')!r}, if read as Latin-1, which "
            "is not UTF-8: convert the file (iconv -f latin1 -t utf-8)"
        ) from None


def _list_individuals(path: str | pathlib.Path, columns: bytes) -> list[str]:
    """Return the individuals that the line with the names of columns has."""
    names = columns.split(b"\t")
    for number, (named, name) in enumerate(zip(names, COLUMNS, strict=False), 1):
        if named != name.encode():
            raise CoalflowError(
                f"{path}: cannot be read as VCF or BCF. Its header names column {number} "
                f"{named[:100].decode(errors='replace')!r}, where VCF has {name}: correct it"
            )
    if len(names) < len(COLUMNS) - 1:
        raise CoalflowError(
            f"{path}: cannot be read as VCF or BCF: its header has {len(names)} columns, and VCF "
            f"has {len(COLUMNS)} before those of individuals, separated by tabs"
        )
    individuals = [decode_text(path, name) for name in names[len(COLUMNS) :]]
    if not individuals:
        raise CoalflowError(f"{path}: has no samples: a scan needs the genotypes of individuals")
    repeated = [name for name, number in Counter(individuals).items() if number > 1]
    if repeated:
        raise CoalflowError(
            f"{path}: has two samples named {repeated[0]}: give them different names "
            "(bcftools reheader --samples)"
        )
    return individuals
