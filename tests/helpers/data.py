"""Small real shards, matrices and formulas that several tests share."""

import sys
from unittest import mock

import hypothesis
import numpy as np
from hypothesis import strategies as st

import simulate
from coalflow.config import grid
from coalflow.config.completion.targets import complete_targets
from coalflow.config.histories import contents
from coalflow.config.loading import read_config
from coalflow.config.schema.dataset import Features
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.targets import TargetDefinition
from coalflow.config.settings.making import SettingsMaker, write_settings
from coalflow.dataset.target_scaling import TargetScale, TargetScaling
from coalflow.evaluation.cards import Predictands
from coalflow.simulation import demography, neutral
from coalflow.statistics import features, site_statistics

# The same examples on every machine and in every order of tests.
PROPERTY = hypothesis.settings(
    derandomize=True, database=None, deadline=None, max_examples=100, print_blob=False
)


def make_targets(*names, classes=None, **definitions):
    """Return statistics or parameters as targets, by names and by definitions, of 3 individuals."""
    written = {**{name: {} for name in names}, **definitions}
    read = {
        name: TargetDefinition.model_validate(definition) for name, definition in written.items()
    }
    simulation = Simulation(samples=3, replicates=10)
    completed = complete_targets(read, simulation)
    return completed.model_copy(update={"classes": classes and tuple(classes)})


def make_predictands(*names, logs=(), classes=None):
    """Return what models predict; of numbers the mean is 0 and the standard deviation 1."""
    logged = {name: {"scale": "log"} for name in logs}
    plain = {name: {} for name in names if name not in logs}
    targets = make_targets(classes=classes, **plain, **logged)
    if classes:
        return Predictands(targets)
    scales = {name: TargetScale(log=target.is_log, mean=0.0, sd=1.0) for name, target in targets}
    return Predictands(targets, TargetScaling.from_scales(scales))


def compute(name, windows):
    """Return one statistic of encoded windows, of their whole sample, float64 (windows,)."""
    statistics = make_targets(name).site_statistics
    return site_statistics.compute_site_statistics(windows, statistics, {})[name]


def make_samples(individuals=3, ploidy=2):
    """Return samples of one population, or of several where a dict is given."""
    return Samples.from_config(individuals, ploidy)


def make_observation(**changes):
    """Return an observation: everything is seen but which allele is ancestral, with changes."""
    return Observation.model_validate(changes)


def make_encoding(**changes):
    """Return an encoding of 8 sites with the defaults otherwise, with changes."""
    return Encoding.model_validate({"sites": 8, **changes})


def summarise(windows, polarised=True, samples=None, **chosen):
    """Return all summary statistics of windows, or those of other parts and kinds, as a table."""
    return features.summarise_windows(
        windows,
        Features.model_validate(chosen),
        samples or make_samples(),
        make_observation(polarised=polarised),
    )


def graph_of(population_size, epochs):
    return demography.build_graph(contents.scale_epochs(population_size, epochs))


def constant_history(population_size):
    return demography.convert_to_msprime(graph_of(population_size, contents.CONSTANT))


def make_config(replicates=40, shard_size=15, sites=8, samples=3, **sections):
    """Return the config of a run with two cells; ``sections`` are merged with its sections.

    With the defaults E[S] is 6.9 and 13.7, so that many windows have fewer than 8 sites.
    """
    config = {
        "run": "test",
        "seed": 11,
        "simulation": {
            "samples": samples,
            "sequence_length": 100_000,
            "mutation_rate": 1.5e-8,
            "recombination_rate": 1.0e-8,
            "grid": {"population_size": [500, 1000]},
            "replicates": replicates,
            "shard_size": shard_size,
        },
        "encoding": {"sites": sites},
        "target": "tajimas_d",
    }
    for name, section in sections.items():
        merged = isinstance(section, dict) and name in config and name != "target"
        config[name] = {**config[name], **section} if merged else section
    return read_config(config)


def prepare_split(config, **observation):
    """Return what split.py is given of a config, and the view of its replicates."""
    settings = SettingsMaker(config).split()
    return settings, settings.view.observed(make_observation(**observation))


def simulate_shards(folder, config):
    """Write all shards of a run with scripts/simulate.py, as the workflow does."""
    maker = SettingsMaker(config)
    for cell in maker.cells.values():
        for shard in range(len(maker.shard_ranges)):
            settings = write_settings(maker.simulate_shard(cell, shard), code="")
            output = folder / cell.name / grid.name_shard(shard)
            arguments = ["--settings", settings, "--output", str(output)]
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
    sampled = {contents.POPULATION: samples}
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


@st.composite
def genotypes(draw):
    """Draw alleles, what is called of them, and the ploidy, of few windows."""
    ploidy, individuals = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 6)), individuals
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    alleles = random.integers(0, 2, (*shape, ploidy), dtype=np.uint8).reshape(*shape[:2], -1)
    called = None
    if draw(st.booleans()):
        individuals_called = (random.random(shape) > 0.3).astype(np.uint8)
        called = np.repeat(individuals_called, ploidy, axis=2)
        alleles &= called
    return alleles, called, ploidy
