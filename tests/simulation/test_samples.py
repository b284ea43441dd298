"""Several populations, and individuals that are not diploid."""

import pathlib

import numpy as np
import pytest
import yaml
from helpers.cases import CASES

from coalflow.config.loading import read_config
from coalflow.config.schema.distributions import Distribution
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import CellSettings, History
from coalflow.core.errors import CoalflowError
from coalflow.simulation import demography, neutral
from coalflow.simulation.cell_simulator import CellSimulator
from coalflow.simulation.sweeps import drawn_sweeps
from coalflow.windows import shards

APART = {
    "time_units": "generations",
    "demes": [
        {"name": "old", "epochs": [{"start_size": 500, "end_time": 5000}]},
        {"name": "north", "ancestors": ["old"], "epochs": [{"start_size": 500}]},
        {"name": "south", "ancestors": ["old"], "epochs": [{"start_size": 500}]},
    ],
}
RATES = {"sequence_length": 20_000, "mutation_rate": 1e-7, "recombination_rate": 1e-8}
SWEEP = {
    **RATES,
    "sweep": "hard",
    "selection_coefficient": 0.1,
    "dominance": 0.5,
    "end_frequency": 1.0,
    "fixation_time": 50,
    "position": 10_000,
}


def neutral_window(samples):
    history = demography.convert_to_msprime(demography.build_graph(APART))
    return neutral.simulate_window(history, samples, RATES, 5)


def swept_window(samples):
    graph = demography.build_graph(APART)
    sweeps = drawn_sweeps.DrawnSweeps(graph, samples, "south", ("south",))
    return sweeps.simulate_window(SWEEP, 5)[0]


@pytest.mark.parametrize("window", [neutral_window, swept_window])
@pytest.mark.parametrize("ploidy", [1, 3])
def test_haplotypes_are_in_the_order_of_populations(tmp_path, window, ploidy):
    samples = Samples(individuals=(("south", 3), ("north", 2)), ploidy=ploidy)
    trees = window(demography.make_sample_sets(samples, "unused"))
    names = [p.metadata["name"] for p in trees.populations()]
    lived = [names[trees.node(sample).population] for sample in trees.samples()]
    assert lived == ["south"] * (3 * ploidy) + ["north"] * (2 * ploidy)

    writer = shards.ShardWriter()
    writer.add(trees, 0, 5)
    writer.write(tmp_path / "a.npz", {}, shards.ShardMeta(cell="all", samples=samples))
    shard = shards.read_shard(tmp_path / "a.npz")
    assert shard.samples.number_of_haplotypes == 5 * ploidy
    assert shard.samples.slices == {
        "south": slice(0, 3 * ploidy),
        "north": slice(3 * ploidy, 5 * ploidy),
    }
    # They split ten times as long ago as lineages meet: alleles are rarely in both.
    alleles = np.unpackbits(shard.haplotypes, axis=1, count=5 * ploidy).astype(bool)
    in_both = [alleles[:, where].any(axis=1) for where in shard.samples.slices.values()]
    assert np.logical_and(*in_both).mean() < 0.1


def test_the_sample_of_one_population_is_of_the_one_that_is_named():
    (only,) = demography.make_sample_sets(Samples.from_config(7, 1), "north")
    assert (only.num_samples, only.population, only.ploidy) == (7, "north", 1)


def test_the_time_scale_does_not_depend_on_ploidy():
    """Lineages of one population meet after 2N generations on average, N in diploids."""
    history = demography.convert_to_msprime(
        demography.build_graph(
            {
                "time_units": "generations",
                "demes": [{"name": "only", "epochs": [{"start_size": 500}]}],
            }
        )
    )
    for ploidy, individuals in ((1, 2), (2, 1)):
        sampled = demography.make_sample_sets(Samples.from_config(individuals, ploidy), "only")
        ages = [
            neutral.simulate_window(
                history, sampled, {**RATES, "recombination_rate": 0}, seed * 2**32 + 1
            )
            .first()
            .tmrca(0, 1)
            for seed in range(1, 2001)
        ]
        # An exponential time: its standard deviation is its mean. |z| < 3.3, p = .001.
        assert abs(np.mean(ages) / 1000 - 1) < 3.3 / 2000**0.5


@pytest.mark.parametrize(
    ("individuals", "ploidy", "expected"), [(10, 2, 20), ({"b": 3, "a": 2}, 4, 20), (7, 1, 7)]
)
def test_haplotypes_are_counted(individuals, ploidy, expected):
    assert Samples.from_config(individuals, ploidy).number_of_haplotypes == expected


def test_populations_keep_their_order():
    assert Samples.from_config({"b": 3, "a": 2}, 2).populations == ["b", "a"]


# Samples of the past -------------------------------------------------------------------------

DATED = Samples(individuals=(("south", 3), ("north", 2)), ploidy=2, times=(("south", 40),))


def split_with(settings, **parameters):
    """Return the settings of a cell with these populations, windows and parameters."""
    history = History(graph=APART, population="north")
    given = {**RATES, **parameters}
    return CellSettings(cell="all", parameters=given, history=history, samples=settings)


def test_samples_of_the_past_are_as_old_as_they_should_be(tmp_path):
    simulator = CellSimulator(split_with(DATED))
    trees = simulator.simulate_replicate(5).trees
    assert list(trees.nodes_time[trees.samples()]) == [40] * 6 + [0] * 4
    writer = shards.ShardWriter()
    writer.add(trees, 0, 5)
    writer.write(tmp_path / "a.npz", {}, shards.ShardMeta(cell="all", samples=DATED))
    assert shards.read_shard(tmp_path / "a.npz").samples == DATED


def test_fewer_are_observed_at_the_same_time():
    fewer = DATED.fewer({"south": 1})
    assert (fewer.individuals, fewer.times) == ((("south", 1), ("north", 2)), DATED.times)


def test_a_genome_has_samples_of_the_past():
    history = demography.convert_to_msprime(demography.build_graph(APART))
    sampled = demography.make_sample_sets(DATED, "unused")
    trees = neutral.simulate_genome(history, sampled, RATES, 5)
    assert list(trees.nodes_time[trees.samples()]) == [40] * 6 + [0] * 4


def test_a_sample_of_the_past_shares_the_time_since_with_nobody():
    """Two haplotypes of one population meet 2N generations before the older one lived."""
    only = {"name": "only", "epochs": [{"start_size": 500}]}
    content = {"time_units": "generations", "demes": [only]}
    history = demography.convert_to_msprime(demography.build_graph(content))
    samples = Samples(individuals=(("all", 1),), ploidy=2, times=(("all", 3000),))
    sampled = demography.make_sample_sets(samples, "only")
    given = {**RATES, "recombination_rate": 0}
    ages = [
        neutral.simulate_window(history, sampled, given, seed << 32 | 1).first().tmrca(0, 1)
        for seed in range(1, 301)
    ]
    assert min(ages) > 3000
    assert abs((np.mean(ages) - 3000) / 1000 - 1) < 3.3 / 300**0.5  # p = .001


def test_a_drawn_history_in_which_the_sampled_do_not_live_is_refused_and_counted():
    ends = Distribution(uniform=(0, 80))
    simulator = CellSimulator(split_with(DATED, **{"demes.south.epochs.0.end_time": ends}))
    drawn = [simulator.draw(seed) for seed in range(1, 41)]
    assert all(one.parameters["demes.south.epochs.0.end_time"] <= 40 for one in drawn)
    refused = sum(one.refused for one in drawn)
    assert 15 <= refused <= 85  # half of all draws: 40 and sd 9


def test_a_history_in_which_the_sampled_never_live_says_when_they_did():
    later = {"demes.south.epochs.0.end_time": 50}
    with pytest.raises(CoalflowError) as caught:
        CellSimulator(split_with(DATED, **later))
    message = "south is sampled 40 generations ago, but existed from 5,000 to 50"
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("case", "time", "generations"),
    [("s3_years", 2500, 100), ("s3_years", 0, 0), ("s3_extinct", 200, 200)],
    ids=["in years", "today", "in its last generation"],
)
def test_demes_files_of_users_are_sampled_in_their_units(monkeypatch, case, time, generations):
    monkeypatch.chdir(CASES / "41-demes-quirks")
    written = yaml.safe_load(pathlib.Path(f"{case}.yaml").read_text(encoding="utf-8"))
    written["simulation"]["samples"]["A"] = {"individuals": 2, "time": time}
    maker = SettingsMaker(read_config(written))
    simulator = CellSimulator(maker.simulate(maker.cells["all"]))
    assert simulator.build_graph({})["A"].start_time == 5000  # generations, as in the other file
    trees = simulator.simulate_replicate(5).trees
    assert list(trees.nodes_time[trees.samples()]) == [generations] * 4 + [0] * 4
