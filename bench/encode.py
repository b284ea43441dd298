"""What encoding costs on top of reading: the same shards, read with plain numpy and encoded.

Several hundred replicates are simulated once, and repeated on disk under other indices and seeds
until there are as many as wanted. In each round, in turn:

- ``plain numpy``: every array of every shard, by ``numpy.load``;
- each encoding: ``coalflow.dataset.loading.load_replicates``, which reads and checks the shards,
  chooses sites, folds, orders haplotypes and packs. Then, ordered by similarity, with errors of
  observation.

Memory is the highest that Python and numpy held at once while encoding (tracemalloc, in a pass of
its own, since watching takes time), without the packed windows that are left at the end.

    python bench/encode.py --replicates 5000
"""

from __future__ import annotations

import functools
import pathlib
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import measuring

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
PLAIN = "plain numpy"
DISTINCT = 500  # replicates that are simulated
SHARD = 2500


# Windows a second.
MARKS = {"encoded: missing, like a file, 40 sites x 20 haplotypes": 30_000}


def main() -> None:
    """Simulate, time all ways in turn, measure memory."""
    parser = measuring.make_parser(__doc__, rounds=3)
    parser.add_argument("--replicates", type=int, default=5000)
    arguments = parser.parse_args()
    rows = []
    for sites, haplotypes, length in SHAPES:
        samples = Samples.from_config(haplotypes // 2, ploidy=2)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            write_shards(folder, arguments.replicates, samples, length)
            ways = list_ways(folder, arguments.replicates, sites, samples, length)
            shape = f"{sites} sites x {haplotypes} haplotypes"
            timed = {name: measuring.time_call(read) for name, read in ways.items()}
            times = measuring.time_rounds(timed, arguments.rounds, warm_up=0)
            for name in ways:
                what = f"{name}, {shape}"
                mark = MARKS.get(what)
                rows.append(
                    measuring.compare(
                        what,
                        times,
                        name,
                        "" if name == PLAIN else PLAIN,
                        amount=arguments.replicates,
                        unit="windows/s",
                        mark=None if mark is None else measuring.Mark(">=", mark, of="value"),
                    )
                )
            rows += [
                measuring.Row(f"{name}, {shape}, memory", peak, "MB")
                for name, peak in measure_memory(ways).items()
            ]
    measuring.hand_over(rows, arguments.output)


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
        PLAIN: functools.partial(read_plainly, folder)
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


def measure_memory(
    ways: Mapping[str, Callable[[], loading.Replicates | None]],
) -> dict[str, measuring.Spread]:
    """Return how many MB each encoding takes at most, beyond the windows that it returns."""
    peaks = {}
    for name, read in ways.items():
        tracemalloc.start()
        replicates = read()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        if replicates is not None:
            kept = sum(array.nbytes for array in replicates.windows.arrays)
            peaks[name] = measuring.Spread.from_values([(peak - kept) / 1e6])
    return peaks


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
