"""Genomes are read in parts before all else, and again only where what is read changes."""

import json

import pytest
import yaml
from helpers.workflow import RESULTS, TINY, copy_of_coalflow, fail, planned, succeed

CONFIG = "mine.yaml"
TARGET = f"{RESULTS}/genomes/mine/observation.json"
SAMPLES = [f"tsk_{number}" for number in range(10)]
DESCRIBED = {"observe_genome": 1}
READ = {"plan_genome": 1, "read_contigs": 3, **DESCRIBED}
MEASURED = {"measure_contigs": 1, "measure_observation": 1}


def write_config(folder, genomes, **sections):
    config = yaml.safe_load((folder / TINY).read_text())
    (folder / CONFIG).write_text(yaml.safe_dump({**config, "genomes": genomes, **sections}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a copy of the workflow in which a genome was read that simulations resemble."""
    folder = copy_of_coalflow(tmp_path_factory.mktemp("genomes"))
    simulated = f"{RESULTS}/genomes/simulated/simulated.vcf.gz"
    succeed(folder, simulated)
    (folder / "in.vcf.gz").write_bytes((folder / simulated).read_bytes())
    write_config(
        folder, {"mine": {"path": "in.vcf.gz", "parts": 3}}, observation={"like": "in.vcf.gz"}
    )
    succeed(folder, TARGET, configs=(CONFIG,))
    return folder


def plan_reading(folder, genome=None, **sections):
    """Return what would be read again after a change of the config, and described."""
    sections = {"observation": {"like": "in.vcf.gz"}, **sections}
    write_config(folder, {"mine": {"path": "in.vcf.gz", "parts": 3, **(genome or {})}}, **sections)
    plan = planned(folder, TARGET, configs=(CONFIG,))
    return {rule: jobs for rule, jobs in plan.items() if rule != "total"}


def test_what_was_read_is_kept(folder):
    stores = sorted(path.name for path in (folder / RESULTS / "genomes/mine/contigs").iterdir())
    assert stores == ["000.npz", "001.npz", "002.npz"]
    observed = json.loads((folder / RESULTS / "observation.json").read_text())
    assert observed["measured"]["individuals"] == 10
    assert plan_reading(folder) == {}
    # How windows are observed, masked and laid is decided when stores are read.
    (folder / "mask.bed").write_text("1\t0\t50000\n")
    assert plan_reading(folder, {"mask": "mask.bed", "step": 7}) == DESCRIBED
    assert plan_reading(folder, {"show_regions": ["1:1-9000"]}) == DESCRIBED
    # Nor is anything measured again, by which models would be trained again.
    assert plan_reading(folder, significance={"block": 10}) == DESCRIBED
    observation = {"like": "in.vcf.gz", "missing": 0.1, "minimum_allele_count": 2}
    assert plan_reading(folder, observation=observation) == {
        "measure_observation": 1,
        **DESCRIBED,
    }


def test_whose_genotypes_are_read_does_not_change_what_is_measured(folder):
    assert plan_reading(folder, {"samples": SAMPLES}) == READ
    assert plan_reading(folder, {"ploidy": 2}) == READ
    other = {"like": {"path": "in.vcf.gz", "filters": "any"}}
    assert plan_reading(folder, observation=other) == {**MEASURED, **DESCRIBED}


def test_another_file_is_read_and_measured(folder):
    good = (folder / "in.vcf.gz").read_bytes()
    (folder / "in.vcf.gz").write_bytes(good[:-40])
    assert plan_reading(folder) == {**READ, **MEASURED}
    said = fail(folder, TARGET, configs=(CONFIG,))
    assert "in.vcf.gz" in said
    (folder / "in.vcf.gz").write_bytes(good)
