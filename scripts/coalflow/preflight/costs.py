"""What a run will take: time, memory and disk, from a pilot."""

import dataclasses
import os
import pathlib
import shutil
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from coalflow.config import grid
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Simulation
from coalflow.preflight.findings import (
    Figure,
    Finding,
    Line,
    format_bytes,
    format_count,
    format_duration,
    format_rounded,
)
from coalflow.preflight.pilot import Pilot

# Of each shard's job, for Snakemake to start it and for Python to import msprime and numba.
JOB_SECONDS = 2.0
JOB_MEMORY = 200e6  # bytes
# Times of the same work differ by this much, whatever else the machine does.
LEAST_ERROR = 0.1
MUCH_WAITING = 1.3  # times as long as a processor worked
MANY_CORES = 100
# Shorter shards are mostly start, where they are many; longer ones are lost when killed.
SHORT_SHARD, LONG_SHARD, GOOD_SHARD = 5, 30 * 60, 60  # seconds
MUCH_OVERHEAD = 60  # seconds
SLOW_CELL = 20  # times the median
SUBMISSION = 20 * 60  # seconds of a job that a cluster is given
# Of a window, in addition to alleles as bits: a position as float32 and the mask.
BYTES_OF_A_SITE = 5


@dataclasses.dataclass(frozen=True)
class Costs:
    """What the simulations of a run take.

    Attributes
    ----------
    cells, windows, shards : int
        How many there are.
    seconds : float
        Their work on one core.
    error : float
        Its standard error, in seconds.
    shard_seconds : (float, float)
        Of a shard of the fastest and of the slowest cell.
    disk : float
        Bytes of all shards.
    job_memory : float
        Bytes that a shard's job needs.
    training : float
        Bytes of all encoded windows.
    """

    cells: int
    windows: int
    shards: int
    seconds: float
    error: float
    shard_seconds: tuple[float, float]
    disk: float
    job_memory: float
    training: float

    def estimate_wall_time(self, cores: int, errors: float = 0) -> float:
        """Return the seconds that simulations take.

        Parameters
        ----------
        cores : int
        errors : float
            How many standard errors more or less. They multiply, for times are never negative, and
            many are a bit too long.
        """
        work = self.seconds * (1 + self.error / self.seconds) ** errors + self.shards * JOB_SECONDS
        return max(work / cores, self.shard_seconds[1] + JOB_SECONDS)

    @property
    def shards_together(self) -> int:
        """How many shards, one after the other, make a good job for a cluster."""
        return max(1, round(SUBMISSION / (self.seconds / self.shards + JOB_SECONDS)))


def estimate_costs(pilot: Pilot, simulation: Simulation, encoding: Encoding) -> Costs:
    """Return what a run takes; cells that were not tried are taken to be like those that were.

    Parameters
    ----------
    pilot : Pilot
    simulation : Simulation
    encoding : Encoding
    """
    replicates, tried = simulation.replicates, len(pilot.shards)
    means = np.array([seconds.mean() for seconds in pilot.seconds.values()])
    errors = np.array([_estimate_error_of_mean(seconds) for seconds in pilot.seconds.values()])
    fraction_untried = 1 - tried / pilot.cells
    between = means.std() ** 2 * fraction_untried / tried
    size = min(simulation.shard_size, replicates)
    per_replicate = [pilot.measure_bytes(cell) for cell in pilot.shards]
    windows = pilot.cells * replicates
    seconds = windows * means.mean()
    error = windows * ((errors**2).sum() / tried**2 + between) ** 0.5
    samples = Samples.from_config(simulation.samples, simulation.ploidy)
    allele_bytes = -(-samples.number_of_haplotypes // 8)
    return Costs(
        cells=pilot.cells,
        windows=windows,
        shards=pilot.cells * len(grid.list_shard_ranges(replicates, simulation.shard_size)),
        seconds=seconds,
        error=max(error, LEAST_ERROR * seconds),
        shard_seconds=(size * means.min(), size * means.max()),
        disk=windows * float(np.mean(per_replicate)),
        # Once as they come, once as the arrays that are written.
        job_memory=JOB_MEMORY + pilot.memory + 2 * size * max(per_replicate),
        training=windows * encoding.sites * (allele_bytes + BYTES_OF_A_SITE),
    )


def _estimate_error_of_mean(seconds: npt.NDArray[np.float64]) -> float:
    """Return the standard error of a mean time; a single one is as uncertain as it is long."""
    return seconds.std(ddof=1) / len(seconds) ** 0.5 if len(seconds) > 1 else seconds[0]


def list_cost_figures(costs: Costs, cores: int) -> list[Figure]:
    """Return the costs as figures, for a run on this many cores."""
    low, high = (costs.estimate_wall_time(cores, errors) for errors in (-2, 2))
    numbers = [
        ("cells", costs.cells, ""),
        ("windows", costs.windows, ""),
        ("shards", costs.shards, ""),
        ("bytes on disk", costs.disk, "bytes"),
        ("seconds of work", costs.seconds, "s"),
        (f"seconds on {cores} cores", costs.estimate_wall_time(cores), "s"),
        (f"seconds on {cores} cores, at least", low, "s"),
        (f"seconds on {cores} cores, at most", high, "s"),
        (f"seconds on {MANY_CORES} cores", costs.estimate_wall_time(MANY_CORES), "s"),
        ("seconds of the fastest shard", costs.shard_seconds[0], "s"),
        ("seconds of the slowest shard", costs.shard_seconds[1], "s"),
        (f"shards in {format_duration(SUBMISSION)} on one core", costs.shards_together, ""),
        ("memory of a shard's job", costs.job_memory, "bytes"),
        ("memory of all encoded windows", costs.training, "bytes"),
    ]
    return [Figure("costs", "run", *number) for number in numbers]


def describe_costs(costs: Costs, pilot: Pilot, simulation: Simulation, cores: int) -> list[Line]:
    """Return what the terminal shows of the costs of a run.

    Parameters
    ----------
    costs : Costs
    pilot : Pilot
        From which they were estimated.
    simulation : Simulation
    cores : int
        On which the run is started.
    """
    tried = sum(len(seconds) for seconds in pilot.seconds.values())
    fastest, slowest = (format_duration(seconds) for seconds in costs.shard_seconds)
    shard = fastest if fastest == slowest else f"{fastest} to {slowest}"
    likely, low, high = (
        format_duration(costs.estimate_wall_time(cores, errors)) for errors in (0, -2, 2)
    )
    on_many = format_duration(costs.estimate_wall_time(MANY_CORES))
    imported = simulation.imported is not None
    return [
        (
            "run",
            f"{format_count(costs.cells, 'cell')} of {simulation.replicates:,} replicates: "
            f"{costs.windows:,} windows in {format_count(costs.shards, 'shard')}, "
            f"{format_bytes(costs.disk)}",
        ),
        (
            "pilot",
            f"{format_count(tried, 'replicate')} of {len(pilot.shards):,} of "
            f"{format_count(costs.cells, 'cell')} in {_describe_pilot_time(pilot)}",
        ),
        (
            "importing takes" if imported else "simulations take",
            f"{likely} on this machine, with {format_count(cores, 'core')} to itself ({low} to "
            f"{high}), {on_many} on {MANY_CORES} cores like these; training not counted",
        ),
        ("a shard takes", f"{shard}, and {format_bytes(costs.job_memory)} of memory"),
        *([] if imported else [_describe_cluster_job(costs)]),
        ("encoded windows", f"{format_bytes(costs.training)} of memory for all of them"),
    ]


def _describe_pilot_time(pilot: Pilot) -> str:
    worked = float(sum(seconds.sum() for seconds in pilot.seconds.values()))
    if pilot.elapsed < MUCH_WAITING * worked:
        return format_duration(pilot.elapsed)
    return (
        f"{format_duration(pilot.elapsed)}, of which a processor worked "
        f"{format_duration(worked)}: the machine was busy with other programs or waited for the "
        "disk, and the times that follow do not include that"
    )


def _describe_cluster_job(costs: Costs) -> Line:
    return (
        "a cluster's job",
        f"of {format_duration(SUBMISSION)} has {format_count(costs.shards_together, 'shard')} for "
        "each of its cores (group-components in profiles/slurm)",
    )


# What looks wrong ----------------------------------------------------------------------------


def find_cost_problems(
    costs: Costs, pilot: Pilot, simulation: Simulation, cores: int
) -> Iterator[Finding]:
    """Yield what is wrong with time, memory and disk of a run that is started here.

    Parameters
    ----------
    costs : Costs
        Those of the run.
    pilot : Pilot
        From which they were estimated; it knows which cells failed and which are slow.
    simulation : Simulation
    cores : int
        On which the run is started.
    """
    yield from _find_failures(pilot, simulation)
    yield from _find_slow_cells(pilot)
    if simulation.imported is None:
        yield from _find_unsuitable_shards(costs, simulation, cores)
    yield from _find_lack_of_room(costs, cores)


def _find_lack_of_room(costs: Costs, cores: int) -> Iterator[Finding]:
    free = shutil.disk_usage(pathlib.Path.cwd()).free
    if costs.disk > free:
        yield Finding(
            "costs",
            "disk",
            f"the shards need {format_bytes(costs.disk)}, and {format_bytes(free)} are free",
            "start Snakemake where there is more room, lower simulation.replicates or shorten "
            "simulation.sequence_length",
        )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if 2 * costs.training > memory:
        yield Finding(
            "costs",
            "memory",
            f"all encoded windows are {format_bytes(costs.training)}, of which steps hold up to "
            f"two copies, and this machine has {format_bytes(memory)}",
            "lower encoding.sites or simulation.replicates, or use a machine with more memory",
        )
    if costs.job_memory * cores > memory:
        yield Finding(
            "costs",
            "memory",
            f"{cores} shards at a time need {format_bytes(costs.job_memory * cores)}, and this "
            f"machine has {format_bytes(memory)}",
            "lower simulation.shard_size, or start Snakemake with fewer --cores",
        )


def _find_failures(pilot: Pilot, simulation: Simulation) -> Iterator[Finding]:
    values = "simulation.grid" if simulation.imported is None else "simulation.import.files"
    for message in list(pilot.failures.values())[:1]:
        yield Finding(
            "costs",
            f"{len(pilot.failures):,} of {pilot.cells:,} cells",
            f"cannot be simulated; {message}",
            f"change what the message names, or remove these values from {values}",
        )


def _find_slow_cells(pilot: Pilot) -> Iterator[Finding]:
    means = {cell: float(seconds.mean()) for cell, seconds in pilot.seconds.items()}
    median = float(np.median(list(means.values())))
    slow = [cell for cell in means if means[cell] > SLOW_CELL * median]
    if slow:
        slowest = max(slow, key=lambda cell: means[cell])
        yield Finding(
            "costs",
            f"{len(slow):,} of {len(means):,} cells",
            f"a replicate takes more than {SLOW_CELL} times as long as in most, "
            f"{format_duration(means[slowest])} in {slowest}, where the median is "
            f"{format_rounded(median)} s",
            "remove these values from simulation.grid, or lower population_size, "
            "recombination_rate or sequence_length there",
        )


def _find_unsuitable_shards(costs: Costs, simulation: Simulation, cores: int) -> Iterator[Finding]:
    size, replicates = simulation.shard_size, simulation.replicates
    typical, slowest = costs.seconds / costs.windows, costs.shard_seconds[1]
    overhead = costs.shards * JOB_SECONDS / cores
    if size * typical < SHORT_SHARD and size < replicates and overhead > MUCH_OVERHEAD:
        better = min(replicates, _round_to_one_digit(GOOD_SHARD / typical))
        yield Finding(
            "costs",
            "shards",
            f"{costs.shards:,} jobs of about {format_duration(size * typical)} each spend most of "
            "their time starting",
            f"raise simulation.shard_size to {better:,}; it changes no result",
        )
    if slowest > LONG_SHARD and size > 1:
        better = max(1, _round_to_one_digit(LONG_SHARD / 3 / slowest * min(size, replicates)))
        yield Finding(
            "costs",
            "shards",
            f"the slowest shards take {format_duration(slowest)}, which is lost when a job is "
            "killed",
            f"lower simulation.shard_size to {better:,}; it changes no result",
        )


def _round_to_one_digit(number: float) -> int:
    """Return a number with one significant digit."""
    return int(float(f"{number:.0e}"))
