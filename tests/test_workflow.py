"""Real runs of the workflow on a tiny config: what it promises as a whole."""

import contextlib
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
REAL_VCF = ROOT.parent / "shared" / "data" / "lct_ceu_80kb.vcf.gz"
PARTS = ["Snakefile", "config", "envs", "profiles", "workflow"]
TINY, TINY_CLASSES, TINY_SWEEPS = "tiny.yaml", "tiny_classes.yaml", "tiny_sweeps.yaml"
TINY_IMPORT, TINY_TARGETS = "tiny_import.yaml", "tiny_targets.yaml"
RESULTS = pathlib.Path("results/tiny")
CELLS, SHARDS_PER_CELL, REPLICATES = 4, 2, 60


def copy_of_coalflow(folder):
    """Copy the workflow, without results, and the tiny configs into a folder.

    The scripts are but a link, or what numba compiles would be compiled for each copy.
    """
    (folder / "scripts").symlink_to(ROOT / "scripts")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part)
        else:
            shutil.copy(ROOT / part, folder / part)
    for case in (TINY, TINY_CLASSES, TINY_SWEEPS, TINY_IMPORT, TINY_TARGETS):
        shutil.copy(ROOT / "tests" / "cases" / case, folder / case)
    return folder


def command(*arguments, configs=(TINY,), cores=2):
    files = ["--configfile", *configs] if configs else []
    return [sys.executable, "-m", "snakemake", *files, "--cores", str(cores), *arguments]


def run(folder, *arguments, configs=(TINY,), cores=2):
    """Run Snakemake and return the finished process, stdout and stderr together."""
    return subprocess.run(
        command(*arguments, configs=configs, cores=cores),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def succeed(folder, *arguments, **options):
    done = run(folder, *arguments, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


def fail(folder, *arguments, **options):
    """Run what must fail: a message, no traceback. Returns the output."""
    done = run(folder, *arguments, **options)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    return done.stdout


def planned(folder, *arguments, **options):
    """Return how many jobs of each rule a dry run would run."""
    output = succeed(folder, "--quiet", "rules", "--dry-run", *arguments, **options)
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", output, re.M)}


def overlay(folder, name, base=TINY, **sections):
    """Write a config that is laid over a tiny one; return the list of both."""
    (folder / name).write_text(yaml.safe_dump(sections))
    return [base, name]


def bytes_of(folder, *patterns):
    """Return the content of all result files that match, by their names."""
    results = folder / RESULTS
    found = {
        path.relative_to(results).as_posix(): path.read_bytes()
        for pattern in patterns
        for path in sorted(results.glob(pattern))
        if path.is_file()
    }
    assert found
    return found


# Everything that does not tell the shards' size.
OUTCOME = [
    "dataset.tsv",
    "predictions.parquet",
    "metrics*.tsv",
    "comparisons.tsv",
    "restarts_*.tsv",
    "models/**/*",
    "figures/*",
    "genomes/*/*",
]


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Run the tiny config once; tests look at it, or go on from a copy."""
    folder = copy_of_coalflow(tmp_path_factory.mktemp("finished"))
    succeed(folder)
    return folder


@pytest.fixture
def copied(finished, tmp_path):
    folder = tmp_path / "copied"
    shutil.copytree(finished, folder, symlinks=True)
    return folder


@pytest.fixture
def fresh(tmp_path):
    return copy_of_coalflow(tmp_path)


# What a run gives ----------------------------------------------------------------------------


def test_a_run_makes_every_file_that_the_readme_names(finished):
    results = finished / RESULTS
    for name in [
        "split.parquet",
        "dataset.tsv",
        "predictions.parquet",
        "validation.tsv",
        "metrics.tsv",
        "models/flagel_tajimas_d/0/model.safetensors",
        "models/flagel_tajimas_d/0/card.json",
        "models/flagel_tajimas_d/1/history.tsv",
        "models/ridge/card.json",
        "figures/predicted_against_true.svg",
        "genomes/simulated/observation.json",
        "genomes/simulated/windows.tsv",
        "genomes/simulated/windows.bed",
        "genomes/simulated/scan.png",
        "report.html",
    ]:
        assert (results / name).stat().st_size > 0, name
    assert not (results / "sweeps").exists()  # there are none
    assert not list(results.rglob("checkpoint.pt"))
    assert not list(results.rglob(".writing-*"))


def test_the_report_holds_all_it_needs(finished):
    page = (finished / RESULTS / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 7
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    text = re.sub(r"data:image/png;base64,[^\"]*", "", page)
    assert not re.search(r"\bnan\b", text)


def test_no_replicate_leaks_between_splits(finished):
    described = pd.read_csv(finished / RESULTS / "dataset.tsv", sep="\t")
    whole = described[(described["cell"] == "all cells") & (described["split"] != "excluded")]
    assert (whole[["shared_replicates", "shared_seeds"]] == 0).all(axis=None)
    counts = described[described["cell"] == "all cells"].set_index("split")["replicates"]
    assert counts.sum() == CELLS * REPLICATES


def test_a_second_run_has_nothing_to_do(copied):
    assert "Nothing to be done" in succeed(copied)


def test_a_check_looks_ahead_and_makes_nothing_of_the_run(fresh):
    said = succeed(fresh, "check")
    assert "240 windows in 8 shards" in said
    assert "genome simulated" in said
    assert "Nothing looks wrong." in said
    results = fresh / RESULTS
    made = sorted(path.relative_to(results).as_posix() for path in (results / "check").iterdir())
    assert made == ["check/check.png", "check/check.svg", "check/check.tsv", "check/pilot.tsv"]
    assert not (results / "shards").exists()
    plan = planned(fresh)
    assert "check" not in plan
    assert plan["simulate"] == CELLS * SHARDS_PER_CELL
    # Times are of this machine and this moment, so it runs whenever it is asked for.
    assert planned(fresh, "check") == {"check": 1, "total": 1}


def test_snakemake_report(copied):
    succeed(copied, "--report", "snakemake_report.html")
    assert (copied / "snakemake_report.html").stat().st_size > 100_000


def test_rules_can_be_used_by_another_workflow(tmp_path):
    coalflow = copy_of_coalflow_in(tmp_path / "coalflow")
    config = yaml.safe_load((coalflow / TINY).read_text())
    (tmp_path / "outer.yaml").write_text(yaml.safe_dump({"coalflow": config}))
    (tmp_path / "Snakefile").write_text(
        'configfile: "outer.yaml"\n'
        "module coalflow:\n"
        '    snakefile: "coalflow/Snakefile"\n'
        '    config: config["coalflow"]\n'
        "use rule * from coalflow as coalflow_*\n"
    )
    plan = planned(tmp_path, "results/tiny/split.parquet", configs=())
    assert plan["coalflow_simulate"] == CELLS * SHARDS_PER_CELL
    succeed(tmp_path, "results/tiny/split.parquet", configs=())


def copy_of_coalflow_in(folder):
    folder.mkdir()
    return copy_of_coalflow(folder)


def test_a_learning_curve_and_a_search_are_made_on_request(copied):
    """Parts of the windows, and other recipes, are trained beside the nets that are there."""
    configs = overlay(copied, "search.yaml", search={"trials": 3, "at_once": 2})
    said = succeed(copied, "learning_curve", "search", configs=configs)
    assert "flagel_tajimas_d: rmse of tajimas_d on validation windows is" in said
    assert "recipes for flagel_tajimas_d" in said
    curve = pd.read_csv(copied / RESULTS / "learning_curve.tsv", sep="\t")
    trained = curve[curve["kind"] == "trained"].groupby("windows")["restart"].count()
    assert trained.to_dict() == {23: 2, 47: 2, 95: 2, 190: 2}
    searched = copied / RESULTS / "search" / "flagel_tajimas_d"
    table = pd.read_csv(searched / "search.tsv", sep="\t")
    assert sorted(table["trial"]) == [0, 1, 2]
    assert table["value"].is_monotonic_increasing
    best = yaml.safe_load((searched / "best.yaml").read_text())["training"]
    assert set(best) <= {"learning_rate", "batch_size", "dropout"}


def test_another_problem(fresh):
    """No grid, no second restart, other choices everywhere that the quickstart has none of."""
    config = yaml.safe_load((fresh / TINY).read_text())
    simulation = config["simulation"]
    del simulation["grid"]
    simulation["demography"]["population_size"] = 20000
    config.update(
        target="diversity",
        observation={"polarised": True, "polarisation_error": 0.02, "genotype_error": 0.001},
        encoding={"sites": 31, "stretch": "first", "order": "frequency", "coding": "binary"},
        models={"restarts": 1, "baselines": ["ridge"]},
        training={"epochs": 2},
        genomes={},
    )
    (fresh / "other.yaml").write_text(yaml.safe_dump(config))
    succeed(fresh, configs=["other.yaml"])
    assert (fresh / RESULTS / "shards" / "all" / "00001.npz").exists()
    page = (fresh / RESULTS / "report.html").read_text()
    assert "diversity" in page
    assert "the first 31" in page


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
    """Without phase, with missing genotypes, under a mask: the whole way on one real file."""
    unphased_vcf(fresh / "mine.vcf")
    (fresh / "mask.bed").write_text("chr1\t0\t60000\nchr1\t70000\t100000\n")
    config = yaml.safe_load((fresh / TINY).read_text())
    del config["simulation"]["grid"]
    config["simulation"]["demography"]["population_size"] = 20000
    config.update(
        observation={"like": "mine.vcf", "mask": "mask.bed", "individuals": 9},
        encoding={"sites": 20, "order": "similarity"},
        models={"restarts": 2, "baselines": ["ridge"]},
        training={"epochs": 2},
        genomes={
            "mine": {"path": "mine.vcf"},
            "simulated": {"simulate": {"population_size": 15000, "sequence_length": 100000}},
        },
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
    assert "How data are seen" in page
    assert "as many at a site as in the file" in page
    # The mask is data too: another one is laid on anew, but nothing is simulated again.
    assert not planned(fresh, configs=["mine.yaml"])
    (fresh / "mask.bed").write_text("chr1\t0\t90000\n")
    plan = planned(fresh, configs=["mine.yaml"])
    assert {"measure_observation", "split", "train", "scan", "report"} <= set(plan)
    assert not {"simulate", "simulate_genome"} & set(plan)


# Classes and padding -----------------------------------------------------------------------------

CLASSES = ["growth", "constant", "bottleneck"]


@pytest.fixture(scope="session")
def results_of_classes(tmp_path_factory):
    """Run the tiny config whose target has classes once; return the folder of its results."""
    folder = copy_of_coalflow(tmp_path_factory.mktemp("classes"))
    succeed(folder, configs=[TINY_CLASSES])
    return folder / "results" / "tiny_classes"


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
    words = re.sub(r"data:image/png;base64,[^\"]*", "", page)
    for word in (
        "confusion",
        "Log loss",
        "recall of bottleneck",
        "of them have no usable site",
        "a random stretch of 40",
        "a window of 20,000 bases",
    ):
        assert word in words
    for word in (" nan", ">nan", "RMSE", "Pearson", "R²", "predicted_against_true"):
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
        of_name = predictions[[f"truth:{name}", f"ridge:{name}", f"flagel_tajimas_d/1:{name}"]]
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
    page = re.sub(r"data:image/png;base64,[^\"]*", "", (results / "report.html").read_text())
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
        assert plan["train"] == 2


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
    assert "<td>population sampled</td><td>EUR</td>" in page
    assert "history of\nconfig/demography/out_of_africa.yaml" in page
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


# The same config, the same bytes -----------------------------------------------------------------


def test_one_core_and_other_shards_give_the_same_bytes(finished, fresh):
    configs = overlay(fresh, "shards.yaml", simulation={"shard_size": 17})
    succeed(fresh, configs=configs, cores=1)
    assert bytes_of(fresh, *OUTCOME) == bytes_of(finished, *OUTCOME)
    ours, theirs = (
        pd.read_parquet(folder / RESULTS / "split.parquet").drop(columns=["shard", "row"])
        for folder in (fresh, finished)
    )
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def kill_when(folder, pattern):
    """Start a run and kill it and all it started, with SIGKILL, once a file is there."""
    process = subprocess.Popen(
        command(),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not list((folder / RESULTS).glob(pattern)):
        assert process.poll() is None, f"the run ended before there was {pattern}"
        time.sleep(0.002)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    succeed(folder, "--unlock")


def test_killed_and_resumed_gives_the_same_bytes(finished, fresh):
    kill_when(fresh, "shards/*/00000.npz")
    shards = list((fresh / RESULTS).glob("shards/*/*.npz"))
    assert 0 < len(shards) < CELLS * SHARDS_PER_CELL
    kill_when(fresh, "models/flagel_tajimas_d/*/checkpoint.pt")
    assert list((fresh / RESULTS).glob("models/*/*/checkpoint.pt"))
    resumed = succeed(fresh)
    assert "going on after epoch" in resumed
    everything = [*OUTCOME, "split.parquet", "shards/**/*.npz", "report.html"]
    assert bytes_of(fresh, *everything) == bytes_of(finished, *everything)


def test_two_threads_score_the_same_within_a_hundredth_of_the_interval(finished, fresh):
    configs = overlay(fresh, "threads.yaml", training={"threads": 2})
    shutil.copytree(finished / RESULTS / "shards", fresh / RESULTS / "shards")
    shutil.copytree(finished / ".snakemake" / "metadata", fresh / ".snakemake" / "metadata")
    metrics = str(RESULTS / "metrics.tsv")
    assert "simulate" not in planned(fresh, metrics, configs=configs)
    succeed(fresh, metrics, configs=configs)
    one, two = (
        pd.read_csv(folder / metrics, sep="\t").query("kind == 'net'")
        for folder in (finished, fresh)
    )
    interval = one["ci_high"] - one["ci_low"]
    assert (abs(one["value"] - two["value"]) < 0.01 * interval).all()


# What a change runs again ----------------------------------------------------------------------


def test_more_replicates_make_only_new_shards_and_move_none(copied):
    before = pd.read_parquet(copied / RESULTS / "split.parquet")
    written = {p: p.stat().st_mtime_ns for p in (copied / RESULTS).glob("shards/*/*.npz")}
    configs = overlay(copied, "more.yaml", simulation={"replicates": 2 * REPLICATES})
    plan = planned(copied, configs=configs)
    assert plan["simulate"] == CELLS * SHARDS_PER_CELL
    assert plan["train"] == 2
    assert plan["report"] == 1
    succeed(copied, str(RESULTS / "split.parquet"), configs=configs)
    assert all(path.stat().st_mtime_ns == then for path, then in written.items())
    after = pd.read_parquet(copied / RESULTS / "split.parquet")
    assert len(after) == 2 * len(before)
    kept = before.merge(after, on=["cell", "replicate"], suffixes=("", "_after"))
    assert len(kept) == len(before)
    assert (kept["split"] == kept["split_after"]).all()
    assert (kept["seed"] == kept["seed_after"]).all()
    np.testing.assert_array_equal(kept["tajimas_d"], kept["tajimas_d_after"])


def test_a_new_grid_value_keeps_old_shards(copied):
    sizes = [5000, 10000, 20000]
    configs = overlay(copied, "grid.yaml", simulation={"grid": {"population_size": sizes}})
    plan = planned(copied, configs=configs)
    assert plan["simulate"] == 2 * SHARDS_PER_CELL  # 5000 with two histories
    assert plan["split"] == 1


@pytest.mark.parametrize(
    ("section", "again", "untouched"),
    [
        ({"encoding": {"order": "frequency"}}, ["split", "train", "fit_baseline"], ["simulate"]),
        ({"encoding": {"sites": 41}}, ["split", "train", "observe_genome"], ["simulate"]),
        ({"statistics": {"parts": [3]}}, ["summarise", "fit_baseline"], ["split", "train"]),
        ({"split": {"train": 0.6, "test": 0.3}}, ["split", "train"], ["simulate"]),
        ({"training": {"epochs": 4}}, ["train", "evaluate"], ["split", "fit_baseline"]),
        ({"models": {"restarts": 3}}, ["train", "evaluate"], ["split", "fit_baseline"]),
        ({"genomes": {"simulated": {"step": 5}}}, ["scan", "report"], ["simulate_genome", "train"]),
    ],
)
def test_a_change_of_the_config_runs_what_depends_on_it(copied, section, again, untouched):
    plan = planned(copied, configs=overlay(copied, "change.yaml", **section))
    assert set(again) <= set(plan)
    assert not set(untouched) & set(plan)


@pytest.mark.parametrize(
    ("module", "old", "new", "again", "untouched"),
    [
        ("encoding.py", '"""Haplotypes to', '"""(Haplotypes) to', [], ["simulate", "split"]),
        ("encoding.py", "argmin(axis=1)", "argmax(axis=1)", ["split", "train"], ["simulate"]),
        ("nets/flagel.py", "kernel=2", "kernel=3", ["train", "evaluate"], ["simulate", "split"]),
        ("simulation/neutral.py", "discrete_genome=False", "discrete_genome=True",
         ["simulate", "simulate_genome"], []),
        ("report.py", "SHORT_SHARE = 0.01", "SHORT_SHARE = 0.02", ["report"], ["evaluate"]),
    ],
)  # fmt: skip
def test_an_edit_of_the_code_runs_what_imports_it(copied, module, old, new, again, untouched):
    scripts = copied / "scripts"
    if scripts.is_symlink():
        scripts.unlink()
        shutil.copytree(ROOT / "scripts", scripts, ignore=shutil.ignore_patterns("__pycache__"))
    path = scripts / "coalflow" / module
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    plan = planned(copied)
    assert set(again) <= set(plan)
    assert not set(untouched) & set(plan)
    if not again:
        assert not plan


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"simulatoin": {}}, ["bad.yaml:1", "simulatoin", "did you mean simulation"]),
        ({"simulation": {"mutation_rate": "1e-8"}}, ["mutation_rate", "write 1.0e-8"]),
        ({"simulation": {"sequence_length": -5}}, ["sequence_length", "-5", "greater than 0"]),
        ({"simulation": {"grid": {"population_size": []}}}, ["population_size is empty"]),
        ({"split": {"train": 0.5}}, ["split", "0.7", "must be 1"]),
        ({"genomes": {"mine": {"path": "no.vcf.gz"}}}, ["genomes.mine.path", "no such file"]),
    ],
)
def test_a_config_that_cannot_be_used(fresh, sections, words):
    output = fail(fresh, configs=overlay(fresh, "bad.yaml", **sections))
    for word in words:
        assert word in output
    assert not (fresh / "results").exists()


def write_vcf(path, samples, sites=60):
    """Write a small VCF in which every site varies."""
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=1>"]
    lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    names = [f"s{number}" for number in range(samples)]
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    lines.append("\t".join([*columns, *(["FORMAT", *names] if names else [])]))
    for site in range(sites):
        genotypes = ["0|1" if (site + number) % 3 else "0|0" for number in range(samples)]
        fields = ["1", str(100 * site + 1), ".", "A", "T", ".", "PASS", "."]
        lines.append("\t".join([*fields, *(["GT", *genotypes] if names else [])]))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_genomes_that_cannot_be_used_are_found_out_at_once(copied):
    whole = (copied / RESULTS / "genomes/simulated/simulated.vcf.gz").read_bytes()
    (copied / "cut.vcf.gz").write_bytes(whole[: len(whole) // 2])
    write_vcf(copied / "empty.vcf", samples=0)
    write_vcf(copied / "few.vcf", samples=3)
    for name, words in {
        "cut.vcf.gz": "is cut off",
        "empty.vcf": "has no samples",
        "few.vcf": "has 3 samples, and the net reads 20 haplotypes",
    }.items():
        configs = overlay(copied, "genome.yaml", genomes={"mine": {"path": name}})
        output = fail(copied, configs=configs)
        assert name in output
        assert words in output
        assert not (copied / RESULTS / "genomes/mine").exists()


def test_a_damaged_shard_is_named_and_made_again(copied):
    shards = sorted((copied / RESULTS).glob("shards/*/*.npz"))
    whole = shards[0].read_bytes()
    shards[0].write_bytes(whole[:-1000])
    output = fail(copied)
    assert "not a whole shard" in output
    assert shards[0].relative_to(copied).as_posix() in output
    shards[0].unlink()
    succeed(copied, str(shards[0].relative_to(copied)))
    assert shards[0].read_bytes() == whole


def test_a_shard_of_another_cell_is_refused(copied):
    cells = sorted((copied / RESULTS / "shards").iterdir())
    shutil.copyfile(cells[1] / "00000.npz", cells[0] / "00000.npz")
    assert f"holds cell {cells[1].name!r}, not {cells[0].name!r}" in fail(copied)


# Real data ------------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL_VCF.exists(), reason="the real VCF is not on this machine")
def test_scan_of_a_real_genome(copied):
    configs = overlay(copied, "lct.yaml", genomes={"lct": {"path": str(REAL_VCF), "step": 5}})
    succeed(copied, configs=configs)
    windows = pd.read_csv(copied / RESULTS / "genomes/lct/windows.tsv", sep="\t")
    assert (windows["sites"] == 40).all()
    # The net of this test saw 190 windows; the quickstart's does far better.
    assert (
        np.corrcoef(windows["computed:tajimas_d"], windows["flagel_tajimas_d/0:tajimas_d"])[0, 1]
        > 0.8
    )
    assert np.corrcoef(windows["computed:tajimas_d"], windows["ridge:tajimas_d"])[0, 1] > 0.999
