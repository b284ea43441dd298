"""A genome with what the config selects of it, read to the end: sites, counts, polarity, draws."""

import pysam
import pytest
from helpers.genomes import as_lists, dropped, make_options, read, record, refusal, vcf, write

from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.selecting.selected_file import select_from_file

FASTA = ">ANCESTOR_for_chromosome:X:1:1:40:1\n" + "T" * 10 + "a" * 10 + "N" * 10 + "C" * 10 + "\n"


@pytest.fixture
def path(tmp_path):
    sites = [record(position, "0|1", "0|0") for position in (0, 5, 10, 15, 20, 25, 30, 35, 40)]
    return write(tmp_path / "mine.vcf", vcf(*sites, record(7, "1|1", "0|0", contig="2")))


def select(**selection):
    return {"selection": selection}


def test_a_file_of_which_all_is_read_is_the_file_itself(path):
    file = open_genome_file(path)
    assert select_from_file(file, make_options()) is file


def test_records_outside_are_not_counted(path):
    contigs, description = read(path, 4, **select(regions=["1:6-20"]))
    assert [one.positions.tolist() for one in contigs] == [[10, 15, 20]]
    assert (description.records, dropped(description)) == (3, {})
    _, description = read(path, 4, **select(exclude=["1:1-20"]))
    assert (description.records, description.sites_used) == (5, 5)


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"contigs": ["2"]},
        {"regions": ["1:4-5", "1:11-16", "2"]},
        {"exclude": ["1:11-16"]},
        {"regions": ["1"], "exclude": ["1:1-10"]},
    ],
)
def test_an_index_makes_no_difference(selection, path, tmp_path):
    packed = str(tmp_path / "indexed.vcf.gz")
    pysam.tabix_compress(str(path), packed)
    pysam.tabix_index(packed, preset="vcf")
    assert open_genome_file(packed).can_seek
    without, by_index = (read(each, 4, **select(**selection)) for each in (path, packed))
    assert as_lists(without[0]) == as_lists(by_index[0])
    assert without[1] == by_index[1]


def test_a_telomere_goes_with_the_first_base(path):
    _, description = read(path, 4, **select(regions=["1:1-5"]))
    assert (description.records, dropped(description)) == (2, {"position_0": 1})


def test_contigs_that_are_not_read_are_not_described(path):
    contigs, description = read(path, 4, **select(contigs=["2"]))
    assert as_lists(contigs) == [("2", [7], [[1, 1, 0, 0]])]
    assert (description.without_records, description.not_read) == ((), ("1",))
    with pytest.raises(CoalflowError, match="names contig chr2, but the contigs of"):
        read(path, 4, **select(contigs=["chr2"]))


@pytest.mark.parametrize(("low_confidence", "known"), [("use", [5, 10, 15, 20]), ("drop", [5, 10])])
def test_ancestral_bases_are_those_of_the_fasta_file(low_confidence, known, path, tmp_path):
    fasta = write(tmp_path / "ancestor.fa", FASTA)
    given = {"fasta": str(fasta), "low_confidence": low_confidence}
    (one,), description = read(path, 4, ancestral=given, polarised=True)
    assert one.positions.tolist() == known
    # T is ancestral at first, which is 1 in the file, then A.
    derived = [[1, 0, 1, 1] if position <= 10 else [0, 1, 0, 0] for position in known]
    assert one.haplotypes.tolist() == derived
    assert dropped(description)["ancestral_unknown"] == 8 - len(known) + 1  # and contig 2


def test_a_fasta_file_of_other_contigs_is_refused(path, tmp_path):
    fasta = write(tmp_path / "ancestor.fa", ">chr1\nACGT\n")
    given = {"fasta": str(fasta)}
    with pytest.raises(
        CoalflowError, match="its sequences are named chr1, but .* names its contigs"
    ):
        read(path, 4, ancestral=given, polarised=True)
    write(tmp_path / "ancestor.fa", ">1\nACGT\n")
    with pytest.raises(
        CoalflowError, match="1 has 4 bases, but .* has a record at base 40 of contig"
    ):
        read(path, 4, ancestral=given, polarised=True)


def test_fewer_haplotypes_are_read_where_nets_can_do_with_fewer(path):
    (one, _), _ = read(path, 10, ploidy=2, fewest=4)
    assert one.samples.number_of_haplotypes == one.haplotypes.shape[1] == 4
    assert "net reads 10 haplotypes, 6 at least" in refusal(path, 10, ploidy=2, fewest=6)
