"""Estimate the costs of large runs, by dry runs and small samples; write docs/scale.md.

Three things are measured, each for two configs, config/config.yaml (neutral windows) and
config/sweeps.yaml:

- **simulations**: some replicates of each cell, by the code that the rule `simulate` runs;
- **plans**: `snakemake --dry-run` of 10^4 to 10^8 replicates: its seconds, the memory of the main
  process, jobs by rule;
- **programs**: each command of a run whose shards repeat those replicates under other numbers and
  seeds, at two sizes. A straight line through the two gives the cost of a million more.

Seconds are processor time with one thread, so that other work on the machine matters little.
Measurements are kept in the folder; when the program is started again, it resumes from there.

    python tools/scale.py --folder scale
"""

import argparse
import dataclasses
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import numpy as np
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config import grid
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker
from coalflow.core import seeds
from coalflow.evaluation.bootstrap import BOOTSTRAPS
from coalflow.preflight.costs import JOB_SECONDS
from coalflow.preflight.findings import format_bytes, format_duration, format_rounded
from coalflow.simulation.replicates import Replicates
from coalflow.windows import shards

PAGE = ROOT / "docs" / "scale.md"
# Configs, and the sizes at which their programs run; windows of sweeps are larger.
SIZES = {"config": (5_000, 20_000, 100_000), "sweeps": (1_000, 3_000, 10_000)}
# What grows with the number of replicates; at the last size only what needs no models.
WITHOUT_MODELS = ("split", "describe_dataset", "summarise")
GROWING = (*WITHOUT_MODELS, "train", "fit_baseline", "calibrate", "evaluate")
PLANS = [10**exponent for exponent in range(4, 9)]
SHARD_SECONDS = 60  # a shard is that much work, until there are many
MANY_SHARDS = 2000
DEFAULT_SHARD = 2500
MANY_SHORT_SHARDS = (10**6, 10**7)  # plans of this many replicates in shards of the default size
FILES_OF_A_SHARD = 4  # the shard, its log, its benchmark, what Snakemake notes of it
# A run as small as can be: programs are what is measured, not how well nets learn.
SMALL = {"training": {"epochs": 1, "threads": 1}, "models": {"nets": ["coalflow"], "restarts": 1}}

EPOCHS = 12  # the recipe of our own net
PROCESSES = 16  # that split and summarise windows, on one machine
WINDOWS = {"config": "neutral", "sweeps": "sweeps"}
PLAN_HEADER = (
    "windows",
    "replicates",
    "per shard",
    "shards",
    "seconds to plan",
    "MB of Snakemake",
) + ("submissions", "files", "on disk")
PROGRAM_HEADER = ("step", "neutral: seconds", "MB", "sweeps: seconds", "MB")
PREDICTION_HEADER = (
    "windows",
    "replicates",
    "cores",
    "simulations",
    "split",
    "statistics",
    "baselines",
) + ("nets", "evaluation", "total", "longest")


TEXT = """\
# Large runs

This page is written by `tools/scale.py`, from dry runs and small samples: no run of 100 million
replicates has been made. Two kinds of windows are measured: *neutral*, those of the quickstart (9
cells, 20 haplotypes, 40 sites), and *sweeps*, those of `config/sweeps.yaml` (5 cells, 100
haplotypes, 480 sites). Simulating one takes {cost}. Seconds are processor time on one core.

## Planning

Before anything runs, Snakemake plans all jobs, and each shard is one job. So shards should take a
minute or more, and there should be at most a few thousand. Their size, `simulation.shard_size`,
changes no result. `snakemake check` reports how long a shard takes.

{plans}

- **submissions**: to SLURM, with {groups} shards each, of windows or of the null, or {groups}
  checks of sweeps (`group-components` of `profiles/slurm/profile.yaml`), and every other job by
  itself.
- **files**: the shards, and for each a log, a benchmark and Snakemake's record of it. Everything
  else is a few hundred files.

With {default:,} replicates per shard, the default, for the neutral windows:

{short}

A run with more than {most:,} shards is refused, with a suggested size.

## Steps

Seconds of one core, and MB of memory, for a million additional replicates: linear extrapolations
from samples of {small} neutral windows and {small_sweeps} with sweeps, and, for steps that need no
models, of {large} and {large_sweeps}. The memory of other steps cannot be estimated from such
samples. Steps that take the same time for any number of replicates, such as scans, are left out.
`train` is one epoch, and `epochs` two; the time not explained by one epoch goes into reading and
encoding windows.

{programs}

Encoded windows go to disk if they would take more than a third of the memory that a training job
requests (`mem_mb`). So does what the first layer of `coalflow` makes of them
([own_net.md](own_net.md)): then it is in `results/<run>/first_layers/`, where restarts, trials of
a search and nets of a learning curve share it, until Snakemake has finished without an error. If
it is more than half of what the disk has left, it is not kept, but computed for each batch; the
log says where it is. Tables are held in memory.

## A million replicates, and a hundred million

These estimates follow from both, if

- a job starts in {job} s, and no job waits in a queue;
- all cores together read and write as fast as one does;
- shards are as in the first table, nothing fails, and cores are as fast as the one measured;
- each net is trained once, for {epochs} epochs, on one core, all nets at once if there are enough
  cores;
- `split` and `summarise` have up to {processes} cores (`set-threads` in the profile).

The steps of a row run one after another, except that nets are trained in parallel with statistics
and baselines.

{predictions}

{genomes}## Limits, and how to move them

In the order in which you meet them:

1. **Training.** On one core an epoch takes longer than simulating all windows on a hundred cores.
   Train on a GPU (`training.device`), with several `training.processes`, and for fewer epochs: what
   matters is how many windows a net has seen, not how often. `snakemake learning_curve` shows
   whether more replicates help at all.
2. **Baselines.** Each is fitted on one core, on all training windows. Name fewer in
   `models.baselines`: `mean` and one other are the most informative.
3. **Evaluation.** `evaluate` draws {bootstraps:,} bootstrap samples of all test windows for every
   model. A smaller `split.test` is enough: with 100,000 test windows intervals are narrower than
   anyone needs.
4. **Memory.** Split, statistics and predictions are tables of all replicates, and most steps that
   read one hold all of it; `describe_dataset` holds all encoded windows. Baselines read only the
   statistics that they need, column by column: a million replicates with 212 statistics take .6
   GB for `mean`, 1.9 for `ridge`, 2.6 for `gradient_boosting` and 4.8 for `logistic_regression`
   (`python bench/fit_baseline.py`), and more replicates take more in proportion. Set `mem_mb` of
   such a step from here and from the table above (`set-resources`); it grows when the job is
   retried. From ten million replicates on this requires large machines. It could be reduced by
   reading more tables in parts, and by fitting baselines on a sample.
5. **Statistics and the split.** Both read every shard, with as many processes as the rule has
   threads: `--set-threads split=16 summarise=16`, or `set-threads` in a profile. They use at most
   one machine; for several machines they would have to be divided into jobs.
6. **Planning.** See above: with shards of a minute, never.
7. **Simulation.** Each shard is a separate job, so simulations can use any number of cores, down to
   one shard each. Groups of the SLURM profile run {groups} shards on a few cores: if you have more
   cores, lower `shards` in its `group-components`.

## Other executors, and files elsewhere

Rules and programs do not depend on SLURM. A small run gave the same models, predictions and
metrics, to the byte, with `snakemake-executor-plugin-cluster-generic` (in groups, with a submit
command that only started the job) and on one machine with all results stored elsewhere by
`snakemake-storage-plugin-fs`:

    snakemake --executor cluster-generic --cluster-generic-submit-cmd ./submit.sh --jobs 100
    snakemake --default-storage-provider fs --default-storage-prefix /elsewhere \\
        --shared-fs-usage persistence sources source-cache software-deployment

Assumptions:

- **A shared file system**, unless there is a storage plugin: jobs read and write below `results/`,
  relative to where Snakemake was started, and your own files at the paths in the config.
- **A rule's inputs are everything that its program reads, its outputs everything that it leaves**,
  and folders are found by the files in them. So a storage plugin transfers what is needed. There
  are three exceptions: a checkpoint is not an output, so interrupted training resumes only if its
  folder still exists; nor is `first_layers/`, which is rebuilt where it is missing; and
  `check` leaves its tables where it ran.
- **Your own files are where Snakemake and its jobs look.** The config is checked wherever it is
  read, and each job reads it too: genomes, `observation.like`, masks, maps, joint draws and
  imports have to be at their paths on every machine. With a storage plugin they have to be in the
  storage as well.
- **Programs are in `scripts/`.** Without shared sources, `--job-deploy-sources` sends all files
  that git tracks, so start from a clone.
- **Nothing is streamed.** Shards and tables have their index at the end, and a VCF is opened more
  than once (`access.multi`), so a plugin must copy files, not mount them. Each step that reads all
  shards transfers all of them: if these are many GB, run such steps on one machine, or share the
  file system between jobs.
- **Space next to the results** for one shard per core while it is written, and for a net's encoded
  windows.
"""


class Measured:
    """What has been measured, kept in a JSON file as soon as it is known."""

    def __init__(self, path):
        self.path = path
        self.known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def get(self, name, measure):
        """Return what is kept under a name, measured now if it is not there."""
        if name not in self.known:
            print(name, flush=True)
            self.known[name] = measure()
            self.path.write_text(json.dumps(self.known, indent=1), encoding="utf-8")
        return self.known[name]


@dataclasses.dataclass(frozen=True)
class Run:
    """A config of config/, with numbers of replicates in all and of each shard."""

    name: str
    replicates: int
    shard_size: int
    folder: pathlib.Path

    @property
    def per_cell(self):
        """Replicates of each cell, dealt out whole by the split."""
        return max(20, round(self.replicates / len(self.cells)))

    @property
    def cells(self):
        """The cells of the config, by name."""
        return self.maker.cells

    @property
    def shards(self):
        """How many shards there are."""
        return len(self.cells) * -(-self.per_cell // self.shard_size)

    @functools.cached_property
    def maker(self):
        """Makes settings from the config as it is in config/, checked, defaults filled in."""
        written = yaml.safe_load(
            (ROOT / "config" / f"{self.name}.yaml").read_text(encoding="utf-8")
        )
        os.chdir(ROOT)  # to which paths in configs are relative
        return SettingsMaker(read_config(written))

    @property
    def results(self):
        """The folder of the results."""
        return self.folder / "results" / self.maker.config.run

    def snakemake(self, *arguments):
        """Return a command that starts Snakemake for this run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "config").exists():
            (self.folder / "config").symlink_to(ROOT / "config")
        simulation = {"replicates": self.per_cell, "shard_size": self.shard_size}
        sizes = self.folder / "sizes.yaml"
        sizes.write_text(yaml.safe_dump({**SMALL, "simulation": simulation}), encoding="utf-8")
        config = ROOT / "config" / f"{self.name}.yaml"
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--configfile", str(config), str(sizes), "--directory", str(self.folder)]
        return [*command, "--cores", "1", *arguments]


def main():
    """Measure what is not measured yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for runs; some GB")
    parser.add_argument("--distinct", type=int, default=200, help="replicates of each cell")
    parser.add_argument("--write-only", action="store_true", help="write what is measured")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    measured = Measured(folder / "measured.json")
    if not arguments.write_only:
        for name in SIZES:
            measure(measured, name, folder / name, arguments.distinct)
    PAGE.write_text(page(measured.known), encoding="utf-8")


def measure(measured, name, folder, distinct):
    """Measure all of one config that is not measured yet."""
    sample = Run(name, 0, distinct, folder / "sample")
    simulated = measured.get(f"{name}: simulations", lambda: simulate(sample, distinct))
    for replicates in PLANS:
        size = shard_size(replicates, simulated["seconds"], len(sample.cells))
        run = Run(name, replicates, size, folder / "plan")
        measured.get(f"{name}: plan of {replicates}", lambda run=run: plan(run))
    for replicates in MANY_SHORT_SHARDS if name == "config" else []:
        run = Run(name, replicates, DEFAULT_SHARD, folder / "plan")
        measured.get(f"{name}: short shards of {replicates}", lambda run=run: plan(run))
    for replicates in SIZES[name]:
        run = Run(name, replicates, DEFAULT_SHARD, folder / str(replicates))
        programs(run, sample, measured, replicates == SIZES[name][-1])


def shard_size(replicates, seconds, number_of_cells):
    """Return how many replicates make a shard: a minute's work, more where there are many."""
    size = max(SHARD_SECONDS / seconds, replicates / MANY_SHARDS)
    return int(min(replicates / number_of_cells, float(f"{size:.1e}")))


# Simulations ---------------------------------------------------------------------------------


def simulate(run, number):
    """Simulate some replicates of each cell; return seconds and bytes of one, on average."""
    seconds = bytes_on_disk = 0
    for cell in run.cells.values():
        settings = run.maker.simulate(cell)
        Replicates(settings).add(0)  # what is compiled is compiled once
        replicates = Replicates(settings)
        started = time.process_time()
        for replicate in range(number):
            replicates.add(replicate)
        seconds += time.process_time() - started
        path = run.results / "shards" / cell.name / grid.name_shard(0)
        replicates.write(path)
        bytes_on_disk += path.stat().st_size
    total = number * len(run.cells)
    return {"seconds": seconds / total, "bytes": bytes_on_disk / total}


# Plans ---------------------------------------------------------------------------------------


def plan(run):
    """Return what a dry run takes, and how many jobs of each rule there would be."""
    output, costs = watched(run.snakemake("--dry-run", "--quiet", "rules"))
    jobs = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", output, re.M)}
    del jobs["total"]
    return {"shard_size": run.shard_size, "shards": run.shards, "jobs": jobs, **costs}


def watched(command, **options):
    """Run a command; return its output, and seconds of processors, of the clock, and MB."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command}\n{output}")
    return output, {
        "seconds": used.ru_utime + used.ru_stime,
        "clock": time.perf_counter() - started,
        "MB": used.ru_maxrss / 1e3,
    }


# Programs ------------------------------------------------------------------------------------


def programs(run, sample, measured, without_models):
    """Run every program once, or those that need no models; keep the costs of each."""
    write_shards(run, sample)
    again = ("--rerun-triggers", "mtime", "--forcerun", "measure_observation")
    output, _ = watched(run.snakemake("--dry-run", "--printshellcmds", *again))
    wanted = {"measure_observation", *(WITHOUT_MODELS if without_models else GROWING)}
    done = set()
    for command in re.findall(r"^Shell command: (?!None\n)(.*?)\n\n", output, re.M | re.S):
        # A job's log is named by its rule, and by what distinguishes it from others of the rule.
        job = re.search(r"> *results/\S+?/logs/(\S+)\.log", command)[1]
        rule, *which = job.split("/")
        if rule not in wanted:
            continue
        done.add(rule)
        name = f"{run.name}: {job} with {run.replicates}"
        measured.get(name, lambda command=command: perform(run, command))
        if rule == "train":
            longer = command.replace('"epochs": 1', '"epochs": 2')
            name = f"{run.name}: epochs of {which[0]} with {run.replicates}"
            measured.get(name, lambda longer=longer: perform(run, longer))
    if wanted - done:
        sys.exit(f"no commands of {', '.join(sorted(wanted - done))} in {output}")


def perform(run, command):
    """Run a program of the workflow; return what it takes."""
    for path in re.findall(r"results/[^\s'\"]+", command):
        (run.folder / path).parent.mkdir(parents=True, exist_ok=True)
    paths = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    alone = {**os.environ, "PATH": paths, "OMP_NUM_THREADS": "1"}
    _, costs = watched(["bash", "-c", command], cwd=run.folder, env=alone)
    return costs


def write_shards(run, sample):
    """Write all shards of a run; they hold the sample's replicates, repeatedly."""
    for name in run.cells:
        tried = shards.read_shard(sample.results / "shards" / name / grid.name_shard(0))
        (run.results / "sweeps").mkdir(parents=True, exist_ok=True)
        (run.results / "sweeps" / f"{name}.tsv").touch()
        ranges = grid.list_shard_ranges(run.per_cell, run.shard_size)
        for index, (first, count) in enumerate(ranges):
            path = run.results / "shards" / name / grid.name_shard(index)
            if not path.exists():
                write_shard(path, tried, range(first, first + count), run.maker.config.seed)


def write_shard(path, tried, numbers, run_seed):
    """Write one shard, of replicates of another in turn, under numbers and seeds of their own."""
    writer, haplotypes = shards.ShardWriter(), tried.samples.number_of_haplotypes
    rows = np.array(numbers) % len(tried.replicate)
    for number, row in zip(numbers, rows.tolist(), strict=True):
        sites = slice(*tried.offsets[row : row + 2])
        alleles = np.unpackbits(tried.haplotypes[sites], axis=1, count=haplotypes).astype(bool)
        seed = seeds.derive_replicate_seed(run_seed, tried.meta.cell, number)
        writer.add_alleles(alleles, tried.positions[sites], number, seed)
    truth = {name: values[rows] for name, values in tried.truth.items()}
    writer.write(path, truth, shards.ShardMeta(cell=tried.meta.cell, samples=tried.samples))


# The page ------------------------------------------------------------------------------------


def read_genomes():
    """Return the section on genomes as it stands: other programs measure it."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index("## Genomes") : text.index("## Limits")]


def page(known):
    """Return the page of what is measured, and what follows from it."""
    plans = [row for name in SIZES for row in rows_of_plans(known, name)]
    return TEXT.format(
        genomes=read_genomes(),
        plans=table(PLAN_HEADER, plans),
        short=table(
            PLAN_HEADER, rows_of_plans(known, "config", "short shards of", MANY_SHORT_SHARDS)
        ),
        programs=table(PROGRAM_HEADER, rows_of_programs(known)),
        predictions=table(PREDICTION_HEADER, rows_of_predictions(known)),
        cost=" and ".join(
            f"{format_rounded(1e3 * known[f'{name}: simulations']['seconds'])} ms ({WINDOWS[name]})"
            for name in SIZES
        ),
        epochs=EPOCHS,
        job=format_rounded(JOB_SECONDS),
        groups=read_groups()["simulate"],
        processes=PROCESSES,
        default=DEFAULT_SHARD,
        most=grid.MAX_SHARDS,
        bootstraps=BOOTSTRAPS,
        small=both(SIZES["config"][:2]),
        small_sweeps=both(SIZES["sweeps"][:2]),
        large=both(SIZES["config"][1:]),
        large_sweeps=both(SIZES["sweeps"][1:]),
    )


def table(header, rows):
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def both(sizes):
    """Return two sizes of samples in words."""
    return " and ".join(f"{size:,}" for size in sizes)


def read_groups():
    """Return how many jobs of each rule that has a group the SLURM profile submits together."""
    profile = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text(encoding="utf-8"))
    groups = dict(line.split("=") for line in profile["groups"])
    components = dict(line.split("=") for line in profile["group-components"])
    return {rule: int(components[group]) for rule, group in groups.items() if group in components}


def count_submissions(jobs):
    """Return how many jobs SLURM has for these, by rule."""
    groups = read_groups()
    return sum(-(-count // groups.get(rule, 1)) for rule, count in jobs.items())


def rows_of_plans(known, name, what="plan of", sizes=tuple(PLANS)):
    """Return what Snakemake takes for runs of many sizes."""
    replicate_bytes = known[f"{name}: simulations"]["bytes"]
    rows = []
    for replicates in sizes:
        planned = known[f"{name}: {what} {replicates}"]
        shards_of_run = planned["shards"]
        rows.append(
            (
                WINDOWS[name],
                f"{replicates:,}",
                f"{planned['shard_size']:,}",
                f"{shards_of_run:,}",
                format_rounded(planned["seconds"]),
                format_rounded(planned["MB"]),
                f"{count_submissions(planned['jobs']):,}",
                f"{FILES_OF_A_SHARD * shards_of_run:,}",
                format_bytes(replicate_bytes * replicates),
            )
        )
    return rows


class Line:
    """The straight line through what a step takes at two sizes."""

    def __init__(self, known, name, step, what):
        measured = {size: known.get(f"{name}: {step} with {size}") for size in SIZES[name]}
        points = [(size, costs[what]) for size, costs in measured.items() if costs]
        (x, y), (x_more, y_more) = points[-2:]
        self.slope = max(0.0, (y_more - y) / (x_more - x))
        self.start = max(0.0, y - self.slope * x)

    def at(self, replicates):
        """Return what the step takes for this many replicates."""
        return self.start + self.slope * replicates


def steps_of(known, name, rule=""):
    """Return the steps of a config that are measured, in their order: ``train/coalflow/0``."""
    pattern = re.compile(rf"{name}: ({rule}.*) with {SIZES[name][0]}")
    return [found[1] for found in map(pattern.fullmatch, known) if found]


def rows_of_programs(known):
    """Return seconds and MB that each step takes for a million replicates more."""
    rows = [["`simulate`"]]
    for name in SIZES:
        rows[0] += [format_rounded(1e6 * known[f"{name}: simulations"]["seconds"]), ""]
    steps = dict.fromkeys(step for name in SIZES for step in steps_of(known, name))
    for step in steps:
        if step != "measure_observation":
            rows.append([f"`{step}`"])
            for name in SIZES:
                for what, shown in (("seconds", steps_of(known, name)), ("MB", WITHOUT_MODELS)):
                    cost = Line(known, name, step, what).slope if step in shown else None
                    rows[-1].append("" if cost is None else format_rounded(1e6 * cost))
    return rows


def rows_of_predictions(known):
    """Return how long runs would take on 1, 100 and 1,000 cores, and which step is the longest."""
    rows = []
    for name in SIZES:
        for replicates in (10**6, 10**8):
            for cores in (1, 100, 1000):
                steps = prediction(known, name, replicates, cores)
                longest = max(steps, key=steps.get)
                rows.append(
                    (
                        WINDOWS[name],
                        f"{replicates:,}",
                        f"{cores:,}",
                        *(format_duration(seconds) for seconds in steps.values()),
                        format_duration(together(steps, cores)),
                        longest,
                    )
                )
    return rows


def together(steps, cores):
    """Return the seconds of a run; several cores train nets while they fit baselines."""
    baselines = steps["statistics"] + steps["baselines"]
    spared = min(steps["nets"], baselines) if cores > 1 else 0
    return sum(steps.values()) - spared


def prediction(known, name, replicates, cores):
    """Return the seconds of each step of a run, of those that wait for one another."""

    def line(step):
        return Line(known, name, step, "seconds").at(replicates)

    def shared(step):
        return line(step) / min(cores, PROCESSES)

    planned = known[f"{name}: plan of {replicates}"]
    work = replicates * known[f"{name}: simulations"]["seconds"]
    work += planned["shards"] * JOB_SECONDS
    a_shard = planned["shard_size"] * known[f"{name}: simulations"]["seconds"] + JOB_SECONDS
    # An epoch more is the second of two.
    nets = [
        line(job) + (EPOCHS - 1) * (line(f"epochs of {job.split('/')[1]}") - line(job))
        for job in steps_of(known, name, "train/")
    ]
    baselines = [line(job) for job in steps_of(known, name, "fit_baseline/")]
    at_once = sum if cores == 1 else max
    return {
        "simulations": max(work / cores, a_shard),
        "split": shared("split"),
        "statistics": shared("summarise"),
        "baselines": at_once(baselines),
        "nets": at_once(nets),
        "evaluation": line("calibrate") + line("evaluate"),
    }


if __name__ == "__main__":
    main()
