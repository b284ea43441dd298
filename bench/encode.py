"""What encoding costs on top of reading: the same shards, read with plain numpy and encoded.

Replicates are simulated once, some hundred of them, and repeated on disk under other
numbers and seeds until there are as many as asked for. In each round, in turn:

- ``plain numpy``: every array of every shard, by ``numpy.load``;
- each encoding: ``coalflow.dataset.loading.load_replicates``, which reads and checks the shards, chooses
  sites, folds, orders haplotypes and packs. Then, ordered by similarity, with errors laid on.

Memory is the highest that Python and numpy held at once while encoding (tracemalloc, in
a pass of its own, since watching takes time). It is compared to what is left at the end, the
packed windows, and to one batch: one shard, and what is worked on at a time.

    python bench/encode.py --replicates 100000 --rounds 3
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import time
import tracemalloc

import numpy as np
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config import grid, histories
from coalflow.dataset import loading
from coalflow.simulation import (
    demography,
    neutral,
)
from coalflow.windows import shards
from coalflow.windows.observation import PERFECT

POPULATION_SIZE = 10_000
RATES = {"mutation_rate": 1.5e-8, "recombination_rate": 1.0e-8}
# Sites and haplotypes that the net sees, and bases that hold about twice as many sites.
SHAPES = [(40, 20, 40_000), (256, 100, 165_000)]
ENCODINGS = [
    {"order": "sampled"},
    {"order": "similarity"},
    {"order": "frequency"},
    {"order": "similarity", "stretch": "random"},
]
USUAL = {"order": "similarity"}
PLAIN = {**PERFECT, "polarised": False, "minimum_allele_count": 1}
# What is laid on before windows are encoded.
OBSERVED = {
    "phase lost": {"phased": False},
    "missing, a rate": {"missing": 0.05},
    "missing, like a file": {"missing": {"individuals": 100, "per_site": [700, 200, 50, 30, 20]}},
    "genotype errors": {"genotype_error": 0.001},
    "wrong polarisation": {"polarised": True, "polarisation_error": 0.02},
    "no singletons": {"minimum_allele_count": 2},
    "mask": {"mask": "mask.bed"},
    "missing, errors, no phase": {"phased": False, "missing": 0.05, "genotype_error": 0.001},
}
DISTINCT = 500  # replicates that are simulated
SHARD = 2500


def main():
    """Simulate, time all ways in turn, measure memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for sites, haplotypes, length in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            paths = write_shards(pathlib.Path(folder), arguments.replicates, haplotypes, length)
            measure(paths, arguments, sites, haplotypes, length)


def write_shards(folder, replicates, haplotypes, length):
    """Write shards of one cell, named ``all``; return their paths."""
    graph = demography.build_graph(histories.from_epochs(POPULATION_SIZE, histories.CONSTANT))
    history = demography.convert_to_msprime(graph)
    samples = {histories.POPULATION: haplotypes // 2}
    parameters = {"sequence_length": length, **RATES}
    trees = [
        neutral.simulate_window(history, samples, parameters, seed * 2**32 + seed)
        for seed in range(1, min(DISTINCT, replicates) + 1)
    ]
    paths = []
    for number, first in enumerate(range(0, replicates, SHARD)):
        writer = shards.ShardWriter()
        count = min(SHARD, replicates - first)
        for replicate in range(first, first + count):
            writer.add(trees[replicate % len(trees)], replicate, replicate)
        truth = {"parameter/sequence_length": np.full(count, length)}
        paths.append(folder / "all" / grid.shard_name(number))
        paths[-1].parent.mkdir(exist_ok=True)
        samples = shards.of_samples([("all", haplotypes // 2)], 2)
        writer.write(paths[-1], truth, {"cell": "all", **samples})
    return paths


def measure(paths, arguments, sites, haplotypes, length):
    """Print speeds and memory for one shape."""
    number = arguments.replicates
    table = pd.DataFrame(
        {
            "cell": "all",
            "shard": np.arange(number) // SHARD,
            "row": np.arange(number) % SHARD,
            "target": 0.0,
        }
    )
    ways = {"plain numpy": lambda: read_plainly(paths)}
    (paths[0].parent.parent / "mask.bed").write_text(
        "".join(f"1\t{start}\t{start + 800}\n" for start in range(0, 10_000_000, 1000))
    )
    asked = [(" ".join(one.values()), one, {}) for one in ENCODINGS]
    asked += [(name, USUAL, changes) for name, changes in OBSERVED.items()]
    for name, chosen, changes in asked:
        encoding = {"sites": sites, "stretch": "central", "pad": True, "length": length, "seed": 1}
        observation = {**PLAIN, **changes}
        if "mask" in observation:
            observation["mask"] = str(paths[0].parent.parent / observation["mask"])
        settings = {
            "encoding": {**encoding, **chosen},
            "observation": observation,
            "target": {"target": {}},
            "classes": None,
        }
        ways[f"encoded: {name}"] = lambda settings=settings: load(table, paths, settings)
    times = {name: [] for name in ways}
    for _ in range(arguments.rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - started)
    print(f"{sites} sites x {haplotypes} haplotypes, {number:,} replicates, {len(paths)} shards")
    plain = statistics.median(times["plain numpy"])
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(
            f"  {name:<36}{median:8.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"
            f"{number / median:12,.0f} replicates/s{median / plain:8.2f} times plain numpy"
        )
    shard = sum(array.nbytes for array in plain_arrays(paths[0]))
    for name, way in list(ways.items())[1:]:
        tracemalloc.start()
        kept = sum(array.nbytes for array in way().windows.arrays)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        print(
            f"  {name:<36}peak {peak / 1e6:8.1f} MB = packed windows {kept / 1e6:.1f} MB"
            f" + {(peak - kept) / 1e6:.1f} MB (a shard has {shard / 1e6:.1f} MB);"
            f" one byte an allele: {number * sites * haplotypes / 1e6:,.1f} MB"
        )


def load(table, paths, settings):
    """Return the encoded replicates, as training has them."""
    return loading.load_replicates(table, paths[0].parent.parent, settings)


def plain_arrays(path):
    """Return the arrays of a shard, read by numpy alone."""
    with np.load(path, allow_pickle=False) as archive:
        return [archive[name] for name in archive.files]


def read_plainly(paths):
    """Read all shards by numpy alone."""
    for path in paths:
        plain_arrays(path)


if __name__ == "__main__":
    main()
