"""What summary statistics cost: windows of the same shape, of all kinds of data.

Replicates are simulated once, some hundred of them, encoded and repeated in memory until there are
as many as asked for.

    python bench/summarise.py --replicates 100000
"""

import argparse
import pathlib
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config import histories
from coalflow.simulation import (
    demography,
    neutral,
)
from coalflow.statistics import features
from coalflow.windows import observation
from coalflow.windows.encoding import Windows

POPULATION_SIZE = 10_000
RATES = {"mutation_rate": 1.5e-8, "recombination_rate": 1.0e-8}
# Sites and haplotypes that the net sees, and bases that hold about twice as many sites.
SHAPES = [(40, 20, 40_000), (256, 40, 200_000)]
DISTINCT = 300  # replicates that are simulated
PARTS = [5, 11]


def main():
    """Simulate, and print how long each kind of statistics takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=100_000)
    arguments = parser.parse_args()
    for sites, haplotypes, length in SHAPES:
        alleles, positions = simulated(sites, haplotypes, length)
        print(f"{sites} sites x {haplotypes} haplotypes, {arguments.replicates:,} replicates")
        for name, (kinds, phased, missing) in ways().items():
            windows = observed(alleles, positions, phased, missing)
            some = windows[np.arange(arguments.replicates) % len(windows)]
            seen = {"samples": [], "ploidy": 2, "observation": {"polarised": True}}
            started = time.perf_counter()
            table = features.summarise_windows(some, {"parts": PARTS, "kinds": kinds}, seen)
            seconds = time.perf_counter() - started
            print(
                f"  {name:<24}{len(table.columns):4} statistics{seconds:8.1f} s"
                f"{arguments.replicates / seconds:12,.0f} replicates/s",
                flush=True,
            )


def ways():
    """Return kinds of statistics, whether the phase is known, and what share is missing."""
    every = list(features.KINDS)
    return {
        **{kind: ([kind], True, 0) for kind in every},
        "all": (every, True, 0),
        "all, phase lost": (every, False, 0),
        "all, missing": (every, True, 0.05),
    }


def simulated(sites, haplotypes, length):
    """Return the first sites of windows that have enough of them: alleles, and positions 0 to 1."""
    graph = demography.build_graph(histories.from_epochs(POPULATION_SIZE, histories.CONSTANT))
    history, samples = demography.convert_to_msprime(graph), {histories.POPULATION: haplotypes // 2}
    parameters = {"sequence_length": length, **RATES}
    found = []
    for seed in range(1, DISTINCT + 1):
        trees = neutral.simulate_window(history, samples, parameters, seed * 2**32 + seed)
        if trees.num_sites >= sites:
            places = trees.sites_position[:sites]
            placed = (places - places[0]) / (places[-1] - places[0])
            found.append((trees.genotype_matrix()[:sites].astype(np.uint8), placed))
    alleles, positions = zip(*found, strict=True)
    return np.array(alleles), np.array(positions, np.float32)


def observed(alleles, positions, phased, missing):
    """Return simulated windows as they are seen."""
    called = None
    if missing:
        drawn = np.random.default_rng(1).random((*alleles.shape[:2], alleles.shape[2] // 2))
        called = np.repeat(drawn >= missing, 2, axis=2).astype(np.uint8)
        alleles = alleles & called
    seen = {"phased": phased, "polarised": True}
    coded = observation.code_alleles(alleles, called, seen, 2)
    return Windows.of(coded, positions, positions >= 0, called, 1 if phased else 2)


if __name__ == "__main__":
    main()
