"""What summary statistics cost: windows of the same shape, of all kinds of data.

Several hundred replicates are simulated once, encoded, and repeated in memory until there are as
many as wanted.

    python bench/summarise.py --replicates 2000 --before ../earlier
"""

from __future__ import annotations

import os
import pathlib
import sys

import numpy as np
import numpy.typing as npt

import measuring

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.histories import contents
from coalflow.config.schema.dataset import FeatureKind, Features
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.simulation import demography, neutral
from coalflow.statistics.features import summarise_windows
from coalflow.windows.observation import code_alleles
from coalflow.windows.packed_windows import Windows

POPULATION_SIZE = 10_000
PLOIDY = 2
RATES = {"mutation_rate": 1.5e-8, "recombination_rate": 1.0e-8}
# Sites and haplotypes that the net reads, and bases that have about twice as many sites.
SHAPES = [(40, 20, 40_000), (256, 40, 200_000)]
DISTINCT = 100  # replicates that are simulated
ALL = Features().kinds
# Kinds of statistics, whether the phase is known, the fraction of genotypes that is missing, and
# the number of populations that the haplotypes are divided among.
CASES: dict[str, tuple[tuple[FeatureKind, ...], bool, float, int]] = {
    **{kind: ((kind,), True, 0.0, 1) for kind in ALL if kind != "populations"},
    "all": (ALL, True, 0.0, 1),
    "all, phase not known": (ALL, False, 0.0, 1),
    "all, missing": (ALL, True, 0.05, 1),
    "all, two populations": (ALL, True, 0.0, 2),
    "all, two populations, phase not known": (ALL, False, 0.0, 2),
    "all, two populations, missing": (ALL, True, 0.05, 2),
}


# Seconds that 100,000 windows may take.
MARKS = {
    "all of 256 sites x 40 haplotypes": 60,
    "all, missing of 256 sites x 40 haplotypes": 100,
    "all, two populations of 256 sites x 40 haplotypes": 150,
}


def main() -> None:
    """Time each kind of statistics, also of an earlier version."""
    parser = measuring.make_parser(__doc__, rounds=3)
    parser.add_argument("--replicates", type=int, default=1000)
    arguments = parser.parse_args()
    os.environ.update(measuring.ONE_THREAD)  # of the earlier version; this one sees to it itself
    ways = list_ways(arguments.replicates)
    if arguments.serve:
        measuring.serve(ways)
        return
    left_out = []
    names = list(ways)
    if arguments.before:
        try:
            before = measuring.start_before(
                arguments.before, __file__, "--replicates", str(arguments.replicates)
            )
            ways |= {f"before: {name}": before.time(name) for name in before.names}
        except measuring.CannotRun as error:
            left_out.append(str(error))
    times = measuring.time_rounds(ways, arguments.rounds)
    rows = []
    for name in names:
        anchor = f"before: {name}" if f"before: {name}" in ways else ""
        seconds = MARKS.get(name)
        mark = None if seconds is None else measuring.Mark("<=", 10 * seconds, of="value")
        rows.append(
            measuring.compare(
                name, times, name, anchor, amount=arguments.replicates, unit="us", mark=mark
            )
        )
    measuring.hand_over(rows, arguments.output, left_out)


def list_ways(replicates: int) -> dict[str, measuring.Way]:
    """Return functions that compute statistics of windows, by what they compute."""
    ways = {}
    for sites, haplotypes, length in SHAPES:
        alleles, positions = simulate_windows(sites, haplotypes, length)
        for name, (kinds, phased, missing, populations) in CASES.items():
            individuals = haplotypes // PLOIDY // populations
            names = [f"population_{index}" for index in range(populations)]
            samples = Samples.from_config(dict.fromkeys(names, individuals), PLOIDY)
            observation = Observation(polarised=True, phased=phased)
            windows = observe_windows(alleles, positions, observation, missing)
            repeated = windows[np.arange(replicates) % len(windows)]
            ways[f"{name} of {sites} sites x {haplotypes} haplotypes"] = measuring.time_call(
                summarise_windows, repeated, Features(kinds=kinds), samples, observation
            )
    return ways


def simulate_windows(
    sites: int, haplotypes: int, length: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Return the first sites of windows that have enough of them.

    Returns alleles, uint8 (windows, sites, haplotypes), and positions from 0 to 1, float32
    (windows, sites).
    """
    graph = demography.build_graph(contents.scale_epochs(POPULATION_SIZE, contents.CONSTANT))
    history = demography.convert_to_msprime(graph)
    samples = {contents.POPULATION: haplotypes // PLOIDY}
    parameters = {"sequence_length": length, **RATES}
    alleles, positions = [], []
    for seed in range(1, DISTINCT + 1):
        trees = neutral.simulate_window(history, samples, parameters, seed * 2**32 + seed)
        if trees.num_sites >= sites:
            bases = trees.sites_position[:sites]
            alleles.append(trees.genotype_matrix()[:sites].astype(np.uint8))
            positions.append((bases - bases[0]) / (bases[-1] - bases[0]))
    return np.array(alleles), np.array(positions, np.float32)


def observe_windows(
    alleles: npt.NDArray[np.uint8],
    positions: npt.NDArray[np.float32],
    observation: Observation,
    missing: float,
) -> Windows:
    """Return simulated windows as models see them."""
    called = None
    if missing:
        drawn = np.random.default_rng(1).random((*alleles.shape[:2], alleles.shape[2] // PLOIDY))
        called = np.repeat(drawn >= missing, PLOIDY, axis=2).astype(np.uint8)
        alleles = alleles & called
    coded = code_alleles(alleles, called, observation, PLOIDY)
    per_row = 1 if observation.phased else PLOIDY
    return Windows.pack(coded, positions, np.ones(positions.shape, bool), called, per_row)


if __name__ == "__main__":
    main()
