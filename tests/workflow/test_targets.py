"""Files that are named on the command line: those of the config are made, all others refused."""

import json

import pytest
import yaml
from helpers.workflow import RESULTS, TINY, fail, succeed

CELL = "history=constant+population_size=10000"
NET, SEARCH = "models/flagel_tajimas_d", "search/flagel_tajimas_d"
MADE = {
    f"{NET}/1/card.json": "train",
    "models/ridge/card.json": "fit_baseline",
    f"shards/{CELL}/00001.npz": "simulate",
    "learning_curve/flagel_tajimas_d/8/1/card.json": "train_on_part",
    f"{SEARCH}/recipes/1.json": "propose_recipes",
    f"{SEARCH}/trials/2/card.json": "try_recipe",
    "genomes/simulated/simulated.vcf.gz": "simulate_genome",
    "genomes/simulated/truth.tsv": "simulate_genome",
    "genomes/simulated/windows.tsv": "join_scan",
    "genomes/mine/windows.tsv": "join_scan",
    "restarts_flagel_tajimas_d.tsv": "compare_restarts",
    "probes.tsv": "probe",
    "permutations.tsv": "permute",
    "saliency_peaks.tsv": "attribute",
    "figures/activations_flagel_tajimas_d_1.png": "explain",
    "power.tsv": "power",
    "confusing.tsv": "find_failures",
    "validation_predictions.parquet": "evaluate",
    "robustness.tsv": "robustness",
    "report.html": "report",
    "benchmarks/costs.html": "report",
}
NOT_MADE = [
    f"{NET}/2/card.json",
    f"{NET}/01/card.json",
    f"{NET}/-1/card.json",
    "models/coalflow/0/card.json",
    "models/lasso/card.json",
    "models//card.json",
    f"shards/{CELL}/1.npz",
    f"shards/{CELL}/00001.npz.bak",
    "learning_curve/flagel_tajimas_d/3/0/card.json",
    "learning_curve/flagel_tajimas_d/8/2/card.json",
    f"{SEARCH}/recipes/2.json",
    f"{SEARCH}/trials/3/card.json",
    f"{SEARCH}/trials/00/card.json",
    "search/coalflow/trials/0/card.json",
    "genomes/another/windows.tsv",
    "genomes/another/simulated.vcf.gz",
    "genomes/mine/simulated.vcf.gz",  # it is the user's
    "genomes/mine/truth.tsv",
    "figures/activations_flagel_tajimas_d_2.png",
    "figures/activations_flagel_tajimas_d_1_lowest.png",
    "restarts_coalflow.tsv",
    "hold_out.tsv",
    "nothing.tsv",
]
LIST_PRODUCERS = """
include: "Snakefile"
import json
found = {
    target: [rule.name for rule in workflow.rules if rule.is_producer(target)]
    for target in json.loads(Path("targets.json").read_text())
}
Path("found.json").write_text(json.dumps(found))
"""


@pytest.fixture
def with_a_genome(fresh):
    config = yaml.safe_load((fresh / TINY).read_text())
    (fresh / "mine.vcf").write_text("##fileformat=VCFv4.2\n")
    config["genomes"]["mine"] = {"path": "mine.vcf"}
    config["search"] = {"trials": 3, "trials_per_round": 2}
    (fresh / "config.yaml").write_text(yaml.safe_dump(config))
    return fresh


def test_files_of_the_config_are_made_and_no_others(with_a_genome):
    """By one Snakemake, which says for each file which rules make it."""
    targets = [str(RESULTS / target) for target in [*MADE, *NOT_MADE]]
    (with_a_genome / "targets.json").write_text(json.dumps(targets))
    (with_a_genome / "outer.smk").write_text(LIST_PRODUCERS)
    succeed(with_a_genome, "--snakefile", "outer.smk", "--list", configs=["config.yaml"])
    found = json.loads((with_a_genome / "found.json").read_text())
    expected = {target: [rule] for target, rule in MADE.items()}
    expected |= {target: [] for target in NOT_MADE}
    assert found == {str(RESULTS / target): rules for target, rules in expected.items()}


def test_a_file_that_is_not_made_gets_one_line(with_a_genome):
    target = str(RESULTS / NET / "9" / "card.json")
    output = fail(with_a_genome, "--dry-run", target, configs=["config.yaml"])
    *_, before_last, last = output.splitlines()
    assert before_last.startswith("MissingRuleException")
    assert last.startswith(f"No rule to produce {target}")


@pytest.mark.parametrize(
    ("target", "line"),
    [
        (
            "shards/history=constant+population_size=1000/00000.npz",
            "error: the config has no cell history=constant+population_size=1000; did you mean "
            "history=constant+population_size=10000?",
        ),
        (
            f"shards/{CELL}/00002.npz",
            "error: no cell has a shard 00002, the last is 00001.npz",
        ),
        ("shards/all/00000.npz", "error: the config has no cell all"),
        (f"sweeps/{CELL}.tsv", f"error: cell {CELL} is neutral, so no sweep of it is checked"),
    ],
)
def test_a_cell_that_is_not_there_gets_one_line(with_a_genome, target, line):
    output = fail(with_a_genome, "--dry-run", str(RESULTS / target), configs=["config.yaml"])
    assert output.splitlines()[-1] == line
