"""Some of stdpopsim's catalogue: coalflow's diversity is that of stdpopsim's own engine.

``validation/validate_catalogue.py`` compares all of it.
"""

import numpy as np
import pytest
import stdpopsim
import yaml
from helpers.cases import CASES
from scipy import stats
from validate_catalogue import Entry, compare, make_config

from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker
from coalflow.simulation.cell_simulator import CellSimulator

REPLICATES = 60
LEVEL = 1e-3  # of all comparisons of an entry together

ENTRIES = [
    Entry("EscCol"),
    Entry("HomSap", chromosome="MT"),
    Entry("HomSap", "AncientEurasia_9K19"),
    Entry("HomSap", "AncientEurope_4A21"),
    Entry("AnaPla", "MallardBlackDuck_2L19"),
    Entry("PanTro", "BonoboGhost_4K19", "Y"),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_diversity_and_divergence_are_those_of_stdpopsim(entry):
    comparisons = compare(entry, REPLICATES)
    critical = stats.norm.isf(LEVEL / 2 / len(comparisons))
    far = {one.populations: one.z for one in comparisons if abs(one.z) > critical}
    assert not far
    # Twice or half as much would show.
    within = [one for one in comparisons if len(one.populations) == 1]
    errors = [stats.sem(one.ours) / one.ours.mean() for one in within]
    assert min(errors) * critical * 2**0.5 < 0.5


# Cases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "population", "diversity"),
    [
        ("38-stdpopsim-dated-populations/s2.yaml", "LBK", 15.0),
        ("39-stdpopsim-haploid-species/s8.yaml", "all", 500 * 0.0320),
    ],
)
def test_cases_have_their_diversity(case, population, diversity):
    """In pairwise differences of a window."""
    config = read_config(yaml.safe_load((CASES / case).read_text()))
    maker = SettingsMaker(config)
    simulator = CellSimulator(maker.simulate(maker.cells["all"]))
    found = []
    for seed in range(1, 201):
        trees = simulator.simulate_replicate(seed << 32 | seed).trees
        nodes = trees.samples()[config.samples.slices[population]]
        branches = trees.diversity(nodes, mode="branch", span_normalise=False)
        found.append(config.simulation.mutation_rate * branches)
    assert abs(np.mean(found) - diversity) < 3.3 * stats.sem(found)  # p = .001


# Bacteria ------------------------------------------------------------------------------------

WINDOWS = 50


def count_trees(length, **changes):
    """Return the numbers of trees of coalflow's windows of Escherichia coli."""
    config = make_config(Entry("EscCol"))
    config["simulation"] |= {"sequence_length": length, **changes}
    maker = SettingsMaker(read_config(config))
    simulator = CellSimulator(maker.simulate(maker.cells["all"]))
    windows = [simulator.simulate_replicate(seed << 32 | 1).trees for seed in range(1, WINDOWS + 1)]
    assert {window.sequence_length for window in windows} == {length}
    return [window.num_trees for window in windows]


def count_their_trees(length):
    species, engine = stdpopsim.get_species("EscCol"), stdpopsim.get_engine("msprime")
    model = stdpopsim.PiecewiseConstantSize(species.population_size)
    contig = species.get_contig(length=max(length, 543))
    windows = [
        engine.simulate(model, contig, {"pop_0": 4}, seed=seed, discrete_genome=False)
        for seed in range(1, WINDOWS + 1)
    ]
    return [window.keep_intervals([[0, length]]).rtrim().num_trees for window in windows]


@pytest.mark.parametrize("length", [2000, 300], ids=["longer than tracts", "shorter"])
def test_bacteria_recombine_by_gene_conversion(length):
    ours, theirs = count_trees(length), count_their_trees(length)
    assert stats.ttest_ind(ours, theirs).pvalue > 1e-3
    # Each tract has two ends. Crossovers are what they were if they are wanted.
    crossovers = count_trees(length, gene_conversion_tract=0)
    assert 1.6 < np.mean(ours) / np.mean(crossovers) < 2.4
