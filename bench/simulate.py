"""What simulations cost, against msprime and tskit called in a bare loop, as anyone would write it.

1. A window of the quickstart, with mutations, against ``msprime.sim_ancestry`` and
   ``msprime.sim_mutations`` without provenance.
2. Windows to a shard: simulated, packed and written. The bare loop keeps nothing but Tajima's D.
3. The whole workflow, from nothing to ``split.parquet``: Snakemake, jobs, shards, the split and its
   targets. The bare loop is timed on fewer windows.

The bare loop keeps freed memory as well, without which msprime takes half as long again.

    python bench/simulate.py --before ../earlier
"""

from __future__ import annotations

import argparse
import functools
import itertools
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

import msprime
import yaml

import measuring

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.grid import Cell
from coalflow.config.histories import contents
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import SimulateSettings
from coalflow.core import memory
from coalflow.simulation import demography
from coalflow.simulation.cell_simulator import CellSimulator
from coalflow.simulation.replicates import Replicates

SITES = 40


def main() -> None:
    """Time all ways in turn and hand over the rows."""
    parser = measuring.make_parser(__doc__)
    parser.add_argument("--windows", type=int, default=30, help="of each cell, in a round")
    parser.add_argument("--replicates", type=int, default=20_000, help="of the workflow, in all")
    parser.add_argument("--workflow-rounds", type=int, default=2, help="0 to leave it out")
    arguments = parser.parse_args()
    memory.keep_memory_between_simulations()
    cells = read_cells()
    windows = arguments.windows * len(cells)
    ways = make_ways(cells, arguments.windows)
    if arguments.serve:
        measuring.serve(ways)
        return
    ways |= make_bare_ways(cells, arguments.windows)
    left_out = []
    if arguments.before:
        try:
            options = ("--windows", str(arguments.windows))
            server = measuring.start_before(arguments.before, __file__, *options)
            ways |= {f"{name}, before": server.time(name) for name in server.names}
        except measuring.CannotRun as problem:
            left_out.append(str(problem))
    times = measuring.time_rounds(ways, arguments.rounds)
    rows = make_rows(times, windows)
    if arguments.workflow_rounds:
        rows.append(time_workflow(arguments, cells, ways["msprime and tskit"], windows))
    measuring.hand_over(rows, arguments.output, left_out)


def read_config_file() -> dict:
    """Return the quickstart's config as it is written."""
    return yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))


def read_cells() -> list[tuple[SettingsMaker, Cell]]:
    """Return the quickstart's cells, with what makes settings of them."""
    maker = SettingsMaker(read_config(read_config_file()))
    return [(maker, cell) for cell in maker.cells.values()]


def make_ways(cells: Sequence[tuple[SettingsMaker, Cell]], number: int) -> dict[str, measuring.Way]:
    """Return what coalflow does with some windows of each cell, new ones in each round."""
    simulators = [CellSimulator(maker.simulate(cell)) for maker, cell in cells]
    rounds = itertools.count()

    def simulate_windows() -> None:
        first = next(rounds) * number + 1
        for simulator in simulators:
            for seed in range(first, first + number):
                simulator.simulate_replicate(seed << 32 | seed)

    def write_shards() -> None:
        first = next(rounds) * number
        for maker, cell in cells:
            settings: SimulateSettings = maker.simulate(cell, first, number)
            replicates = Replicates(settings)
            for index in range(first, first + number):
                replicates.add(index)
            with tempfile.TemporaryDirectory() as folder:
                replicates.write(pathlib.Path(folder) / "shard.npz")

    return {
        "windows": measuring.time_call(simulate_windows),
        "shards": measuring.time_call(write_shards),
    }


def make_bare_ways(
    cells: Sequence[tuple[SettingsMaker, Cell]], number: int
) -> dict[str, measuring.Way]:
    """Return what a bare loop does with as many windows."""
    rounds = itertools.count()

    def simulate_windows() -> None:
        for _ in simulate_barely(cells, next(rounds) * number + 1, number):
            pass

    def compute_tajimas_d() -> None:
        for trees in simulate_barely(cells, next(rounds) * number + 1, number):
            positions = trees.sites_position
            if len(positions) > SITES:
                first = (len(positions) - SITES) // 2
                edges = [0, positions[first], positions[first + SITES], trees.sequence_length]
                trees.Tajimas_D(windows=edges)

    return {
        "msprime": measuring.time_call(simulate_windows),
        "msprime and tskit": measuring.time_call(compute_tajimas_d),
    }


def simulate_barely(
    cells: Sequence[tuple[SettingsMaker, Cell]], first: int, number: int
) -> Iterator:
    """Yield some windows of each cell, as tree sequences."""
    for maker, cell in cells:
        settings = maker.simulate(cell)
        parameters = settings.parameters
        content = contents.make_content(settings.history, parameters)
        history = demography.convert_to_msprime(demography.build_graph(content))
        for seed in range(first, first + number):
            trees = msprime.sim_ancestry(
                samples=settings.samples.number_of_individuals,
                demography=history,
                sequence_length=parameters["sequence_length"],
                recombination_rate=parameters["recombination_rate"],
                discrete_genome=False,
                random_seed=seed,
                record_provenance=False,
            )
            yield msprime.sim_mutations(
                trees,
                rate=parameters["mutation_rate"],
                model=msprime.BinaryMutationModel(),
                discrete_genome=False,
                random_seed=seed,
                record_provenance=False,
            )


def make_rows(times: dict[str, list[float]], windows: int) -> list[measuring.Row]:
    """Return the rows of windows and shards."""
    compare = functools.partial(measuring.compare, times=times, amount=windows, unit="ms")
    window = "a window of the quickstart"
    rows = [compare(window, way="windows", anchor="msprime")]
    shard = f"{window}, simulated, packed and written"
    mark = measuring.Mark(">=", 1.3)
    rows.append(compare(shard, way="shards", anchor="msprime and tskit", mark=mark))
    if "windows, before" in times:
        mark = measuring.Mark(">=", 1.5)
        rows.insert(0, compare(window, way="windows", anchor="windows, before", mark=mark))
        rows.append(compare(shard, way="shards", anchor="shards, before"))
    return rows


def time_workflow(
    arguments: argparse.Namespace,
    cells: Sequence[tuple[SettingsMaker, Cell]],
    bare_loop: measuring.Way,
    windows: int,
) -> measuring.Row:
    """Return the row of the whole workflow."""
    config = read_config_file()
    config["simulation"]["replicates"] = -(-arguments.replicates // len(cells))
    ways = {
        "workflow": measuring.time_call(run_workflow, config),
        "msprime and tskit": bare_loop,
    }
    times = measuring.time_rounds(ways, arguments.workflow_rounds, warm_up=0)
    return measuring.compare(
        f"{arguments.replicates:,} replicates, from nothing to their split and targets",
        times,
        "workflow",
        "msprime and tskit",
        amount=config["simulation"]["replicates"] * len(cells),
        anchor_amount=windows,
        unit="ms",
        mark=measuring.Mark(">=", 1.0),
    )


def run_workflow(config: dict) -> None:
    """Simulate and split with Snakemake on two cores, in a fresh folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part in ("workflow", "scripts", "envs", "profiles"):
            shutil.copytree(ROOT / part, folder / part)
        shutil.copy(ROOT / "Snakefile", folder)
        (folder / "bench.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        target = f"results/{config['run']}/split.parquet"
        command = [sys.executable, "-m", "snakemake", "--quiet", "all", "--cores", "2"]
        command += ["--configfile", "bench.yaml", "--", target]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    main()
