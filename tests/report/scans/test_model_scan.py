"""A model that travels: packed, taken elsewhere, and pointed at genomes."""

import shutil

import numpy as np
import pandas as pd
import pytest
from helpers.genomes import vcf, write
from helpers.models import SITES, save_untrained_net
from helpers.references import save_extras
from helpers.travelling_models import NAMES, draw_records, make_genome, pack_models

from coalflow import read_version
from coalflow.config.genomes.model_scan_options import parse_options
from coalflow.config.genomes.model_scan_reading import spell_option
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, write_json
from coalflow.report.scans.model_scan import scan_with_model

RESULTS = [
    "observation.json",
    "options.json",
    "regions",
    "regions.bed",
    "regions.tsv",
    "report.html",
    "scan.png",
    "scan.svg",
    "verdict.json",
    "windows.bed",
    "windows.tsv",
]


@pytest.fixture(scope="module")
def packed(train, validation, tmp_path_factory):
    """A folder with packed models, and no run."""
    run, folder = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("elsewhere")
    return pack_models(folder, run, train, validation)


@pytest.fixture
def here(packed, tmp_path, monkeypatch):
    """Start in a fresh folder with the packed models."""
    monkeypatch.chdir(tmp_path)
    for path in packed.iterdir():
        shutil.copy(path, tmp_path)
    write(tmp_path / "genome.vcf", make_genome())
    return tmp_path


def scan(*words, model="net.zip", genome="genome.vcf", ancestral=("--ancestral", "AA")):
    given = ["--model", model, "--genome", genome, *ancestral, *words]
    options = parse_options(given)
    scan_with_model(options, spell_option)
    return options.folder


def refusal(*words, **given):
    """Return the one line with which a scan is refused; nothing is left of it."""
    with pytest.raises(CoalflowError) as caught:
        scan("--output", "refused", *words, **given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# What comes out -------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "shown"), [("net", "flagel_tajimas_d"), ("ridge", "ridge")])
def test_a_zip_and_a_genome_are_all_that_is_needed(model, shown, here):
    folder = scan(model=f"{model}.zip")
    assert str(folder) == f"results/{model}-genome"
    assert sorted(path.name for path in folder.iterdir()) == RESULTS
    table = pd.read_csv(folder / "windows.tsv", sep="\t", dtype={"contig": str})
    assert set(table["contig"]) == {"1", "2"}
    assert (table["sites"] == SITES).all()
    assert table[f"{shown}:diversity"].notna().all()
    lines = (folder / "windows.bed").read_text().splitlines()
    assert len(lines) == len(table)
    first = table[f"{shown}:diversity"][0]
    assert lines[0].split("\t")[3] == f"diversity={first:.4g}"


def test_restarts_have_their_mean_intervals_and_spread(here):
    table = pd.read_csv(scan() / "windows.tsv", sep="\t")
    name = "flagel_tajimas_d"
    restarts = table[[f"{name}/{restart}:diversity" for restart in range(2)]]
    np.testing.assert_allclose(table[f"{name}:diversity"], restarts.mean(axis=1), rtol=1e-8)
    assert {f"{name}:diversity:{end}" for end in ("low", "high", "spread")} <= {*table}


def test_the_same_bytes_from_a_zip_a_folder_and_again(here):
    shutil.unpack_archive("net.zip", "net")
    folders = [scan("--output", f"from_{model}", model=model) for model in ("net.zip", "net")]
    for name in set(RESULTS) - {"options.json", "regions", "report.html"}:
        first, second = (folder / name for folder in folders)
        assert first.read_bytes() == second.read_bytes()


def test_results_say_of_what_they_were_made(here):
    made = read_json(scan("--step", "3") / "options.json")
    assert made["coalflow"] == read_version()
    assert made["options"]["step"] == 3
    assert sorted(made["models"]) == ["flagel_tajimas_d/0", "flagel_tajimas_d/1"]


def test_options_reach_the_scan(here):
    folder = scan("--contigs", "2", "--step", "8", "--show", "2", "--outputs", "bedgraph", "tabix")
    table = pd.read_csv(folder / "windows.tsv", sep="\t")
    assert set(table["contig"]) == {2}
    assert len(table) == 40 // SITES
    assert (folder / "tabix" / "windows.tsv.gz.tbi").exists()
    assert [path.name for path in (folder / "pictures").glob("*.png")] == ["1_2.png"]
    assert list((folder / "bedgraph").rglob("*.bedgraph"))


def test_a_seed_draws_those_who_are_used(here):
    names = tuple("abcdefgh")
    write(here / "many.vcf", make_genome(names))

    def draw(*words):
        found = read_json(scan("--output", "drawn", *words, genome="many.vcf") / "observation.json")
        return tuple(found["samples"])

    drawn = {draw("--seed", str(seed)) for seed in range(4)}
    assert len(drawn) > 1
    assert draw() == draw("--seed", "7")  # that with which the models were trained
    assert draw("--individuals", "b,d,h") == ("b", "d", "h")


def test_a_net_that_was_trained_on_fewer_too_takes_fewer(train, validation, here):
    save_untrained_net(here / "thinned", train, name="coalflow")
    save_extras(here / "thinned", ("",), train, validation)
    card = read_json(here / "thinned" / "card.json")
    card["net"]["recipe"]["augment"]["thin"] = 4
    write_json(here / "thinned" / "card.json", card)
    write(here / "few.vcf", make_genome(NAMES[:2]))
    table = pd.read_csv(scan(model="thinned", genome="few.vcf") / "windows.tsv", sep="\t")
    assert table["coalflow/0:diversity"].notna().all()
    assert not any(name.endswith((":p", "novelty")) for name in table)  # of more haplotypes
    write(here / "one.vcf", make_genome(NAMES[:1]))
    assert "one.vcf: " in refusal(model="thinned", genome="one.vcf")


def test_what_is_said(here, capsys):
    scan()
    said = capsys.readouterr().err
    assert "net.zip: flagel_tajimas_d of the run tiny" in said
    assert "genome.vcf: reading 3 of 3 individuals" in said


# What is refused --------------------------------------------------------------------------------


def test_fewer_individuals_than_the_model_reads(here):
    write(here / "few.vcf", make_genome(NAMES[:2]))
    message = refusal(genome="few.vcf")
    assert message.startswith("few.vcf: ")
    assert "6 haplotypes" in message
    assert "--individuals" in message
    assert "genomes.<name>" not in message


def test_genotypes_without_phase(here):
    write(here / "unphased.vcf", make_genome(phased="/"))
    message = refusal(genome="unphased.vcf")
    assert message.startswith("unphased.vcf: ")
    assert "phased" in message
    assert message.endswith("(To change observation.phased, train another model.)")


def test_no_ancestral_alleles(here):
    assert refusal(ancestral=()).startswith("--ancestral is missing")
    assert "AB" in refusal(ancestral=("--ancestral", "AB"))


def test_unknown_individuals_and_contigs(here):
    assert "nobody" in refusal("--individuals", "a,b,nobody")
    assert "17" in refusal("--contigs", "17")


def test_a_genome_too_small_for_a_window(here):
    write(here / "small.vcf", vcf(*draw_records(NAMES, sites=SITES - 1), names=NAMES))
    message = refusal(genome="small.vcf")
    assert message.startswith("small.vcf: ")
    assert f"{SITES} sites" in message


def test_a_model_that_is_damaged(here):
    content = (here / "net.zip").read_bytes()
    (here / "net.zip").write_bytes(content[: len(content) // 2])
    assert refusal().startswith("net.zip: not a trained model")


def test_a_genome_that_is_none(here):
    write(here / "genome.vcf", "a text\n")
    assert refusal().startswith("genome.vcf: ")


def test_nothing_is_left_of_a_scan_that_fails(here):
    write(here / "unphased.vcf", make_genome(phased="/"))
    refusal(genome="unphased.vcf")
    assert not (here / "refused").exists()
