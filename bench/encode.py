"""What encoding costs on top of reading: the same shards, read with plain numpy and encoded.

Several hundred replicates are simulated once, and repeated on disk under other indices and seeds
until there are as many as wanted. In each round, in turn:

- ``plain numpy``: every array of every shard, by ``numpy.load``;
- each encoding: ``coalflow.dataset.loading.load_replicates``, which reads and checks the shards,
  chooses sites, folds, orders haplotypes and packs. Then, ordered by similarity, with errors of
  observation.

Memory is the highest that Python and numpy held at once while encoding (tracemalloc, in a pass of
its own, since watching takes time). It is compared with what is left at the end, the packed
windows, and with one batch: one shard, and what is processed at a time.

    python bench/encode.py --replicates 100000 --rounds 3
"""

from __future__ import annotations

import argparse
import functools
import pathlib
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config import grid
from coalflow.config.histories import contents
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import MissingPerSite, Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import ParameterTarget, Targets
from coalflow.config.settings.view import SimulatedView
from coalflow.dataset import loading
from coalflow.simulation import demography, neutral
from coalflow.windows import shards

POPULATION_SIZE = 10_000
RATES = {"mutation_rate": 1.5e-8, "recombination_rate": 1.0e-8}
# Sites and haplotypes that the net reads, and bases that have about twice as many sites.
SHAPES = [(40, 20, 40_000), (256, 100, 165_000)]
ENCODINGS = [
    {"order": "sampled"},
    {"order": "similarity"},
    {"order": "frequency"},
    {"order": "similarity", "stretch": "random"},
]
# What is observed of the truth before windows are encoded.
OBSERVED: dict[str, dict[str, Any]] = {
    "phase not known": {"phased": False},
    "missing, a rate": {"missing": 0.05},
    "missing, like a file": {
        "missing": MissingPerSite(individuals=100, per_site=(700, 200, 50, 30, 20))
    },
    "genotype errors": {"genotype_error": 0.001},
    "wrong polarisation": {"polarised": True, "polarisation_error": 0.02},
    "no singletons": {"minimum_allele_count": 2},
    "mask": {"mask": "mask.bed"},
    "missing, errors, no phase": {"phased": False, "missing": 0.05, "genotype_error": 0.001},
}
TARGETS = Targets(definitions={"target": ParameterTarget(parameter="target", scale="linear")})
CELL = "all"
DISTINCT = 500  # replicates that are simulated
SHARD = 2500


def main() -> None:
    """Simulate, time all ways in turn, measure memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for sites, haplotypes, length in SHAPES:
        samples = Samples.from_config(haplotypes // 2, ploidy=2)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            write_shards(folder, arguments.replicates, samples, length)
            ways = list_ways(folder, arguments.replicates, sites, samples, length)
            print(f"{sites} sites x {haplotypes} haplotypes, {arguments.replicates:,} replicates")
            time_ways(ways, arguments.replicates, arguments.rounds)
            shard = sum(array.nbytes for array in read_arrays(list_shards(folder)[0]))
            size = arguments.replicates * sites * haplotypes
            measure_memory(ways, shard, size)


def write_shards(folder: pathlib.Path, replicates: int, samples: Samples, length: int) -> None:
    """Write the shards of one cell."""
    graph = demography.build_graph(contents.scale_epochs(POPULATION_SIZE, contents.CONSTANT))
    history = demography.convert_to_msprime(graph)
    individuals = {contents.POPULATION: samples.number_of_individuals}
    parameters = {"sequence_length": length, **RATES}
    trees = [
        neutral.simulate_window(history, individuals, parameters, seed * 2**32 + seed)
        for seed in range(1, min(DISTINCT, replicates) + 1)
    ]
    meta = shards.ShardMeta(cell=CELL, samples=samples)
    for index, first in enumerate(range(0, replicates, SHARD)):
        writer = shards.ShardWriter()
        count = min(SHARD, replicates - first)
        for replicate in range(first, first + count):
            writer.add(trees[replicate % len(trees)], replicate, replicate)
        truth = {"parameter/sequence_length": np.full(count, length)}
        writer.write(folder / CELL / grid.name_shard(index), truth, meta)


def list_ways(
    folder: pathlib.Path, replicates: int, sites: int, samples: Samples, length: int
) -> dict[str, Callable[[], loading.Replicates | None]]:
    """Return functions that read all replicates, by what they do; the first with numpy alone."""
    indices = np.arange(replicates)
    table = pd.DataFrame(
        {"cell": CELL, "shard": indices // SHARD, "row": indices % SHARD, "target": 0.0}
    )
    mask = folder / "mask.bed"
    mask.write_text(
        "".join(f"1\t{start}\t{start + 800}\n" for start in range(0, 10_000_000, 1000)),
        encoding="utf-8",
    )
    ways: dict[str, Callable[[], loading.Replicates | None]] = {
        "plain numpy": functools.partial(read_plainly, folder)
    }
    similarity = {"order": "similarity"}
    cases: list[tuple[str, Mapping[str, Any], dict[str, Any]]] = [
        *((" ".join(chosen.values()), chosen, {}) for chosen in ENCODINGS),
        *((name, similarity, changes) for name, changes in OBSERVED.items()),
    ]
    for name, chosen, changes in cases:
        if "mask" in changes:
            changes = {"mask": str(mask)}
        view = SimulatedView(
            encoding=Encoding(sites=sites, pad=True, length=length, seed=1, **chosen),
            samples=samples,
            targets=TARGETS,
        ).observed(Observation(**changes))
        ways[f"encoded: {name}"] = functools.partial(loading.load_replicates, table, folder, view)
    return ways


def time_ways(
    ways: Mapping[str, Callable[[], loading.Replicates | None]], replicates: int, rounds: int
) -> None:
    """Print how long each way takes, in turn."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, read in ways.items():
            started = time.perf_counter()
            read()
            times[name].append(time.perf_counter() - started)
    plain = statistics.median(times["plain numpy"])
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(
            f"  {name:<36}{median:8.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"
            f"{replicates / median:12,.0f} replicates/s{median / plain:8.2f} times plain numpy"
        )


def measure_memory(
    ways: Mapping[str, Callable[[], loading.Replicates | None]], shard: int, alleles: int
) -> None:
    """Print how much memory each encoding takes.

    Parameters
    ----------
    ways : mapping of str to callable
    shard : int
        Bytes of a shard.
    alleles : int
        Number of alleles of all windows.
    """
    for name, read in ways.items():
        tracemalloc.start()
        replicates = read()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        if replicates is None:
            continue
        kept = sum(array.nbytes for array in replicates.windows.arrays)
        print(
            f"  {name:<36}peak {peak / 1e6:8.1f} MB = packed windows {kept / 1e6:.1f} MB"
            f" + {(peak - kept) / 1e6:.1f} MB (a shard has {shard / 1e6:.1f} MB);"
            f" one byte an allele: {alleles / 1e6:,.1f} MB"
        )


def list_shards(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return the paths of all shards, in their order."""
    return sorted((folder / CELL).iterdir())


def read_arrays(path: pathlib.Path) -> list[npt.NDArray[Any]]:
    """Return the arrays of a shard, read by numpy alone."""
    with np.load(path, allow_pickle=False) as archive:
        return [archive[name] for name in archive.files]


def read_plainly(folder: pathlib.Path) -> None:
    """Read all shards by numpy alone."""
    for path in list_shards(folder):
        read_arrays(path)


if __name__ == "__main__":
    main()
