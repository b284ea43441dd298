"""What the workflow costs on top of the simulations: two ways to the same targets, in turn.

1. Snakemake with the quickstart's grid, from nothing to ``split.parquet``: start-up,
   jobs, shards on disk, the split and its targets.
2. A bare loop over msprime and tskit, one process a core, that keeps nothing but
   Tajima's D: as anyone would write it; without msprime's provenance; and with freed
   memory kept as well, which are the two things that coalflow does for speed.

Ratios are speed of 1 against speed of 2; above 1 the workflow is faster.

    python bench/simulate.py --replicates 20000 --rounds 3
"""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import msprime
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.histories import contents
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import CellSettings
from coalflow.core import memory
from coalflow.simulation import demography

SITES = 40
BARE_LOOPS = {
    "as written": {"provenance": True, "memory_kept": False},
    "without provenance": {"provenance": False, "memory_kept": False},
    "with memory kept too": {"provenance": False, "memory_kept": True},
}


def main():
    """Time both ways in turn and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=20000, help="in all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    maker = SettingsMaker(read_config(config))
    cells = [maker.simulate(cell) for cell in maker.cells.values()]
    each = -(-arguments.replicates // len(cells))
    config["simulation"]["replicates"] = each

    print(f"{each * len(cells):,} replicates, {arguments.cores} cores")
    ratios = {name: [] for name in BARE_LOOPS}
    for number in range(1, arguments.rounds + 1):
        workflow = measure_seconds(run_workflow, config, arguments.cores)
        print(f"round {number}: workflow {workflow:.1f} s", end="", flush=True)
        for name, choices in BARE_LOOPS.items():
            bare = measure_seconds(run_bare_loops, cells, each, arguments.cores, choices)
            ratios[name].append(bare / workflow)
            print(f", bare loop {name} {bare:.1f} s", end="", flush=True)
        print()
    for name, values in ratios.items():
        print(f"speed against the bare loop, {name}: {format_spread(values)}")


def measure_seconds(function, *arguments):
    """Return how long a call takes."""
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def format_spread(values):
    """Show median, lowest and highest."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def run_workflow(config, cores):
    """Simulate and split with Snakemake, in a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("workflow", "scripts", "envs", "profiles"):
            shutil.copytree(ROOT / part, pathlib.Path(folder) / part)
        shutil.copy(ROOT / "Snakefile", folder)
        (pathlib.Path(folder) / "bench.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        target = f"results/{config['run']}/split.parquet"
        command = [sys.executable, "-m", "snakemake", "--quiet", "all", "--cores", str(cores)]
        subprocess.run(
            [*command, "--configfile", "bench.yaml", "--", target], cwd=folder, check=True
        )


def run_bare_loops(cells: list[CellSettings], replicates, cores, choices):
    """Simulate as many windows in one process a core, and compute Tajima's D."""
    with concurrent.futures.ProcessPoolExecutor(cores) as pool:
        jobs = [
            pool.submit(run_bare_loop, cells, range(core, replicates, cores), **choices)
            for core in range(cores)
        ]
        for job in jobs:
            job.result()


def run_bare_loop(cells: list[CellSettings], numbers, provenance, memory_kept):
    """Simulate some replicates of every cell; return Tajima's D of their middle 40 sites."""
    if memory_kept:
        memory.keep_memory_between_simulations()
    values = []
    for cell in cells:
        parameters = cell.parameters
        content = contents.make_content(cell.history, parameters)
        history = demography.convert_to_msprime(demography.build_graph(content))
        for number in numbers:
            trees = msprime.sim_ancestry(
                samples=cell.samples.number_of_individuals,
                demography=history,
                sequence_length=parameters["sequence_length"],
                recombination_rate=parameters["recombination_rate"],
                discrete_genome=False,
                random_seed=number + 1,
                record_provenance=provenance,
            )
            trees = msprime.sim_mutations(
                trees,
                rate=parameters["mutation_rate"],
                model=msprime.BinaryMutationModel(),
                discrete_genome=False,
                random_seed=number + 1,
                record_provenance=provenance,
            )
            positions = trees.sites_position
            if len(positions) > SITES:
                first = (len(positions) - SITES) // 2
                left, right = positions[first], positions[first + SITES]
                edges = [0, left, right, trees.sequence_length]
                values.append(trees.Tajimas_D(windows=edges)[1])
    return values


if __name__ == "__main__":
    main()
