"""A short run of the fuzzer over all kinds of files, and whether it would notice a failure."""

import pathlib
import subprocess
import sys
import time

import pytest
from helpers.fuzzing import results, running
from helpers.fuzzing.every_format import FORMATS
from helpers.fuzzing.formats import Case, Format, Seed
from helpers.fuzzing.running import ReadWrong, run_apart

from coalflow.core.errors import CoalflowError, run_program

FUZZ = pathlib.Path(__file__).parents[2] / "validation" / "fuzz.py"
RESULTS = [one.name for one in results.FORMATS]
GROUPS = {
    "inputs": ([name for name in FORMATS if name not in (*RESULTS, "snakemake")], 7),
    "snakemake": (["snakemake"], 2),
    "results": (RESULTS, 1),
}


@pytest.mark.parametrize("group", GROUPS)
def test_odd_files_are_read_right_or_refused_in_one_line(group, tmp_path):
    formats, count = GROUPS[group]
    arguments = ["--small", "--workers", "2", "--count", str(count), "--format", *formats]
    done = subprocess.run(
        [sys.executable, FUZZ, "--output", tmp_path, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(formats) * count} cases, 0 failures" in done.stdout


# Whether a failure would be noticed --------------------------------------------------------------


def refuse(message):
    def main():
        raise CoalflowError(message)

    return lambda: run_program(main)


def crash():
    raise ValueError("of all things")


def misread():
    raise ReadWrong("3 records of 4")


def wait():
    time.sleep(60)


def compute():
    while True:
        pass


def take_memory():
    return len(bytearray(8 << 30))


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (lambda: 7, "read", ""),
        (refuse("in.vcf: is odd"), "refused", "in.vcf: is odd"),
        (refuse("it is odd"), "unnamed", "it is odd"),
        (refuse("in.vcf: is\nodd"), "wordy", "in.vcf: is\nodd"),
        (crash, "crashed", "exit code 70: ValueError: of all things"),
        (misread, "changed", "3 records of 4"),
        (lambda: sys.exit(1), "crashed", "exit code 1: "),
        (wait, "hung", ""),
        (compute, "hung", ""),
        (take_memory, "memory", "MemoryError"),
    ],
)
def test_outcomes_are_judged(function, kind, message, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 1)
    monkeypatch.setattr(running, "LONGEST", 5)
    outcome = run_apart(function, tmp_path, names=("in.vcf",))
    assert (outcome.kind, outcome.message) == (kind, message)
    assert outcome.failed == (kind not in ("read", "refused"))


def make_format(read):
    return Format(
        "text",
        "in.txt",
        lambda: [Seed(b"a b\n")],
        read,
        {},
        {"spaces": lambda content, _chance: content.replace(b" ", b"  ")},
        special=False,
    )


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda path, _seed: path.read_text().split(), "read"),
        (lambda path, _seed: path.read_text(), "changed"),
    ],
)
def test_what_means_the_same_must_be_read_as_the_same(read, kind, tmp_path):
    known = make_format(read)
    good = tmp_path / "good"
    good.mkdir()
    (good / "in.txt").write_bytes(b"a b\n")

    def expected(_seed):
        return run_apart(lambda: read(pathlib.Path("in.txt"), None), good)

    assert Case(known, seed=1, index=0).run(tmp_path / "case", expected).kind == kind
