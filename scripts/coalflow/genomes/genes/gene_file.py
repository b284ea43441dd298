"""Genes in GFF3 and GTF files.

These are read here, rather than by bioframe, gffutils, pyranges or pysam, since none of them says
which line is malformed, and what is needed of such a file is a few columns.

References
----------
.. [1] L. Stein (2020). Generic Feature Format Version 3 (GFF3), version 1.26.
.. [2] Brent Lab (2013). GTF2.2: A Gene Annotation Format.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import read_lines
from coalflow.genomes.genes.genes import ContigGenes, Gene, Genes

FORMAT = "a GFF3 or GTF file"
COLUMNS = 9
MOST_BYTES = 20_000_000_000  # of text; annotations of a human genome have 2e9
LONGEST_SHOWN = 60  # characters of a line in a message
BASE = re.compile("[0-9]{1,12}")
STRANDS = ("+", "-", ".", "?")
FASTA = ("##FASTA", ">")  # what follows in a GFF3 file is the sequence
# Values in GFF3 have no quotes, those in GTF do, unless they are numbers.
GFF3_VALUE = re.compile(r"\s*([^=;\s]+)=([^;]*)")
GTF_VALUE = re.compile(r'\s*([^=;\s"]+)\s+(?:"([^"]*)"|([^";\s]+))\s*(?:;|$)')
NAMES = ("Name", "gene_name", "gene", "gene_id", "ID")
# Of which gene a transcript or an exon is.
GROUPS = ("gene_id", "gene", "gene_name", "Parent", "ID")
BIOTYPES = ("gene_biotype", "gene_type", "biotype")
PREFIX = re.compile("gene[:-](?=.)")  # of the ID, in files of Ensembl and NCBI
CODING = "protein_coding"


class _Feature(NamedTuple):
    """A line of the file; bases are counted from 0, the end is not included."""

    line: int
    contig: str
    type: str
    start: int
    end: int
    strand: str
    attributes: str


def read_genes(path: str) -> Genes:
    """Return the genes in a file.

    These are its features of the types `gene`, `pseudogene`, `ncRNA_gene` and the like. In a file
    without any, a gene reaches as far as the transcripts that have the same `gene_id`, or without
    transcripts, the exons. It is called by its `Name`, `gene_name`, `gene`, `gene_id` or `ID`, the
    first of these that it has.

    Parameters
    ----------
    path : str
        GFF3 or GTF, plain or gzipped.

    Raises
    ------
    CoalflowError
        If the file cannot be read, a line is malformed, or it has no genes; the message has the
        line.
    """
    found: dict[str, list[Gene]] = {}
    for feature in _read_features(path, _is_gene):
        attributes = _parse_attributes(path, feature)
        found.setdefault(feature.contig, []).append(_make_gene(feature, attributes))
    for is_part in () if found else (_is_transcript, _is_exon):
        found = _join_parts(path, is_part)
        if found:
            break
    if not found:
        raise CoalflowError(
            f"{path}: has no gene, and no transcript or exon with a gene_id: name {FORMAT} with "
            "the genes of this genome"
        )
    return Genes(path, {contig: ContigGenes.sort(genes) for contig, genes in found.items()})


def _is_gene(kind: str) -> bool:
    return kind.endswith("gene")


def _is_transcript(kind: str) -> bool:
    return kind.endswith(("transcript", "RNA"))


def _is_exon(kind: str) -> bool:
    return kind in ("exon", "CDS")


def _join_parts(path: str, is_part: Callable[[str], bool]) -> dict[str, list[Gene]]:
    """Return genes by contig, each as far as those of its parts that are in the file."""
    genes: dict[tuple[str, str], Gene] = {}
    for feature in _read_features(path, is_part):
        attributes = _parse_attributes(path, feature)
        group = next((attributes[key] for key in GROUPS if key in attributes), None)
        if group is None:
            continue
        whose = (feature.contig, group)
        # A part has a name and an ID of its own.
        own = {key: value for key, value in attributes.items() if key not in ("Name", "ID")}
        gene = _make_gene(feature, {"ID": group, **own})
        known = genes.get(whose, gene)
        genes[whose] = known._replace(
            start=min(known.start, gene.start), end=max(known.end, gene.end)
        )
    found: dict[str, list[Gene]] = {}
    for (contig, _), gene in genes.items():
        found.setdefault(contig, []).append(gene)
    return found


def _make_gene(feature: _Feature, attributes: dict[str, str]) -> Gene:
    name = next((attributes[key] for key in NAMES if attributes.get(key)), None)
    if name is None:
        name = f"{feature.contig}:{feature.start + 1}-{feature.end}"
    coding = any(attributes.get(key) == CODING for key in BIOTYPES)
    return Gene(PREFIX.sub("", name, count=1), *feature[3:6], coding)


def _read_features(path: str, is_wanted: Callable[[str], bool]) -> Iterator[_Feature]:
    """Yield the features of some types; all lines are checked."""
    types: dict[str, bool] = {}
    for number, line in enumerate(read_lines(path, FORMAT, MOST_BYTES), 1):
        if line.startswith(FASTA):
            return
        if line.startswith("#") or line.isspace():
            continue
        columns = line.rstrip("\r\n").split("\t")
        if len(columns) != COLUMNS:
            raise _refuse(path, number, line, _count_columns(len(columns)))
        contig, _, kind, first, last, _, strand, _, attributes = columns
        if not (BASE.fullmatch(first) and BASE.fullmatch(last)):
            bases = f"{first!r} and {last!r} for its first and last base: they are whole numbers"
            raise _refuse(path, number, line, f"has {bases}, counted from 1")
        start, end = int(first) - 1, int(last)
        if not 0 <= start < end:
            wrong = f"goes from base {first} to {last}, but bases are counted from 1"
            raise _refuse(path, number, line, f"{wrong}, and the last is not before the first")
        if strand not in STRANDS:
            raise _refuse(path, number, line, f"has {strand!r} for its strand, which is + or -")
        if not contig or not kind:
            raise _refuse(path, number, line, "has no contig, or no type of feature")
        if kind not in types:
            types[kind] = is_wanted(kind)
        if types[kind]:
            contig = unquote(contig) if "%" in contig else contig
            yield _Feature(number, contig, kind, start, end, strand, attributes)


def _count_columns(number: int) -> str:
    return f"has {number} columns, but lines of {FORMAT} have {COLUMNS}, separated by tabs"


def _parse_attributes(path: str, feature: _Feature) -> dict[str, str]:
    """Return the attributes of a feature: GFF3 has ``ID=a;Name=b``, GTF has ``gene_id "a";``."""
    text = feature.attributes.strip()
    if text in ("", "."):
        return {}
    if GFF3_VALUE.match(text):
        return {key: unquote(value.strip()) for key, value in GFF3_VALUE.findall(text)}
    if GTF_VALUE.match(text):
        return {key: quoted or bare for key, quoted, bare in GTF_VALUE.findall(text)}
    wrong = "has neither attributes of GFF3, such as ID=g1;Name=LCT, nor of GTF, such as"
    raise _refuse(path, feature.line, text, f'{wrong} gene_id "g1";')


def _refuse(path: str, number: int, line: str, problem: str) -> CoalflowError:
    shown = repr(line.rstrip("\r\n")[:LONGEST_SHOWN])
    return CoalflowError(f"{path}:{number}: {problem}: correct the line {shown}")
