"""What whole runs take after the set-up: the quickstart, and the first look, on two cores.

Each runs from nothing to its report, in a folder of its own, by this checkout and by an earlier
one. Steps are those of this checkout, from the logs of their jobs.

    python bench/quickstart.py --before ../earlier
"""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import measuring
from coalflow.report.costs import Cost, sum_costs
from measuring import Mark, Row, Spread

PARTS = ("Snakefile", "config", "envs", "profiles", "workflow")
CORES = 2
WORTH_A_ROW = 2.0  # seconds of processor time of a step


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run took: seconds, wall clock and processor time; and its steps."""

    wall: float
    processor: float
    steps: Sequence[Cost] = ()


#: Configs, and the seconds that their runs should take at most, wall clock.
CONFIGS = {
    "quickstart": ("config/config.yaml", 180.0),
    "first look": ("config/first_look.yaml", 30.0),
}


def main() -> None:
    """Run all in turn, and hand over the rows."""
    parser = measuring.make_parser(__doc__, rounds=1)
    parser.add_argument("--only", choices=CONFIGS, help="one of the two")
    arguments = parser.parse_args()
    rows = []
    for name, (config, limit) in CONFIGS.items():
        if arguments.only in (None, name) and (ROOT / config).exists():
            checkouts = {"now": ROOT}
            if arguments.before and (arguments.before / config).exists():
                checkouts["before"] = arguments.before.resolve()
            rows += compare_runs(name, config, limit, checkouts, arguments.rounds)
    measuring.hand_over(rows, arguments.output)


def compare_runs(
    name: str, config: str, limit: float, checkouts: dict[str, pathlib.Path], rounds: int
) -> list[Row]:
    """Return rows of the runs of a config by each checkout."""
    runs: dict[str, list[Run]] = {checkout: [] for checkout in checkouts}
    for _ in range(rounds):
        for checkout, folder in checkouts.items():
            runs[checkout].append(run_workflow(folder, config))
    anchor = "before" if "before" in runs else ""
    mark = Mark("<=", limit, "value")
    wall, processor = (
        {checkout: [getattr(run, clock) for run in done] for checkout, done in runs.items()}
        for clock in ("wall", "processor")
    )
    title = f"{name}, {CORES} cores"
    return [
        measuring.compare(f"{title}: wall clock", wall, "now", anchor, mark=mark),
        measuring.compare(f"{title}: processor time", processor, "now", anchor),
        *list_steps(name, runs["now"]),
    ]


def run_workflow(checkout: pathlib.Path, config: str) -> Run:
    """Run a checkout's workflow from nothing to the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part in PARTS:
            copy = shutil.copytree if (checkout / part).is_dir() else shutil.copy
            copy(checkout / part, folder / part)
        # A link, so that nothing is compiled that was compiled already.
        (folder / "scripts").symlink_to(checkout / "scripts")
        command: list[str | pathlib.Path] = [
            checkout / ".venv/bin/snakemake",
            "--cores",
            str(CORES),
        ]
        command += ["--configfile", config]
        started = time.monotonic()
        with (folder / "output").open("w", encoding="utf-8") as output:
            cost = measuring.run_command(command, cwd=folder, stdout=output, stderr=output)
        wall = time.monotonic() - started
        (report,) = folder.glob("results/*/report.html")
        return Run(wall, cost.seconds, sum_costs(report.parent))


def list_steps(name: str, runs: Sequence[Run]) -> list[Row]:
    """Return a row of each step of some size, and of what is left: Snakemake, and its shells."""
    rows = []
    for step in runs[0].steps:
        seconds = [cost.processor for run in runs for cost in run.steps if cost.step == step.step]
        if min(seconds) >= WORTH_A_ROW:
            jobs = "1 job" if step.jobs == 1 else f"{step.jobs} jobs"
            what = f"{name}: `{step.step}`, {jobs}"
            rows.append(Row(what, Spread.from_values(seconds), "s"))
    rest = [run.processor - sum(cost.processor for cost in run.steps) for run in runs]
    return [*rows, Row(f"{name}: Snakemake and the report", Spread.from_values(rest), "s")]


if __name__ == "__main__":
    main()
