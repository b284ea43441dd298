"""Regions of VCF and BCF files are read by their index, unless it is not theirs."""

import os
import shutil

import numpy as np
import pysam.bcftools
import pytest
from helpers.genomes import record, vcf, write, write_by_htslib

from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.genome_file import FileContig, Region
from coalflow.genomes.readers.vcf import VcfFile

KINDS = {
    "tbi": ("genome.vcf.gz", "wz", ["--tbi"]),
    "csi": ("genome.vcf.gz", "wz", ["--csi"]),
    "small bins": ("genome.vcf.gz", "wz", ["--csi", "--min-shift", "8"]),
    "bcf": ("genome.bcf", "wb", ["--csi"]),
}


def index(path, *flags):
    pysam.bcftools.index("--force", *flags, str(path), catch_stdout=False)
    return path


def read_loci(path, region=None, most_records=1000):
    file = VcfFile(path)
    blocks = file.read_blocks(file.individuals, region=region, most_records=most_records)
    return [(block.contig, int(position)) for block in blocks for position in block.positions]


def refusal_of(path, region=None):
    with pytest.raises(CoalflowError) as caught:
        read_loci(path, region)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_regions_have_the_records_whose_position_is_in_them(kind, long_text, tmp_path):
    name, mode, flags = KINDS[kind]
    path = index(write_by_htslib(tmp_path / name, long_text, mode), *flags)
    assert VcfFile(path).can_seek
    loci = read_loci(path)
    generator = np.random.default_rng(1)
    edges = {int(edge) for _, position in loci[::400] for edge in (position - 1, position)}
    edges |= {0, 30_000, 10**6, 2**31, *generator.integers(45_000, size=3).tolist()}
    for start in sorted(edges):
        for end in (start + 1, start + 3_000, 2**40):
            region = Region("2", start, end)
            expected = [("2", place) for contig, place in loci if contig == "2"]
            expected = [locus for locus in expected if start < locus[1] <= end]
            assert read_loci(path, region) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_parts_of_a_contig_have_all_records_once(kind, long_text, tmp_path):
    name, mode, flags = KINDS[kind]
    path = index(write_by_htslib(tmp_path / name, long_text, mode), *flags)
    cuts = [0, 1, 700, 11_111, 20_000, 20_001, 10**9]
    regions = [
        Region(contig, *part) for contig in "12" for part in zip(cuts, cuts[1:], strict=False)
    ]
    joined = [locus for region in regions for locus in read_loci(path, region, 7)]
    assert joined == read_loci(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_deletion_that_begins_before_a_region_is_not_in_it(kind, tmp_path):
    name, mode, flags = KINDS[kind]
    text = vcf(
        record(10, "0|1", "0|0", ref="A" * 30, alt="A"),
        record(20, "0|1", "0|0"),
        record(20, "0|1", "0|0", alt="G"),
        record(21, "0|1", "0|0"),
    )
    path = index(write_by_htslib(tmp_path / name, text, mode), *flags)
    assert read_loci(path, Region("1", 15, 20)) == [("1", 20), ("1", 20)]
    assert read_loci(path, Region("1", 9, 10)) == [("1", 10)]
    assert read_loci(path, Region("1", 21, 90)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_contig_without_records_has_none(kind, tmp_path, capfd):
    name, mode, flags = KINDS[kind]
    path = write_by_htslib(tmp_path / name, vcf(record(10, "0|1", "0|0")), mode)
    index(path, *flags)
    capfd.readouterr()
    for contig in ("2", "elsewhere"):
        assert read_loci(path, Region(contig, 0, 2**40)) == []
    assert capfd.readouterr() == ("", "")


def test_contigs_of_the_header_come_first_then_those_that_only_records_have(tmp_path):
    text = vcf(record(10, "0|1", "0|0", contig="3"), record(10, "0|1", "0|0", contig="2"))
    text = text.replace("##contig=<ID=2>", "##contig=<ID=2,length=99>")
    path = write(tmp_path / "genome.vcf", text)
    assert [contig.name for contig in VcfFile(path).contigs] == ["1", "2", "3"]
    pysam.tabix_compress(str(path), f"{path}.gz")
    found = VcfFile(index(tmp_path / "genome.vcf.gz", "--tbi"))
    assert found.contigs == [FileContig("1"), FileContig("2", 99), FileContig("3")]


def test_an_index_that_is_older_than_its_file_is_refused(long_text, tmp_path):
    path = index(write_by_htslib(tmp_path / "genome.vcf.gz", long_text, "wz"), "--tbi")
    older = path.stat().st_mtime - 10
    os.utime(f"{path}.tbi", (older, older))
    message = refusal_of(path)
    assert message.startswith(f"{path}.tbi: is older than {path}")
    assert f"bcftools index --force --tbi {path}" in message


OTHERS = {
    "fewer records": lambda text: text[: text.rindex("\n", 0, -300) + 1],
    "a long header": lambda text: text.replace("##contig", f"##by={'x' * 99_999}\n##contig", 1),
    "one contig": lambda text: text[: text.index("\n2\t") + 1],
    "another contig": lambda text: text.replace("\n1\t", "\nX\t").replace("ID=1>", "ID=X>"),
    "a short file": lambda _: vcf(record(10, *["0|1"] * 2)),
    "nothing": lambda _: vcf(),
}


@pytest.mark.parametrize("kind", ["tbi", "csi", "bcf"])
@pytest.mark.parametrize("other", OTHERS)
def test_the_index_of_another_file_is_refused(other, kind, long_text, tmp_path):
    if kind == "bcf" and other in ("another contig", "one contig", "fewer records"):
        pytest.skip("the index of a BCF has no names, and the end of a BCF is not looked at")
    name, mode, flags = KINDS[kind]
    (tmp_path / "other").mkdir()
    text = OTHERS[other](long_text)
    path = write_by_htslib(tmp_path / name, long_text, mode)
    source = index(write_by_htslib(tmp_path / "other" / name, text, mode), *flags)
    ending = ".tbi" if kind == "tbi" else ".csi"
    shutil.copy(f"{source}{ending}", f"{path}{ending}")
    if other == "fewer records":  # by which all others are found as well
        read = [*read_loci(path, Region("1", 0, 10**6)), *read_loci(path, Region("2", 0, 10**6))]
        assert len(read) == long_text.count("\n1\t") + long_text.count("\n2\t")
        return
    message = refusal_of(path, Region("1", 0, 100))
    assert message.startswith(f"{path}{ending}: is not the index of {path}")
    assert "bcftools index --force" in message


@pytest.mark.parametrize("content", [b"", b"TBI\1", b"no index", b"CSI\1" + bytes(40)])
def test_what_is_not_an_index_is_refused(content, long_text, tmp_path):
    path = write_by_htslib(tmp_path / "genome.vcf.gz", long_text, "wz")
    write(tmp_path / "genome.vcf.gz.csi", content)
    assert refusal_of(path).startswith(f"{path}.csi: ")


def test_an_index_that_is_cut_off_is_refused_or_does_no_harm(long_text, tmp_path):
    """At its end it has only a number that nothing depends on."""
    path = index(write_by_htslib(tmp_path / "genome.vcf.gz", long_text, "wz"), "--tbi")
    content = (tmp_path / "genome.vcf.gz.tbi").read_bytes()
    whole = read_loci(path)
    for cut in range(0, len(content), 20):
        write(tmp_path / "genome.vcf.gz.tbi", content[:cut])
        try:
            read = [each for contig in "12" for each in read_loci(path, Region(contig, 0, 10**6))]
        except CoalflowError as error:
            assert str(error).startswith(f"{path}.tbi: ")
        else:
            assert read == whole
            assert cut > len(content) - 40
