"""Copies of the workflow, and Snakemake run in them."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import sys

import yaml
from helpers.fork_server import start_server

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ["Snakefile", "config", "envs", "profiles", "workflow"]
CASES = ROOT / "tests" / "cases"
TINY, TINY_CLASSES, TINY_SWEEPS = "tiny.yaml", "tiny_classes.yaml", "tiny_sweeps.yaml"
TINY_IMPORT, TINY_TARGETS = "tiny_import.yaml", "tiny_targets.yaml"
RESULTS = pathlib.Path("results/tiny")


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
    for case in CASES.glob("*.yaml"):
        shutil.copy(case, folder / case.name)
    return folder


def share_run(factory, config):
    """Run a tiny config once for all processes of the tests; return its folder, to be looked at."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / f"run-{pathlib.Path(config).stem}"
    with open(base / f"{folder.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "terminal.txt").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            printed = succeed(copy_of_coalflow(folder), configs=[config])
            (folder / "terminal.txt").write_text(printed)
    return folder


def command(*arguments, configs=(TINY,), cores=2, python=sys.executable):
    files = ["--configfile", *configs] if configs else []
    return [python, "-m", "snakemake", *files, "--cores", str(cores), *arguments]


def run(folder, *arguments, configs=(TINY,), cores=2, forked=True):
    """Run Snakemake and return the finished process, stdout and stderr together.

    It and its jobs are ``forked`` from a process that has imported what they import, or else start
    as a user's do.
    """
    python = start_server() if forked else sys.executable
    return subprocess.run(
        command(*arguments, configs=configs, cores=cores, python=python),
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


def read_words(page):
    """Return a page without its scripts, and without the bytes of its pictures."""
    without = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    return re.sub(r"data:image/png;base64,[^\"]*", "data:", without)


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
    "probes.tsv",
    "permutations.tsv",
    "saliency*.tsv",
    "models/**/*",
    "figures/*",
    "genomes/*/*",
]
