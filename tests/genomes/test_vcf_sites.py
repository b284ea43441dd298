"""Records are sites with two alleles, or dropped and counted by reason."""

import pytest
from helpers.genomes import as_lists, dropped, only, read, read_text, record, vcf, write

from coalflow.core.errors import CoalflowError


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"alt": "T,G"}, "not_two_alleles"),
        ({"alt": "."}, "not_two_alleles"),
        ({"ref": "AT"}, "not_single_bases"),
        ({"alt": "TA"}, "not_single_bases"),
        ({"ref": "AC", "alt": "GT"}, "not_single_bases"),
        ({"alt": "<DEL>"}, "not_single_bases"),
        ({"alt": "*"}, "not_single_bases"),
        ({"ref": "N"}, "not_single_bases"),
        ({"genotypes": (".|.", "0|1")}, "missing_genotypes"),
        ({"genotypes": ("0|.", "0|1")}, "missing_genotypes"),
        ({"genotypes": ("./.", "0|1")}, "missing_genotypes"),
        ({"genotypes": (".", "0|1")}, "missing_genotypes"),
        ({"genotypes": ("0|0", "0|0")}, "not_varying"),
        ({"genotypes": ("1|1", "1|1")}, "not_varying"),
    ],
)
def test_dropped_records_are_counted_by_reason(changes, reason, tmp_path):
    changes = {"position": 20, "genotypes": ("0|1", "0|0"), **changes}
    bad = record(changes.pop("position"), *changes.pop("genotypes"), **changes)
    text = vcf(record(10, "0|1", "0|0"), bad, record(30, "1|0", "0|0"))
    contigs, description = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [10, 30]
    assert dropped(description) == {reason: 1}
    assert (description.records, description.sites_used) == (3, 2)


def test_records_of_one_position_are_all_dropped(tmp_path):
    """Several records at a base, as `bcftools norm` makes them: none tells all its alleles."""
    text = vcf(
        record(10, "0|1", "0|0"), record(10, "0|0", "0|1", alt="G"), record(30, "1|0", "0|0")
    )
    contigs, description = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [30]
    assert dropped(description) == {"position_repeated": 2}


def test_every_record_is_used_or_counted(tmp_path):
    text = vcf(
        record(10, "0|1", "0|0"),
        record(10, "1|1", "0|0", alt="G"),
        record(10, "1|1", "0|0", alt="C"),
        record(20, "0|0", "0|0"),
        record(21, "0|2", "1|0", alt="T,G"),
        record(30, "0|1", "0|0", ref="AT"),
        record(40, "0|.", "0|0"),
        record(50, "0|1", "0|1"),
    )
    contigs, description = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [50]
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 1]]
    assert dropped(description) == {
        "position_repeated": 3,
        "not_varying": 1,
        "not_two_alleles": 1,
        "not_single_bases": 1,
        "missing_genotypes": 1,
    }
    assert description.records == description.sites_used + sum(description.dropped.values())


def test_same_position_on_another_contig_is_not_repeated(tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(10, "0|1", "0|0", contig="2"))
    contigs, description = read_text(tmp_path, text)
    assert len(contigs) == 2
    assert dropped(description) == {}


def test_bases_may_be_lower_case(tmp_path):
    contigs, description = read_text(tmp_path, vcf(record(10, "0|1", "0|0", ref="a", alt="t")))
    assert dropped(description) == {}
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 0]]


def test_alleles_that_the_record_does_not_have_never_reach_a_net(tmp_path):
    """Allele 2 where only one alternative is named: htslib does not mind, a net would."""
    path = write(tmp_path / "genome.vcf", vcf(record(10, "0|1", "0|0"), record(20, "0|2", "0|0")))
    try:
        contigs, _ = read(path, 4)
    except CoalflowError as error:
        assert str(path) in str(error)
    else:
        assert only(contigs).haplotypes.max() == 1


# Ancestral alleles ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("info", "row"),
    [
        ("AA=A", [0, 1, 0, 0]),
        ("AA=T", [1, 0, 1, 1]),
        ("AA=a", [0, 1, 0, 0]),
        ("AA=t", [1, 0, 1, 1]),
        ("AA=A|||", [0, 1, 0, 0]),
        ("AA=t|||", [1, 0, 1, 1]),
        ("DP=3;AA=T", [1, 0, 1, 1]),
    ],
)
def test_derived_allele_is_coded_1(info, row, tmp_path):
    text = vcf(record(10, "0|1", "0|0", info=info))
    contigs, description = read_text(tmp_path, text, ancestral="AA")
    assert only(contigs).haplotypes.tolist() == [row]
    assert dropped(description) == {}


@pytest.mark.parametrize("info", [".", "AA=.", "AA=N", "AA=-", "AA=G", "AA=|||", "AA=AT", "DP=3"])
def test_sites_with_unknown_ancestral_allele_are_dropped(info, tmp_path):
    text = vcf(record(10, "0|1", "0|0", info=info), record(20, "1|0", "0|0", info="AA=A"))
    contigs, description = read_text(tmp_path, text, ancestral="AA")
    assert as_lists(contigs) == [("1", [20], [[1, 0, 0, 0]])]
    assert dropped(description) == {"ancestral_unknown": 1}


def test_reference_may_be_the_ancestral_allele(tmp_path):
    text = vcf(record(10, "0|1", "0|0", info="AA=T"))
    contigs, _ = read_text(tmp_path, text, ancestral="REF")
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 0]]


def test_ancestral_alleles_do_not_matter_unless_a_field_is_named(tmp_path):
    contigs, _ = read_text(tmp_path, vcf(record(10, "0|1", "0|0", info="AA=T")))
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 0]]
