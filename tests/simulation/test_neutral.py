"""Simulations against the theory of the coalescent."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import yaml
from helpers.data import constant_history, graph_of

from coalflow.config.schema.simulation import Epoch
from coalflow.core import memory, seeds
from coalflow.simulation import demography, neutral

CONFIG = pathlib.Path(__file__).parents[2] / "config/config.yaml"
HERE = str(pathlib.Path(__file__).parent)
WRITTEN = yaml.safe_load(CONFIG.read_text())["simulation"]["demography"]["histories"]
HISTORIES = {
    name: [Epoch.model_validate(epoch) for epoch in epochs]
    for name, epochs in {"constant": [{"start_size": 1.0}], **WRITTEN}.items()
}

SAMPLES, HAPLOTYPES = 10, 20
SIZE, LENGTH, MUTATION_RATE = 10_000, 100_000, 1.5e-8
THETA = 4 * SIZE * MUTATION_RATE * LENGTH  # 60
A1 = sum(1 / i for i in range(1, HAPLOTYPES))
A2 = sum(1 / i**2 for i in range(1, HAPLOTYPES))

# All tests are two-sided at 0.001, that is |z| < 3.29. Power against a bias of 3%, which is
# P(z > 3.29) where z has mean 0.03 * mean / SE, for the numbers of replicates below:
#
#   pi, constant, no recombination    SD/mean 0.50   8,000 replicates   SE 0.56%   z 5.3   0.98
#   S,  constant, no recombination            0.36   8,000                 0.41%     7.4   1.00
#   pi, constant, recombination               0.20   2,500                 0.40%     7.6   1.00
#   S,  constant, recombination               0.16   2,500                 0.32%     9.4   1.00
#   pi, bottleneck, recombination             0.27   2,500                 0.54%     5.5   0.99
#   pi, growth, recombination                 0.27   2,500                 0.54%     5.5   0.99
CRITICAL = scipy.stats.norm.isf(0.0005)
BIAS, LEAST_POWER = 0.03, 0.95
REPLICATES = {
    ("constant", 0.0): 8000,
    ("constant", 1.0e-8): 2500,
    ("bottleneck", 1.0e-8): 2500,
    ("growth", 1.0e-8): 2500,
}


def parameters(recombination_rate=1.0e-8, length=LENGTH, mutation_rate=MUTATION_RATE):
    return {
        "sequence_length": length,
        "mutation_rate": mutation_rate,
        "recombination_rate": recombination_rate,
    }


@pytest.fixture(scope="module")
def statistics_of():
    """Return a function to the S, pi and D of many replicates, simulated once a scenario."""
    memory.keep_memory_between_simulations()
    done = {}

    def simulated(history, recombination_rate):
        scenario = (history, recombination_rate)
        if scenario not in done:
            population = demography.convert_to_msprime(graph_of(SIZE, HISTORIES[history]))
            given = parameters(recombination_rate)
            windows = [
                neutral.simulate_window(
                    population,
                    SAMPLES,
                    given,
                    seeds.derive_replicate_seed(1, f"{scenario}", number),
                )
                for number in range(REPLICATES[scenario])
            ]
            done[scenario] = {
                "S": np.array([w.num_sites for w in windows], dtype=float),
                "pi": np.array([w.diversity(span_normalise=False) for w in windows]),
                "D": np.array([w.Tajimas_D() for w in windows]),
            }
        return done[scenario]

    return simulated


def standard_error(values):
    return values.std(ddof=1) / len(values) ** 0.5


def assert_mean_is(values, expected):
    error = standard_error(values)
    power = scipy.stats.norm.sf(CRITICAL - BIAS * expected / error)
    assert power > LEAST_POWER, "too few replicates to see a bias"
    z = (values.mean() - expected) / error
    print(f"mean {values.mean():.4f} (SE {error:.4f}), theory {expected:.4f}, z {z:.2f}")
    assert abs(z) < CRITICAL


# Constant size -------------------------------------------------------------------------------


@pytest.mark.parametrize("recombination_rate", [0.0, 1.0e-8])
def test_mean_number_of_segregating_sites_is_theta_times_a1(statistics_of, recombination_rate):
    assert_mean_is(statistics_of("constant", recombination_rate)["S"], THETA * A1)


@pytest.mark.parametrize("recombination_rate", [0.0, 1.0e-8])
def test_mean_diversity_is_theta(statistics_of, recombination_rate):
    assert_mean_is(statistics_of("constant", recombination_rate)["pi"], THETA)


def test_variance_of_segregating_sites_without_recombination(statistics_of):
    segregating = statistics_of("constant", 0.0)["S"]
    variance = segregating.var(ddof=1)
    fourth = ((segregating - segregating.mean()) ** 4).mean()
    error = ((fourth - variance**2) / len(segregating)) ** 0.5
    expected = THETA * A1 + THETA**2 * A2
    print(f"variance {variance:.1f} (SE {error:.1f}), theory {expected:.1f}")
    assert abs(variance - expected) / error < CRITICAL
    # With an SE of 3% or less, a variance that is 15% off shows with a power of 0.95 or more.
    assert error < 0.03 * expected


def test_recombination_makes_segregating_sites_vary_less(statistics_of):
    without = statistics_of("constant", 0.0)["S"].var()
    assert statistics_of("constant", 1.0e-8)["S"].var() < without / 3


def coalescent_d(replicates, seed):
    """Return Tajima's D of trees without recombination, from Kingman's coalescent in numpy.

    It shares nothing with msprime or tskit, so it tells D's own bias from a bias of theirs.
    """
    random = np.random.default_rng(seed)
    every = np.arange(replicates)
    carriers = np.ones((replicates, HAPLOTYPES), dtype=int)  # samples below each lineage
    spectrum = np.zeros((replicates, HAPLOTYPES + 1))
    for lineages in range(HAPLOTYPES, 1, -1):
        # Time is in units of 2N generations.
        time = random.exponential(2 / (lineages * (lineages - 1)), replicates)
        for lineage in range(lineages):
            mutations = random.poisson(THETA / 2 * time)
            spectrum[every, carriers[:, lineage]] += mutations
        first = random.integers(0, lineages, replicates)
        second = (first + random.integers(1, lineages, replicates)) % lineages
        carriers[every, first] += carriers[every, second]
        carriers[every, second] = carriers[:, lineages - 1]  # the last place goes
    n, copies = HAPLOTYPES, np.arange(HAPLOTYPES + 1)
    segregating = spectrum.sum(axis=1)
    differences = spectrum @ (2 * copies * (n - copies) / (n * (n - 1)))
    c1 = (n + 1) / (3 * (n - 1)) - 1 / A1
    c2 = 2 * (n * n + n + 3) / (9 * n * (n - 1)) - (n + 2) / (A1 * n) + A2 / A1**2
    variance = c1 / A1 * segregating + c2 / (A1**2 + A2) * segregating * (segregating - 1)
    return (differences - segregating / A1) / variance**0.5


def test_tajimas_d_has_its_known_small_negative_bias(statistics_of):
    d, reference = statistics_of("constant", 0.0)["D"], coalescent_d(40_000, seed=3)
    error = np.hypot(standard_error(d), standard_error(reference))
    print(f"D {d.mean():.4f} (SE {standard_error(d):.4f}), numpy {reference.mean():.4f}")
    assert abs(d.mean() - reference.mean()) / error < CRITICAL
    assert -0.15 < d.mean() < -CRITICAL * standard_error(d)


def test_recombination_brings_tajimas_d_nearer_to_zero(statistics_of):
    tree, recombined = statistics_of("constant", 0.0)["D"], statistics_of("constant", 1.0e-8)["D"]
    assert recombined.std() < tree.std() / 2
    slack = CRITICAL * standard_error(recombined)
    print(f"D with recombination {recombined.mean():.4f} (SE {standard_error(recombined):.4f})")
    assert tree.mean() - slack < recombined.mean() < slack


# Histories -----------------------------------------------------------------------------------


def size_at(graph, time):
    for epoch in graph.demes[0].epochs:
        if epoch.end_time <= time < epoch.start_time:
            if epoch.size_function == "constant":
                return epoch.start_size
            passed = (epoch.start_time - time) / (epoch.start_time - epoch.end_time)
            return epoch.start_size * (epoch.end_size / epoch.start_size) ** passed
    raise AssertionError(f"no epoch at {time}")


def expected_coalescence_time(graph):
    """Return E[T2] in generations: the integral of P(T2 > t) = exp(-int_0^t ds / 2N(s))."""
    bounds = sorted(epoch.end_time for epoch in graph.demes[0].epochs)
    ancient = bounds[-1]

    def hazard(end):
        steps = [0, *(b for b in bounds if 0 < b < end), end]
        return sum(
            scipy.integrate.quad(lambda s: 1 / (2 * size_at(graph, s)), low, high)[0]
            for low, high in zip(steps, steps[1:], strict=False)
        )

    recent = sum(
        scipy.integrate.quad(lambda t: np.exp(-hazard(t)), low, high)[0]
        for low, high in zip(bounds, bounds[1:], strict=False)
    )
    # Before the oldest change the size is constant, so T2 goes on as an exponential time.
    return recent + np.exp(-hazard(ancient)) * 2 * size_at(graph, ancient)


def test_coalescence_time_of_a_constant_population_is_two_n():
    graph = graph_of(SIZE, HISTORIES["constant"])
    assert expected_coalescence_time(graph) == pytest.approx(2 * SIZE, rel=1e-9)


@pytest.mark.parametrize("history", ["bottleneck", "growth"])
def test_mean_diversity_of_a_history_is_that_of_its_coalescence_times(statistics_of, history):
    graph = graph_of(SIZE, HISTORIES[history])
    expected = 2 * MUTATION_RATE * LENGTH * expected_coalescence_time(graph)
    # A history that were ignored would show: it changes pi by far more than the test sees.
    assert expected < 0.9 * THETA
    assert_mean_is(statistics_of(history, 1.0e-8)["pi"], expected)


@pytest.mark.parametrize("history", list(HISTORIES))
@pytest.mark.parametrize("size", [10_000, 12_345.5])
def test_epochs_have_their_sizes_and_times(history, size):
    epochs = HISTORIES[history]
    graph = graph_of(size, epochs)
    assert graph.time_units == "generations"
    (deme,) = graph.demes
    assert len(deme.epochs) == len(epochs)
    older_end = float("inf")
    for made, written in zip(deme.epochs, epochs, strict=True):
        end_size = written.end_size or written.start_size
        assert made.start_size == written.start_size * size
        assert made.end_size == end_size * size
        assert (made.start_time, made.end_time) == (older_end, written.end_time or 0)
        constant = end_size == written.start_size
        assert made.size_function == ("constant" if constant else "exponential")
        older_end = made.end_time


def test_msprime_gets_the_sizes_of_the_graph():
    epochs = [Epoch(start_size=0.2, end_time=2000), Epoch(start_size=0.2, end_size=1.0)]
    debugger = demography.convert_to_msprime(graph_of(1000, epochs)).debug()
    sizes = debugger.population_size_trajectory(np.array([0.0, 1000.0, 1999.0, 2500.0, 1e6]))
    halfway = 1000 * 0.2**0.5
    expected = [1000, halfway, 200 * 5 ** (1 / 2000), 200, 200]
    np.testing.assert_allclose(sizes[:, 0], expected, rtol=1e-9)


# Replicates ----------------------------------------------------------------------------------


def small_window(seed):
    return neutral.simulate_window(constant_history(SIZE), SAMPLES, parameters(), seed)


def small_genome(seed):
    return neutral.simulate_genome(constant_history(SIZE), SAMPLES, parameters(), seed)


def same_trees(one, other):
    return one.tables.equals(other.tables, ignore_provenance=True)


@pytest.mark.parametrize("simulate", [small_window, small_genome])
def test_a_seed_names_one_tree_sequence(simulate):
    seed = seeds.derive_replicate_seed(1, "cell", 0)
    assert same_trees(simulate(seed), simulate(seed))
    others = [simulate(seeds.derive_replicate_seed(1, "cell", number)) for number in range(1, 6)]
    assert not any(same_trees(simulate(seed), other) for other in others)


def test_ancestry_and_mutations_have_seeds_of_their_own():
    ancestry, mutations = 123 << 32, 456
    window = small_window(ancestry | mutations)
    same_ancestry, same_mutations = small_window(ancestry | 457), small_window(124 << 32 | 456)
    assert window.tables.edges == same_ancestry.tables.edges
    assert window.tables.mutations != same_ancestry.tables.mutations
    assert window.tables.edges != same_mutations.tables.edges


def test_every_site_of_a_window_segregates_and_has_one_mutation():
    for number in range(50):
        window = small_window(seeds.derive_replicate_seed(2, "cell", number))
        assert window.num_samples == HAPLOTYPES
        assert window.sequence_length == LENGTH
        copies = window.genotype_matrix().sum(axis=1)
        assert copies.min() >= 1
        assert copies.max() <= HAPLOTYPES - 1
        assert (window.tables.mutations.site == np.arange(window.num_sites)).all()
        assert {site.ancestral_state for site in window.sites()} == {"0"}
        assert {mutation.derived_state for mutation in window.mutations()} == {"1"}
        positions = window.sites_position
        assert (np.diff(positions) > 0).all()
        assert positions[0] >= 0
        assert positions[-1] < LENGTH


def test_sites_of_a_window_are_not_tied_to_bases():
    # With 40,000 hits on 100 bases a genome of whole bases would have 100 sites at most.
    given = parameters(length=100, mutation_rate=1e-2)
    window = neutral.simulate_window(constant_history(1000), SAMPLES, given, 5 << 32 | 5)
    assert window.num_sites > 1000
    assert (window.tables.mutations.site == np.arange(window.num_sites)).all()


def test_sites_of_a_genome_are_at_whole_bases():
    genome = small_genome(seeds.derive_replicate_seed(3, "cell", 0))
    positions = genome.sites_position
    assert genome.num_sites > 100
    assert (positions == np.floor(positions)).all()
    assert (np.diff(positions) >= 1).all()
    assert positions[0] >= 0
    assert positions[-1] <= LENGTH - 1
    breakpoints = genome.breakpoints(as_array=True)
    assert len(breakpoints) > 10
    assert (breakpoints == np.floor(breakpoints)).all()


# Memory --------------------------------------------------------------------------------------


# In a process of its own, since memory once kept is kept until the process ends.
DIGEST_OF_WINDOWS = """
import hashlib, sys
sys.path[:0] = {path}
from coalflow.core import memory
from test_neutral import seeds, small_window
{call}
digest = hashlib.sha256()
for number in range(20):
    tables = small_window(seeds.derive_replicate_seed(4, "cell", number)).tables
    for column in (tables.edges.left, tables.edges.child, tables.nodes.time):
        digest.update(column.tobytes())
    digest.update(tables.sites.position.tobytes() + tables.mutations.node.tobytes())
print(digest.hexdigest())
"""


def test_keeping_freed_memory_changes_no_result():
    def digest_after(call):
        code = DIGEST_OF_WINDOWS.format(path=[HERE, *sys.path], call=call)
        command = [sys.executable, "-c", code]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    usual, kept = digest_after(""), digest_after("memory.keep_memory_between_simulations()")
    assert len(usual.strip()) == 64
    assert usual == kept


def test_libraries_without_mallopt_are_left_alone(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    memory.keep_memory_between_simulations()


def test_the_c_library_takes_the_values(monkeypatch):
    library = memory.ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        pytest.skip("no mallopt here")
    answers = []

    class Listening:
        def mallopt(self, parameter, value):
            answers.append(library.mallopt(parameter, value))

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: Listening())
    memory.keep_memory_between_simulations()
    assert answers == [1, 1]
