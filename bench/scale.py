"""What large runs take: plans by dry runs, programs by small samples; writes docs/scale.md.

Three things are measured, each for two configs, config/config.yaml (neutral windows) and
config/sweeps.yaml:

- **simulations**: some replicates of each cell, by the code that the rule `simulate` runs;
- **plans**: `snakemake --dry-run` of 10^4 to 10^8 replicates: its seconds, the memory of the main
  process, jobs by rule;
- **programs**: each command of a run whose shards hold those replicates again and again under other
  numbers and seeds, at two sizes. A straight line through the two tells what a million more take.

Seconds are those that a processor works, one thread, so that other work on the machine counts little.
What is measured is kept in the folder; when the program is started again, it goes on from there.

    python bench/scale.py --folder scale
"""

import argparse
import dataclasses
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

from coalflow import catalogue, cells, scenarios, seeds, shards, targets  # noqa: E402
from coalflow.config import limits, prepare, read_schema  # noqa: E402
from coalflow.simulation.replicates import Replicates  # noqa: E402

PAGE = ROOT / "docs" / "scale.md"
CONFIGS = ("config", "sweeps")
PLANS = [10**exponent for exponent in range(4, 9)]
SHARD_SECONDS = 60  # a shard is that much work, until there are many
MANY_SHARDS = 1000
FILES_OF_A_SHARD = 4  # the shard, its log, its benchmark, what Snakemake notes of it
# A run as small as can be: programs are what is measured, not how well nets learn.
SMALL = {"training": {"epochs": 1, "threads": 1}, "models": {"restarts": 1}}


class Measured:
    """What has been measured, kept in a JSON file as soon as it is known."""

    def __init__(self, path):
        self.path = path
        self.known = json.loads(path.read_text()) if path.exists() else {}

    def get(self, name, measure):
        """Return what is kept under a name, measured now if it is not there."""
        if name not in self.known:
            print(name, flush=True)
            self.known[name] = measure()
            self.path.write_text(json.dumps(self.known, indent=1))
        return self.known[name]


@dataclasses.dataclass(frozen=True)
class Run:
    """A config of config/ with so many replicates in all and so many to a shard."""

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
        """The cells of the config."""
        return scenarios.cells(self.config["simulation"])

    @property
    def shards(self):
        """How many shards there are."""
        return len(self.cells) * -(-self.per_cell // self.shard_size)

    @property
    def config(self):
        """The config as it is in config/, checked, defaults filled in."""
        given = yaml.safe_load((ROOT / "config" / f"{self.name}.yaml").read_text())
        os.chdir(ROOT)  # paths in configs are seen from here
        return prepare(given, read_schema(ROOT / "workflow/schemas/config.schema.yaml"))

    @property
    def results(self):
        """The folder of the results."""
        return self.folder / "results" / self.config["run"]

    def snakemake(self, *arguments):
        """Return a command that starts Snakemake for this run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "config").exists():
            (self.folder / "config").symlink_to(ROOT / "config")
        simulation = {"replicates": self.per_cell, "shard_size": self.shard_size}
        sizes = self.folder / "sizes.yaml"
        sizes.write_text(yaml.safe_dump({**SMALL, "simulation": simulation}))
        config = ROOT / "config" / f"{self.name}.yaml"
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--configfile", str(config), str(sizes), "--directory", str(self.folder)]
        return [*command, "--cores", "1", *arguments]


def main():
    """Measure what is not measured yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for runs; some GB")
    parser.add_argument("--sizes", type=int, nargs=2, default=[20_000, 100_000])
    parser.add_argument("--distinct", type=int, default=200, help="replicates of each cell")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    measured = Measured(folder / "measured.json")
    for name in CONFIGS:
        sample = Run(name, 0, arguments.distinct, folder / name / "sample")
        simulated = measured.get(
            f"{name}: simulations", lambda run=sample: simulate(run, arguments.distinct)
        )
        for replicates in PLANS:
            size = shard_size(replicates, simulated["seconds"], len(sample.cells))
            run = Run(name, replicates, size, folder / name / "plan")
            measured.get(f"{name}: plan of {replicates}", lambda run=run: plan(run))
        for replicates in arguments.sizes:
            run = Run(name, replicates, 2500, folder / name / str(replicates))
            measured.get(
                f"{name}: programs with {replicates}",
                lambda run=run, sample=sample: programs(run, sample),
            )


def shard_size(replicates, seconds, number_of_cells):
    """Return how many replicates make a shard: a minute's work, more where there are many."""
    of_a_minute = SHARD_SECONDS / seconds
    size = max(of_a_minute, replicates / MANY_SHARDS)
    return int(min(replicates / number_of_cells, float(f"{size:.1e}")))


# Simulations ---------------------------------------------------------------------------------


def simulate(run, number):
    """Simulate some replicates of each cell; return seconds and bytes of one, on average."""
    simulation, schema = run.config["simulation"], yaml.safe_load(
        (ROOT / "workflow/schemas/config.schema.yaml").read_text()
    )
    graph = catalogue.of_config(simulation)
    seconds = bytes_on_disk = 0
    for cell in run.cells:
        told = cells.told(cell, simulation, graph, limits(schema))
        trees = targets.statistics_of_trees(run.config["target"])
        replicates = Replicates({"seed": run.config["seed"], **told, "trees": trees})
        replicates.add(0)  # what is compiled is compiled once
        replicates = Replicates({"seed": run.config["seed"], **told, "trees": trees})
        started = time.process_time()
        for replicate in range(number):
            replicates.add(replicate)
        seconds += time.process_time() - started
        path = run.results / "shards" / cell.name / scenarios.shard_name(0)
        replicates.write(path)
        bytes_on_disk += path.stat().st_size
    all_of_them = number * len(run.cells)
    return {"seconds": seconds / all_of_them, "bytes": bytes_on_disk / all_of_them}


# Plans ---------------------------------------------------------------------------------------


def plan(run):
    """Return what a dry run takes, and how many jobs of each rule there would be."""
    said, costs = watched(run.snakemake("--dry-run", "--quiet", "rules"))
    jobs = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", said, re.M)}
    return {"shard_size": run.shard_size, "shards": run.shards, "jobs": jobs, **costs}


def watched(command, **options):
    """Run a command; return what it said, and seconds of processors, of the clock, and MB."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command}\n{said}")
    return said, {
        "seconds": used.ru_utime + used.ru_stime,
        "clock": time.perf_counter() - started,
        "MB": used.ru_maxrss / 1e3,
    }


# Programs ------------------------------------------------------------------------------------


def programs(run, sample):
    """Run every program once; return the costs of each, by its rule and what it makes."""
    write_shards(run, sample)
    said, _ = watched(run.snakemake("--dry-run", "--printshellcmds", "--rerun-triggers", "mtime"))
    costs = {}
    for rule, job in re.findall(r"^(?:local)?rule (\w+):\n(.*?)\n\n", said, re.M | re.S):
        if rule == "all":
            continue
        command = re.search(r"^Shell command: (.*)", job, re.M | re.S)[1]
        (log,) = re.findall(r"^ +log: (.*)$", job, re.M)
        costs[log.split("/logs/")[1].removesuffix(".log")] = perform(run, command)
        if rule == "train":
            longer = command.replace('"epochs": 1', '"epochs": 2')
            costs[f"epoch of {log.split('/')[-2]}"] = perform(run, longer)
    return costs


def perform(run, command):
    """Run a program of the workflow; return what it takes."""
    for path in re.findall(r"results/[^\s'\"]+", command):
        (run.folder / path).parent.mkdir(parents=True, exist_ok=True)
    paths = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    alone = {**os.environ, "PATH": paths, "OMP_NUM_THREADS": "1"}
    _, costs = watched(["bash", "-c", command], cwd=run.folder, env=alone)
    return costs


def write_shards(run, sample):
    """Write all shards of a run; they hold the sample's replicates, again and again."""
    for cell in run.cells:
        name = scenarios.shard_name(0)
        of_cell = shards.read(sample.results / "shards" / cell.name / name)
        (run.results / "sweeps").mkdir(parents=True, exist_ok=True)
        (run.results / "sweeps" / f"{cell.name}.tsv").touch()
        simulation = {"replicates": run.per_cell, "shard_size": run.shard_size}
        for number, (first, count) in enumerate(scenarios.shard_ranges(simulation)):
            path = run.results / "shards" / cell.name / scenarios.shard_name(number)
            if not path.exists():
                write_shard(path, of_cell, cell.name, range(first, first + count), run.config)


def write_shard(path, of_cell, name, numbers, config):
    """Write one shard, of replicates of another in turn, under numbers and seeds of their own."""
    writer, n = shards.Writer(), of_cell.meta["haplotypes"]
    rows = np.array(numbers) % len(of_cell.replicate)
    for number, row in zip(numbers, rows.tolist(), strict=True):
        sites = slice(*of_cell.offsets[row : row + 2])
        alleles = np.unpackbits(of_cell.haplotypes[sites], axis=1, count=n).astype(bool)
        seed = seeds.replicate_seed(config["seed"], name, number)
        writer.add_alleles(alleles, of_cell.positions[sites], number, seed)
    truth = {key: values[rows] for key, values in of_cell.truth.items()}
    told = {key: of_cell.meta[key] for key in ("cell", "samples", "ploidy", "haplotypes")}
    writer.write(path, truth, told)


if __name__ == "__main__":
    main()
