"""Records are sites with two alleles, or dropped and counted by reason."""

import pytest
from helpers.genomes import (
    as_lists,
    dropped,
    only,
    read,
    read_text,
    record,
    refusal_of_text,
    vcf,
    write,
)

from coalflow.core.errors import CoalflowError


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"alt": "T,G", "genotypes": ("0|1", "2|0")}, "not_two_alleles"),
        ({"alt": "T,<DEL>", "genotypes": ("0|1", "2|0")}, "not_two_alleles"),
        ({"alt": ".", "genotypes": ("0|0", "0|0")}, "not_varying"),
        ({"alt": ".", "genotypes": ("0|1", "0|0")}, "not_single_bases"),
        ({"alt": "T", "genotypes": ("0|2", "0|0")}, "not_single_bases"),
        ({"alt": "R"}, "not_single_bases"),
        ({"alt": "<NON_REF>"}, "not_single_bases"),
        ({"ref": "0", "alt": "T"}, "not_single_bases"),
        ({"ref": "0", "alt": "2"}, "not_single_bases"),
        ({"ref": "TA", "alt": "TG"}, "not_single_bases"),
        ({"position": 0}, "position_0"),
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
    place = changes.pop("position")
    records = [record(10, "0|1", "0|0"), record(30, "1|0", "0|0")]
    records.insert(min(place, 1), record(place, *changes.pop("genotypes"), **changes))
    text = vcf(*records)
    contigs, description = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [10, 30]
    assert dropped(description) == {reason: 1}
    assert (description.records, description.sites_used) == (3, 2)


SNP = record(10, "0|1", "0|0")
SAME_POSITION = {
    "another alternative allele, split by bcftools norm": (
        record(10, "0|0", "0|1", alt="G"),
        {"position_repeated": 2},
    ),
    "the same alleles, called differently": (record(10, "0|1", "0|1"), {"position_repeated": 2}),
    "the same alleles, not called": (
        record(10, "0|1", ".|."),
        {"position_repeated": 2},
    ),
    "the same alleles, which nobody carries": (
        record(10, "0|0", "0|0"),
        {"position_repeated": 1, "not_varying": 1},
    ),
    "another base that all carry": (
        record(10, "1|1", "1|1", alt="G"),
        {"position_repeated": 1, "not_varying": 1},
    ),
    "a spanning deletion": (
        record(10, "0|0", "0|1", alt="*"),
        {"position_repeated": 1, "not_single_bases": 1},
    ),
    "exactly the same": (SNP, {"duplicate": 1}),
    "the same but for an allele that nobody carries": (
        record(10, "0|1", "0|0", alt="T,<NON_REF>"),
        {"duplicate": 1},
    ),
    "no alternative allele": (record(10, "0|0", "0|0", alt="."), {"not_varying": 1}),
    "a block of a gVCF": (record(10, "0|0", "0|0", alt="<NON_REF>"), {"not_varying": 1}),
    "an insertion": (record(10, "0|0", "0|1", alt="AC"), {"not_single_bases": 1}),
    "a deletion": (record(10, "0|1", "0|1", ref="AC", alt="A"), {"not_single_bases": 1}),
    "another base that nobody carries": (record(10, "0|0", "0|0", alt="G"), {"not_varying": 1}),
    "nothing called": (record(10, ".", "."), {"missing_genotypes": 1}),
    "no genotypes": (record(10, "3", "4", form="DP"), {"no_genotypes": 1}),
    "a failed filter": (
        record(10, "0|0", "0|1", alt="G").replace("PASS", "q10"),
        {"filtered": 1},
    ),
}


@pytest.mark.parametrize("case", SAME_POSITION)
@pytest.mark.parametrize("is_first", [True, False])
def test_records_of_one_position(case, is_first, tmp_path):
    """A SNP is kept unless another record contradicts it, wherever that stands."""
    other, reasons = SAME_POSITION[case]
    both = [other, SNP] if is_first else [SNP, other]
    contigs, description = read_text(tmp_path, vcf(*both, record(30, "1|0", "0|0")))
    kept = "position_repeated" not in reasons
    assert as_lists(contigs)[0][1] == ([10, 30] if kept else [30])
    assert dropped(description) == reasons
    if kept:
        assert only(contigs).haplotypes[0].tolist() == [0, 1, 0, 0]


def test_records_of_one_position_beyond_the_end_of_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr("coalflow.genomes.readers.vcf.limit_records", lambda *_: 2)
    text = vcf(record(5, "0|1", "0|0"), SNP, SNP, SNP, record(30, "1|0", "0|0"))
    contigs, description = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [5, 10, 30]
    assert dropped(description) == {"duplicate": 2}


def test_alleles_that_nobody_chosen_carries_do_not_matter(tmp_path):
    text = vcf(
        record(10, "0|1", "0|0", "2|2", alt="T,G"),
        record(20, "0|1", "0|0", "0|0", alt="T,*,<NON_REF>"),
        record(30, "1|2", "1|1", "0|0", alt="T,G"),  # nobody chosen has the reference
        record(40, "0|1", "0|0", "2|2", ref="AC", alt="TC,A"),  # A and T, without the deletion
        record(50, "0|1", "0|2", "0|0", alt="T,G"),
        names="abc",
    )
    contigs, description = read_text(tmp_path, text, individuals=["a", "b"])
    assert as_lists(contigs) == [
        ("1", [10, 20, 30, 40], [[0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0]])
    ]
    assert dropped(description) == {"not_two_alleles": 1}


def test_states_0_and_1_are_alleles(tmp_path):
    """As tskit writes them."""
    text = vcf(record(10, "0|1", "0|0", ref="0", alt="1", info="AA=1"))
    assert only(read_text(tmp_path, text)[0]).haplotypes.tolist() == [[0, 1, 0, 0]]
    contigs, _ = read_text(tmp_path, text, ancestral="AA")
    assert only(contigs).haplotypes.tolist() == [[1, 0, 1, 1]]


def test_every_record_is_used_or_counted(tmp_path):
    text = vcf(
        record(10, "0|1", "0|0"),
        record(10, "1|1", "0|0", alt="G"),
        record(10, "1|1", "0|0", alt="C"),
        record(20, "0|0", "0|0"),
        record(21, "0|2", "1|0", alt="T,G"),
        record(30, "0|1", "0|0", ref="AT"),
        record(40, "0|.", "0|1"),
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


def test_reference_that_nobody_carries_does_not_tell_which_allele_is_derived(tmp_path):
    text = vcf(
        record(10, "1|2", "1|1", alt="T,G", info="AA=G"), record(20, "0|1", "0|0", info="AA=A")
    )
    contigs, description = read_text(tmp_path, text, ancestral="REF")
    assert only(contigs).positions.tolist() == [20]
    assert dropped(description) == {"ancestral_unknown": 1}
    contigs, _ = read_text(tmp_path, text, ancestral="AA")
    assert only(contigs).haplotypes.tolist() == [[1, 0, 1, 1], [0, 1, 0, 0]]


def test_ancestral_field_that_the_header_does_not_declare(tmp_path):
    text = vcf(record(10, "0|1", "0|0", info="ANC=T"), record(20, "0|1", "0|0"))
    contigs, description = read_text(tmp_path, text, ancestral="ANC")
    assert as_lists(contigs) == [("1", [10], [[1, 0, 1, 1]])]
    assert dropped(description) == {"ancestral_unknown": 1}
    message = refusal_of_text(tmp_path, text, ancestral="AN")
    assert "has no INFO field AN for the ancestral allele: none of its 2 records has it" in message


def test_ancestral_alleles_do_not_matter_unless_a_field_is_named(tmp_path):
    contigs, _ = read_text(tmp_path, vcf(record(10, "0|1", "0|0", info="AA=T")))
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 0]]
