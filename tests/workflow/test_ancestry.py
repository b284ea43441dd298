"""A real run of the workflow that predicts the ancestry of each haplotype at each base."""

import json

import pandas as pd
import pytest
import yaml
from helpers.gene_flow import CONFIG, write_demes
from helpers.workflow import copy_of_coalflow, read_words, succeed

MODELS = ["coalflow", "coalflow/0", "coalflow/1", "archie", "s_star"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = copy_of_coalflow(tmp_path_factory.mktemp("ancestry"))
    write_demes(folder)
    demography = {"demes": "flow.yaml"}
    simulation = {**CONFIG["simulation"], "demography": demography, "replicates": 60}
    simulation["samples"] = {"south": 5, "north": 6}
    del simulation["grid"]
    config = {
        **CONFIG,
        "run": "ancestry",
        "simulation": simulation,
        "encoding": {"pad": True, "sites": 100},
        "target": {"ancestry": {"of": "north", "from": "ghost"}},
        "models": {"nets": ["coalflow"], "restarts": 2, "baselines": ["ridge"]},
        "training": {"epochs": 2},
        "genomes": {"known": {"simulate": {"sequence_length": 200_000, "contigs": 2}}},
        "significance": {"windows": 0},
    }
    (folder / "ancestry.yaml").write_text(yaml.safe_dump(config))
    succeed(folder, configs=["ancestry.yaml"])
    return folder / "results" / "ancestry"


def test_every_base_is_judged(folder):
    scores = pd.read_csv(folder / "ancestry_scores.tsv", sep="\t")
    assert scores["model"].unique().tolist() == MODELS
    values = scores.set_index(["model", "metric"])["value"]
    shares = values.drop("log_loss", level="metric").dropna()
    assert shares.between(0, 1).all()
    assert values["coalflow"]["average_precision"] > 0
    comparisons = pd.read_csv(folder / "ancestry_comparisons.tsv", sep="\t")
    assert set(comparisons["baseline"]) < {"archie", "s_star"}
    assert set(comparisons["metric"]) == {"average_precision", "f1", "segment_f1"}
    calibrations = json.loads((folder / "ancestry_calibrations.json").read_text())
    assert {*calibrations} == {*MODELS, "sha256"}
    assert calibrations["archie"]["bases"]["slope"] > 0


def test_windows_as_wholes_are_predicted_as_other_numbers_are(folder):
    metrics = pd.read_csv(folder / "metrics.tsv", sep="\t")
    assert {"coalflow", "ridge"} <= set(metrics["model"])
    assert set(metrics["target"]) == {"ancestry"}
    predicted = pd.read_parquet(folder / "predictions.parquet")
    assert predicted["coalflow:ancestry"].notna().all()


def test_a_genome_is_painted_and_judged_by_its_truth(folder):
    genome = folder / "genomes" / "known"
    columns = ["contig", "start", "end", "name", "score", "strand", "probability", "sites"]
    bed = pd.read_csv(genome / "ancestry.bed", sep="\t", header=None, names=columns)
    assert (bed["start"] < bed["end"]).all() and (bed["end"] <= 200_000).all()
    assert bed["score"].between(0, 1000).all()
    shares = pd.read_csv(genome / "ancestry.tsv", sep="\t")
    # As they are written, the six of north come first.
    assert shares["individual"].unique().tolist() == [f"tsk_{index}" for index in range(6)]
    assert shares["expected_share"].between(0, 1).all()
    assert shares["segments"].sum() == len(bed)
    truth = pd.read_csv(genome / "ancestry_truth.bed", sep="\t", header=None, names=columns[:4])
    assert set(truth["name"]) <= {f"tsk_{i}_{h}" for i in range(6) for h in (1, 2)}
    judged = pd.read_csv(genome / "ancestry_judged.tsv", sep="\t").set_index("metric")["value"]
    assert 0 <= judged["average_precision"] <= 1
    assert (genome / "ancestry.svg").stat().st_size > 0


def test_the_report_shows_it(folder):
    words = read_words((folder / "report.html").read_text())
    for text in (
        "Ancestry of each haplotype, base by base",
        "came into north from ghost",
        "so the truth is known: average precision",
    ):
        assert text in words
    assert (folder / "figures" / "ancestry_scores.svg").stat().st_size > 0
