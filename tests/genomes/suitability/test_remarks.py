"""What of a genome is not used is named before anything is scanned, with what to do."""

import json
import sys
from unittest import mock

import pytest
from helpers.cases import CASES
from helpers.data import make_encoding, make_observation, make_samples
from helpers.genomes import (
    PLAIN,
    keep,
    make_options,
    open_text,
    read,
    read_text,
    record,
    vcf,
    write,
)

import observe_genome
from coalflow.config.settings.making import write_settings
from coalflow.config.settings.observing import ObserveGenomeSettings
from coalflow.core.files import write_json
from coalflow.genomes.suitability.remarks import (
    describe_without_records,
    find_uncovered,
    list_remarks,
)


def remarks_on(path, ancestral=None, **observed):
    observation = make_observation(**observed)
    _, description = read(path, 4, ploidy=2, ancestral=ancestral, **observed)
    options = make_options(ancestral=ancestral, mask=observed.get("mask"))
    return [str(remark) for remark in list_remarks(description, observation, options)]


def remarks_on_text(folder, text, **observed):
    (folder / "genome.vcf").write_text(text)
    return remarks_on(folder / "genome.vcf", **observed)


# Phase and ancestral alleles --------------------------------------------------------------------


def test_phase_that_is_not_used_is_mentioned_with_what_to_write(tmp_path):
    (remark,) = remarks_on_text(tmp_path, PLAIN, phased=False)
    assert remark.startswith("all heterozygotes of the file are phased")
    assert remark.endswith(
        "set observation.phased to true if haplotypes are right along whole windows"
    )
    assert remarks_on_text(tmp_path, PLAIN, phased=True) == []


@pytest.mark.parametrize(
    "records",
    [
        [record(10, "0/1", "0|0"), record(25, "1|0", "0|0")],
        [record(10, "0|0", "1|1"), record(25, "0|0", "1|1")],
        [
            record(10, "0|1:10", "0|0:10", form="GT:PS"),
            record(25, "1|0:25", "0|0:25", form="GT:PS"),
        ],
    ],
    ids=["one without phase", "no heterozygotes", "phase sets"],
)
def test_phase_that_a_file_does_not_have_is_not(records, tmp_path):
    text = vcf(*records).replace(
        "##FORMAT=<ID=DP",
        '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Set">\n##FORMAT=<ID=DP',
    )
    assert [r for r in remarks_on_text(tmp_path, text, phased=False) if "phased" in r] == []


def test_ancestral_alleles_that_are_not_used_are_mentioned(tmp_path):
    text = vcf(record(10, "0|1", "0|0", info="AA=A"), record(25, "1|1", "0|0"))
    (remark,) = remarks_on_text(tmp_path, text, polarised=False)
    assert remark.startswith("its records have the ancestral allele (INFO field AA)")
    assert "set observation.polarised to true and genomes.<name>.ancestral to AA" in remark
    assert remarks_on_text(tmp_path, text, polarised=True, ancestral="AA") == []
    assert remarks_on_text(tmp_path, PLAIN, polarised=False) == []
    assert remarks_on_text(tmp_path, text.replace("AA=A", "AA=."), polarised=False) == []


def test_ancestral_alleles_that_the_header_does_not_declare_are_mentioned():
    (file,) = (CASES / "07-AA-not-in-header").glob("in.vcf")
    assert any("INFO field AA" in remark for remark in remarks_on(file, polarised=False))


# Masks ------------------------------------------------------------------------------------------


def test_contigs_that_the_mask_never_names_are_named(tmp_path):
    names = [f"scaffold_{number}" for number in range(13)]
    text = vcf(*(record(10, "0|1", "0|0", contig=name) for name in ["1", *names]))
    (tmp_path / "mask.bed").write_text("1\t0\t100\n2\t0\t100\n")
    mask = str(tmp_path / "mask.bed")
    (remark,) = remarks_on_text(tmp_path, text, mask=mask)
    named = f"{mask} (observation.mask), and none of their sites is used"
    assert remark.startswith(f"13 contigs of the file are not in the mask {named}")
    assert f": {', '.join(names[:10])} and 3 more: add them to it" in remark
    assert "scaffold_10" not in remark
    _, description = read_text(tmp_path, text, mask=mask)
    own = list_remarks(description, make_observation(), make_options(mask=mask))
    assert f"in the mask {mask} (genomes.<name>.mask), " in next(own).remark
    assert description.not_in_mask == tuple(names)


# Contigs without records --------------------------------------------------------------------------


def test_contigs_without_records_are_counted_and_the_first_ones_named():
    assert describe_without_records([]) == ""
    words = describe_without_records([f"scaffold_{number}" for number in range(1200)])
    assert words.startswith("1,200 contigs that the file names have no records in it: scaffold_0, ")
    assert words.endswith("scaffold_9 and 1,190 more")
    assert describe_without_records(["Y"]).startswith("1 contig that the file names has no records")


def test_the_program_names_all_of_it_on_the_terminal_and_in_its_description(tmp_path, capsys):
    lines = [record(10 * place, "0|1", "0|0") for place in range(1, 6)]
    text = vcf(*lines, record(10, "0|1", "0|0", contig="3"))
    path = write(tmp_path / "in.vcf", text)
    (tmp_path / "mask.bed").write_text("1\t0\t1000\n2\t0\t100\n")
    observation, samples = make_observation(phased=False), make_samples(2)
    write_json(tmp_path / "observation.json", {"observation": observation.as_json()})
    options = make_options(mask=str(tmp_path / "mask.bed"))
    keep(path, tmp_path, samples, options, phased=False)
    settings = ObserveGenomeSettings(
        options=options, samples=samples, encoding=make_encoding(sites=4)
    )
    arguments = ["--plan", tmp_path / "plan.json", "--contigs", tmp_path / "contigs"]
    arguments += ["--observation", tmp_path / "observation.json"]
    arguments += ["--settings", write_settings(settings, code=""), "--output", tmp_path / "o.json"]
    with mock.patch.object(sys, "argv", ["observe_genome.py", *map(str, arguments)]):
        observe_genome.main()
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    mask, phase, contigs = (line.removeprefix(f"{path}: ") for line in lines)
    assert mask.startswith("1 contig of the file is not in the mask")
    assert phase.startswith("all heterozygotes")
    assert contigs == "1 contig that the file names has no records in it: 2"
    written = json.loads((tmp_path / "o.json").read_text())
    assert written["without_records"] == ["2"]
    assert written["remarks"] == [mask, phase]


@pytest.mark.parametrize(
    ("positions", "is_noticed"), [((500_001, 500_401), True), ((5, 995_000), False)]
)
def test_a_file_that_covers_a_part_of_its_contig_is_noticed(positions, is_noticed, tmp_path):
    text = vcf(*(record(position, "0|1", "0|0") for position in positions))
    text = text.replace("##contig=<ID=1>", "##contig=<ID=1,length=1000000>")
    remark = find_uncovered(open_text(tmp_path, text, make_samples(2, 2)).contigs)
    assert (remark is not None) == is_noticed
    if remark is not None:
        assert "401 of 1,000,000 bases" in remark.remark
        assert "genomes.<name>.regions to [1:500001-500401]" in remark.fix
