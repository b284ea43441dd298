"""Ancestral alleles are those of the FASTA file, wherever in it they are."""

import gzip
import os

import numpy as np
import pysam
import pytest

from coalflow.config.schema.genomes import AncestralFasta
from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.genome_file import FileContig
from coalflow.genomes.selecting import ancestral
from coalflow.genomes.selecting.ancestral import AncestralSequence, fill_ancestral

#: Ensembl's letters: sure, less sure, disagreement, insertion, nothing aligned.
LETTERS = "ACGTacgtN-.n"
ENSEMBL = ">ANCESTOR_for_chromosome:GRCh37:22:1:12:1\nACGTacg\ntN-.n\n"


def write_fasta(folder, content=ENSEMBL, name="ancestor.fa"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def open_sequence(path, **options):
    return AncestralSequence(AncestralFasta(fasta=str(path), **options), "mine.vcf")


def read(sequence, contig, positions):
    return sequence.read_bases(contig, np.array(positions, dtype=np.int64))


def refusal(path, *contigs):
    with pytest.raises(CoalflowError) as caught:
        open_sequence(path).refuse_unfit([FileContig(*each) for each in contigs])
    return str(caught.value)


@pytest.mark.parametrize("contig", ["22", "chr22", "ANCESTOR_for_chromosome:GRCh37:22:1:12:1"])
def test_bases_are_those_of_ensembl(contig, tmp_path):
    sequence = open_sequence(write_fasta(tmp_path))
    assert read(sequence, contig, range(1, 13)) == [*"ACGTACGT", "", "", "", ""]


def test_low_confidence_can_be_dropped(tmp_path):
    sequence = open_sequence(write_fasta(tmp_path), low_confidence="drop")
    assert read(sequence, "22", [1, 4, 5, 8, 9]) == ["A", "T", "", "", ""]


def test_telomeres_and_other_contigs_are_not_known(tmp_path):
    sequence = open_sequence(write_fasta(tmp_path))
    assert read(sequence, "22", [0, 1, 12, 13]) == ["", "A", "", ""]
    assert read(sequence, "21", [1, 2]) == ["", ""]
    assert read(sequence, "22", []) == []


def test_a_record_beyond_the_sequence_is_refused(tmp_path):
    path = write_fasta(tmp_path)
    with pytest.raises(
        CoalflowError, match="has 12 bases, but mine.vcf has a record at base 14 of"
    ):
        read(open_sequence(path), "22", [3, 14])


@pytest.mark.parametrize("stretch", [1, 3, 1 << 18])
@pytest.mark.parametrize("form", ["plain", "bgzip", "indexed", "crlf"])
def test_any_positions_in_any_form(form, stretch, tmp_path, monkeypatch):
    monkeypatch.setattr(ancestral, "STRETCH", stretch)
    generator = np.random.default_rng(3)
    bases = "".join(generator.choice([*LETTERS], size=500))
    lines = [bases[start : start + 60] for start in range(0, 500, 60)]
    end = "\r\n" if form == "crlf" else "\n"
    path = write_fasta(tmp_path, end.join([">other", "AC", ">1 of a species", *lines, ""]))
    if form == "bgzip":
        pysam.tabix_compress(path, f"{path}.gz")
        path = f"{path}.gz"
    elif form == "indexed":
        pysam.faidx(path)
    files = sorted(tmp_path.iterdir())
    positions = np.sort(generator.choice(np.arange(1, 501), size=90, replace=False))
    found = read(open_sequence(path), "1", positions)
    known = dict(zip("ACGTacgt", "ACGTACGT", strict=True))
    assert found == [known.get(bases[position - 1], "") for position in positions]
    assert sorted(tmp_path.iterdir()) == files


def test_an_index_that_is_older_than_its_file_is_not_used(tmp_path):
    path = write_fasta(tmp_path, ">1\nACGT\n")
    pysam.faidx(path)
    os.utime(f"{path}.fai", (1, 1))
    write_fasta(tmp_path, ">first\nTTTTTTTT\n>1\nCCCC\n")
    assert read(open_sequence(path), "1", [1, 4]) == ["C", "C"]


def test_a_file_for_each_contig(tmp_path):
    for contig, base in {"1": "A", "2": "C"}.items():
        text = f">ANCESTOR_for_chromosome:GRCh38:{contig}:1:4:1\n{base * 4}\n"
        write_fasta(tmp_path, text, f"ancestor_{contig}.fa")
    sequence = open_sequence(tmp_path / "ancestor_{contig}.fa")
    contigs = ["1", "chr2", "3", "1"]
    assert [read(sequence, contig, [2]) for contig in contigs] == [["A"], ["C"], [""], ["A"]]
    sequence.refuse_unfit([FileContig("1", 4), FileContig("chr2", 4), FileContig("3", 9)])


def test_a_block_is_filled(tmp_path):
    block = RecordBlock(
        contig="22",
        positions=np.array([2, 5, 5, 9]),
        alleles=np.zeros((4, 2, 2), dtype=np.int16),
        phased=np.ones((4, 2), dtype=np.bool_),
        phase_sets=None,
        has_genotypes=np.ones(4, dtype=np.bool_),
        texts=[("A", "T")] * 4,
        bases=np.zeros((4, 2), dtype=np.int8),
        filters=[()] * 4,
        ancestral=[""] * 4,
    )
    filled = fill_ancestral(block, open_sequence(write_fasta(tmp_path)))
    assert filled.ancestral == ["C", "A", "A", ""]
    assert filled.positions is block.positions


# What is refused ---------------------------------------------------------------------------------


def test_another_length_is_refused_with_both(tmp_path):
    message = refusal(write_fasta(tmp_path), ("21", 5), ("chr22", 13))
    assert "has 12 bases, " in message
    assert "but contig chr22 of mine.vcf has 13: is it of another assembly?" in message


def test_other_names_are_refused_with_both(tmp_path):
    path = write_fasta(tmp_path, ">chrA\nAC\n>chrB\nAC\n")
    assert refusal(path, ("A", 2), ("B", None)) == (
        f"{path}: its sequences are named chrA, chrB, but mine.vcf names its contigs A, B: write "
        "the names as there"
    )
    pattern = tmp_path / "ancestor_{contig}.fa"
    assert "there is no such file for any contig, but mine.vcf names" in refusal(pattern, ("A", 2))


@pytest.mark.parametrize(
    "content",
    [b"", b"ACGT\n", b">1\nACGT\nAC\nACGT\n", b">1\nAC\xffT\n", b"\x1f\x8b\x08\x04" + bytes(90)],
    ids=["empty", "no name", "uneven lines", "no text", "damaged"],
)
def test_what_is_not_fasta_is_refused(content, tmp_path, capfd):
    path = write_fasta(tmp_path, content)
    with pytest.raises(CoalflowError, match=f"^{path}: ") as caught:
        read(open_sequence(path), "1", [1, 2, 3])
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_gzip_is_refused_with_what_to_do(tmp_path):
    path = write_fasta(tmp_path, gzip.compress(ENSEMBL.encode()))
    message = refusal(path, ("22", 12))
    assert message.startswith(f"{path}: is compressed with gzip")
    assert message.endswith("unpack it, or compress it with bgzip")


def test_a_file_that_is_not_there(tmp_path):
    assert "there is no such file" in refusal(tmp_path / "none.fa", ("22", 12))
