"""Real runs of the workflow on a tiny config: what it promises as a whole."""

import contextlib
import os
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
from helpers.workflow import (
    OUTCOME,
    RESULTS,
    ROOT,
    TINY,
    bytes_of,
    command,
    copy_of_coalflow,
    fail,
    overlay,
    planned,
    read_words,
    succeed,
)

REAL_VCF = ROOT.parent / "shared" / "data" / "lct_ceu_80kb.vcf.gz"
CELLS, SHARDS_PER_CELL, REPLICATES = 4, 2, 60
CELL = "history=constant+population_size=10000"


@pytest.fixture
def copied(finished, tmp_path):
    folder = tmp_path / "copied"
    shutil.copytree(finished, folder, symlinks=True)
    return folder


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
        "genomes/simulated/regions.tsv",
        "genomes/simulated/verdict.json",
        "models/ridge/calibration.json",
        "models/ridge/reference.npz",
        "coverage.tsv",
        "errors_by_parameter.tsv",
        "where_it_fails.tsv",
        "confusing.tsv",
        "figures/confusing_disagreement.png",
        "report.html",
    ]:
        assert (results / name).stat().st_size > 0, name
    assert not (results / "sweeps").exists()  # there are none
    assert not list(results.rglob("checkpoint.pt"))
    assert not list(results.rglob(".writing-*"))


def test_the_report_holds_all_it_needs(finished):
    page = (finished / RESULTS / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 7
    text = read_words(page)
    # Only what a reader follows leads out of it: tests in a browser see that nothing is requested.
    assert set(re.findall(r"(?:src|data)=", text)) <= {"src="}
    assert not re.search(r"""src=["'](?!data:)""", text)
    assert not re.search(r"\bnan\b", text)


def test_the_terminal_shows_stages_and_where_the_report_is(finished):
    """Not Snakemake's own output, which is in its log."""
    first, *lines = (finished / "terminal.txt").read_text().splitlines()
    assert first.startswith("Using workflow specific profile profiles/default")
    lines = [re.fullmatch(r" +\d+:\d\d  (.*)", line)[1] for line in lines]
    assert re.fullmatch(r"\d+ jobs on 2 cores", lines[0])
    assert lines[-1] == f"The report is {RESULTS}/report.html"
    stages = ["Simulating: 8 jobs", "Training: 2 jobs", "Fitting baselines: 3 jobs"]
    stages += ["Evaluating every model on the test windows", "Scanning genomes: simulated"]
    for stage in stages:
        assert lines.count(stage) == 1
    # A line when a stage begins, one when it is done if that took long, and one a minute.
    assert 16 <= len(lines) < 50
    (log,) = (finished / ".snakemake" / "log").glob("*.snakemake.log")
    assert "Reason: Missing output files: " in log.read_text()
    assert "epoch  1/30" in (finished / RESULTS / "logs/train/flagel_tajimas_d/0.log").read_text()


def test_snakemakes_own_output_is_shown_on_request(copied):
    output = succeed(copied, "--printshellcmds", "--forcerun", "report", "--dry-run")
    assert "rule report:" in output or "Job " in output
    assert "Reason: Forced execution" in output
    assert "python scripts/report.py" in output


def test_a_dry_run_is_a_line_for_each_rule(copied):
    configs = overlay(copied, "more.yaml", simulation={"replicates": 2 * REPLICATES})
    lines = succeed(copied, "--dry-run", configs=configs).splitlines()
    assert lines[1].endswith("jobs would run; this is a dry run, which runs none:")
    (simulate,) = [line for line in lines if "simulate " in line]
    assert simulate.split(maxsplit=2)[:2] == ["8", "simulate"]
    assert simulate.endswith("Simulating (missing output files)")
    assert len(lines) < 26


def test_a_packed_model_scans_elsewhere_as_in_the_run(copied, tmp_path):
    """The run is gone, and the table has the same text in the columns of the model."""
    said = succeed(copied, "package")
    assert f"{RESULTS}/models/flagel_tajimas_d.zip: " in said
    assert "| licence | not stated |" in (copied / RESULTS / "models/ridge/card.md").read_text()
    (tmp_path / "elsewhere").mkdir()
    elsewhere = copy_of_coalflow(tmp_path / "elsewhere")
    shutil.copy(copied / RESULTS / "models/flagel_tajimas_d.zip", elsewhere)
    genome = shutil.move(copied / RESULTS / "genomes/simulated", tmp_path)
    shutil.rmtree(copied)
    given = ["model=flagel_tajimas_d.zip", f"genome={genome}/simulated.vcf.gz", "output=found"]
    succeed(elsewhere, "scan", "--config", *given, configs=())
    folders = [tmp_path / "simulated", elsewhere / "found"]
    in_run, found = (pd.read_csv(one / "windows.tsv", sep="\t", dtype=str) for one in folders)
    assert {"flags", "flagel_tajimas_d:tajimas_d", "flagel_tajimas_d/1:tajimas_d"} <= {*found}
    pd.testing.assert_frame_equal(found, in_run[list(found)])
    described = {(folder / "observation.json").read_bytes() for folder in folders}
    assert len(described) == 1


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
    succeed(tmp_path, f"results/tiny/shards/{CELL}/00000.npz", configs=())


def copy_of_coalflow_in(folder):
    folder.mkdir()
    return copy_of_coalflow(folder)


def test_a_learning_curve_and_a_search_are_made_on_request(copied):
    """Parts of the windows, and other recipes, are trained beside the nets that are there."""
    configs = overlay(copied, "search.yaml", search={"trials": 3, "trials_per_round": 2})
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


# The same config, the same bytes -----------------------------------------------------------------


# What says of a model all that there is to say.
OF_MODELS = [
    "models/flagel_tajimas_d/0/card.json",
    "models/flagel_tajimas_d/0/history.tsv",
    "models/flagel_tajimas_d/0/model.safetensors",
    "models/ridge/card.json",
    "models/ridge/model.skops",
]


def test_other_shards_give_models_of_the_same_bytes(finished, fresh):
    """All else that comes of them is made of these and of the split."""
    configs = overlay(fresh, "shards.yaml", simulation={"shard_size": 17})
    succeed(fresh, *(str(RESULTS / file) for file in OF_MODELS), configs=configs)
    assert bytes_of(fresh, *OF_MODELS) == bytes_of(finished, *OF_MODELS)
    ours, theirs = (
        pd.read_parquet(folder / RESULTS / "split.parquet").drop(columns=["shard", "row"])
        for folder in (fresh, finished)
    )
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def stop_when(folder, pattern, how, asked=None):
    """Start a run and stop it, impatiently, once a file is there; return its exit code and output.

    SIGKILL and SIGINT, as of Ctrl-C, go to all that it started, SIGTERM to Snakemake alone.
    """
    with (folder / "stopped.txt").open("w+") as output:
        process = subprocess.Popen(
            asked or command(), cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
        while not list(folder.glob(pattern)):
            assert process.poll() is None, f"the run ended before there was {pattern}"
            time.sleep(0.002)
        send = os.kill if how == signal.SIGTERM else os.killpg
        with contextlib.suppress(ProcessLookupError):
            send(process.pid, how)
            time.sleep(0.1)
            send(process.pid, how)
        return process.wait(), (folder / "stopped.txt").read_text()


def test_stopped_and_resumed_on_one_core_gives_the_same_bytes(finished, fresh):
    """Also where nothing is forked: this run starts as a user's does, and only this one."""
    stop_when(fresh, f"{RESULTS}/shards/*/00000.npz", signal.SIGKILL)
    succeed(fresh, "--unlock")
    shards = list((fresh / RESULTS).glob("shards/*/*.npz"))
    assert 0 < len(shards) < CELLS * SHARDS_PER_CELL
    checkpoints = f"{RESULTS}/models/flagel_tajimas_d/*/checkpoint.pt"
    code, output = stop_when(fresh, checkpoints, signal.SIGTERM)
    assert code == 1
    assert output.splitlines()[-1].endswith(f"  {INTERRUPTED.format('SIGTERM')}")
    assert "Traceback" not in output
    assert "Failed" not in output
    assert list(fresh.glob(checkpoints))
    logs = [log.read_text() for log in (fresh / RESULTS).glob("logs/train/*/*.log")]
    assert any("(SIGTERM). What was learned is kept" in log for log in logs)
    resumed = succeed(fresh, cores=1, forked=False)
    assert re.search(
        r"Training: flagel_tajimas_d, restart [01]: resuming after (step|epoch)", resumed
    )
    everything = [*OUTCOME, "split.parquet", "shards/**/*.npz", "report.html"]
    assert bytes_of(fresh, *everything) == bytes_of(finished, *everything)


INTERRUPTED = "Interrupted ({}): what is done is kept, and the same command resumes the run."


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interruption_before_the_first_job_is_one_sentence(fresh, name):
    """While the Snakefile is read, in a run that `make` started."""
    asked = [sys.executable, ROOT / "tools" / "run.py", *command()[3:]]
    code, output = stop_when(fresh, ".snakemake/log/*", getattr(signal, name), asked)
    assert code != 0
    lines = output.splitlines()
    assert lines[0].startswith("Using workflow specific profile")
    assert [line for line in lines[1:] if line] == [INTERRUPTED.format(name)]


def test_two_threads_score_the_same_within_a_hundredth_of_the_interval(finished, copied):
    configs = overlay(copied, "threads.yaml", training={"threads": 2})
    metrics = str(RESULTS / "metrics.tsv")
    plan = planned(copied, metrics, configs=configs)
    assert set(plan) == {"train", "calibrate", "evaluate", "total"}
    succeed(copied, metrics, configs=configs)
    one, two = (
        pd.read_csv(folder / metrics, sep="\t").query("kind == 'net'")
        for folder in (finished, copied)
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
        ({"training": {"tensorboard": True}}, [], ["train"]),
        ({"models": {"restarts": 3}}, ["train", "evaluate"], ["split", "fit_baseline"]),
        ({"genomes": {"simulated": {"step": 5}}}, ["scan", "report"], ["simulate_genome", "train"]),
        (
            {"genomes": {"simulated": {"show_regions": ["1:1-9000"]}}},
            ["observe_genome", "draw_regions", "report"],
            ["scan", "join_scan"],
        ),
    ],
)
def test_a_change_of_the_config_runs_what_depends_on_it(copied, section, again, untouched):
    plan = planned(copied, configs=overlay(copied, "change.yaml", **section))
    assert set(again) <= set(plan)
    assert not set(untouched) & set(plan)


@pytest.mark.parametrize(
    ("module", "old", "new", "again", "untouched"),
    [
        (
            "windows/encoding.py",
            '"""Haplotypes to',
            '"""(Haplotypes) to',
            [],
            ["simulate", "split"],
        ),
        (
            "windows/haplotype_order.py",
            "argmin(axis=1)",
            "argmax(axis=1)",
            ["split", "train"],
            ["simulate"],
        ),
        (
            "models/nets/flagel.py",
            "kernel=2",
            "kernel=3",
            ["train", "evaluate"],
            ["simulate", "split"],
        ),
        (
            "simulation/neutral.py",
            "math.ceil(tract)",
            "math.floor(tract)",
            ["simulate", "simulate_genome"],
            [],
        ),
        ("report/dataset.py", "SHORT_SHARE = 0.01", "SHORT_SHARE = 0.02", ["report"], ["evaluate"]),
    ],
)
def test_an_edit_of_the_code_runs_what_imports_it(copied, module, old, new, again, untouched):
    scripts = copied / "scripts"
    if scripts.is_symlink():
        scripts.unlink()
        # With what is kept of reading it, or each Snakemake would read all of it again.
        shutil.copytree(ROOT / "scripts", scripts, ignore=shutil.ignore_patterns("*.pyc", "*.nb?"))
    path = scripts / "coalflow" / module
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    plan = planned(copied, forked=False)
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
    expected = {
        "cut.vcf.gz": "is cut off",
        "empty.vcf": "has no samples",
        "few.vcf": "has 3 samples to choose from (diploid on 1), and the net reads 20 haplotypes",
    }
    genomes = {path.split(".")[0]: {"path": path} for path in expected}
    configs = overlay(copied, "genomes.yaml", genomes=genomes)
    output = fail(copied, "--keep-going", configs=configs)
    # What failed, its own message once, and where its log is, in place of Snakemake's page.
    failed = re.findall(r"  (Failed: .*)\n +(.*)\n +(.*)\n", output)
    messages = {what: (message, log) for what, message, log in failed}
    for path, words in expected.items():
        name = path.split(".")[0]
        message, log = messages[f"Failed: Choosing who is read: {name} (rule plan_genome)"]
        assert message.startswith(f"error: {path}: ")
        assert words in message
        assert output.count(words) == 1
        assert log == f"log: {RESULTS}/logs/plan_genome/{name}.log"
        assert not (copied / RESULTS / "genomes" / name).exists()
    assert "the same command resumes the run" in output.splitlines()[-1]
    assert len(output.splitlines()) < 6 + 5 * len(expected)


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
    genome = {"path": str(REAL_VCF), "step": 5, "show": ["2"]}
    configs = overlay(copied, "lct.yaml", genomes={"lct": genome})
    succeed(copied, configs=configs)
    assert (copied / RESULTS / "genomes/lct/pictures/1_2.png").exists()
    assert (
        'alt="Contig 2, enlarged from the scan of lct'
        in (copied / RESULTS / "report.html").read_text()
    )
    windows = pd.read_csv(copied / RESULTS / "genomes/lct/windows.tsv", sep="\t")
    assert (windows["sites"] == 40).all()
    # The net of this test saw 190 windows; the quickstart's does far better.
    assert (
        np.corrcoef(windows["computed:tajimas_d"], windows["flagel_tajimas_d/0:tajimas_d"])[0, 1]
        > 0.8
    )
    assert np.corrcoef(windows["computed:tajimas_d"], windows["ridge:tajimas_d"])[0, 1] > 0.999
