"""Real runs of the workflow on other problems than the quickstart's."""

import gzip
import json
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.workflow import (
    RESULTS,
    TINY,
    TINY_IMPORT,
    TINY_SWEEPS,
    TINY_TARGETS,
    copy_of_coalflow,
    fail,
    overlay,
    planned,
    read_words,
    succeed,
)


def unphased_vcf(path, seed=1):
    """Write a VCF of 12 diploids without phase, at whose sites 0, 1 or 6 genotypes are missing."""
    random = np.random.default_rng(seed)
    names = "\t".join(f"i{number}" for number in range(12))
    form = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">'
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=chr1>", form]
    lines.append(f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}")
    for position in np.unique(random.integers(1, 100_000, size=400)):
        genotypes = (random.random((12, 2)) < random.beta(0.5, 2)).astype(int)
        texts = ["/".join(map(str, one)) for one in genotypes]
        for lost in random.permutation(12)[: random.choice([0, 1, 6], p=[0.6, 0.3, 0.1])]:
            texts[lost] = "./."
        columns = ["chr1", str(position), ".", "A", "T", ".", "PASS", ".", "GT", *texts]
        lines.append("\t".join(columns))
    path.write_text("\n".join(lines) + "\n")


def test_simulations_are_seen_like_the_data(fresh):
    """Without phase, with missing genotypes, under a mask: the whole way on one real file.

    No grid, another target, and other choices everywhere that the quickstart has none of.
    """
    unphased_vcf(fresh / "mine.vcf")
    (fresh / "mask.bed").write_text("chr1\t0\t60000\nchr1\t70000\t100000\n")
    config = yaml.safe_load((fresh / TINY).read_text())
    del config["simulation"]["grid"]
    config["simulation"]["demography"]["population_size"] = 20000
    config.update(
        target="diversity",
        observation={"like": "mine.vcf", "mask": "mask.bed", "individuals": 9},
        encoding={"sites": 20, "order": "similarity", "stretch": "first"},
        models={"restarts": 1, "baselines": ["ridge"]},
        training={"epochs": 2, "tensorboard": True},
        genomes={
            "mine": {"path": "mine.vcf"},
            "simulated": {"simulate": {"population_size": 15000, "sequence_length": 100000}},
        },
        significance={"windows": 0},  # the mask has no room for blocks
    )
    (fresh / "mine.yaml").write_text(yaml.safe_dump(config))
    succeed(fresh, configs=["mine.yaml"])
    told = json.loads((fresh / RESULTS / "observation.json").read_text())
    assert not told["observation"]["phased"]
    assert len(told["observation"]["missing"]["per_site"]) == 7
    card = fresh / RESULTS / "models" / "coalflow" / "0" / "card.json"
    assert json.loads(card.read_text())["input"]["haplotypes"] == 9  # individuals
    windows = pd.read_csv(fresh / RESULTS / "genomes" / "mine" / "windows.tsv", sep="\t")
    assert len(windows) > 10
    assert windows.filter(regex="^ridge").notna().all(axis=None)
    page = (fresh / RESULTS / "report.html").read_text()
    assert "What sequencing does to the data" in page
    assert "diversity" in page
    assert "the first 20" in page
    assert len(list((fresh / RESULTS).glob("logs/train/coalflow/0/events*"))) == 1
    assert "as many at a site as in the file" in page
    # The mask is data too: another one is laid on anew, but nothing is simulated again.
    assert not planned(fresh, configs=["mine.yaml"])
    (fresh / "mask.bed").write_text("chr1\t0\t90000\n")
    plan = planned(fresh, configs=["mine.yaml"])
    assert {"measure_observation", "split", "train", "scan", "report"} <= set(plan)
    assert not {"simulate", "simulate_genome"} & set(plan)


# Classes and padding -----------------------------------------------------------------------------

CLASSES = ["growth", "constant", "bottleneck"]


def test_no_window_is_left_out_and_classes_are_as_many_in_each_split(results_of_classes):
    table = pd.read_parquet(results_of_classes / "split.parquet")
    assert (table["sites"] == 0).any()
    assert (table["sites"] > 40).any()
    counts = pd.crosstab(table["split"], table["history"])
    assert set(counts.index) == {"train", "validation", "test"}
    assert (counts.min(axis=1) == counts.max(axis=1)).all()


def test_predictions_of_classes_are_probabilities(results_of_classes):
    table = pd.read_parquet(results_of_classes / "predictions.parquet")
    models = ["flagel_sweeps/0", "flagel_sweeps/1", "mean", "logistic_regression"]
    for name in [*models, "gradient_boosting"]:
        chances = table[[f"{name}:{one}" for one in CLASSES]]
        np.testing.assert_allclose(chances.sum(axis=1), 1)
        assert (table[name] == np.array(CLASSES)[chances.to_numpy().argmax(axis=1)]).all()
    metrics = pd.read_csv(results_of_classes / "metrics.tsv", sep="\t")
    accuracy = metrics[metrics["metric"] == "accuracy"].set_index("model")["value"]
    for name in ("logistic_regression", "gradient_boosting"):
        assert accuracy[name] == pytest.approx((table[name] == table["truth"]).mean())
    assert accuracy["logistic_regression"] > 0.6 > accuracy["mean"]


def test_tables_and_pictures_of_classes_are_made(results_of_classes):
    confusion = pd.read_csv(results_of_classes / "confusion.tsv", sep="\t")
    assert len(set(confusion.groupby("model")["count"].sum())) == 1
    assert confusion["true_class"].unique().tolist() == CLASSES
    comparisons = pd.read_csv(results_of_classes / "comparisons.tsv", sep="\t")
    assert set(comparisons["metric"]) == {"log_loss", "accuracy"}
    restarts = pd.read_csv(results_of_classes / "restarts_flagel_sweeps.tsv", sep="\t")
    assert restarts["same_class"].between(0, 1).all()
    history = pd.read_csv(results_of_classes / "models/flagel_sweeps/0/history.tsv", sep="\t")
    assert list(history) == ["epoch", "loss", "val_loss", "val_accuracy"]
    for name in ("confusion.png", "confusion.svg", "calibration.png", "score_by_cell.svg"):
        assert (results_of_classes / "figures" / name).stat().st_size > 0
    assert not (results_of_classes / "figures" / "predicted_against_true.png").exists()


def test_the_report_of_classes_says_nothing_about_numbers(results_of_classes):
    page = (results_of_classes / "report.html").read_text()
    words, _, _ = read_words(page).partition('id="glossary"')
    for word in (
        "confusion",
        "log loss",
        "recall of bottleneck",
        "windows have no usable site",
        "a random stretch of 40",
        "a window of 20,000 bases",
    ):
        assert word in words
    for word in (" nan", ">nan", "RMSE", "Pearson", "predicted_against_true"):
        assert word not in words


def test_a_genome_is_scanned_for_classes_in_windows_of_bases(results_of_classes):
    folder = results_of_classes / "genomes" / "simulated"
    windows = pd.read_csv(folder / "windows.tsv", sep="\t")
    # As encoding.length says; simulated windows are longer.
    assert (windows["end"] - windows["start"] == 20_000).all()
    assert (windows["start"].diff().dropna() == 10_000).all()
    blank = windows["sites"] == 0
    assert 0 < blank.sum() < len(windows)
    assert (windows["flagel_sweeps/0"].isna() == blank).all()
    chances = windows.loc[~blank, [f"flagel_sweeps/0:{one}" for one in CLASSES]]
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    bed = pd.read_csv(folder / "windows.bed", sep="\t", header=None)
    assert (bed[3].eq("no_sites") == blank).all()


# Several targets ---------------------------------------------------------------------------------


def test_several_targets_of_every_kind(fresh):
    succeed(fresh, configs=[TINY_TARGETS])
    results, names = fresh / "results" / "tiny_targets", ["african_size", "fst", "tmrca"]
    table = pd.read_parquet(results / "split.parquet")
    assert (table["african_size"] == table["demes.AFR.epochs.1.start_size"]).all()
    predictions = pd.read_parquet(results / "predictions.parquet")
    for name in names:
        of_name = predictions[[f"truth:{name}", f"ridge:{name}", f"flagel_tajimas_d/0:{name}"]]
        assert np.isfinite(of_name).all(axis=None)
    metrics = pd.read_csv(results / "metrics.tsv", sep="\t")
    assert set(metrics["target"]) == {*names, "all targets"}
    scores = metrics.set_index(["model", "target", "metric"])["value"]
    logs = np.log10(predictions[["truth:african_size", "ridge:african_size"]])
    error = np.sqrt(np.mean((logs.iloc[:, 1] - logs.iloc[:, 0]) ** 2))
    assert scores["ridge", "african_size", "rmse_log10"] == pytest.approx(error)
    # It knows pi within and between the populations.
    assert scores["ridge", "fst", "r2"] > 0.7
    windows = pd.read_csv(results / "genomes" / "simulated" / "windows.tsv", sep="\t")
    computed = [column for column in windows if column.startswith("computed:")]
    assert computed == ["computed:fst"]
    page = read_words((results / "report.html").read_text())
    assert not re.search(r"\bnan\b", page)
    for word in ("african size", "Fst", "RMSE of log10", "scaled squared error"):
        assert word in page
    # Another name or scale simulates nothing again, another statistic of trees does.
    config = yaml.safe_load((fresh / TINY_TARGETS).read_text())
    asked = config["target"].pop("tmrca")
    for changed, again in (({"time": {**asked, "scale": "log"}}, False), (OTHER_TIME, True)):
        target = {**config["target"], **changed}
        # The order of populations is that of haplotypes.
        changed = yaml.safe_dump({**config, "target": target}, sort_keys=False)
        (fresh / "other.yaml").write_text(changed)
        plan = planned(fresh, configs=["other.yaml"])
        assert ("simulate" in plan) == again
        assert plan["train"] == 1


OTHER_TIME = {"tmrca": {"statistic": "time_to_common_ancestor", "of": "AFR"}}


# Sweeps and demes files --------------------------------------------------------------------------


@pytest.fixture(scope="session")
def finished_sweeps(tmp_path_factory):
    """Run the tiny sweeps, of one dominance, once; tests look at it, or go on from a copy."""
    folder = copy_of_coalflow(tmp_path_factory.mktemp("sweeps"))
    succeed(folder, configs=with_dominance(folder, 0.5))
    return folder


@pytest.fixture
def copied_sweeps(finished_sweeps, tmp_path):
    folder = tmp_path / "copied"
    shutil.copytree(finished_sweeps, folder, symlinks=True)
    return folder


def with_dominance(folder, *values, **simulation):
    """Return configs in which each value of dominance is three cells, two of them with sweeps."""
    simulation["grid"] = {"dominance": list(values)}
    return overlay(folder, "dominance.yaml", TINY_SWEEPS, simulation=simulation)


def made_in(results):
    """Return when each check and each shard was written."""
    files = [*results.glob("sweeps/*.tsv"), *results.glob("shards/*/*.npz")]
    return {path: path.stat().st_mtime_ns for path in files}


OF_SWEEPS = pathlib.Path("results/tiny_sweeps")
SPLIT_OF_SWEEPS = str(OF_SWEEPS / "split.parquet")


def test_sweeps_in_one_of_two_populations_from_the_check_to_the_report(finished_sweeps):
    results = finished_sweeps / OF_SWEEPS
    for kind in ("hard", "linked_hard"):
        corners = pd.read_csv(results / "sweeps" / f"dominance=0.5+sweep={kind}.tsv", sep="\t")
        assert len(corners) == 4
    assert len(list(results.glob("sweeps/*"))) == 2  # a neutral cell has no check
    page = (results / "report.html").read_text()
    assert 'population sampled</th><td class="words">EUR</td>' in page
    assert "history of config/demography/out_of_africa.yaml" in page
    assert not planned(finished_sweeps, configs=with_dominance(finished_sweeps, 0.5))


def test_a_new_sweep_is_checked_and_simulated_and_no_other(copied_sweeps):
    made = made_in(copied_sweeps / OF_SWEEPS)
    assert len(made) == 2 + 6
    configs = with_dominance(copied_sweeps, 0.5, 0.9)
    plan = planned(copied_sweeps, SPLIT_OF_SWEEPS, configs=configs)
    assert plan == {"check_sweep": 2, "simulate": 6, "split": 1, "total": 9}
    succeed(copied_sweeps, SPLIT_OF_SWEEPS, configs=configs)
    after = made_in(copied_sweeps / OF_SWEEPS)
    assert len(after) == 2 * len(made)
    assert made.items() <= after.items()
    assert not planned(copied_sweeps, SPLIT_OF_SWEEPS, configs=configs)


def test_more_replicates_of_sweeps_are_not_checked_again(copied_sweeps):
    configs = with_dominance(copied_sweeps, 0.5, replicates=30, samples=10)
    plan = planned(copied_sweeps, SPLIT_OF_SWEEPS, configs=configs)
    assert plan == {"simulate": 3, "split": 1, "total": 4}


def test_another_history_is_checked_and_simulated(copied_sweeps):
    """The history is what the file says, not what it is called."""
    configs = with_dominance(copied_sweeps, 0.5)
    demes = copied_sweeps / "config" / "demography" / "out_of_africa.yaml"
    text = demes.read_text()
    demes.write_text(f"# another remark\n{text}")
    assert not planned(copied_sweeps, SPLIT_OF_SWEEPS, configs=configs)
    demes.write_text(text.replace("1861", "1860"))
    plan = planned(copied_sweeps, SPLIT_OF_SWEEPS, configs=configs)
    assert plan == {"check_sweep": 2, "simulate": 6, "split": 1, "total": 9}


def test_power_is_measured_on_request(copied_sweeps):
    configs = with_dominance(copied_sweeps, 0.5)
    configs.append(overlay(copied_sweeps, "power.yaml", power={"blocks": 10})[-1])
    assert set(planned(copied_sweeps, "power", configs=configs)) == {
        "simulate_power", "power", "total",
    }  # fmt: skip
    succeed(copied_sweeps, "power", configs=configs)
    results = copied_sweeps / OF_SWEEPS
    table = pd.read_csv(results / "power.tsv", sep="\t")
    every = table[table["by"] == "all"].set_index("model")
    assert list(every.index) == ["flagel_sweeps/0", "mean"]
    assert (every["blocks"] == 10).all()
    assert (every["neutral_blocks"] == 10).all()
    assert every.loc["mean", "found"] == 0  # it predicts the same of all windows
    groups = table[table["model"] == "mean"]["by"].value_counts()
    # Values of s and times of fixation, each in fifths.
    assert groups.to_dict() == {"all": 1, "kind": 1, "fixation_time": 5, "selection_coefficient": 5}
    blocks = pd.read_csv(results / "power_blocks.tsv", sep="\t")
    assert len(blocks) == 20
    assert (blocks["site"] == 50_000).all()
    assert blocks["selection_coefficient"].between(0.03, 0.1).all()
    assert (results / "figures" / "power.png").stat().st_size > 1000


def test_models_are_tried_on_other_data_on_request(copied_sweeps):
    configs = with_dominance(copied_sweeps, 0.5)
    tried = {
        "missing": [0.02],
        "genotype_error": [0.001, 0.1],
        "parameters": {"mutation_rate": [1.0e-7]},
        "windows": 30,
    }
    assert "evaluation.robustness" in fail(copied_sweeps, "robustness", configs=configs)
    changes = {"evaluation": {"robustness": tried}}
    configs.append(overlay(copied_sweeps, "robustness.yaml", **changes)[-1])
    plan = planned(copied_sweeps, "robustness", configs=configs)
    assert plan == {"simulate_robustness": 3, "robustness": 1, "total": 4}
    succeed(copied_sweeps, "robustness", configs=configs)
    results = copied_sweeps / OF_SWEEPS
    table = pd.read_csv(results / "robustness.tsv", sep="\t", keep_default_na=False)
    assert list(dict.fromkeys(table["key"])) == [
        "as simulated", "missing", "genotype_error", "mutation_rate",
    ]  # fmt: skip
    assert set(table["measure"]) == {
        "accuracy", "log_loss", "coverage_90", "calibration_error", "novel",
    }  # fmt: skip
    metrics = pd.read_csv(results / "metrics.tsv", sep="\t")
    for row in metrics[metrics["metric"] == "accuracy"].to_dict("records"):
        name = row["model"] if row["kind"] == "baseline" else f"{row['model']}/{row['restart']:.0f}"
        own = table[(table["key"] == "as simulated") & (table["model"] == name)]
        own = own[own["measure"] == "accuracy"]
        assert float(own["score"].iloc[0]) == pytest.approx(row["value"])
    windows = table.drop_duplicates("key").set_index("key")["windows"].astype(int)
    assert windows.to_dict() == {
        "as simulated": 6, "missing": 6, "genotype_error": 6, "mutation_rate": 30,
    }  # fmt: skip
    assert (results / "figures" / "robustness.png").stat().st_size > 1000


def test_a_sweep_that_cannot_be_is_found_out_before_anything_is_simulated(fresh):
    simulation = {
        "grid": {"sweep": ["neutral", "soft", "linked_hard"]},
        "prior": {"start_frequency": {"uniform": [0.1, 0.2]}},
    }
    configs = overlay(fresh, "soft.yaml", TINY_SWEEPS, simulation=simulation)
    output = fail(fresh, configs=configs, cores=1)
    assert output.count("error: cell ") == 1
    assert "error: cell sweep=soft, at selection_coefficient 0.03, start_frequency 0.1" in output
    assert "a sweep from standing variation needs a demography of one population" in output
    assert not (fresh / OF_SWEEPS / "sweeps" / "sweep=soft.tsv").exists()
    assert not list((fresh / OF_SWEEPS).glob("shards/*/*.npz"))

    # Nor is anything of that cell made where all else goes on.
    output = fail(fresh, "--keep-going", SPLIT_OF_SWEEPS, configs=configs)
    assert output.count("error: cell ") == 1
    shards = (fresh / OF_SWEEPS).glob("shards/*/*.npz")
    assert {path.parent.name for path in shards} == {"sweep=neutral", "sweep=linked_hard"}
    checks = (fresh / OF_SWEEPS).glob("sweeps/*")
    assert [path.name for path in checks] == ["sweep=linked_hard.tsv"]


# Imports -----------------------------------------------------------------------------------------

OF_IMPORT = pathlib.Path("results/tiny_import")


def write_ms(path, replicates, theta, seed):
    """Write windows of a constant population in ms's format, by msprime."""
    program = pathlib.Path(sys.executable).with_name("mspms")
    arguments = ["20", str(replicates), "-t", str(theta), "--random-seeds", "1", "2", str(seed)]
    done = subprocess.run([program, *arguments], capture_output=True, check=True)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(done.stdout) if path.suffix == ".gz" else done.stdout)


@pytest.fixture
def with_files(fresh):
    write_ms(fresh / "data" / "low.ms.gz", 40, theta=4, seed=1)
    write_ms(fresh / "data" / "high_1.ms", 20, theta=12, seed=2)
    write_ms(fresh / "data" / "high_2.ms", 20, theta=12, seed=3)
    return fresh


def test_imports_from_files_of_two_classes_to_the_report(with_files):
    configs = [TINY_IMPORT]
    succeed(with_files, configs=configs)
    results = with_files / OF_IMPORT
    table = pd.read_parquet(results / "split.parquet")
    assert table.groupby("class")["theta"].unique().to_dict() == {"high": [12], "low": [4]}
    assert (pd.crosstab(table["split"], table["class"]).loc["train"] == 32).all()
    assert len(list(results.glob("shards/*/*.npz"))) == 2 * 3
    predictions = pd.read_parquet(results / "predictions.parquet")
    assert (predictions["logistic_regression"] == predictions["truth"]).mean() > 0.6
    page = (results / "report.html").read_text()
    assert "were simulated elsewhere and imported" in page
    assert "data/high_*.ms" in page
    assert "imported files say which allele is derived" in page
    assert "`observation: {polarised: true}`" in page

    # Another file of a class makes its shards again, and no other's.
    write_ms(with_files / "data" / "high_2.ms", 20, theta=12, seed=4)
    plan = planned(with_files, str(OF_IMPORT / "split.parquet"), configs=configs)
    assert plan == {"import_simulations": 1, "split": 1, "total": 2}


def test_an_import_that_fails_leaves_no_shard(with_files):
    file = with_files / "data" / "high_2.ms"
    file.write_text(file.read_text()[:-200])
    output = fail(with_files, str(OF_IMPORT / "split.parquet"), configs=[TINY_IMPORT], cores=1)
    assert re.search(r"error: data/high_2\.ms:\d+: replicate 20: .*cut off", output)
    assert not list((with_files / OF_IMPORT / "shards").glob("class=high/*"))
