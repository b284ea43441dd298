import gzip
import pathlib

import cyvcf2
import msprime
import numpy as np
import pytest
from helpers.data import PROPERTY, seen_as
from hypothesis import given
from hypothesis import strategies as st

from coalflow.core.errors import CoalflowError
from coalflow.genomes import reading
from coalflow.genomes.vcf_writer import write_vcf as write_vcf
from coalflow.windows.observation import Sampled

META = """\
##fileformat=VCFv4.2
##contig=<ID=1>
##contig=<ID=2>
##INFO=<ID=AA,Number=1,Type=String,Description="Ancestral allele">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
"""
LCT = pathlib.Path(__file__).parents[3] / "shared" / "data" / "lct_ceu_80kb.vcf.gz"


def header(names):
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    return META + "\t".join([*columns, "FORMAT", *names] if names else columns) + "\n"


def record(position, *genotypes, contig="1", ref="A", alt="T", info=".", form="GT"):
    columns = [contig, position, ".", ref, alt, ".", "PASS", info]
    return "\t".join(map(str, [*columns, form, *genotypes] if genotypes else columns)) + "\n"


def vcf(*records, names=("a", "b")):
    return header(names) + "".join(records)


PLAIN = vcf(record(10, "0|1", "0|0"), record(25, "1|1", "0|0"), record(31, "1|0", "0|1"))


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_by_htslib(path, text, mode):
    """Write VCF text compressed as BGZF ("wz"), as BCF ("wb") or as uncompressed BCF ("wbu")."""
    plain = write(path.with_name("plain.vcf"), text)
    reader = cyvcf2.VCF(str(plain))
    writer = cyvcf2.Writer(str(path), reader, mode=mode)
    for one in reader:
        writer.write_record(one)
    writer.close()
    return path


def read(path, haplotypes, samples=None, ancestral=None, ploidy=1, **observed):
    """Read a file for so many haplotypes, of whatever ploidy; ``observed`` changes what is seen."""
    sampled = Sampled((("all", haplotypes // ploidy),), ploidy)
    return reading.read_genome(path, sampled, seen_as(**observed), samples, ancestral)


def read_text(tmp_path, text, haplotypes=4, **options):
    return read(write(tmp_path / "genome.vcf", text), haplotypes, **options)


def as_lists(contigs):
    return [(one.name, one.positions.tolist(), one.haplotypes.tolist()) for one in contigs]


def only(contigs):
    (one,) = contigs
    return one


def refusal(path, haplotypes=4, **options):
    """Return the message with which a file is refused; it begins with the file's path."""
    with pytest.raises(CoalflowError) as caught:
        read(path, haplotypes, **options)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


def refusal_of_text(tmp_path, text, haplotypes=4, **options):
    return refusal(write(tmp_path / "genome.vcf", text), haplotypes, **options)


def dropped(report):
    return {reason: count for reason, count in report["dropped"].items() if count}


@pytest.fixture(scope="module")
def long_text():
    """A VCF of two contigs that fills more than one block of BGZF, which are of 64 KiB."""
    generator = np.random.default_rng(1)
    records = []
    for contig in "12":
        positions = np.cumsum(generator.integers(1, 50, size=900))
        for position in positions:
            alleles = generator.integers(2, size=(10, 2))
            records.append(
                record(position, *("|".join(map(str, g)) for g in alleles), contig=contig)
            )
    return vcf(*records, names=[f"s{n}" for n in range(10)])


@pytest.fixture(scope="module")
def long_result(long_text, tmp_path_factory):
    path = write(tmp_path_factory.mktemp("long") / "genome.vcf", long_text)
    return as_lists(read(path, 20)[0])


# What is read --------------------------------------------------------------------------------


def test_positions_and_alleles(tmp_path):
    contigs, report = read_text(tmp_path, PLAIN)
    one = only(contigs)
    assert one.name == "1"
    assert one.positions.tolist() == [10, 25, 31]
    assert one.haplotypes.tolist() == [[0, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 1]]
    assert (one.positions.dtype, one.haplotypes.dtype) == (np.int64, np.uint8)
    assert report == {
        "samples": ["a", "b"],
        "samples_in_file": 2,
        "ploidy": 2,
        "records": 3,
        "sites_used": 3,
        "missing": 0.0,
        "accessible": None,
        "dropped": dict.fromkeys(reading.REASONS, 0),
    }


def test_contigs_come_in_the_order_of_the_file(tmp_path):
    text = vcf(
        record(10, "0|1", "0|0", contig="2"),
        record(10, "0|1", "0|1", contig="scaffold_7"),
        record(5, "1|1", "0|0", contig="1"),
        record(6, "1|0", "0|0", contig="1"),
    )
    contigs, report = read_text(tmp_path, text)
    assert [(one.name, len(one.positions)) for one in contigs] == [
        ("2", 1),
        ("scaffold_7", 1),
        ("1", 2),
    ]
    assert report["sites_used"] == 4


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
    contigs, report = read_text(tmp_path_factory.mktemp("any"), text, 2 * individuals)
    varying = np.ptp(matrix, axis=1) > 0
    assert report["dropped"]["not_varying"] == (~varying).sum()
    expected = [("1", positions[varying].tolist(), matrix[varying].tolist())]
    assert as_lists(contigs) == (expected if varying.any() else [])


@pytest.mark.parametrize(
    ("name", "mode"), [("a.vcf.gz", "wz"), ("a.bcf", "wb"), ("b.bcf", "wbu"), ("a.vcf", "w")]
)
def test_formats_of_htslib_are_read_alike(name, mode, long_text, long_result, tmp_path):
    path = write_by_htslib(tmp_path / name, long_text, mode)
    assert as_lists(read(path, 20)[0]) == long_result


def test_plain_gzip_is_read_alike(long_text, long_result, tmp_path):
    path = write(tmp_path / "genome.vcf.gz", gzip.compress(long_text.encode()))
    assert as_lists(read(path, 20)[0]) == long_result


def test_format_is_told_by_the_content_not_by_the_name(long_text, long_result, tmp_path):
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


# Records that are dropped --------------------------------------------------------------------


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
    contigs, report = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [10, 30]
    assert dropped(report) == {reason: 1}
    assert (report["records"], report["sites_used"]) == (3, 2)


def test_records_of_one_position_are_all_dropped(tmp_path):
    """Several records at a base, as `bcftools norm` makes them: none tells all its alleles."""
    text = vcf(
        record(10, "0|1", "0|0"), record(10, "0|0", "0|1", alt="G"), record(30, "1|0", "0|0")
    )
    contigs, report = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [30]
    assert dropped(report) == {"position_repeated": 2}


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
    contigs, report = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [50]
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 1]]
    assert dropped(report) == {
        "position_repeated": 3,
        "not_varying": 1,
        "not_two_alleles": 1,
        "not_single_bases": 1,
        "missing_genotypes": 1,
    }
    assert report["records"] == report["sites_used"] + sum(report["dropped"].values())


def test_same_position_on_another_contig_is_not_repeated(tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(10, "0|1", "0|0", contig="2"))
    contigs, report = read_text(tmp_path, text)
    assert len(contigs) == 2
    assert dropped(report) == {}


def test_bases_may_be_lower_case(tmp_path):
    contigs, report = read_text(tmp_path, vcf(record(10, "0|1", "0|0", ref="a", alt="t")))
    assert dropped(report) == {}
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


# Phase -----------------------------------------------------------------------------------------


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
    assert "2 of 4 records have unphased heterozygotes" in message
    assert "Phase the file" in message


def test_unphased_heterozygotes_of_individuals_not_used_do_not_matter(tmp_path):
    text = vcf(record(10, "0|1", "0/1"))
    contigs, _ = read_text(tmp_path, text, haplotypes=2, samples=["a"])
    assert only(contigs).haplotypes.tolist() == [[0, 1]]
    refusal_of_text(tmp_path, text, haplotypes=2, samples=["b"])


def test_unphased_heterozygotes_of_records_not_used_do_not_matter(tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(20, "0/1", "0|0", ref="AT"))
    assert only(read_text(tmp_path, text)[0]).positions.tolist() == [10]


# Individuals ------------------------------------------------------------------------------------


FOUR = vcf(
    record(10, "0|1", "0|0", "1|1", "0|0"),
    record(20, "0|0", "0|0", "1|0", "0|1"),
    names=("a", "b", "c", "d"),
)


def test_first_individuals_are_taken(tmp_path):
    contigs, report = read_text(tmp_path, FOUR, haplotypes=4)
    assert report["samples"] == ["a", "b"]
    assert report["samples_in_file"] == 4
    # At 20, only those vary who are not taken.
    assert as_lists(contigs) == [("1", [10], [[0, 1, 0, 0]])]
    assert dropped(report) == {"not_varying": 1}


@pytest.mark.parametrize("names", [["b", "d"], ["d", "b"]])
def test_named_individuals_are_taken_in_the_order_of_the_file(names, tmp_path):
    contigs, report = read_text(tmp_path, FOUR, haplotypes=4, samples=names)
    assert report["samples"] == ["b", "d"]
    assert as_lists(contigs) == [("1", [20], [[0, 0, 0, 1]])]


def test_unknown_individuals_are_named(tmp_path):
    message = refusal_of_text(tmp_path, FOUR, samples=["a", "x", "y"])
    assert "no sample named x, y" in message


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]])
def test_too_few_or_too_many_names_are_refused(names, tmp_path):
    message = refusal_of_text(tmp_path, FOUR, samples=names)
    assert f"{len(names)} samples are named" in message
    assert "4 haplotypes, which are 2 individuals" in message


def test_individual_named_twice_is_refused(tmp_path):
    refusal_of_text(tmp_path, FOUR, samples=["a", "a"])


def test_too_few_individuals_are_refused(tmp_path):
    message = refusal_of_text(tmp_path, FOUR, haplotypes=10)
    assert "has 4 samples" in message
    assert "10 haplotypes, which are 5 individuals of ploidy 2" in message


def test_a_column_with_another_name_is_named(tmp_path):
    message = refusal_of_text(tmp_path, PLAIN.replace("QUAL", "QAUL"))
    assert "names column 6 'QAUL', where VCF has QUAL" in message


def test_file_with_sites_only_is_refused(tmp_path):
    assert "no samples" in refusal_of_text(tmp_path, vcf(record(10), names=()))


# Ploidy ----------------------------------------------------------------------------------------


def test_haploid_individuals_give_one_haplotype_each(tmp_path):
    text = vcf(
        record(10, "0", "1", "1", "0"), record(20, "1", "0", "1", "0"), names=("a", "b", "c", "d")
    )
    contigs, report = read_text(tmp_path, text, haplotypes=3)
    assert report["ploidy"] == 1
    assert report["samples"] == ["a", "b", "c"]
    assert only(contigs).haplotypes.tolist() == [[0, 1, 1], [1, 0, 1]]


def test_tetraploid_individuals_give_four_haplotypes_each(tmp_path):
    contigs, report = read_text(tmp_path, vcf(record(10, "0|1|1|0", "0|0|0|1")), haplotypes=8)
    assert report["ploidy"] == 4
    assert only(contigs).haplotypes.tolist() == [[0, 1, 1, 0, 0, 0, 0, 1]]


def test_haploid_call_among_diploids_is_a_missing_genotype(tmp_path):
    """As of males on an X chromosome."""
    text = vcf(record(10, "0|1", "0|0"), record(20, "0|1", "1"))
    contigs, report = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [10]
    assert dropped(report) == {"missing_genotypes": 1}


MIXED_PLOIDY = {
    "triploids, no multiple of which is 4": [record(10, "0|1|1", "0|0|0")],
    "haploid contig after a diploid one": [
        record(10, "0|1", "0|0"),
        record(10, "0", "1", contig="2"),
    ],
    "diploid contig after a haploid one": [
        record(10, "0", "1", contig="2"),
        record(10, "0|1", "0|0"),
    ],
    "haploid record among diploid ones": [
        record(10, "0|1", "0|0"),
        record(20, "0", "1"),
        record(30, "0|1", "0|0"),
    ],
    "tetraploid record among diploid ones": [
        record(10, "0|1", "0|0"),
        record(20, "0|1|0|0", "0|0|0|0"),
    ],
    "first record without a call": [record(5, ".", "."), record(10, "0|1", "0|0")],
}


@pytest.mark.parametrize("haplotypes", [2, 4])
@pytest.mark.parametrize("records", MIXED_PLOIDY.values(), ids=MIXED_PLOIDY.keys())
def test_every_contig_has_as_many_haplotypes_as_the_net_reads(records, haplotypes, tmp_path):
    path = write(tmp_path / "genome.vcf", vcf(*records))
    try:
        contigs, _ = read(path, haplotypes)
    except CoalflowError as error:
        assert str(path) in str(error)
    else:
        shapes = [one.haplotypes.shape for one in contigs]
        assert shapes == [(len(one.positions), haplotypes) for one in contigs]


def test_first_record_without_a_call_does_not_tell_the_ploidy(tmp_path):
    """A lone "." is how some callers write that a diploid individual was not called."""
    contigs, _ = read_text(tmp_path, vcf(record(5, ".", "."), record(10, "0|1", "0|0")))
    assert as_lists(contigs) == [("1", [10], [[0, 1, 0, 0]])]


@pytest.mark.parametrize("place", [0, 1])
def test_lone_dots_are_missing_genotypes_and_no_other_ploidy(place, tmp_path):
    records = [record(10, "0|1", "0|0"), record(20, "0|1", "0|0")]
    records.insert(place, record([5, 15][place], ".", "."))
    _, report = read_text(tmp_path, vcf(*records))
    assert dropped(report) == {"missing_genotypes": 1}


# Ancestral alleles -----------------------------------------------------------------------------


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
    contigs, report = read_text(tmp_path, text, ancestral="AA")
    assert only(contigs).haplotypes.tolist() == [row]
    assert dropped(report) == {}


@pytest.mark.parametrize("info", [".", "AA=.", "AA=N", "AA=-", "AA=G", "AA=|||", "AA=AT", "DP=3"])
def test_sites_with_unknown_ancestral_allele_are_dropped(info, tmp_path):
    text = vcf(record(10, "0|1", "0|0", info=info), record(20, "1|0", "0|0", info="AA=A"))
    contigs, report = read_text(tmp_path, text, ancestral="AA")
    assert as_lists(contigs) == [("1", [20], [[1, 0, 0, 0]])]
    assert dropped(report) == {"ancestral_unknown": 1}


def test_reference_may_be_the_ancestral_allele(tmp_path):
    text = vcf(record(10, "0|1", "0|0", info="AA=T"))
    contigs, _ = read_text(tmp_path, text, ancestral="REF")
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 0]]


def test_ancestral_alleles_are_of_no_matter_unless_asked_for(tmp_path):
    contigs, _ = read_text(tmp_path, vcf(record(10, "0|1", "0|0", info="AA=T")))
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 0]]


# Files that are none ----------------------------------------------------------------------------


def test_missing_file_is_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "nowhere.vcf.gz")


def test_folder_is_refused(tmp_path):
    refusal(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n\n\n", id="blank lines"),
        pytest.param(b"Dear reader,\nthis is no genome.\n", id="letter"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), id="picture"),
        pytest.param(bytes(range(256)) * 20, id="bytes"),
        pytest.param(gzip.compress(b"Dear reader,\n"), id="gzipped letter"),
        pytest.param(reading.BGZF_END, id="BGZF of nothing"),
        pytest.param(b"BCF\2\2", id="BCF magic alone"),
        pytest.param(b"##fileformat=VCFv4.2\n", id="first line alone"),
        pytest.param(META.encode(), id="without the line of columns"),
        pytest.param(record(10, "0|1", "0|0").encode(), id="without a header"),
        pytest.param(PLAIN.replace("\t", " ").encode(), id="spaces for tabs"),
    ],
)
def test_what_is_no_vcf_is_refused(content, tmp_path):
    refusal(write(tmp_path / "genome.vcf", content))


def test_header_alone_is_refused(tmp_path):
    assert "no records" in refusal_of_text(tmp_path, vcf())


def test_genotypes_without_gt_are_refused(tmp_path):
    assert "no genotypes (GT), only DP" in refusal_of_text(
        tmp_path, vcf(record(1, "3", "4", form="DP"))
    )


@pytest.mark.parametrize("place", [0, 1, 2])
def test_record_without_gt_is_refused_or_dropped(place, tmp_path):
    records = [record(10, "0|1", "0|0"), record(30, "0|1", "0|0")]
    records.insert(place, record([5, 20, 40][place], "3", "4", form="DP"))
    path = write(tmp_path / "genome.vcf", vcf(*records))
    try:
        contigs, report = read(path, 4)
    except CoalflowError as error:
        assert str(path) in str(error)
    else:
        assert only(contigs).positions.tolist() == [10, 30]
        assert sum(report["dropped"].values()) == 1


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(record("x", "0|1", "0|0"), id="position"),
        pytest.param(record(20, "x|y", "0|0"), id="genotype"),
        pytest.param(record(20, "0|1"), id="too few columns"),
        pytest.param("1\t20\n", id="hardly any column"),
    ],
)
def test_damaged_line_is_refused(bad, tmp_path):
    text = vcf(record(10, "0|1", "0|0"), bad, record(30, "0|1", "0|0"))
    assert "damaged after record 1" in refusal_of_text(tmp_path, text)


def test_blank_line_at_the_end_does_no_harm(tmp_path):
    expected = as_lists(read_text(tmp_path, PLAIN)[0])
    assert as_lists(read_text(tmp_path, PLAIN + "\n")[0]) == expected


def test_sample_that_is_twice_in_the_file_is_refused(tmp_path):
    refusal_of_text(tmp_path, PLAIN.replace("a\tb\n", "a\ta\n"))


# Order ------------------------------------------------------------------------------------------


def test_unsorted_positions_are_refused(tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(30, "0|1", "0|0"), record(20, "0|1", "0|0"))
    message = refusal_of_text(tmp_path, text)
    assert "1:20 comes after 1:30" in message
    assert "sort" in message


def test_unsorted_positions_are_refused_also_in_records_that_are_not_used(tmp_path):
    text = vcf(record(30, "0|0", "0|0"), record(20, "0|1", "0|0"))
    assert "1:20 comes after 1:30" in refusal_of_text(tmp_path, text)


def test_interleaved_contigs_are_refused(tmp_path):
    text = vcf(
        record(10, "0|1", "0|0"),
        record(10, "0|1", "0|0", contig="2"),
        record(20, "0|1", "0|0"),
    )
    assert "1:20 comes after 2:10" in refusal_of_text(tmp_path, text)


# Files cut off or damaged -----------------------------------------------------------------------


def blocks_of(content):
    """Return where each block of a BGZF file starts."""
    starts, place = [], 0
    while place < len(content):
        starts.append(place)
        place += int.from_bytes(content[place + 16 : place + 18], "little") + 1
    return starts


@pytest.mark.parametrize(("name", "mode"), [("a.vcf.gz", "wz"), ("a.bcf", "wb"), ("b.bcf", "wbu")])
def test_bgzf_file_is_refused_wherever_it_is_cut(name, mode, long_text, tmp_path):
    path = write_by_htslib(tmp_path / name, long_text, mode)
    content = path.read_bytes()
    starts = blocks_of(content)
    assert len(starts) >= 3  # the last one is empty and only says that it is the last
    cuts = {cut for start in starts for cut in (start - 1, start, start + 1, start + 20)}
    cuts |= {0, 1, 2, 5, 17, 19, len(content) - 1, *range(100, len(content), len(content) // 20)}
    for cut in sorted(cuts - {-1}):
        refusal(write(path, content[:cut]), 20)


def test_gzip_file_is_refused_wherever_it_is_cut(long_text, tmp_path):
    content = gzip.compress(long_text.encode())
    cuts = [*range(20), *range(20, len(content), len(content) // 20)]
    for cut in [*cuts, *range(len(content) - 9, len(content))]:
        refusal(write(tmp_path / "genome.vcf.gz", content[:cut]), 20)


def test_cut_off_file_is_called_that(long_text, tmp_path):
    path = write_by_htslib(tmp_path / "genome.vcf.gz", long_text, "wz")
    write(path, path.read_bytes()[: -len(reading.BGZF_END)])
    assert "is cut off: copy or download it again" in refusal(path, 20)


def test_text_is_refused_when_cut_within_a_record(tmp_path):
    """Wherever it is cut: also where what is left of the last genotype is a haploid one."""
    last_line = PLAIN.rindex("\n", 0, -1) + 1
    whole = last_line + len(PLAIN[last_line:].rstrip())
    for cut in range(last_line + 1, whole):
        refusal_of_text(tmp_path, PLAIN[:cut])


def read_or_refuse(path, haplotypes):
    try:
        return as_lists(read(path, haplotypes)[0])
    except CoalflowError as error:
        assert str(path) in str(error)
        return None


@pytest.mark.parametrize(("name", "mode"), [("a.vcf.gz", "wz"), ("a.bcf", "wb")])
def test_bit_flips_are_noticed_or_change_nothing(name, mode, long_text, long_result, tmp_path):
    path = write_by_htslib(tmp_path / name, long_text, mode)
    content = path.read_bytes()
    generator = np.random.default_rng(1)
    # Every byte of the blocks' heads, and some of their content.
    places = [start + byte for start in blocks_of(content) for byte in range(18)]
    refused = 0
    for place in [*places, *generator.integers(len(content), size=150)]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << generator.integers(8)
        result = read_or_refuse(write(path, bytes(flipped)), 20)
        assert result in (None, long_result), f"bit flip in byte {place}"
        refused += result is None
    assert refused > 100


def test_bit_flips_in_plain_gzip_are_noticed_or_change_nothing(long_text, long_result, tmp_path):
    content = gzip.compress(long_text.encode())
    generator = np.random.default_rng(1)
    for place in [*range(10), *generator.integers(len(content), size=100)]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << generator.integers(8)
        result = read_or_refuse(write(tmp_path / "genome.vcf.gz", bytes(flipped)), 20)
        assert result in (None, long_result), f"bit flip in byte {place}"


def test_changed_bytes_in_text_never_end_in_another_exception(tmp_path):
    generator = np.random.default_rng(1)
    body = PLAIN.index("#CHROM")
    for _ in range(300):
        changed = bytearray(PLAIN.encode())
        changed[generator.integers(body, len(PLAIN))] = generator.choice(list(b"\t\n|/.0129ATx"))
        read_or_refuse(write(tmp_path / "genome.vcf", bytes(changed)), 4)


# As observed -----------------------------------------------------------------------------------


def test_without_phase_unphased_heterozygotes_are_read(tmp_path):
    text = vcf(record(10, "0/1", "0|0"), record(20, "1/0", "1/1"))
    contigs, _ = read_text(tmp_path, text, phased=False, ploidy=2)
    assert only(contigs).haplotypes.tolist() == [[0, 1, 0, 0], [1, 0, 1, 1]]
    assert "set observation.phased to false" in refusal_of_text(tmp_path, text)


def test_without_phase_the_ploidy_must_be_that_of_simulations(tmp_path):
    text = vcf(record(10, "0/1/1/1", "0/0/0/0"))
    message = refusal_of_text(tmp_path, text, haplotypes=8, phased=False, ploidy=2)
    assert "have ploidy 4, but simulation.ploidy is 2" in message
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
    contigs, report = read_text(tmp_path, text, missing=0.1)
    one = only(contigs)
    assert one.positions.tolist() == [10, 20, 50]
    assert one.haplotypes.tolist() == [[0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 1, 1]]
    assert one.called.tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]]
    assert report["missing"] == pytest.approx(1 / 3)
    assert dropped(report) == {"not_varying": 1, "missing_genotypes": 1}
    contigs, report = read_text(tmp_path, text)
    assert only(contigs).positions.tolist() == [50]
    assert only(contigs).called is None
    assert dropped(report) == {"missing_genotypes": 4}


def test_rare_alleles_are_left_out_and_counted(tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(20, "0|1", "0|1"), record(30, "1|1", "0|1"))
    contigs, report = read_text(tmp_path, text, minimum_allele_count=2)
    assert only(contigs).positions.tolist() == [20]
    assert dropped(report) == {"allele_too_rare": 2}


def test_sites_outside_the_mask_are_left_out_and_counted(tmp_path):
    mask = tmp_path / "mask.bed"
    mask.write_text("1\t9\t10\n1\t29\t40\n2\t0\t100\n")  # bases 10 and 30 to 40
    text = vcf(*(record(position, "0|1", "0|0") for position in (9, 10, 11, 29, 30, 49)))
    contigs, report = read_text(tmp_path, text, mask=str(mask))
    assert only(contigs).positions.tolist() == [10, 30]
    assert dropped(report) == {"outside_mask": 4}
    assert report["accessible"] == pytest.approx(12 / 41)  # of 9 to 49: 10, and 30 to 40


def test_a_mask_of_what_is_not_accessible_is_refused(tmp_path):
    mask = tmp_path / "mask.bed"
    mask.write_text("1\t100\t1000\n")
    message = refusal_of_text(tmp_path, PLAIN, mask=str(mask))
    assert "none of its 3 usable sites lies within the mask" in message
    assert "bedtools complement" in message


def test_a_mask_with_other_names_of_contigs_is_refused(tmp_path):
    mask = tmp_path / "mask.bed"
    mask.write_text("chr1\t0\t1000\n")
    message = refusal_of_text(tmp_path, PLAIN, mask=str(mask))
    assert "names its contigs 1, but the mask" in message
    assert "names them chr1: write the mask's names as in the VCF" in message


def test_populations_stand_in_the_order_of_the_simulated_ones(tmp_path):
    sampled = Sampled((("south", 1), ("north", 2)), 2)
    named = {"north": ["d", "a"], "south": ["c"]}
    path = write(tmp_path / "genome.vcf", FOUR)
    (one,), report = reading.read_genome(path, sampled, seen_as(), named)
    assert report["samples"] == ["c", "a", "d"]
    assert one.haplotypes.tolist() == [[1, 1, 0, 1, 0, 0], [1, 0, 0, 0, 0, 1]]
    assert one.sampled == sampled
    with pytest.raises(CoalflowError, match="no known population: name those of south, north"):
        reading.read_genome(path, sampled, seen_as())
    with pytest.raises(CoalflowError, match="1 samples of north are named .* 4 haplotypes of nor"):
        reading.read_genome(path, sampled, seen_as(), {"north": ["a"], "south": ["c"]})


# Windows ---------------------------------------------------------------------------------------


def contig(name, sites):
    return contig_at(range(1, sites + 1), name)


def test_windows_are_laid_every_step_over_each_contig():
    contigs = [contig("1", 10), contig("short", 3), contig("2", 4)]
    tiled = reading.tile_contigs(contigs, sites=4, step=2)
    laid = [(one.name, tiles.first.tolist()) for one, tiles in tiled]
    assert laid == [("1", [0, 2, 4, 6]), ("2", [0])]


def contig_at(positions, name="1"):
    alleles = np.zeros((len(positions), 4), np.uint8)
    return reading.Contig(name, np.array(positions), alleles, None, Sampled((("all", 4),), 1))


@pytest.mark.parametrize("step", [1, 3, 10, 14])
def test_windows_of_bases_hold_the_sites_that_lie_there(step):
    generator = np.random.default_rng(step)
    positions = np.sort(generator.choice(np.arange(50, 150), size=12, replace=False))
    ((_, tiles),) = reading.tile_contigs([contig_at(positions)], 99, step, length=10)
    start = positions[0] - 1
    places = [*range(start, positions[-1] - 10 + 1, step)]
    assert tiles.start.tolist() == places
    assert (tiles.end - tiles.start == 10).all()
    for first, count, left in zip(tiles.first, tiles.count, places, strict=True):
        # A VCF counts bases from 1, so base p of it is [p - 1, p).
        inside = [i for i, position in enumerate(positions) if left <= position - 1 < left + 10]
        assert list(range(first, first + count)) == inside
    assert tiles.count[0] > 0
    assert tiles.end[-1] <= positions[-1]


def test_windows_of_bases_without_a_site_are_kept():
    ((_, tiles),) = reading.tile_contigs([contig_at([1, 100])], 4, 10, length=10)
    assert tiles.count.tolist() == [1, *[0] * 8, 1]


def test_contigs_too_short_for_a_window_of_bases_are_left_out():
    contigs = [contig_at([5, 20], "short"), contig_at([], "empty"), contig_at([5, 30], "long")]
    ((one, tiles),) = reading.tile_contigs(contigs, 4, 5, length=25)
    assert (one.name, tiles.start.tolist()) == ("long", [4])
    with pytest.raises(CoalflowError, match=r"reads 27 bases.* has 26\. .*sequence_length"):
        reading.tile_contigs(contigs, 4, 5, length=27)


def test_tiles_can_be_chosen():
    ((_, tiles),) = reading.tile_contigs([contig_at(range(1, 41))], 4, 4)
    assert len(tiles[2:5]) == 3
    assert tiles[2:5].start.tolist() == tiles.start.tolist()[2:5]


def test_genome_without_a_window_is_refused():
    with pytest.raises(CoalflowError, match="reads 4 sites.* has 3"):
        reading.tile_contigs([contig("1", 3), contig("2", 1)], sites=4, step=1)


# Writing ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulated():
    ancestry = msprime.sim_ancestry(
        5, sequence_length=20_000, recombination_rate=1e-8, population_size=10_000, random_seed=1
    )
    return msprime.sim_mutations(
        ancestry, rate=2e-8, model=msprime.BinaryMutationModel(), random_seed=1
    )


def test_simulated_genome_is_read_as_it_was_written(simulated, tmp_path):
    path = tmp_path / "genome.vcf.gz"
    write_vcf(simulated, path)
    contigs, report = read(path, 10, ancestral="REF")
    one = only(contigs)
    assert one.name == "1"
    assert one.positions.tolist() == (simulated.sites_position + 1).astype(int).tolist()
    assert np.array_equal(one.haplotypes, simulated.genotype_matrix())
    assert dropped(report) == {}
    assert len(one.positions) > 10
    assert [file.name for file in tmp_path.iterdir()] == ["genome.vcf.gz"]


def test_simulated_genome_is_written_as_bgzf(simulated, tmp_path):
    path = tmp_path / "genome.vcf.gz"
    write_vcf(simulated, path)
    content = path.read_bytes()
    assert content[:2] == b"\x1f\x8b"
    assert content[12:14] == b"BC"
    assert content.endswith(reading.BGZF_END)


def test_simulated_genome_written_twice_is_the_same_bytes(simulated, tmp_path):
    for name in "ab":
        write_vcf(simulated, tmp_path / f"{name}.vcf.gz")
    assert (tmp_path / "a.vcf.gz").read_bytes() == (tmp_path / "b.vcf.gz").read_bytes()


# A real file -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lct():
    if not LCT.exists():
        pytest.skip("needs lct_ceu_80kb.vcf.gz, 1000 Genomes data that are not in the repository")
    return read(LCT, 20)


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
    contigs, report = lct
    one = only(contigs)
    assert one.haplotypes.shape == (155, 20)
    assert report["samples_in_file"] == 99
    assert report["samples"][0] == "NA06984"
    assert report["records"] == 2200
    assert dropped(report) == {"not_varying": 2200 - 155}
    assert (np.diff(one.positions) > 0).all()
    assert np.ptp(one.positions) < 80_000
    assert set(one.haplotypes.sum(axis=1)) <= set(range(1, 20))


def test_real_file_gives_other_haplotypes_for_other_individuals(lct):
    contigs, report = read(LCT, 20, samples=cyvcf2.VCF(str(LCT)).samples[-10:])
    assert report["samples"] != lct[1]["samples"]
    assert as_lists(contigs) != as_lists(lct[0])
