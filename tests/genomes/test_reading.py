"""Genomes are read as they were written, and as simulations are observed."""

import gzip
import pathlib

import cyvcf2
import numpy as np
import pytest
from helpers.data import PROPERTY
from helpers.genomes import (
    PLAIN,
    as_lists,
    dropped,
    only,
    read,
    read_text,
    record,
    refusal_of_text,
    vcf,
    write,
    write_by_htslib,
)
from hypothesis import given
from hypothesis import strategies as st

from coalflow.genomes.genotypes.sites import REASONS

LCT = pathlib.Path(__file__).parents[3] / "shared" / "data" / "lct_ceu_80kb.vcf.gz"


def test_positions_and_alleles(tmp_path):
    contigs, description = read_text(tmp_path, PLAIN)
    one = only(contigs)
    assert one.name == "1"
    assert one.positions.tolist() == [10, 25, 31]
    assert one.haplotypes.tolist() == [[0, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 1]]
    assert (one.positions.dtype, one.haplotypes.dtype) == (np.int64, np.uint8)
    assert description.model_dump() == {
        "format": "VCF",
        "draws": 1,
        "has_ancestral": False,
        "lengths": {"1": 31},
        "without_records": ("2",),
        "not_read": (),
        "samples": ("a", "b"),
        "samples_in_file": 2,
        "chosen": "all",
        "records": 3,
        "sites_used": 3,
        "missing": 0.0,
        "accessible": None,
        "dropped": dict.fromkeys(REASONS, 0),
        "failed_filters": {},
        "not_in_mask": (),
        "phased": True,
        "left_out": {},
        "not_painted": (),
        "odd_ploidy": {},
        "heterozygotes_of_haploids": 0,
    }


def test_contigs_come_in_the_order_of_the_header(tmp_path):
    """An index may list them in another order than that of the records; those it alone has last."""
    text = vcf(
        record(10, "0|1", "0|0", contig="2"),
        record(10, "0|1", "0|1", contig="scaffold_7"),
        record(5, "1|1", "0|0", contig="1"),
        record(6, "1|0", "0|0", contig="1"),
    )
    contigs, description = read_text(tmp_path, text)
    assert [(one.name, len(one.positions)) for one in contigs] == [
        ("1", 2),
        ("2", 1),
        ("scaffold_7", 1),
    ]
    assert description.sites_used == 4


@PROPERTY
@given(data=st.data())
def test_any_matrix_is_read_as_it_was_written(tmp_path_factory, data):
    sites, individuals = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 4))
    alleles = st.lists(st.integers(0, 1), min_size=2 * individuals, max_size=2 * individuals)
    matrix = np.array([data.draw(alleles) for _ in range(sites)])
    gaps = data.draw(st.lists(st.integers(1, 10**6), min_size=sites, max_size=sites))
    positions = np.cumsum(gaps)
    records = [
        record(position, *(f"{a}|{b}" for a, b in row.reshape(-1, 2)))
        for position, row in zip(positions, matrix, strict=True)
    ]
    text = vcf(*records, names=[f"s{n}" for n in range(individuals)])
    folder = tmp_path_factory.mktemp("any")
    varying = np.ptp(matrix, axis=1) > 0
    if not varying.any():
        message = refusal_of_text(folder, text, 2 * individuals)
        assert f"Of {sites} records, {sites} do not vary" in message
        return
    contigs, description = read_text(folder, text, 2 * individuals)
    assert description.dropped["not_varying"] == (~varying).sum()
    assert as_lists(contigs) == [("1", positions[varying].tolist(), matrix[varying].tolist())]


@pytest.mark.parametrize(
    ("name", "mode"), [("a.vcf.gz", "wz"), ("a.bcf", "wb"), ("b.bcf", "wbu"), ("a.vcf", "w")]
)
def test_formats_of_htslib_are_read_alike(name, mode, long_text, long_result, tmp_path):
    path = write_by_htslib(tmp_path / name, long_text, mode)
    assert as_lists(read(path, 20)[0]) == long_result


def test_plain_gzip_is_read_alike(long_text, long_result, tmp_path):
    path = write(tmp_path / "genome.vcf.gz", gzip.compress(long_text.encode()))
    assert as_lists(read(path, 20)[0]) == long_result


def test_format_depends_on_the_content_not_on_the_name(long_text, long_result, tmp_path):
    path = write(tmp_path / "genome.txt", gzip.compress(long_text.encode()))
    assert as_lists(read(str(path), 20)[0]) == long_result


def test_windows_line_ends_are_read_alike(tmp_path):
    expected = as_lists(read_text(tmp_path, PLAIN)[0])
    assert as_lists(read_text(tmp_path, PLAIN.replace("\n", "\r\n"))[0]) == expected


def test_further_fields_of_genotypes_are_ignored(tmp_path):
    text = vcf(record(10, "0|1:7", "0|0:.", form="GT:DP"))
    assert only(read_text(tmp_path, text)[0]).haplotypes.tolist() == [[0, 1, 0, 0]]


def test_contig_that_the_header_does_not_name_is_read(tmp_path):
    contigs, _ = read_text(tmp_path, vcf(record(10, "0|1", "0|0", contig="unheard_of")))
    assert only(contigs).name == "unheard_of"


# Phase ---------------------------------------------------------------------------------------


def test_homozygotes_need_no_phase(tmp_path):
    contigs, _ = read_text(tmp_path, vcf(record(10, "0/0", "1/1"), record(20, "0|1", "0/0")))
    assert only(contigs).haplotypes.tolist() == [[0, 0, 1, 1], [0, 1, 0, 0]]


def test_unphased_heterozygotes_are_refused_and_counted(tmp_path):
    text = vcf(
        record(10, "0|1", "0|0"),
        record(20, "0/1", "0|0"),
        record(30, "0/1", "1/0"),
        record(40, "1/1", "0/0"),
    )
    message = refusal_of_text(tmp_path, text)
    assert "2 of 4 usable sites have unphased heterozygotes" in message
    assert "Phase the file" in message


def test_unphased_heterozygotes_of_individuals_not_used_do_not_matter(tmp_path):
    text = vcf(record(10, "0|1", "0/1"))
    contigs, _ = read_text(tmp_path, text, haplotypes=2, individuals=["a"])
    assert only(contigs).haplotypes.tolist() == [[0, 1]]
    refusal_of_text(tmp_path, text, haplotypes=2, individuals=["b"])


def test_unphased_heterozygotes_of_records_not_used_do_not_matter(tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(20, "0/1", "0|0", ref="AT"))
    assert only(read_text(tmp_path, text)[0]).positions.tolist() == [10]


# As observed ---------------------------------------------------------------------------------


def test_without_phase_unphased_heterozygotes_are_read(tmp_path):
    text = vcf(record(10, "0/1", "0|0"), record(20, "1/0", "1/1"))
    contigs, _ = read_text(tmp_path, text, phased=False, ploidy=2)
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 0], [1, 0, 1, 1]]
    assert "set observation.phased to false" in refusal_of_text(tmp_path, text)


def test_without_phase_the_ploidy_must_be_that_of_simulations(tmp_path):
    text = vcf(record(10, "0/1/1/1", "0/0/0/0"))
    message = refusal_of_text(tmp_path, text, haplotypes=8, phased=False, ploidy=2)
    assert "has 2 samples to choose from (tetraploid on 1)" in message
    assert "8 haplotypes, such as those of 4 diploid individuals" in message
    message = refusal_of_text(
        tmp_path, text, haplotypes=8, phased=False, ploidy=2, individuals=["a", "b"]
    )
    assert "has 2 samples to choose from (tetraploid on 1)" in message
    contigs, _ = read_text(tmp_path, text, haplotypes=8, phased=False, ploidy=4)
    assert only(contigs).haplotypes.tolist() == [[0, 1, 1, 1, 0, 0, 0, 0]]


def test_missing_genotypes_are_kept_where_they_are_in_simulations(tmp_path):
    text = vcf(
        record(10, "0|1", ".|."),
        record(20, "0|1", "1|."),  # what is known of a part is not used
        record(30, "0|0", ".|."),  # does not vary
        record(40, ".|.", ".|."),
        record(50, "0|1", "1|1"),
    )
    contigs, description = read_text(tmp_path, text, missing=0.1)
    one = only(contigs)
    assert one.positions.tolist() == [10, 20, 50]
    assert one.haplotypes.tolist() == [[0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 1, 1]]
    assert one.called.tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]]
    assert description.missing == pytest.approx(1 / 3)
    assert dropped(description) == {"not_varying": 1, "missing_genotypes": 1}
    contigs, description = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [50]
    assert only(contigs).called is None
    assert dropped(description) == {"not_varying": 1, "missing_genotypes": 3}


def test_rare_alleles_are_left_out_and_counted(tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(20, "0|1", "0|1"), record(30, "1|1", "0|1"))
    contigs, description = read_text(tmp_path, text, minimum_allele_count=2)
    assert only(contigs).positions.tolist() == [20]
    assert dropped(description) == {"allele_too_rare": 2}


# A real file ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lct():
    if not LCT.exists():
        pytest.skip("needs lct_ceu_80kb.vcf.gz, 1000 Genomes data that are not in the repository")
    return read(LCT, 20, individuals=cyvcf2.VCF(str(LCT)).samples[:10])


def sites_by_hand(path, individuals):
    """Return positions and alleles of a clean VCF in which only SNPs with two alleles are."""
    positions, rows = [], []
    with gzip.open(path, "rt") as file:
        for line in file:
            columns = line.split("\t")
            if line.startswith("#") or len(columns) < 9 + individuals:
                continue
            called = [call.split(":")[0] for call in columns[9 : 9 + individuals]]
            row = [int(allele) for call in called for allele in call.strip().split("|")]
            if 0 < sum(row) < len(row):
                positions.append(int(columns[1]))
                rows.append(row)
    return positions, rows


def test_real_file_is_read_as_by_hand(lct):
    positions, rows = sites_by_hand(LCT, individuals=10)
    assert as_lists(lct[0]) == [("2", positions, rows)]


def test_real_file_is_as_expected(lct):
    contigs, description = lct
    one = only(contigs)
    assert one.haplotypes.shape == (155, 20)
    assert description.samples_in_file == 99
    assert description.samples[0] == "NA06984"
    assert description.records == 2200
    assert dropped(description) == {"not_varying": 2200 - 155}
    assert (np.diff(one.positions) > 0).all()
    assert np.ptp(one.positions) < 80_000
    assert set(one.haplotypes.sum(axis=1)) <= set(range(1, 20))


def test_real_file_gives_other_haplotypes_for_other_individuals(lct):
    contigs, description = read(LCT, 20, individuals=cyvcf2.VCF(str(LCT)).samples[-10:])
    assert description.samples != lct[1].samples
    assert as_lists(contigs) != as_lists(lct[0])
