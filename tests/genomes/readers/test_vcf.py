"""Files that are not VCF, not sorted, cut off or damaged are refused."""

import gzip
import os
import re

import numpy as np
import pytest
from helpers.genomes import (
    META,
    PLAIN,
    as_lists,
    only,
    read,
    read_text,
    record,
    refusal,
    refusal_of_text,
    vcf,
    write,
    write_by_htslib,
)

from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.genome_file import FileContig
from coalflow.genomes.readers.vcf import VcfFile
from coalflow.genomes.readers.vcf_damage import BGZF_END


def test_missing_file_is_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "nowhere.vcf.gz")


def test_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe" in refusal(tmp_path / "pipe")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n\n\n", id="blank lines"),
        pytest.param(b"Dear reader,\nthis is no genome.\n", id="letter"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), id="picture"),
        pytest.param(bytes(range(256)) * 20, id="bytes"),
        pytest.param(gzip.compress(b"Dear reader,\n"), id="gzipped letter"),
        pytest.param(BGZF_END, id="BGZF of nothing"),
        pytest.param(b"BCF\2\2", id="BCF magic alone"),
        pytest.param(b"##fileformat=VCFv4.2\n", id="first line alone"),
        pytest.param(META.encode(), id="without the line of columns"),
        pytest.param(record(10, "0|1", "0|0").encode(), id="without a header"),
        pytest.param(PLAIN.replace("\t", " ").encode(), id="spaces for tabs"),
    ],
)
def test_what_is_no_vcf_is_refused(content, tmp_path):
    refusal(write(tmp_path / "genome.vcf", content))


def test_zeros_that_were_packed_are_refused_at_once(tmp_path):
    zeros = gzip.compress(bytes(50_000_000))
    assert "is of none of the formats that are read" in refusal(
        write(tmp_path / "genome.vcf.gz", zeros)
    )


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
        contigs, description = read(path, 4)
    except CoalflowError as error:
        assert str(path) in str(error)
    else:
        assert only(contigs).positions.tolist() == [10, 30]
        assert sum(description.dropped.values()) == 1


LATIN_1 = {
    "individual": (vcf(record(10, "0|1", "0|0"), names=["Zoë", "b"]), "Zoë"),
    "contig": (vcf(record(10, "0|1", "0|0", contig="é1")), "é1"),
    "allele": (vcf(record(10, "0|1", "0|0", alt="<é>")), "<é>"),
    "reference": (vcf(record(10, "0|1", "0|0", ref="é")), "é"),
    "later allele": (vcf(record(10, "0|1", "0|0"), record(20, "0|1", "0|0", alt="é")), "é"),
}


@pytest.mark.parametrize("case", LATIN_1)
def test_names_and_alleles_in_latin_1_are_refused(case, tmp_path):
    text, shown = LATIN_1[case]
    message = refusal(write(tmp_path / "genome.vcf", text.encode("latin-1")))
    assert f"has the name or allele {shown!r}, if read as Latin-1, which is not UTF-8" in message
    assert "iconv -f latin1 -t utf-8" in message
    usable = text + record(30, "0|1", "0|0", contig=text.splitlines()[-1].split("\t")[0])
    assert len(only(read_text(tmp_path, usable)[0]).positions) >= 1


def test_latin_1_elsewhere_does_no_harm(tmp_path):
    text = PLAIN.replace("##fileformat=VCFv4.2\n", "##fileformat=VCFv4.2\n##by=Zoë\n")
    path = write(tmp_path / "genome.vcf", text.replace("\t.\tA", "\té\tA").encode("latin-1"))
    assert as_lists(read(path, 4)[0]) == as_lists(read_text(tmp_path, PLAIN)[0])


LEADING_PHASE = vcf(record(10, "|0|1", "/0|0"), record(20, "/1|1", "|0|0"))


@pytest.mark.parametrize("packed", [False, True])
def test_leading_phase_is_called_that(packed, tmp_path):
    text = LEADING_PHASE.replace("VCFv4.2", "VCFv4.4")
    content = gzip.compress(text.encode()) if packed else text
    message = refusal(write(tmp_path / "genome.vcf", content))
    assert "the leading phase of VCF 4.4" in message
    command = r"s,\t[|/],\t,g"
    assert command in message
    fixed = re.sub(r"\t[|/]", r"\t", text)
    assert as_lists(read_text(tmp_path, fixed)[0]) == [
        ("1", [10, 20], [[0, 1, 0, 0], [1, 1, 0, 0]])
    ]


def test_leading_phase_without_a_contig_in_the_header(tmp_path):
    text = LEADING_PHASE.replace("VCFv4.2", "VCFv4.5").replace("##contig=<ID=1>\n", "")
    assert "the leading phase of VCF 4.4" in refusal_of_text(tmp_path, text)


@pytest.mark.parametrize("is_declared", [True, False])
@pytest.mark.parametrize("genotype", ["NA", "A|T", "0|x", "-", "0 1", "0|"])
@pytest.mark.parametrize("place", [0, 1])
def test_genotypes_that_are_not_numbers_are_named(is_declared, genotype, place, tmp_path):
    """Also in the first record of a contig that the header does not have."""
    records = [record(10, "0|1", "0|0"), record(30, "0|1", "0|0")]
    records.insert(place, record([5, 20][place], "0|1", f"{genotype}:3", form="GT:DP"))
    text = vcf(*records)
    if not is_declared:
        text = text.replace("##contig=<ID=1>\n", "")
    message = refusal_of_text(tmp_path, text)
    assert f"1:{[5, 20][place]} has the genotype {genotype!r}, where VCF has the numbers" in message


@pytest.mark.parametrize("position", [2**31 - 1, 2**30 + 5])
def test_large_positions_are_read(position, tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(position, "0|1", "0|0"))
    assert only(read_text(tmp_path, text)[0]).positions.tolist() == [10, position]


@pytest.mark.parametrize("position", [2**31, 3_000_000_000])
def test_positions_that_are_too_large_are_refused(position, tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(position, "0|1", "0|0"))
    message = refusal_of_text(tmp_path, text)
    assert "1 has positions beyond 2,147,483,647" in message or "damaged" in message


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(record("x", "0|1", "0|0"), id="position"),
        pytest.param(record(20, "0|1"), id="too few columns"),
        pytest.param("1\t20\n", id="hardly any column"),
    ],
)
def test_damaged_line_is_refused(bad, tmp_path):
    text = vcf(record(10, "0|1", "0|0"), bad, record(30, "0|1", "0|0"))
    assert "damaged after record 1" in refusal_of_text(tmp_path, text)


@pytest.mark.parametrize(
    "bad", [record(20, "0|1", "0|0", contig=""), "\t" + record(20, "0|1", "0|0")]
)
def test_record_without_a_contig_is_refused(bad, tmp_path):
    text = vcf(record(10, "0|1", "0|0"), bad, record(30, "0|1", "0|0"))
    assert "record 2 has no contig" in refusal_of_text(tmp_path, text)


@pytest.mark.parametrize("bad", ["\n", "\0" + record(20, "0|1", "0|0")])
def test_blank_line_between_records_is_refused(bad, tmp_path):
    text = vcf(record(10, "0|1", "0|0"), bad, record(30, "0|1", "0|0"))
    assert "the line of record 2 is blank" in refusal_of_text(tmp_path, text)


@pytest.mark.parametrize(("cells", "sites"), [(("5:0|1", "5:0|0"), 2), (("5", "5"), 1)])
def test_genotypes_behind_another_field_are_read_where_there_are_some(cells, sites, tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(20, *cells, form="DP:GT"))
    contig = only(read_text(tmp_path, text)[0])
    assert len(contig.positions) == sites


@pytest.mark.parametrize("allele", [2, 40_000, 99_999])
def test_alleles_that_the_record_does_not_have_are_no_site(allele, tmp_path):
    text = vcf(record(10, "0|1", "0|0"), record(20, f"0|{allele}", "0|0"))
    contig = only(read_text(tmp_path, text)[0])
    assert contig.positions.tolist() == [10]


def test_blank_line_at_the_end_does_no_harm(tmp_path):
    expected = as_lists(read_text(tmp_path, PLAIN)[0])
    assert as_lists(read_text(tmp_path, PLAIN + "\n")[0]) == expected


def test_sample_that_is_twice_in_the_file_is_refused(tmp_path):
    refusal_of_text(tmp_path, PLAIN.replace("a\tb\n", "a\ta\n"))


def test_a_column_with_another_name_is_named(tmp_path):
    message = refusal_of_text(tmp_path, PLAIN.replace("QUAL", "QAUL"))
    assert "names column 6 'QAUL', where VCF has QUAL" in message


def test_file_with_sites_only_is_refused(tmp_path):
    assert "no samples" in refusal_of_text(tmp_path, vcf(record(10), names=()))


# Order ---------------------------------------------------------------------------------------


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


# Files cut off or damaged --------------------------------------------------------------------


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
    write(path, path.read_bytes()[: -len(BGZF_END)])
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


def test_lengths_of_contigs_are_those_of_the_header(tmp_path):
    text = vcf(record(10, "0|1", "1|1"), names=["s0", "s1"])
    text = text.replace("##contig=<ID=1>", "##contig=<ID=1,length=900>")
    contigs = VcfFile(write(tmp_path / "genome.vcf", text)).contigs
    assert contigs == [FileContig("1", 900), FileContig("2")]
