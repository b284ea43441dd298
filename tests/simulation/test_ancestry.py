"""Parts of msprime against ``msprime.sim_ancestry``: the same tables, to the bit."""

import msprime
import numpy as np
import pytest

from coalflow.core import memory
from coalflow.simulation import ancestry, msprime_internals
from coalflow.simulation.ancestry import AncestrySimulator, Recombination, add_mutations

SIZE, LENGTH, RATE = 10_000, 20_000.0, 1e-8


@pytest.fixture(autouse=True, scope="module")
def _memory_is_kept():
    memory.keep_memory_between_simulations()


@pytest.fixture(autouse=True)
def small_memory(monkeypatch):
    """Every test begins with the smallest memory, and leaves none to the next."""
    reserved = msprime_internals.Memory()
    monkeypatch.setattr(msprime_internals, "memory", reserved)
    return reserved


def make_split():
    """Two populations that grow, exchange migrants and split, one of them sampled in the past."""
    demography = msprime.Demography()
    demography.add_population(name="A", initial_size=SIZE, growth_rate=1e-4)
    demography.add_population(name="B", initial_size=SIZE / 4)
    demography.add_population(name="C", initial_size=SIZE / 2)
    demography.set_symmetric_migration_rate(["A", "B"], 1e-4)
    demography.add_population_split(time=4000, derived=["A", "B"], ancestral="C")
    samples = [msprime.SampleSet(4, "B"), msprime.SampleSet(5, "A", time=60, ploidy=1)]
    return demography, samples


ONE = msprime.Demography.isolated_model([SIZE]), {"pop_0": 5}
MAP = msprime.RateMap(position=[0, 4000, 9000, LENGTH], rate=[1e-8, 1e-7, 0.0])
CASES = {
    "one population": (ONE, LENGTH, Recombination(RATE), False),
    "no recombination": (ONE, LENGTH, Recombination(), False),
    "a map": (ONE, LENGTH, Recombination(MAP), False),
    "gene conversion": (ONE, LENGTH, Recombination(0.0, 3 * RATE, 300.0), False),
    "whole bases": (ONE, LENGTH, Recombination(10 * RATE), True),
    "several populations": (make_split(), LENGTH, Recombination(RATE), False),
}


def call_msprime(history, length, recombination, discrete, seed, **options):
    demography, samples = history
    return msprime.sim_ancestry(
        samples=None if "initial_state" in options else samples,
        demography=demography,
        sequence_length=length,
        recombination_rate=recombination.crossover_rate,
        gene_conversion_rate=recombination.conversion_rate,
        gene_conversion_tract_length=recombination.tract_length,
        discrete_genome=discrete,
        random_seed=seed,
        record_provenance=False,
        **options,
    )


@pytest.mark.parametrize("case", CASES)
def test_200_windows_are_those_of_msprime(case):
    history, length, recombination, discrete = CASES[case]
    simulator = AncestrySimulator(*history, discrete)
    for seed in range(1, 201):
        tables = simulator.simulate(length, recombination, seed)
        trees = call_msprime(history, length, recombination, discrete, seed)
        tables.assert_equals(trees.dump_tables())
        mutated = msprime.sim_mutations(
            trees,
            rate=RATE,
            model=ancestry.MUTATION_MODEL,
            discrete_genome=discrete,
            random_seed=seed + 1,
            record_provenance=False,
        )
        ours = add_mutations(tables, RATE, seed + 1, discrete)
        ours.dump_tables().assert_equals(mutated.dump_tables())


@pytest.mark.parametrize("history", [ONE, make_split()], ids=["one population", "several"])
def test_what_was_stopped_is_completed_as_by_msprime(history):
    simulator, recombination = AncestrySimulator(*history), Recombination(10 * RATE)
    for seed in range(1, 201):
        end = 10.0 * seed
        stopped = simulator.simulate(LENGTH, recombination, seed, end)
        expected = call_msprime(history, LENGTH, recombination, False, seed, end_time=end)
        stopped.assert_equals(expected.dump_tables())
        whole = simulator.complete(stopped, recombination, seed + 1)
        expected = call_msprime(
            history, LENGTH, recombination, False, seed + 1, initial_state=expected
        )
        whole.assert_equals(expected.dump_tables())


# Memory --------------------------------------------------------------------------------------

# Some 2,600 segments at a time.
LARGE = msprime.Demography.isolated_model([SIZE]), {"pop_0": 40}
LARGE_LENGTH = 4_000_000.0


def test_a_large_window_is_simulated_again_with_more_memory(small_memory):
    recombination = Recombination(RATE)
    expected = call_msprime(LARGE, LARGE_LENGTH, recombination, False, 5).dump_tables()
    simulator = AncestrySimulator(*LARGE)
    assert small_memory.block == 1024
    simulator.simulate(LARGE_LENGTH, recombination, 5).assert_equals(expected)
    assert small_memory.block == 4096
    # It stays, so that the next large window is simulated only once.
    simulator.simulate(LARGE_LENGTH, recombination, 5).assert_equals(expected)
    assert small_memory.block == 4096


def test_without_that_the_window_would_be_another(monkeypatch):
    """Or else the tests above could not fail."""
    recombination = Recombination(RATE)
    expected = call_msprime(LARGE, LARGE_LENGTH, recombination, False, 5).dump_tables()
    monkeypatch.setattr(msprime_internals, "MSPRIME_BLOCK", 1024)
    grown = AncestrySimulator(*LARGE).simulate(LARGE_LENGTH, recombination, 5)
    assert not grown.equals(expected)


@pytest.mark.parametrize("block", [16, 32])
def test_the_smallest_memory_gives_the_same_windows(small_memory, block):
    history, length, recombination, discrete = CASES["several populations"]
    simulator = AncestrySimulator(*history, discrete)
    grown = 0
    for seed in range(1, 201):
        small_memory.block = block
        tables = simulator.simulate(length, recombination, seed)
        tables.assert_equals(
            call_msprime(history, length, recombination, discrete, seed).dump_tables()
        )
        grown += small_memory.block > block
    assert grown > 0


def test_more_samples_than_msprime_reserves_memory_for_are_those_of_msprime():
    history = ONE[0], {"pop_0": 33_000}
    recombination = Recombination(1e-10)
    tables = AncestrySimulator(*history).simulate(LENGTH, recombination, 1)
    tables.assert_equals(call_msprime(history, LENGTH, recombination, False, 1).dump_tables())


# Another msprime -----------------------------------------------------------------------------


@pytest.fixture
def forgotten():
    """What was found out about msprime is forgotten, before and after."""
    ancestry.load_internals.cache_clear()
    yield
    ancestry.load_internals.cache_clear()


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("msprime.__version__", "1.5.0"), "it is 1.5.0, not 1.4.4"),
        (("msprime._msprime.LightweightTableCollection", None), "its compiled part has changed"),
    ],
    ids=["version", "interface"],
)
def test_another_msprime_is_called_as_usual_and_the_log_says_so_once(
    monkeypatch, capfd, change, reason
):
    history, length, recombination, discrete = CASES["several populations"]
    known = AncestrySimulator(*history, discrete)
    stopped = known.simulate(length, recombination, 3, end_time=500)
    whole = known.complete(stopped, recombination, 4)
    mutated = add_mutations(whole, RATE, 5)
    ancestry.load_internals.cache_clear()

    if change[0] == "msprime.__version__":
        monkeypatch.setattr(*change)
    else:

        def fail():
            raise AttributeError("LightweightTableCollection")

        monkeypatch.setattr(msprime_internals, "try_out", fail)
    other = AncestrySimulator(*history, discrete)
    other.simulate(length, recombination, 3, end_time=500).assert_equals(stopped)
    other.complete(stopped, recombination, 4).assert_equals(whole)
    add_mutations(whole, RATE, 5).dump_tables().assert_equals(mutated.dump_tables())
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1
    assert reason in said[0]


def test_seeds_of_numpy_are_those_of_python():
    simulator, recombination = AncestrySimulator(*ONE), Recombination(RATE)
    seed = np.uint64(2**32 - 1)
    expected = simulator.simulate(LENGTH, recombination, 2**32 - 1)
    simulator.simulate(LENGTH, recombination, seed).assert_equals(expected)
