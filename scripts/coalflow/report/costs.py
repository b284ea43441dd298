"""What each step of a run took, from the logs and benchmarks of its jobs."""

import collections
import dataclasses
import pathlib

import pandas as pd

from coalflow.core.progress import COST


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a job took, or all jobs of a step.

    Attributes
    ----------
    step : str
        The name of the rule.
    jobs : int
    processor : float
        Seconds that processors worked, over all jobs.
    wall : float
        Seconds from a job's start to its end, over all jobs.
    memory : int
        MiB of the largest process.
    """

    step: str
    jobs: int
    processor: float
    wall: float
    memory: int


def sum_costs(results: pathlib.Path) -> list[Cost]:
    """Return what each step of a run took, the most costly first.

    Parameters
    ----------
    results : Path
        The run's folder. Each job counts as it ran the last time; one whose log is not there, or
        does not end with what it took, does not count.
    """
    steps = collections.defaultdict(list)
    for log in sorted((results / "logs").rglob("*.log")):
        for cost in _read_cost(log, results):
            steps[cost.step].append(cost)
    return sorted((_add(costs) for costs in steps.values()), key=lambda cost: -cost.processor)


def _add(costs: list[Cost]) -> Cost:
    return Cost(
        step=costs[0].step,
        jobs=sum(cost.jobs for cost in costs),
        processor=sum(cost.processor for cost in costs),
        wall=sum(cost.wall for cost in costs),
        memory=max(cost.memory for cost in costs),
    )


def _read_cost(log: pathlib.Path, results: pathlib.Path) -> list[Cost]:
    """Return what a job took, or nothing if its log does not contain that."""
    name = log.relative_to(results / "logs").with_suffix("")
    found = COST.findall(log.read_text(encoding="utf-8", errors="replace"))
    benchmark = results / "benchmarks" / f"{name}.tsv"
    if not found or not benchmark.exists():
        return []
    # Processes that train a net together have a line each.
    seconds, memory = zip(*found, strict=True)
    wall = pd.read_csv(benchmark, sep="\t")["s"].sum()
    return [Cost(name.parts[0], 1, sum(map(float, seconds)), float(wall), max(map(int, memory)))]
