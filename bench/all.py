"""Run all benches one after another, and write docs/speed.md.

    python bench/all.py --before ../earlier --keras keras/bin/python --discoal discoal/discoal

It takes at most 25 minutes on an otherwise idle machine, and uses one core but where a bench says
otherwise. A bench that fails, or takes more than its time, is named on the page; the others run.
Without another program, or an earlier checkout, what needs it is named as not measured.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import importlib.metadata
import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

import measuring

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "speed.md"
LIBRARIES = ("torch", "numpy", "msprime", "tskit", "numba", "scikit-learn", "snakemake")
# Instruction sets that decide how fast a processor is, by what Linux calls them.
INSTRUCTIONS = {
    "AVX2": "avx2",
    "AVX-512": "avx512f",
    "bfloat16 by AVX-512": "avx512_bf16",
    "AMX": "amx_tile",
}


@dataclasses.dataclass(frozen=True)
class Bench:
    """A program of this folder.

    Attributes
    ----------
    program : str
        Its name without ``.py``.
    title : str
        Of its section on the page.
    text : str
        What is measured and against what, in Markdown.
    seconds : float
        After which it is stopped.
    options : tuple of str
        Beyond ``--output`` and those in ``uses``.
    uses : tuple of str
        Options of this program that it also has.
    """

    program: str
    title: str
    text: str
    seconds: float
    options: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Result:
    """What came of a bench: its rows, what it left out, and why it failed, if it did."""

    bench: Bench
    rows: Sequence[measuring.Row] = ()
    left_out: Sequence[str] = ()
    failure: str = ""


BENCHES = [
    Bench(
        "simulate",
        "Simulation",
        "Windows of the quickstart, by coalflow and by a bare loop over msprime and tskit.",
        180,
        uses=("before",),
    ),
    Bench(
        "simulate_sweeps",
        "Sweeps",
        "Whole windows with a sweep, against neutral windows of msprime with the same parameters, "
        "and against discoal.",
        60,
        uses=("before", "discoal"),
    ),
    Bench(
        "encode",
        "Encoding",
        "Windows of shards on disk, read, observed and encoded.",
        50,
        options=("--replicates", "1500"),
        uses=("before",),
    ),
    Bench(
        "summarise",
        "Summary statistics",
        "All statistics that baselines read.",
        85,
        uses=("before",),
    ),
    Bench(
        "first_layer",
        "The first layer of `coalflow`",
        "What this layer, which has no weights, makes of windows.",
        35,
        uses=("before",),
    ),
    Bench(
        "kept_layer",
        "Training with the first layer computed once",
        "A training step of `coalflow`, with the first layer computed once a window.",
        105,
        uses=("before",),
    ),
    Bench(
        "train",
        "Convolutional nets",
        "An epoch of the FAQ's net and of `flagel_sweeps`, by coalflow, by a plain PyTorch loop, "
        "by Keras, and by the same steps on random numbers that are in memory already.",
        290,
        uses=("before", "keras"),
    ),
    Bench(
        "import_simulations",
        "Imports",
        "A file in the format of ms to shards, against reading it in plain Python.",
        35,
    ),
    Bench(
        "start",
        "The start of programs",
        "Programs until they would read their settings.",
        90,
        options=("--programs", "simulate", "summarise", "train", "evaluate", "scan", "report"),
        uses=("before",),
    ),
    Bench(
        "quickstart",
        "Whole runs",
        "The quickstart, and the first look, from nothing to the report after the set-up, on two "
        "cores. Wall clock is as measured, also of a machine that does other work.",
        270,
    ),
    Bench(
        "scan",
        "Reading genomes",
        "Genomes in three formats, read into bits, against reading their genotypes by cyvcf2 or "
        "zarr and nothing else.",
        100,
        options=("--records", "20000", "--rounds", "2"),
    ),
    Bench(
        "scan_windows",
        "Scanning genomes",
        "From the file to the table of windows, against reading all genotypes by cyvcf2, and "
        "against diploS/HIC. Nets are not trained.",
        200,
        options=("--records", "50000", "--bases", "3000000", "--rounds", "1"),
        uses=("diploshic",),
    ),
    Bench("gpu", "GPUs", "Wall clock counts here.", 480),
]

TEXT = """\
# Speed

This page is written by `python bench/all.py`, which runs all benches one after another, in
{minutes:.0f} minutes.

Times are processor time, the seconds that processors work for a program and all that it starts, so
other work on the machine disturbs little; sections that measure otherwise say so. Programs run on
one core unless a row says otherwise. The ways that are compared take turns for some rounds, after
one that does not count. Tables give the median over rounds, with the range. **Times as fast** is
the speed against that of the way in the column before it, taken within each round: above 1 is
faster (or less memory). *before* is an earlier version of coalflow, measured in the same rounds.
A mark is what we want to reach, or to keep.

{summary}

| | |
| --- | --- |
{machine}

{sections}
"""


def main() -> int:
    """Run the benches and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=pathlib.Path, help="an earlier checkout with its .venv")
    parser.add_argument("--keras", type=pathlib.Path, help="a Python with Keras and TensorFlow")
    parser.add_argument("--discoal", type=pathlib.Path, help="the program discoal")
    parser.add_argument("--diploshic", type=pathlib.Path, help="the program diploSHIC")
    parser.add_argument("--only", nargs="+", choices=[bench.program for bench in BENCHES])
    parser.add_argument("--page", type=pathlib.Path, default=PAGE)
    parser.add_argument("--patience", type=float, default=1, help="times the time of each bench")
    arguments = parser.parse_args()
    started = time.monotonic()
    results = []
    for bench in BENCHES:
        if arguments.only and bench.program not in arguments.only:
            continue
        print(f"\n{bench.title} (bench/{bench.program}.py)", flush=True)
        begun = time.monotonic()
        results.append(run_bench(bench, arguments))
        print(f"{time.monotonic() - begun:.0f} s {results[-1].failure}".rstrip(), flush=True)
    page = write_page(results, time.monotonic() - started)
    arguments.page.write_text(page, encoding="utf-8")
    print(f"\n{arguments.page}, after {(time.monotonic() - started) / 60:.1f} minutes")
    failures = [f"{result.bench.program}: {result.failure}" for result in results if result.failure]
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


def run_bench(bench: Bench, arguments: argparse.Namespace) -> Result:
    """Run a bench in a process of its own, and return what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "rows.json"
        command: list[str | pathlib.Path] = [
            sys.executable,
            ROOT / "bench" / f"{bench.program}.py",
            *bench.options,
        ]
        command += ["--output", output]
        for name in bench.uses:
            if path := getattr(arguments, name):
                command += [f"--{name}", path.absolute()]
        failure = _run_until(command, bench.seconds * arguments.patience)
        rows, left_out = measuring.read_rows(output) if output.exists() else ([], [])
        return Result(bench, rows, left_out, failure)


def _run_until(command: Sequence[str | pathlib.Path], seconds: float) -> str:
    """Run a program, and return why it failed, or nothing; it and all it started end in time."""
    process = subprocess.Popen(
        [str(word) for word in command],
        env={**os.environ, **measuring.ONE_THREAD},
        start_new_session=True,
    )
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"stopped after {seconds:.0f} seconds"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return f"failed with exit code {code}" if code else ""


def write_page(results: Sequence[Result], seconds: float) -> str:
    """Return the page."""
    return (
        TEXT.format(
            minutes=seconds / 60,
            summary=summarise_marks(results),
            machine="\n".join(
                f"| {name} | {value} |" for name, value in describe_machine().items()
            ),
            sections="\n\n".join(map(format_section, results)),
        ).rstrip()
        + "\n"
    )


def summarise_marks(results: Sequence[Result]) -> str:
    """Return how many marks are reached, and which are not, and which benches failed."""
    marked = [row for result in results for row in result.rows if row.mark is not None]
    missed = [row.what for row in marked if not row.is_reached]
    lines = [f"{len(marked) - len(missed)} of {len(marked)} marks were reached."]
    if missed:
        lines = [lines[0][:-1] + "; these were not:", "", *(f"- {what}" for what in missed)]
    failed = [result for result in results if result.failure]
    if failed:
        names = ", ".join(f"`bench/{result.bench.program}.py`" for result in failed)
        lines += ["", f"**These benches failed, so the page is not complete: {names}.**"]
    return "\n".join(lines)


def format_section(result: Result) -> str:
    """Return the section of a bench."""
    parts = [f"## {result.bench.title}", result.bench.text]
    if result.failure:
        parts.append(f"**`bench/{result.bench.program}.py` {result.failure}.**")
    if result.rows:
        parts.append(measuring.format_table(result.rows))
    if result.left_out:
        parts.append("Not measured:\n\n" + "\n".join(f"- {line}" for line in result.left_out))
    return "\n\n".join(filter(None, parts))


def describe_machine() -> dict[str, str]:
    """Return what decides how fast this machine is, by its name on the page."""
    cpu = _read_file("/proc/cpuinfo")
    flags = set(_find(r"^flags\s*:\s*(.*)$", cpu).split())
    present = [name for name, flag in INSTRUCTIONS.items() if flag in flags]
    absent = [name for name, flag in INSTRUCTIONS.items() if flag not in flags]
    instructions = ", ".join(present) + (f"; not {', '.join(absent)}" if absent else "")
    model = _find(r"^model name\s*:\s*(.*)$", cpu)
    memory = int(_find(r"^MemTotal:\s*(\d+) kB$", _read_file("/proc/meminfo")) or 0)
    versions = [f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES]
    return {
        "processor": model or platform.processor(),
        "instruction sets": instructions if flags else "not known",
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**20:.0f} GiB" if memory else "not known",
        "system": f"{platform.system()} {platform.machine()}",
        "versions": ", ".join([f"Python {platform.python_version()}", *versions]),
    }


def _read_file(path: str) -> str:
    """Return the text of a file of Linux; nothing elsewhere."""
    file = pathlib.Path(path)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _find(pattern: str, text: str) -> str:
    """Return what the first match of a pattern holds, or nothing."""
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else ""


if __name__ == "__main__":
    sys.exit(main())
