"""The whole check, from settings to tables, picture and what the terminal shows."""

import copy
import gzip
import pathlib
import sys
from unittest import mock

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.data import graph_of, make_observation
from helpers.genomes import keep, record, vcf

import check
from coalflow.config.histories import contents
from coalflow.config.loading import read_config
from coalflow.config.schema.simulation import Epoch
from coalflow.config.settings.making import SettingsMaker, write_settings
from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_json
from coalflow.genomes import vcf_writer
from coalflow.preflight import pilot
from coalflow.simulation import demography, neutral, replicates

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = yaml.safe_load((ROOT / "tests" / "cases" / "tiny.yaml").read_text())
BOTTLENECK = [Epoch(**e) for e in TINY["simulation"]["demography"]["histories"]["bottleneck"]]


def config_of(padded=False, **simulation):
    """Return the tiny config as it is written, its genomes left out."""
    config = copy.deepcopy(TINY)
    del config["genomes"]
    config["simulation"] |= simulation
    if padded:
        config["encoding"] = {"sites": 120, "pad": True}
    return config


def write_genome(path, size, epochs, seed, length=1_500_000):
    """Simulate a genome with the rates and the samples of the tiny config."""
    rates = {"sequence_length": length, "mutation_rate": 1.5e-8, "recombination_rate": 1.0e-8}
    history = demography.convert_to_msprime(graph_of(size, epochs))
    vcf_writer.write_vcf(neutral.simulate_genome(history, {"population": 10}, rates, seed), path)
    return path


def run(folder, config, genome_files=(), **options):
    """Run the program as the workflow does; return its table. Genomes are paths by name."""
    genomes = {name: {"path": str(path), **options} for name, path in dict(genome_files).items()}
    maker = SettingsMaker(read_config({**config, "genomes": genomes}))
    folder.parent.mkdir(exist_ok=True)
    observed = folder.with_name("observation.json")
    write_json(observed, {"observation": make_observation().as_json()})
    read = folder.with_name("genomes")
    for name, path in dict(genome_files).items():
        (read / name).mkdir(parents=True, exist_ok=True)
        plan, options = maker.plan_genome(name), maker.read_contigs(name, 0).options
        keep(path, read / name, plan.samples, options, plan.phased)
    settings = write_settings(maker.check(cores=2), code="")
    arguments = ["--settings", settings, "--observation", str(observed), "--genomes", str(read)]
    with mock.patch.object(sys, "argv", ["check.py", *arguments, "--output", str(folder)]):
        check.main()
    return pd.read_csv(folder / "check.tsv", sep="\t", keep_default_na=False)


def about_genomes(table):
    found = table[(table["finding"] != "") & table["topic"].isin(["genomes", "coverage"])]
    return list(zip(found["topic"], found["about"], found["finding"], strict=True))


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize(
    ("size", "epochs"),
    [(10_000, BOTTLENECK), (20_000, contents.CONSTANT), (15_000, contents.CONSTANT)],
)
def test_a_genome_that_the_simulations_are_like_is_no_finding(
    size, epochs, padded, tmp_path, capsys
):
    """Cells at the lower and the upper end of the grid, and a size between two of them."""
    file = write_genome(tmp_path / "mine.vcf.gz", size, epochs, seed=size)
    table = run(tmp_path / "check", config_of(padded), {"mine": file})
    assert about_genomes(table) == []
    output = capsys.readouterr().out
    assert "genome mine" in output
    assert "cells like mine" in output


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize(("size", "fix"), [(100_000, "raise"), (2_000, "lower")])
def test_a_genome_of_a_population_five_times_as_large_or_small_is_found(
    size, fix, padded, tmp_path, capsys
):
    length = round(3e10 / size)
    file = write_genome(tmp_path / "mine.vcf.gz", size, contents.CONSTANT, seed=1, length=length)
    table = run(tmp_path / "check", config_of(padded), {"mine": file})
    size_of_windows = "segregating sites" if padded else "bases spanned"
    (diversity, windows) = about_genomes(table)
    assert diversity[:2] == ("genomes", "genome mine")
    assert diversity[2].startswith("theta is")
    assert windows[:2] == ("coverage", "genome mine")
    assert f"beyond the simulated ones in {size_of_windows}" in windows[2]
    assert f"> {fix} population_size" in capsys.readouterr().out


@pytest.mark.parametrize("padded", [False, True])
def test_a_genome_just_beyond_the_largest_cell_is_found(padded, tmp_path):
    """Its diversity is less than twice that of the largest cell, whose tails cover most windows."""
    file = write_genome(
        tmp_path / "mine.vcf.gz", 36_000, contents.CONSTANT, seed=1, length=2_500_000
    )
    table = run(tmp_path / "check", config_of(padded), {"mine": file})
    ((topic, about, found),) = about_genomes(table)
    assert (topic, about) == ("coverage", "genome mine")
    beyond = "beyond the simulated ones" in found or "those of every cell" in found
    assert beyond, found
    figures = table.set_index("name")["value"]
    assert float(figures["share covered by history=bottleneck+population_size=10000"]) < 0.9


def test_all_that_is_promised_is_written(tmp_path, capsys):
    table = run(tmp_path / "check", config_of())
    files = sorted(path.name for path in (tmp_path / "check").iterdir())
    assert files == ["check.png", "check.svg", "check.tsv", "pilot.tsv"]
    figures = table[table["finding"] == ""].set_index("name")["value"].astype(float)
    assert figures["cells"] == 4
    assert figures["windows"] == 4 * 60
    assert figures["shards"] == 4 * 2
    tried = pd.read_csv(tmp_path / "check" / "pilot.tsv", sep="\t")
    assert (tried["replicates"] == 60).all()
    assert (tried["seconds"] > 0).all()
    # 4 N mu, within five standard errors or so of a mean over 60 windows.
    thetas = tried.set_index("cell")["theta"]
    assert thetas["history=constant+population_size=20000"] == pytest.approx(0.0012, rel=0.15)
    output = capsys.readouterr().out
    assert "240 windows in 8 shards" in output
    assert "name your file under `genomes`" in " ".join(output.split())
    assert len(output.splitlines()) < 40


def test_genomes_that_cannot_be_used_are_named_after_all_else(tmp_path, capsys):
    good = write_genome(tmp_path / "good.vcf.gz", 15_000, contents.CONSTANT, seed=2)
    names = [f"tsk_{number}" for number in range(10)]
    text = vcf(record(10, *["0/1"] * 10), names=names)
    (tmp_path / "bad.vcf").write_text(text)
    genomes = {"bad": tmp_path / "bad.vcf", "good": good}
    with pytest.raises(CoalflowError, match=r"^genome bad: .*bad\.vcf: .* unphased"):
        run(tmp_path / "check", config_of(), genomes)
    table = pd.read_csv(tmp_path / "check" / "check.tsv", sep="\t")
    assert "genome good" in set(table["about"])
    output = capsys.readouterr().out
    assert "cannot be used, see below" in output
    assert "usable sites" in output


def test_a_picture_of_what_a_genome_does_not_have_is_refused(tmp_path):
    genome = write_genome(tmp_path / "mine.vcf", 15_000, contents.CONSTANT, 2, length=400_000)
    with pytest.raises(CoalflowError, match="genome mine: .*show_regions: ends at base 500,000 "):
        run(tmp_path / "check", config_of(), {"mine": genome}, show_regions=["1:1-500,000"])


def test_a_genome_too_short_for_a_window_still_has_a_diversity(tmp_path):
    short = write_genome(
        tmp_path / "short.vcf.gz", 15_000, contents.CONSTANT, seed=3, length=40_000
    )
    table = run(tmp_path / "check", config_of(padded=True), {"short": short})
    ((_, about, found),) = about_genomes(table)
    assert about == "genome short"
    assert found.startswith("not compared: its longest contig has")
    assert found.endswith(" bases, and windows have 50,000")
    assert "theta per base" in set(table.loc[table["about"] == "genome short", "name"])


@pytest.mark.parametrize("padded", [False, True])
def test_a_centromere_is_no_finding(padded, tmp_path, capsys):
    """Windows that it cuts have fewer sites, but simulations are not to blame."""
    whole = write_genome(tmp_path / "whole.vcf.gz", 15_000, contents.CONSTANT, 2, 3_000_000)
    lines = gzip.decompress(whole.read_bytes()).decode().splitlines(keepends=True)
    sites = [line for line in lines if not line.startswith("#")]
    places = [int(line.split("\t")[1]) for line in sites]
    head = [line for line in lines if line.startswith("#")]
    kept = [line for line, at in zip(sites, places, strict=True) if not 1e6 < at < 2.29e6]
    (tmp_path / "cut.vcf").write_text("".join(head + kept))
    table = run(tmp_path / "check", config_of(padded), {"cut": tmp_path / "cut.vcf"})
    assert [found for found in about_genomes(table) if found[0] == "coverage"] == []
    assert "; 1 with a stretch without a site more" in " ".join(capsys.readouterr().out.split())


def test_the_species_is_compared(tmp_path):
    table = run(tmp_path / "check", config_of(species="DroMel"))
    found = table[(table["finding"] != "") & (table["topic"] == "species")]
    assert len(found) == 1
    assert "too small" in found["finding"].iloc[0]


def test_windows_without_enough_sites_are_found_though_nothing_can_be_encoded(tmp_path):
    table = run(tmp_path / "check", config_of(sequence_length=500))
    assert "too few sites for the net's 40" in "".join(table["finding"])
    assert not (tmp_path / "check" / "check.png").exists()


def test_cells_that_cannot_be_simulated_are_found(tmp_path, monkeypatch):
    def start(settings):
        if settings.cell == "sweep=hard":
            raise CoalflowError("no sweep ended")
        return replicates.Replicates(settings)

    monkeypatch.setattr(pilot, "Replicates", start)
    config = config_of(grid={"sweep": ["neutral", "hard"]}, selection_coefficient=0.05)
    config["simulation"]["demography"] = {"population_size": 1000}
    table = run(tmp_path / "check", config)
    (finding,) = [one for one in table["finding"] if "cannot be simulated" in one]
    assert finding == "cannot be simulated; no sweep ended"
    tried = pd.read_csv(tmp_path / "check" / "pilot.tsv", sep="\t").set_index("cell")
    assert tried.loc["sweep=hard", "replicates"] == 0
    assert tried.loc["sweep=hard", "failure"] == "no sweep ended"


def test_populations_are_in_the_order_of_the_config(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(
        pilot, "Replicates", lambda given: made.append(given) or replicates.Replicates(given)
    )
    demes = str(ROOT / "config" / "demography" / "out_of_africa.yaml")
    samples = {"EUR": 4, "AFR": 3}
    config = config_of(demography={"demes": demes}, samples=samples, mutation_rate=2.36e-8)
    del config["simulation"]["grid"]
    run(tmp_path / "check", config)
    assert [given.samples.individuals for given in made] == [(("EUR", 4), ("AFR", 3))]


def test_imports_are_looked_at_too(tmp_path, capsys):
    generator = np.random.default_rng(1)
    lines = ["ms 20 40 -t 5", "1 2 3"]
    for _ in range(40):
        lines += ["", "//", "segsites: 50"]
        lines += ["positions: " + " ".join(f"{place:.5f}" for place in np.arange(50) / 50)]
        lines += ["".join(map(str, row)) for row in generator.integers(0, 2, (20, 50))]
    (tmp_path / "mine.ms").write_text("\n".join(lines) + "\n")
    section = {"format": "ms", "files": {"mine": [str(tmp_path / "mine.ms")]}}
    simulation = {
        "import": section,
        "samples": 10,
        "sequence_length": 50_000,
        "replicates": 40,
        "shard_size": 20,
    }
    config = {"run": "i", "seed": 1, "simulation": simulation, "target": "tajimas_d"}
    run(tmp_path / "check", config)
    output = capsys.readouterr().out
    assert "importing takes" in output
    assert "40 replicates of 1 of 1 cell" in output
