"""Haplotypes do not continue from one phase set into the next."""

import pytest
from helpers.genomes import META, as_lists, read_text, record, refusal_of_text, vcf

DECLARED = META + '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">\n'


def text_of(*records, declared=True):
    text = vcf(*records)
    return text.replace(META, DECLARED) if declared else text


def sites(*pairs, contig="1", field="PS"):
    """Return a record for each pair of genotypes, such as ``("0|1:10", "0|0:.")``."""
    return [
        record(10 * number, *calls, contig=contig, form=f"GT:{field}")
        for number, calls in enumerate(pairs, 1)
    ]


CONTINUES = {
    "one set": sites(("0|1:10", "0|1:10"), ("1|0:10", "0|1:10")),
    "a set of each individual": sites(("0|1:10", "0|1:20"), ("1|0:10", "0|1:20")),
    "no set": sites(("0|1:.", "0|1:."), ("1|0:.", "0|1:.")),
    "no set, and no field": [*sites(("0|1:.", "0|1:.")), record(20, "1|0", "0|1")],
    "no field, and then none": [record(5, "1|0", "0|1"), *sites(("0|1:.", "0|1:."))],
    "homozygotes": sites(("0|1:10", "0|0:10"), ("1|1:20", "0|0:20")),
    "homozygotes without phase": sites(("0|1:10", "0|0:."), ("1/1:.", "0|0:.")),
    "another set on another contig": [
        *sites(("0|1:10", "0|0:10"), ("1|0:10", "0|0:10")),
        *sites(("0|1:20", "0|0:20"), ("1|0:20", "0|0:20"), contig="2"),
    ],
    "another set at a site that is not used": [
        *sites(("0|1:10", "0|0:10"), ("1|0:10", "0|0:10")),
        record(25, "0|1:20", "0|0:20", ref="AC", form="GT:PS"),
    ],
}


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("case", CONTINUES)
def test_haplotypes_continue(case, declared, tmp_path):
    contigs, _ = read_text(tmp_path, text_of(*CONTINUES[case], declared=declared))
    assert len(contigs) >= 1


CHANGES = {
    "another set": (sites(("0|1:10", "0|0:10"), ("1|0:20", "0|0:20")), "a at 1:20"),
    "of the second": (sites(("0|1:10", "0|1:10"), ("1|0:10", "1|0:20")), "b at 1:20"),
    "after a homozygote": (
        sites(("0|1:10", "0|0:10"), ("1|1:20", "0|0:20"), ("0|1:20", "0|0:10")),
        "a at 1:30",
    ),
    "none after one": (sites(("0|1:10", "0|0:10"), ("1|0:.", "0|0:.")), "a at 1:20"),
    "no field after one": (
        [*sites(("0|1:10", "0|0:10")), record(15, "1|0", "0|0")],
        "a at 1:15",
    ),
    "one after none": ([record(5, "1|0", "0|0"), *sites(("0|1:10", "0|0:10"))], "a at 1:10"),
    "lists of sets": (
        sites(("0|1:x,x", "0|0:x,x"), ("1|0:y,y", "0|0:x,x"), field="PSL"),
        "a at 1:20",
    ),
}


@pytest.mark.parametrize("most_records", [1, 1000])
@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("case", CHANGES)
def test_haplotypes_that_do_not_continue_are_refused(
    case, declared, most_records, tmp_path, monkeypatch
):
    monkeypatch.setattr("coalflow.genomes.readers.vcf.limit_records", lambda *_: most_records)
    records, where = CHANGES[case]
    text = text_of(*records, declared=declared)
    message = refusal_of_text(tmp_path, text)
    assert f"a new one begins for {where}: haplotypes do not continue there" in message
    assert "set observation.phased to false" in message
    assert len(read_text(tmp_path, text, phased=False, ploidy=2)[0]) == 1


def test_phase_sets_of_those_not_used_do_not_matter(tmp_path):
    text = text_of(*CHANGES["of the second"][0])
    contigs, _ = read_text(tmp_path, text, haplotypes=2, individuals=["a"])
    assert as_lists(contigs) == [("1", [10, 20], [[0, 1], [1, 0]])]
