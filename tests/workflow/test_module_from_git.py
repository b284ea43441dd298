"""coalflow as a module from a git repository: by snakedeploy, from GitHub, or on the disk."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from helpers.workflow import PARTS, ROOT

GITHUB = "https://github.com/"
MODULE = """
configfile: "config/config.yaml"
module {name}:
    snakefile: "git+file://{repository}/workflow/Snakefile@{tag}"
    config: config
use rule * from {name} as {name}_*
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a repository of this coalflow, with two tags of different commits."""
    folder = tmp_path_factory.mktemp("repository") / "popgen" / "coalflow"
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
    for part in [*PARTS, "scripts", "LICENSE"]:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        options = {"ignore": ignore} if (ROOT / part).is_dir() else {}
        copy(ROOT / part, folder / part, **options)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "v1")
    (folder / "scripts" / "coalflow" / "VERSION").write_text("2.0.0\n")
    commit(folder, "v2")
    return folder


def git(folder, *words):
    names = ["-c", "user.name=coalflow", "-c", "user.email=coalflow@example.org"]
    subprocess.run(["git", *names, *words], cwd=folder, check=True)


def commit(folder, tag):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", tag)
    git(folder, "tag", tag)


@pytest.fixture
def environment(repository, tmp_path):
    """Return an environment in which addresses at GitHub are those of the repository."""
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "file://{repository.parents[1]}/"]\n    insteadOf = {GITHUB}\n')
    found = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    programs = os.pathsep.join([str(pathlib.Path(sys.executable).parent), found["PATH"]])
    return {
        **found,
        "PATH": programs,
        "GIT_CONFIG_GLOBAL": str(config),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


def run(folder, environment, *words):
    return subprocess.run(
        words,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def succeed(*arguments):
    done = run(*arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout


def use_module(folder, **named):
    (folder / "config").mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / ".test" / "config" / "config.yaml", folder / "config")
    text = "".join(MODULE.format(**values, name=name) for name, values in named.items())
    (folder / "Snakefile").write_text(text)
    return folder


def test_snakedeploy_deploys_what_runs(repository, environment, tmp_path):
    folder = tmp_path / "deployed"
    address = f"{GITHUB}popgen/coalflow"
    succeed(tmp_path, environment, "snakedeploy", "deploy-workflow", address, folder, "--tag", "v1")
    assert 'github("popgen/coalflow", path="workflow/Snakefile", tag="v1")' in (
        (folder / "workflow" / "Snakefile").read_text()
    )
    shutil.copy(ROOT / ".test" / "config" / "config.yaml", folder / "config")
    whole = succeed(folder, environment, "snakemake", "--dry-run", "--quiet", "rules")
    assert re.search(r"^report +1$", whole, re.MULTILINE)
    succeed(folder, environment, "snakemake", "--cores", "2", "results/test/split.parquet")
    assert (folder / "results" / "test" / "split.parquet").exists()
    again = ("snakemake", "--cores", "2", "results/test/split.parquet")
    assert "Nothing to be done" in succeed(folder, environment, *again)


def test_two_tags_of_a_local_repository_in_one_folder(repository, environment, tmp_path):
    for tag in ("v1", "v2"):
        folder = use_module(tmp_path / "mine", simulations={"repository": repository, "tag": tag})
        planned = succeed(folder, environment, "snakemake", "--dry-run", "--cores", "1")
        assert re.search(r"^simulations_all +1$", planned, re.MULTILINE)
    versions = folder.glob(".snakemake/coalflow/*/scripts/coalflow/VERSION")
    assert len({path.read_text() for path in versions}) == 2
    assert not list(folder.glob(".snakemake/coalflow/.*"))


def test_two_versions_in_one_snakefile_are_refused(repository, environment, tmp_path):
    named = {f"version_{tag}": {"repository": repository, "tag": tag} for tag in ("v1", "v2")}
    folder = use_module(tmp_path / "mine", **named)
    done = run(folder, environment, "snakemake", "--dry-run", "--cores", "1")
    assert done.returncode != 0
    assert "A Snakefile can use one version of it" in done.stdout
    assert "Traceback" not in done.stdout
