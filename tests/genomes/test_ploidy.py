"""The ploidy of individuals, by contig and by sex, as the file has it or as it is given."""

import pytest
from helpers.genomes import as_lists, dropped, only, read, record, refusal, vcf, write

from coalflow.config.schema.genomes import GenotypeRules
from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy

SEXES = "a\tfemale\nb\tmale\nc d\tmale\n\n"
NAMES = ("a", "b", "c d")


@pytest.fixture
def sexes(tmp_path):
    return str(write(tmp_path / "sexes.tsv", SEXES))


def ploidies(contig, **rules):
    return ExpectedPloidy(GenotypeRules.model_validate(rules), NAMES).on(contig).tolist()


def test_ploidy_by_contig_and_sex(sexes):
    ploidy = {"X": {"male": 1, "female": 2}, "M": 1}
    assert ploidies("X", ploidy=ploidy, sexes=sexes) == [2, 1, 1]
    assert ploidies("M", ploidy=ploidy, sexes=sexes) == [1, 1, 1]
    assert ploidies("1", ploidy=ploidy, sexes=sexes) == [0, 0, 0]
    assert ploidies("1", ploidy=4) == [4, 4, 4]
    assert ploidies("1") == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tfemale\nb\tmale\n", "has no sex of c d: add a line"),
        ("a\tfemale\n", "has no sex of b, c d: add a line"),
        ("a\n", ":1: has 1 columns, but must have two"),
        ("a\tmale\tx\n", ":1: has 3 columns, but must have two"),
        (SEXES + "a\tmale\n", ":5: a is male, and female before"),
        (SEXES.replace("female", "F"), "names 'F', but the sexes in the ploidy of X are: male, fe"),
    ],
)
def test_sexes_that_cannot_be_used_are_refused(text, message, tmp_path):
    path = str(write(tmp_path / "sexes.tsv", text))
    with pytest.raises(CoalflowError, match=message) as caught:
        ploidies("X", ploidy={"X": {"male": 1, "female": 2}}, sexes=path)
    assert str(caught.value).startswith(path)


# In files ------------------------------------------------------------------------------------


PSEUDO_DIPLOID = vcf(
    record(10, "0|1", "0|0", "1|1", contig="X"),
    record(20, "1|0", "1|1", "0|0", contig="X"),
    record(30, "1|1", "0|1", "0|0", contig="X"),
    record(40, "1|1", ".|.", "0|0", contig="X"),
    names=NAMES,
)


def test_homozygous_males_have_one_haplotype(sexes, tmp_path):
    path = write(tmp_path / "genome.vcf", PSEUDO_DIPLOID)
    rules = {"ploidy": {"X": {"male": 1, "female": 2}}, "sexes": sexes}
    contigs, description = read(path, 4, individuals=NAMES, genotypes=rules)
    assert as_lists(contigs) == [("X", [10, 20], [[0, 1, 0, 1], [1, 0, 1, 0]])]
    assert dropped(description) == {"missing_genotypes": 2}
    assert description.heterozygotes_of_haploids == 1
    (contig,), _ = read(path, 4, individuals=NAMES, genotypes=rules, missing=0.1)
    assert contig.positions.tolist() == [10, 20, 30, 40]
    assert contig.called.tolist()[2:] == [[1, 1, 0, 1], [1, 1, 0, 1]]


def test_individuals_are_drawn_by_the_ploidy_that_is_given(sexes, tmp_path):
    path = write(tmp_path / "genome.vcf", PSEUDO_DIPLOID)
    rules = {"ploidy": {"X": {"male": 1, "female": 2}}, "sexes": sexes}
    assert read(path, 2, ploidy=2, genotypes=rules)[1].samples == ("a",)
    assert read(path, 2, ploidy=1, genotypes=rules)[1].samples == ("b", "c d")


def test_contigs_are_left_out_on_which_haplotypes_are_too_few_or_too_many(tmp_path):
    text = vcf(
        *(record(n, "0|1", "1", "0", contig="X") for n in (1, 2, 3)),
        record(4, "0|1", "1|0", "0|0", contig="X"),  # pseudoautosomal
        *(record(n, "0|1", "1|0", "0|0", contig="1") for n in (1, 2)),
        record(1, "0", "1", "0", contig="M"),
        names=NAMES,
    )
    path = write(tmp_path / "genome.vcf", text)
    contigs, description = read(path, 4, individuals=NAMES)
    assert only(contigs).positions.tolist() == [1, 2, 3]
    assert description.odd_ploidy == {"X": "1 site, the first at 4"}
    assert description.left_out == {
        "1": "diploid, 6 haplotypes; the net reads 4",
        "M": "haploid, 3 haplotypes; the net reads 4",
    }
    assert dropped(description) == {"other_ploidy": 1, "contig_left_out": 3}
    contigs, description = read(path, 6, individuals=NAMES)
    assert only(contigs).name == "1"
    assert description.left_out["X"] == (
        "2 haploid (b, c d) and 1 diploid (a), 4 haplotypes; the net reads 6"
    )
    # Nobody is counted as a diploid of a contig where they are haploid, without phase either.
    _, description = read(path, 4, individuals=NAMES[1:], ploidy=2, phased=False)
    why = "haploid; without phase the net reads individuals of ploidy 2"
    assert description.left_out == {"X": why, "M": why}


def test_ploidy_that_contradicts_the_file_is_named_with_both(tmp_path):
    text = vcf(record(10, "0", "1"), record(20, "0|1", "0|0", contig="2"))
    path = write(tmp_path / "genome.vcf", text)
    contigs, description = read(path, 4, individuals=["a", "b"], genotypes={"ploidy": 2})
    assert only(contigs).name == "2"
    assert description.left_out == {
        "1": "haploid in the file, diploid by the ploidy that is given for it"
    }
    message = refusal(path, 4, individuals=["a", "b"], genotypes={"ploidy": 4})
    assert "1: haploid in the file, tetraploid by the ploidy" in message
    assert "2: diploid in the file, tetraploid by the ploidy" in message


def test_ploidy_of_a_contig_that_is_not_there_is_refused(tmp_path):
    path = write(tmp_path / "genome.vcf", vcf(record(10, "0|1", "0|0", contig="chrX")))
    message = refusal(path, 4, genotypes={"ploidy": {"X": 1}})
    assert "genomes.<name>.ploidy names 'X', but the contigs are: chrX" in message


def test_ploidy_is_that_of_most_records_not_of_the_first_block(tmp_path, monkeypatch):
    """As where a file of X begins with its pseudoautosomal part."""
    monkeypatch.setattr("coalflow.genomes.readers.vcf.limit_records", lambda *_: 2)
    records = [record(n, "0|1", "1|0") for n in (1, 2, 3)]
    records += [record(n, "0", "1") for n in range(4, 10)]
    path = write(tmp_path / "genome.vcf", vcf(*records))
    contigs, description = read(path, 2, individuals=["a", "b"])
    assert only(contigs).positions.tolist() == list(range(4, 10))
    assert description.odd_ploidy == {"1": "3 sites, the first at 1"}
    assert "haploid on 1), and the net reads 4" in refusal(path, 4, individuals=["a", "b"])
