"""Real runs of the workflow whose classes are kinds of gene flow, simulated here and imported."""

import demes
import msprime
import pandas as pd
import pytest
import yaml
from helpers.gene_flow import CONFIG, HISTORY, KINDS, write_demes
from helpers.workflow import copy_of_coalflow, succeed

NUMBER = 100  # windows of each kind
SMALL = {
    "encoding": {"pad": True, "sites": 60},
    "models": {"nets": ["coalflow"], "restarts": 1, "baselines": ["logistic_regression"]},
    "training": {"epochs": 2},
    "significance": {"windows": 0},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = copy_of_coalflow(tmp_path_factory.mktemp("gene_flow"))
    write_demes(folder)
    prior = {"pulses.0.time": {"uniform": [150, 400]}}
    simulation = {**CONFIG["simulation"], "replicates": NUMBER, "prior": prior}
    (folder / "gene_flow.yaml").write_text(
        yaml.safe_dump({**CONFIG, **SMALL, "simulation": simulation})
    )
    results = "results/flow"
    targets = (f"{results}/{name}.tsv" for name in ("metrics", "dataset"))
    succeed(folder, *targets, configs=["gene_flow.yaml"])
    return folder / results


def count_labels(split):
    """Return how many windows of each simulated kind count as each class."""
    return split.groupby(["simulated_gene_flow", "gene_flow"]).size()


def test_windows_have_the_class_of_what_happened(folder):
    split = pd.read_parquet(folder / "split.parquet")
    counts = count_labels(split)
    assert counts["none", "none"] == NUMBER
    for kind in ("southward", "northward"):
        assert counts[kind, kind] > 0
        assert counts[kind].sum() == NUMBER
    assert set(counts.index) <= {(kind, label) for kind in KINDS for label in (kind, "none")}
    # Where there is no such pulse, its time is not known.
    drawn = split["pulses.0.time"].notna()
    assert (drawn == (split["simulated_gene_flow"] == "northward")).all()
    dataset = pd.read_csv(folder / "dataset.tsv", sep="\t")
    relabelled = dataset[dataset["cell"] == "all cells"]["relabelled"].sum()
    assert relabelled == counts.sum() - sum(counts[kind, kind] for kind in KINDS)


def test_classes_are_predicted(folder):
    metrics = pd.read_csv(folder / "metrics.tsv", sep="\t")
    assert {"coalflow", "logistic_regression"} <= set(metrics["model"])
    predicted = pd.read_parquet(folder / "predictions.parquet")
    chances = predicted[[f"coalflow/0:{kind}" for kind in KINDS]]
    assert (chances.sum(axis=1) - 1).abs().max() < 1e-6
    assert predicted["statistic:fst_of_south_and_north"].notna().any()


def test_gene_flow_from_a_ghost_is_a_class_of_its_own(tmp_path):
    folder = copy_of_coalflow(tmp_path)
    small = {
        **SMALL,
        "simulation": {"replicates": 40, "shard_size": 40, "samples": {"north": 3, "south": 3}},
        "training": {"epochs": 1},
    }
    (folder / "small.yaml").write_text(yaml.safe_dump(small))
    configs = ["config/ghost.yaml", "small.yaml"]
    succeed(folder, "results/ghost/metrics.tsv", configs=configs)
    counts = count_labels(pd.read_parquet(folder / "results" / "ghost" / "split.parquet"))
    for kind in ("north_to_south", "south_to_north", "ghost_to_north"):
        assert counts[kind, kind] >= 30
        assert counts[kind, kind] + counts.get((kind, "none"), 0) == 40
    metrics = pd.read_csv(folder / "results" / "ghost" / "metrics.tsv", sep="\t")
    assert "recall_ghost_to_north" in set(metrics["metric"])


def test_classes_of_imported_trees_are_what_happened_too(tmp_path):
    folder = copy_of_coalflow(tmp_path)
    for name, pulses in (("none", []), ("northward", [2])):
        history = {**HISTORY, "pulses": [HISTORY["pulses"][one] for one in pulses]}
        del history["migrations"]
        demography = msprime.Demography.from_demes(demes.Graph.fromdict(history))
        for seed in range(1, 41):
            trees = msprime.sim_ancestry(
                {"south": 3, "north": 2},
                demography=demography,
                sequence_length=5000,
                recombination_rate=1e-7,
                record_migrations=True,
                random_seed=seed,
            )
            trees = msprime.sim_mutations(trees, rate=2e-7, random_seed=seed)
            trees.dump(folder / f"{name}_{seed}.trees")
    files = {name: [f"{name}_*.trees"] for name in ("none", "northward")}
    config = {
        **SMALL,
        "run": "imported",
        "seed": 1,
        "simulation": {
            "import": {"format": "trees", "files": files},
            "samples": {"south": 3, "north": 2},
            "sequence_length": 5000,
            "replicates": 40,
        },
        "target": "gene_flow",
    }
    (folder / "imported.yaml").write_text(yaml.safe_dump(config))
    succeed(folder, "results/imported/dataset.tsv", configs=["imported.yaml"])
    split = pd.read_parquet(folder / "results" / "imported" / "split.parquet")
    counts = count_labels(split)
    assert counts["none", "none"] == 40
    assert counts["northward", "northward"] > 0
    assert counts["northward", "none"] > 0
