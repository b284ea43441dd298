"""Small real shards, matrices and formulas that several tests share."""

import json
import sys
from unittest import mock

import hypothesis
import numpy as np
from hypothesis import strategies as st

import simulate
from coalflow.config import cell_settings, grid, histories, targets
from coalflow.simulation import demography, neutral
from coalflow.statistics import features, site_statistics

# The same examples on every machine and in every order of tests.
PROPERTY = hypothesis.settings(
    derandomize=True, database=None, deadline=None, max_examples=100, print_blob=False
)


def targets_of(*names):
    """Return statistics or parameters of these names as programs are told of targets."""
    return targets.of_config({"target": list(names), "simulation": {"samples": 3}})


def asked_of(*names, logs=(), classes=None):
    """Return what a model's card tells of its targets; of numbers the mean is 0 and the sd 1."""
    asked = targets_of(*names)
    for name in logs:
        asked[name]["scale"] = "log"
    scale = {name: {"log": name in logs, "mean": 0.0, "sd": 1.0} for name in asked}
    return {"target": asked, "classes": classes, "scale": None if classes else scale}


def computed(name, windows):
    """Return one statistic of encoded windows, of their whole sample, float64 (windows,)."""
    return site_statistics.compute_site_statistics(windows, targets_of(name), {})[name]


STATISTICS = {"parts": [5, 11], "kinds": list(features.KINDS)}


def summed_up(windows, polarised=True, samples=(("all", 3),), **chosen):
    """Return all summary statistics of windows, or those of other parts and kinds, as a table."""
    seen = {"samples": samples, "ploidy": 2, "observation": seen_as(polarised=polarised)}
    return features.summarise_windows(windows, {**STATISTICS, **chosen}, seen)


def graph_of(population_size, epochs):
    return demography.build_graph(histories.from_epochs(population_size, epochs))


def constant_history(population_size):
    return demography.convert_to_msprime(graph_of(population_size, histories.CONSTANT))


def seen_as(**changes):
    """Return an observation: everything is seen but which allele is ancestral, with changes."""
    return {
        "polarised": False,
        "polarisation_error": 0,
        "phased": True,
        "missing": 0,
        "genotype_error": 0,
        "minimum_allele_count": 1,
        **changes,
    }


def run_settings(replicates=40, shard_size=15, sites=8, sequence_length=100_000, samples=3):
    """Return the settings of a run with two cells.

    With the defaults E[S] is 6.9 and 13.7, so that many windows have fewer than 8 sites.
    """
    return {
        "seed": 11,
        "simulation": {
            "demography": {"history": "constant", "histories": {}},
            "samples": samples,
            "ploidy": 2,
            "sequence_length": sequence_length,
            "mutation_rate": 1.5e-8,
            "recombination_rate": 1.0e-8,
            "grid": {"population_size": [500, 1000]},
            "replicates": replicates,
            "shard_size": shard_size,
            "prior": {},
        },
        "observation": seen_as(),
        "encoding": {
            "sites": sites,
            "stretch": "central",
            "pad": False,
            "order": "similarity",
            "positions": "position",
            "coding": "signed",
        },
        "target": targets_of("tajimas_d"),
        "classes": None,
        "split": {"train": 0.8, "validation": 0.1, "test": 0.1},
    }


def simulate_shards(folder, settings):
    """Write all shards of a run with scripts/simulate.py, as the workflow does."""
    simulation = settings["simulation"]
    for cell in grid.cells(simulation):
        for number, (first, count) in enumerate(grid.shard_ranges(simulation)):
            given = {
                "seed": settings["seed"],
                **cell_settings.told(cell, simulation, None, {}),
                "trees": targets.statistics_of_trees(settings["target"]),
                "first": first,
                "count": count,
            }
            output = folder / cell.name / grid.shard_name(number)
            arguments = ["--settings", json.dumps(given), "--output", str(output)]
            with mock.patch.object(sys, "argv", ["simulate.py", *arguments]):
                simulate.main()


def genotypes_again(row, samples):
    """Simulate a row of a split table once more; return its genotypes, all sites."""
    return trees_again(row, samples).genotype_matrix()


def trees_again(row, samples):
    """Simulate a row of a split table once more; return its tree sequence."""
    history = constant_history(row.population_size)
    parameters = {
        "sequence_length": row.sequence_length,
        "mutation_rate": row.mutation_rate,
        "recombination_rate": row.recombination_rate,
    }
    sampled = {histories.POPULATION: samples}
    return neutral.simulate_window(history, sampled, parameters, int(row.seed))


def central_rows(matrix, sites):
    """Return the middle rows of a matrix; an odd one out is left at the end."""
    left = (len(matrix) - sites) // 2
    return matrix[left : left + sites]


def textbook_d(matrix):
    """Return Tajima's D of one 0/1 matrix (sites, haplotypes); equations of Tajima 1989."""
    n = matrix.shape[1]
    copies = matrix.sum(axis=1, dtype=int)
    segregating = int(((copies > 0) & (copies < n)).sum())
    a1 = sum(1 / i for i in range(1, n))  # eq. 3
    a2 = sum(1 / i**2 for i in range(1, n))  # eq. 4
    b1 = (n + 1) / (3 * (n - 1))  # eq. 8
    b2 = 2 * (n**2 + n + 3) / (9 * n * (n - 1))  # eq. 9
    c1 = b1 - 1 / a1  # eq. 31
    c2 = b2 - (n + 2) / (a1 * n) + a2 / a1**2  # eq. 32
    e1 = c1 / a1  # eq. 36
    e2 = c2 / (a1**2 + a2)  # eq. 37
    differences = sum(c * (n - c) for c in copies.tolist()) / (n * (n - 1) / 2)
    variance = e1 * segregating + e2 * segregating * (segregating - 1)
    return (differences - segregating / a1) / variance**0.5  # eq. 38


@st.composite
def windows_of_alleles(draw, most_windows=4, most_sites=10):
    """Draw uint8 (windows, sites, haplotypes); some sites don't vary."""
    windows, sites = draw(st.integers(1, most_windows)), draw(st.integers(1, most_sites))
    number = draw(st.integers(4, 11))  # haplotypes
    size = windows * sites * number
    packed = draw(st.binary(min_size=-(-size // 8), max_size=-(-size // 8)))
    alleles = np.unpackbits(np.frombuffer(packed, np.uint8), count=size)
    alleles = alleles.reshape(windows, sites, number)
    fixed = draw(st.lists(st.integers(0, windows * sites - 1), max_size=3))
    alleles.reshape(windows * sites, number)[fixed] = draw(st.integers(0, 1))
    return alleles
