"""What others read of this repository: catalogue, hooks, continuous integration, citation."""

import re
import subprocess
import sys

import yaml
from helpers.workflow import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()


def read(name):
    return yaml.safe_load((ROOT / name).read_text())


def test_the_catalogue_finds_what_standardised_usage_takes():
    usage = read(".snakemake-workflow-catalog.yml")["usage"]
    deployment = usage["software-stack-deployment"]
    assert deployment == {"conda": True, "apptainer": False, "apptainer+conda": False}
    assert usage["report"] is True
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    for name in ("workflow/Snakefile", "config/README.md", "config/config.yaml", "LICENSE"):
        assert (ROOT / name).is_file()


def test_hooks_are_what_lint_checks():
    (local,) = read(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"  # nothing is downloaded
    lint = MAKEFILE[MAKEFILE.index("\nlint:") : MAKEFILE.index("\ndocs:")]
    for hook in local["hooks"]:
        words = hook["entry"].replace(" --force-exclude", "").replace(".venv/bin/", "$(BIN)/")
        assert words in lint, hook["id"]
    checked = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
    subprocess.run(checked, cwd=ROOT, check=True)


def test_continuous_integration_runs_what_there_is():
    jobs = read(".github/workflows/test.yml")["jobs"]
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = {word for run in runs for word in re.findall(r"\bmake (\w+)", run)}
    assert targets == {"lint", "site", "test"}
    assert all(f"\n{target}:" in MAKEFILE for target in targets)
    version = re.search(r"^snakemake==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)[1]
    assert any(f"snakemake-minimal={version}" in run for run in runs)
    assert any("--dry-run --directory .test" in run for run in runs)
    assert (ROOT / ".test" / "config" / "config.yaml").is_file()


def test_the_citation_is_complete():
    citation = read("CITATION.cff")
    for name in ("abstract", "authors", "date-released", "keywords", "license", "title", "version"):
        assert citation[name], name
    assert all({"authors", "title", "year", "doi"} <= set(each) for each in citation["references"])
