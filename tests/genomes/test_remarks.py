"""What of a genome is not used is named before anything is scanned, with what to do."""

import json
import sys
from unittest import mock

import numpy as np
import pytest
from helpers.cases import CASES
from helpers.data import make_observation, make_samples
from helpers.genomes import PLAIN, make_options, read, read_text, record, vcf

import observe_genome
from coalflow.config.settings.making import write_settings
from coalflow.config.settings.observing import ObserveGenomeSettings
from coalflow.core.files import write_json
from coalflow.genomes.contigs import Contig
from coalflow.genomes.remarks import describe_untiled, list_remarks


def remarks_on(path, ancestral=None, **observed):
    observation = make_observation(**observed)
    _, description = read(path, 4, ploidy=2, ancestral=ancestral, **observed)
    options = make_options(ancestral=ancestral, mask=observed.get("mask"))
    return [str(remark) for remark in list_remarks(path, description, observation, options)]


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
    assert remark.startswith(f"13 contigs of the file are not in the mask {mask}")
    assert f": {', '.join(names[:10])} and 3 more: add them to it" in remark
    assert "scaffold_10" not in remark
    _, description = read_text(tmp_path, text, mask=mask)
    assert description.not_in_mask == tuple(names)


# Contigs without windows --------------------------------------------------------------------------


def contig(name, *positions):
    alleles = np.zeros((len(positions), 4), np.uint8)
    return Contig(name, np.array(positions), alleles, None, make_samples(4, ploidy=1))


def test_contigs_without_room_for_a_window_are_counted():
    contigs = [contig("1", 1, 5, 900), contig("a", 11, 20), contig("b", 7)]
    assert describe_untiled(contigs, ["1", "a", "b"]) == ""
    words = describe_untiled(contigs, ["1"])
    assert words.startswith("2 of 3 contigs have no room for a window: 11 bases")
    assert "with 3 usable sites (a, b)" in words


def test_the_program_names_them_on_the_terminal_and_in_its_description(tmp_path, capsys):
    text = vcf(*(record(10 * place, "0|1", "0|0") for place in range(1, 6)))
    text += record(10, "0|1", "0|0", contig="2") + record(10, "0|1", "0|0", contig="3")
    (tmp_path / "in.vcf").write_text(text)
    (tmp_path / "mask.bed").write_text("1\t0\t1000\n2\t0\t100\n")
    observation = make_observation(phased=False)
    write_json(tmp_path / "observation.json", {"observation": observation.as_json()})
    options = make_options(mask=str(tmp_path / "mask.bed"))
    settings = ObserveGenomeSettings(options=options, samples=make_samples(2), sites=4)
    arguments = ["--genome", tmp_path / "in.vcf", "--observation", tmp_path / "observation.json"]
    arguments += ["--settings", write_settings(settings, code=""), "--output", tmp_path / "o.json"]
    with mock.patch.object(sys, "argv", ["observe_genome.py", *map(str, arguments)]):
        observe_genome.main()
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(f"{tmp_path / 'in.vcf'}: ") for line in lines)
    mask, phase, windows = (line.removeprefix(f"{tmp_path / 'in.vcf'}: ") for line in lines)
    assert mask.startswith("1 contig of the file is not in the mask")
    assert phase.startswith("all heterozygotes")
    assert windows.startswith("1 of 2 contigs has no room for a window: 1 base from")
    written = json.loads((tmp_path / "o.json").read_text())
    assert written["windows"] == {"1": 2}
    assert written["remarks"] == [mask, phase]
    assert written["without_windows"] == windows
