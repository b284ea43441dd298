import gzip

import pytest

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genes.gene_file import read_genes

GFF3 = """\
##gff-version 3
##sequence-region 2 1 1000
2\thavana\tgene\t101\t200\t.\t-\t.\tID=gene:E1;Name=LCT;biotype=protein_coding

2\thavana\tmRNA\t101\t200\t.\t-\t.\tID=t1;Parent=gene:E1;Name=LCT-201
2\thavana\tncRNA_gene\t1\t50\t.\t+\t.\tID=gene:E2
2\t.\tpseudogene\t300\t400\t.\t?\t.\tID=gene-P1;gene=P%2C1
s%201\t.\tgene\t5\t5\t.\t.\t.\t.
##FASTA
>2
ACGT
"""
GTF = """\
#!genome-build GRCh38
2\thavana\tgene\t101\t200\t.\t-\t.\tgene_id "E1"; gene_name "LCT"; gene_biotype "protein_coding";
2\thavana\ttranscript\t101\t200\t.\t-\t.\tgene_id "E1"; transcript_id "t1"; level 2;
2\thavana\tgene\t1\t50\t.\t+\t.\tgene_id "E2"; level 2
"""


def write(tmp_path, text, name="genes"):
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def listed(path):
    return {
        contig: [
            (gene.name, gene.start, gene.end, gene.strand, gene.coding) for gene in genes.listed
        ]
        for contig, genes in read_genes(path).contigs.items()
    }


def test_genes_of_gff3_are_by_type_and_start(tmp_path):
    assert listed(write(tmp_path, GFF3)) == {
        "2": [
            ("E2", 0, 50, "+", False),
            ("LCT", 100, 200, "-", True),
            ("P,1", 299, 400, "?", False),
        ],
        "s 1": [("s 1:5-5", 4, 5, ".", False)],
    }


def test_gtf_is_recognised_by_its_content(tmp_path):
    expected = {"2": [("E2", 0, 50, "+", False), ("LCT", 100, 200, "-", True)]}
    assert listed(write(tmp_path, GTF, "genes.gff3")) == expected


@pytest.mark.parametrize("text", [GFF3, GTF])
def test_a_file_may_be_gzipped_and_from_windows(tmp_path, text):
    plain = write(tmp_path, text)
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(text.replace("\n", "\r\n").encode()))
    assert listed(str(packed)) == listed(plain)


@pytest.mark.parametrize(
    ("lines", "genes"),
    [
        # As UCSC writes it: transcripts and exons; genes with two transcripts each.
        (
            [
                ("transcript", 11, 40, 'gene_id "A"; transcript_id "a1"; gene_name "LCT"'),
                ("exon", 11, 20, 'gene_id "A"; transcript_id "a1"; gene_name "LCT"'),
                ("transcript", 5, 30, 'gene_id "A"; transcript_id "a2"; gene_name "LCT"'),
                ("transcript", 90, 95, 'gene_id "B"; transcript_id "b1";'),
            ],
            [("LCT", 4, 40), ("B", 89, 95)],
        ),
        (
            [
                ("exon", 11, 20, 'gene_id "A"; transcript_id "a1"'),
                ("CDS", 30, 40, 'gene_id "A"; transcript_id "a1"'),
            ],
            [("A", 10, 40)],
        ),
        (
            [
                ("mRNA", 11, 40, "ID=t1;Parent=g1;Name=g1-RA"),
                ("exon", 11, 20, "Parent=t1"),
                ("mRNA", 5, 30, "ID=t2;Parent=g1"),
            ],
            [("g1", 4, 40)],
        ),
        ([("CDS", 1, 9, "Parent=t1"), ("CDS", 21, 29, "Parent=t1")], [("t1", 0, 29)]),
    ],
)
def test_without_genes_they_reach_as_far_as_their_parts(tmp_path, lines, genes):
    text = "".join(f"2\t.\t{kind}\t{a}\t{b}\t.\t+\t.\t{more}\n" for kind, a, b, more in lines)
    assert [each[:3] for each in listed(write(tmp_path, text))["2"]] == genes


GOOD = "2\t.\tgene\t1\t9\t.\t+\t.\tID=a\n"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2\t.\tgene\t1\t9\n", "has 5 columns, but lines of a GFF3 or GTF file have 9"),
        ("2 . gene 1 9 . + . ID=a\n", "has 1 columns"),
        ("2\t.\texon\tx\t9\t.\t+\t.\tID=a\n", "has 'x' and '9' for its first and last base"),
        ("2\t.\texon\t-1\t9\t.\t+\t.\tID=a\n", "has '-1' and '9' for its first and last base"),
        (
            "2\t.\tgene\t0\t9\t.\t+\t.\tID=a\n",
            "goes from base 0 to 9, but bases are",
        ),
        ("2\t.\tgene\t9\t8\t.\t+\t.\tID=a\n", "goes from base 9 to 8"),
        ("2\t.\tgene\t1\t9\t.\tx\t.\tID=a\n", "has 'x' for its strand"),
        ("\t.\tgene\t1\t9\t.\t+\t.\tID=a\n", "has no contig"),
        ("2\t.\tgene\t1\t9\t.\t+\t.\tjust words\t\n", "has 10 columns"),
        ("2\t.\tgene\t1\t9\t.\t+\t.\t;\n", "has neither attributes of GFF3"),
        ("2\t.\tgene\t1\t9\t.\t+\t.\tLCT\n", "has neither attributes of GFF3"),
    ],
)
def test_malformed_lines_are_refused_with_their_number(tmp_path, line, problem):
    path = write(tmp_path, f"# comment\n{GOOD}{line}")
    with pytest.raises(CoalflowError) as caught:
        read_genes(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:3: {problem}")
    assert "correct the line" in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "# nothing\n", "2\t.\trepeat\t1\t9\t.\t+\t.\tID=a\n"])
def test_a_file_without_genes_is_refused(tmp_path, text):
    path = write(tmp_path, text)
    with pytest.raises(CoalflowError, match="has no gene, and no transcript or exon"):
        read_genes(path)


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(CoalflowError, match=r"none\.gff: there is no such file"):
        read_genes("none.gff")
