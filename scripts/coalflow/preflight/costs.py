"""What a run will take: time, memory and disk, from a pilot."""

import dataclasses
import os
import pathlib
import shutil

import numpy as np

from coalflow.config import grid
from coalflow.preflight.findings import Figure, Finding, amount, counted, duration, rounded

# Of each shard's job, for Snakemake to start it and for Python to import msprime and numba.
JOB_SECONDS = 2.0
JOB_MEMORY = 200e6  # bytes
# Times of the same work differ so much, whatever else the machine does.
LEAST_ERROR = 0.1
MANY_CORES = 100
# Shorter shards are mostly start, where they are many; longer ones are lost when killed.
SHORT_SHARD, LONG_SHARD, GOOD_SHARD = 5, 30 * 60, 60  # seconds
MUCH_OVERHEAD = 60  # seconds
SUBMISSION = 20 * 60  # seconds of a job that a cluster is given
SLOW_CELL = 20  # times the median
# Of a window, beside alleles as bits: a position as float32 and the mask.
BYTES_OF_A_SITE = 5


@dataclasses.dataclass(frozen=True)
class Costs:
    """What the simulations of a run take.

    ``seconds`` is their work on one core, ``error`` its standard error; ``shard_seconds`` are
    those of a shard of the fastest and of the slowest cell; ``disk`` is in bytes, ``job_memory``
    what a shard's job needs, ``training`` what all encoded windows need in memory.
    """

    cells: int
    windows: int
    shards: int
    seconds: float
    error: float
    shard_seconds: tuple
    disk: float
    job_memory: float
    training: float

    def wall(self, cores, errors=0):
        """Return the seconds it takes on so many cores, or so many standard errors more.

        Errors multiply, for times are never negative, and many are a bit too long.
        """
        work = self.seconds * (1 + self.error / self.seconds) ** errors + self.shards * JOB_SECONDS
        return max(work / cores, self.shard_seconds[1] + JOB_SECONDS)

    @property
    def shards_together(self):
        """How many shards, one after the other, make a good job for a cluster."""
        return max(1, round(SUBMISSION / (self.seconds / self.shards + JOB_SECONDS)))


def estimate(pilot, simulation, encoding):
    """Return the :class:`Costs` of a run; cells that were not tried are like those that were.

    ``simulation`` and ``encoding`` are the config's sections.
    """
    replicates, tried = simulation["replicates"], len(pilot.shards)
    means = np.array([seconds.mean() for seconds in pilot.seconds.values()])
    errors = np.array([_error_of_mean(seconds) for seconds in pilot.seconds.values()])
    share_untried = 1 - tried / pilot.cells
    between = means.std() ** 2 * share_untried / tried
    size = min(simulation["shard_size"], replicates)
    largest = max(pilot.bytes_of(cell) for cell in pilot.shards)
    on_disk = np.mean([pilot.bytes_of(cell) for cell in pilot.shards])
    windows = pilot.cells * replicates
    seconds = windows * means.mean()
    error = windows * ((errors**2).sum() / tried**2 + between) ** 0.5
    bits = -(-grid.haplotypes(simulation) // 8)
    return Costs(
        cells=pilot.cells,
        windows=windows,
        shards=pilot.cells * len(grid.shard_ranges(simulation)),
        seconds=seconds,
        error=max(error, LEAST_ERROR * seconds),
        shard_seconds=(size * means.min(), size * means.max()),
        disk=windows * on_disk,
        # Once as they come, once as the arrays that are written.
        job_memory=JOB_MEMORY + pilot.memory + 2 * size * largest,
        training=windows * encoding["sites"] * (bits + BYTES_OF_A_SITE),
    )


def _error_of_mean(seconds):
    """Return the standard error of a mean time; a single one is as uncertain as it is long."""
    return seconds.std(ddof=1) / len(seconds) ** 0.5 if len(seconds) > 1 else seconds[0]


def figures(costs, cores):
    """Return the costs as figures."""
    low, high = costs.wall(cores, errors=-2), costs.wall(cores, errors=2)
    numbers = [
        ("cells", costs.cells, ""),
        ("windows", costs.windows, ""),
        ("shards", costs.shards, ""),
        ("bytes on disk", costs.disk, "bytes"),
        ("seconds of work", costs.seconds, "s"),
        (f"seconds on {cores} cores", costs.wall(cores), "s"),
        (f"seconds on {cores} cores, at least", low, "s"),
        (f"seconds on {cores} cores, at most", high, "s"),
        (f"seconds on {MANY_CORES} cores", costs.wall(MANY_CORES), "s"),
        ("seconds of the fastest shard", costs.shard_seconds[0], "s"),
        ("seconds of the slowest shard", costs.shard_seconds[1], "s"),
        (f"shards in {duration(SUBMISSION)} on one core", costs.shards_together, ""),
        ("memory of a shard's job", costs.job_memory, "bytes"),
        ("memory of all encoded windows", costs.training, "bytes"),
    ]
    return [Figure("costs", "run", *number) for number in numbers]


def lines(costs, pilot, simulation, cores):
    """Return what the terminal shows of the costs, pairs of a label and words."""
    tried = sum(len(seconds) for seconds in pilot.seconds.values())
    took = sum(seconds.sum() for seconds in pilot.seconds.values())
    fastest, slowest = (duration(seconds) for seconds in costs.shard_seconds)
    shard = fastest if fastest == slowest else f"{fastest} to {slowest}"
    likely, low, high = (duration(costs.wall(cores, errors)) for errors in (0, -2, 2))
    return [
        (
            "will be made",
            f"{counted(costs.cells, 'cell')} of {simulation['replicates']:,} replicates: "
            f"{costs.windows:,} windows in {counted(costs.shards, 'shard')}, {amount(costs.disk)}",
        ),
        (
            "pilot",
            f"{counted(tried, 'replicate')} of {len(pilot.shards):,} of "
            f"{counted(costs.cells, 'cell')} in {duration(took)}",
        ),
        (
            "importing takes" if "import" in simulation else "simulations take",
            f"{likely} on this machine, with {counted(cores, 'core')} to itself ({low} to {high}), "
            f"{duration(costs.wall(MANY_CORES))} on {MANY_CORES} cores like these; training not "
            "counted",
        ),
        ("a shard takes", f"{shard}, and {amount(costs.job_memory)} of memory"),
        *([] if "import" in simulation else [_cluster_job(costs)]),
        ("encoded windows", f"{amount(costs.training)} of memory for all of them"),
    ]


def _cluster_job(costs):
    return (
        "a cluster's job",
        f"of {duration(SUBMISSION)} has {counted(costs.shards_together, 'shard')} for each of its "
        "cores (group-components in profiles/slurm)",
    )


def findings(costs, pilot, simulation, cores):
    """Return findings about time, memory and disk, for a run that is started here."""
    found = [
        *_failures(pilot),
        *_slow_cells(pilot),
        *([] if "import" in simulation else _shards(costs, simulation, cores)),
    ]
    free = shutil.disk_usage(pathlib.Path.cwd()).free
    if costs.disk > free:
        found.append(
            Finding(
                "costs",
                "disk",
                f"the shards need {amount(costs.disk)}, and {amount(free)} are free",
                "start Snakemake where there is more room, lower simulation.replicates or shorten "
                "simulation.sequence_length",
            )
        )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if 2 * costs.training > memory:
        found.append(
            Finding(
                "costs",
                "memory",
                f"all encoded windows are {amount(costs.training)}, of which steps hold up to two "
                f"copies, and this machine has {amount(memory)}",
                "lower encoding.sites or simulation.replicates, or take a machine with more",
            )
        )
    if costs.job_memory * cores > memory:
        found.append(
            Finding(
                "costs",
                "memory",
                f"{cores} shards at a time need {amount(costs.job_memory * cores)}, and this "
                f"machine has {amount(memory)}",
                "lower simulation.shard_size, or start Snakemake with fewer --cores",
            )
        )
    return found


def _failures(pilot):
    for message in list(pilot.failures.values())[:1]:
        yield Finding(
            "costs",
            f"{len(pilot.failures):,} of {pilot.cells:,} cells",
            f"cannot be simulated; {message}",
            "change what the message names, or take these values out of simulation.grid",
        )


def _slow_cells(pilot):
    means = {cell: seconds.mean() for cell, seconds in pilot.seconds.items()}
    median = np.median(list(means.values()))
    slow = [cell for cell in means if means[cell] > SLOW_CELL * median]
    if slow:
        slowest = max(slow, key=means.get)
        yield Finding(
            "costs",
            f"{len(slow):,} of {len(means):,} cells",
            f"a replicate takes more than {SLOW_CELL} times as long as in most, "
            f"{duration(means[slowest])} in {slowest}, where the median is "
            f"{rounded(median)} s",
            "take these values out of simulation.grid, or lower population_size, "
            "recombination_rate or sequence_length there",
        )


def _shards(costs, simulation, cores):
    size, replicates = simulation["shard_size"], simulation["replicates"]
    typical, slowest = costs.seconds / costs.windows, costs.shard_seconds[1]
    overhead = costs.shards * JOB_SECONDS / cores
    if size * typical < SHORT_SHARD and size < replicates and overhead > MUCH_OVERHEAD:
        better = min(replicates, _round_number(GOOD_SHARD / typical))
        yield Finding(
            "costs",
            "shards",
            f"{costs.shards:,} jobs of some {duration(size * typical)} each are mostly start",
            f"raise simulation.shard_size to {better:,}; it changes no result",
        )
    if slowest > LONG_SHARD and size > 1:
        better = max(1, _round_number(LONG_SHARD / 3 / slowest * min(size, replicates)))
        yield Finding(
            "costs",
            "shards",
            f"the slowest shards take {duration(slowest)}, which is lost when a job is killed",
            f"lower simulation.shard_size to {better:,}; it changes no result",
        )


def _round_number(number):
    """Return a number with one digit that counts."""
    return int(float(f"{number:.0e}"))
