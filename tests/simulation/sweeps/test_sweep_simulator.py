"""Sweeps: against theory, msprime, and themselves."""

import math

import demes
import msprime
import numpy as np
import pytest

from coalflow.core.errors import CoalflowError
from coalflow.simulation import ancestry
from coalflow.simulation.sweeps.coalescent import lineage_state, lineages, structured_coalescent
from coalflow.simulation.sweeps.coalescent.course import make_course
from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.simulation.sweeps.trajectories.trajectory import Trajectory

SIZE, LENGTH = 500, 1e5
HARD = Selection(0.1)


EPOCHS = ({"start_size": SIZE},)


def make_graph(epochs=EPOCHS):
    builder = demes.Builder(time_units="generations")
    builder.add_deme("A", epochs=list(epochs))
    return builder.resolve()


def make_simulator(rho=100, samples=10, **options):
    rate = rho / (4 * SIZE * LENGTH)
    return SweepSimulator(make_graph(), {"A": samples}, LENGTH, rate, **options)


def simulate_windows(simulator, selection, number, position=LENGTH / 2, fixation_time=0, theta=60):
    rate = theta / (4 * SIZE * LENGTH)
    for seed in range(number):
        yield simulator.simulate_window(selection, position, fixation_time, rate, seed)


@pytest.mark.parametrize("fixation_time", [0, 100])
@pytest.mark.parametrize("selection", [HARD, Selection(0.1, start_frequency=0.1)])
def test_windows_are_those_that_msprimes_public_functions_make(
    monkeypatch, selection, fixation_time
):
    ours = list(simulate_windows(make_simulator(), selection, 40, fixation_time=fixation_time))
    monkeypatch.setattr(ancestry, "load_internals", lambda: None)
    theirs = simulate_windows(make_simulator(), selection, 40, fixation_time=fixation_time)
    for (trees, outcome), (expected, same) in zip(ours, theirs, strict=True):
        trees.dump_tables().assert_equals(expected.dump_tables())
        assert outcome == same


def z_of_means(first, second):
    variance = np.var(first, ddof=1) / len(first) + np.var(second, ddof=1) / len(second)
    return (np.mean(first) - np.mean(second)) / math.sqrt(variance)


def test_trees_are_whole_and_simplified_and_know_the_selected_allele():
    selection = Selection(0.1, end_frequency=0.6)
    for trees, truth in simulate_windows(make_simulator(), selection, 20):
        assert trees.time_units == "generations"
        assert all(tree.num_roots == 1 for tree in trees.trees())
        assert trees.tables.nodes.num_rows == trees.simplify().tables.nodes.num_rows
        assert trees.population(0).metadata["name"] == "A"
        selected = [one for one in trees.mutations() if one.metadata]
        assert all(one.metadata == {"selected": True} for one in selected)
        carriers = sum(trees.at(LENGTH / 2).num_samples(one.node) for one in selected)
        assert 0 < carriers <= 20
        assert truth.frequency >= 0.6
        assert truth.founders == 1
        assert [one.time for one in selected] == [truth.origin]


def test_everyone_carries_a_fixed_allele_whatever_the_time_since():
    for trees, truth in simulate_windows(make_simulator(), HARD, 10, fixation_time=40):
        (selected,) = (one for one in trees.mutations() if one.metadata)
        assert trees.at(LENGTH / 2).num_samples(selected.node) == 20
        assert truth.fixation_time == 40
        assert 40 < truth.selection_began == truth.origin


def test_the_same_seed_gives_the_same_trees_whatever_room_there_was():
    first, second = make_simulator(), make_simulator()
    first._room = 64
    pairs = zip(simulate_windows(first, HARD, 5), simulate_windows(second, HARD, 5), strict=True)
    for (trees, _), (other, _) in pairs:
        assert trees.equals(other, ignore_provenance=True)


def test_left_and_right_are_the_same():
    left, right = [], []
    for trees, _ in simulate_windows(make_simulator(rho=200), HARD, 300):
        counts = np.histogram(trees.sites_position, bins=5, range=(0, LENGTH))[0]
        left.append(counts[1])
        right.append(counts[3])
    assert abs(z_of_means(left, right)) < 3.3


def make_steady_trajectory(copies, generations):
    """Return a trajectory on which nothing happens: the same copies all the time."""
    return Trajectory(
        times=np.arange(generations + 1.0),
        copies=np.full((generations, 1), copies),
        chromosomes=np.full((generations, 1), 2 * SIZE),
        matrix=np.zeros(generations, dtype=np.int64),
        copies_at_end=np.array([copies]),
        chromosomes_at_end=np.array([2 * SIZE]),
        fixation_time=0,
        selection_began=0,
        tries=1,
    )


def follow_sweep(simulator, trajectory, seed, position):
    random = np.random.default_rng(seed)
    tables = simulator._simulate_recent(trajectory, seed=1)
    simulator._follow_sweep(tables, trajectory, Selection(0.0), position, random)
    return tables.tree_sequence()


@pytest.mark.parametrize("frequency", [0.05, 0.3, 0.8])
def test_two_carriers_meet_after_as_many_generations_as_there_are_copies(frequency):
    copies = round(2 * SIZE * frequency)
    single = make_simulator(rho=0, samples=1)
    times = []
    for seed in range(1500):
        random = np.random.default_rng(seed)
        state = lineage_state.make_state(64, 2, 0.0, 2)
        left, right = np.zeros(2), np.full(2, 1e-40)
        number = np.arange(2)
        lineages.fill_state(state, left, right, number, number, np.ones(2, dtype=np.int64))
        trajectory = make_steady_trajectory(copies, 30 * copies)
        selected = single.trajectories.selected
        course = make_course(trajectory, Selection(0.0), single.history, selected)
        structured_coalescent.trace_lineages(random, state, course, 0, True)
        times.append(state.nodes["time"][0])
    z = (np.mean(times) - copies) / (np.std(times, ddof=1) / math.sqrt(len(times)))
    assert abs(z) < 3.3


def draw_drifting_trajectory(simulator, copies, generations, seed):
    """A neutral allele's path from a frequency on, whatever becomes of it."""
    random, history = np.random.default_rng(seed), simulator.history
    ago = np.minimum(np.arange(generations + 1), len(history.matrix) - 1)
    path = simulator.trajectories.drift_to_present(random, np.array(copies), generations)
    return Trajectory(
        times=np.arange(generations + 1.0),
        copies=path[:-1][::-1],
        chromosomes=history.chromosomes[ago[1:]],
        matrix=history.matrix[ago[:-1]],
        copies_at_end=path[-1],
        chromosomes_at_end=history.chromosomes[0],
        fixation_time=0,
        selection_began=generations,
        tries=1,
    )


def branch_statistics(trees, sets):
    """Diversity of and divergence between sample sets, tree heights and how many trees."""
    heights = [tree.time(tree.root) * tree.span for tree in trees.trees()]
    return (
        *trees.diversity(sets, mode="branch"),
        trees.divergence([sets[0], sets[-1]], mode="branch"),
        sum(heights) / trees.sequence_length,
        trees.num_trees,
    )


SPLIT = """
time_units: generations
demes:
  - {name: old, epochs: [{start_size: 300, end_time: 250}]}
  - {name: A, ancestors: [old], epochs: [{start_size: 100, end_size: 400}]}
  - {name: B, ancestors: [old], epochs: [{start_size: 200}]}
migrations: [{source: A, dest: B, rate: 0.002}]
pulses: [{sources: [B], dest: A, time: 60, proportions: [0.4]}]
"""


@pytest.mark.parametrize(
    ("history", "copies", "generations", "position"),
    [
        (make_graph(), [100], 600, LENGTH / 2),
        (make_graph(), [400], 600, -0.05 * LENGTH),
        (demes.loads(SPLIT), [150, 0, 0], 330, LENGTH / 3),
    ],
)
def test_along_a_neutral_allele_ancestry_is_neutral(history, copies, generations, position):
    """Lost, fixed or neither: followed on its backgrounds it makes no difference."""
    living = [deme.name for deme in history.demes if deme.end_time == 0]
    samples = dict.fromkeys(living, 5)
    rate = 20 / (4 * SIZE * LENGTH)
    ours, theirs = [], []
    engine = SweepSimulator(history, samples, LENGTH, rate, population=living[0])
    demography = msprime.Demography.from_demes(history)
    for seed in range(400):
        path = draw_drifting_trajectory(engine, copies, generations, seed)
        tables, _ = engine.simulate_ancestry(
            path, Selection(0.0), position, np.random.default_rng(seed)
        )
        neutral = msprime.sim_ancestry(
            samples,
            demography=demography,
            sequence_length=LENGTH,
            recombination_rate=rate,
            discrete_genome=False,
            random_seed=seed + 1,
        )
        for found, made in ((ours, tables.tree_sequence()), (theirs, neutral)):
            sets = [made.samples(population=history.demes.index(history[name])) for name in living]
            found.append(branch_statistics(made, sets))
    z = [
        z_of_means(*columns)
        for columns in zip(np.transpose(ours), np.transpose(theirs), strict=True)
    ]
    assert np.abs(z).max() < 3.5


def test_a_locus_at_a_distance_is_a_locus_in_two_populations_with_migration():
    """Backgrounds at a fixed frequency x are demes of 2Nx and 2N(1 - x) chromosomes."""
    frequency, distance = 0.3, 1.5 / (4 * SIZE)
    length = 1000.0
    far = SweepSimulator(make_graph(), {"A": 10}, length, 1e-40)
    # A tight locus: no breakpoint within, all of them between it and the site.
    site = length + distance / far.genetic_map.rates.mean_rate
    path = make_steady_trajectory(round(2 * SIZE * frequency), 40 * SIZE)
    ours = []
    for seed in range(400):
        trees = follow_sweep(far, path, seed, site)
        ours.append(trees.diversity(mode="branch"))
    demography = msprime.Demography()
    demography.add_population(name="carriers", initial_size=SIZE * frequency)
    demography.add_population(name="others", initial_size=SIZE * (1 - frequency))
    demography.set_migration_rate("carriers", "others", distance * (1 - frequency))
    demography.set_migration_rate("others", "carriers", distance * frequency)
    random = np.random.default_rng(9)
    theirs = []
    for seed in range(1, 401):
        carriers = int(random.hypergeometric(300, 700, 20))
        trees = msprime.sim_ancestry(
            [
                msprime.SampleSet(carriers, population="carriers", ploidy=1),
                msprime.SampleSet(20 - carriers, population="others", ploidy=1),
            ],
            demography=demography,
            random_seed=seed,
        )
        theirs.append(trees.diversity(mode="branch"))
    assert abs(z_of_means(ours, theirs)) < 3.3


def test_a_map_without_recombination_around_the_site_keeps_its_haplotype():
    blocked = msprime.RateMap(
        position=[0, 0.3 * LENGTH, 0.7 * LENGTH, LENGTH], rate=[1e-6, 0.0, 1e-6]
    )
    swept = SweepSimulator(make_graph(), {"A": 10}, LENGTH, blocked)
    for seed in range(10):
        trees, _ = swept.simulate_window(HARD, LENGTH / 2, 0, 0.0, seed)
        edges = trees.tables.edges
        inner = np.unique(np.r_[edges.left, edges.right])
        assert not ((inner > 0.3 * LENGTH) & (inner < 0.7 * LENGTH)).any()
        assert trees.at(LENGTH / 2).time(trees.at(LENGTH / 2).root) < 400


def test_recurrent_mutation_brings_several_founders():
    founders = []
    for trees, truth in simulate_windows(make_simulator(), Selection(0.1, new_copies=5e-3), 30):
        selected = [one for one in trees.mutations() if one.metadata]
        carriers = sum(trees.at(LENGTH / 2).num_samples(one.node) for one in selected)
        assert carriers == 20
        assert len(selected) == truth.founders
        founders.append(truth.founders)
    assert np.mean(founders) > 1.5


def test_standing_variation_has_more_founders_the_more_common_it_was():
    means = []
    for start in (0.01, 0.2):
        selection = Selection(0.1, start_frequency=start)
        windows = simulate_windows(make_simulator(), selection, 30)
        founders = [truth.founders for _, truth in windows]
        means.append(np.mean(founders))
    assert 1 < means[0] < means[1] < 20


def test_a_site_outside_the_window_has_less_effect_the_farther_it_is():
    def diversity(position):
        found = simulate_windows(make_simulator(rho=20), HARD, 60, position=position)
        return np.mean([trees.diversity() for trees, _ in found])

    near, far = diversity(-0.02 * LENGTH), diversity(10 * LENGTH)
    assert near < 0.6 * far


def test_two_populations_with_migration_share_a_sweep():
    builder = demes.Builder(time_units="generations")
    for name in "AB":
        builder.add_deme(name, epochs=[{"start_size": SIZE}])
    builder.add_migration(demes=["A", "B"], rate=0.002)
    both = {"A": 5, "B": 5}
    rate = 100 / (4 * SIZE * LENGTH)
    swept = SweepSimulator(builder.resolve(), both, LENGTH, rate, population="A")
    selection = Selection(0.1, end_frequency=0.95)
    for seed in range(10):
        trees, truth = swept.simulate_window(
            selection, LENGTH / 2, 0, 60 / (4 * SIZE * LENGTH), seed
        )
        assert truth.frequency >= 0.95
        assert all(tree.num_roots == 1 for tree in trees.trees())


def test_a_sweep_that_no_lineage_has_lived_through_leaves_a_neutral_window():
    """All met within about 4N generations, the sweep is thirty times as old."""
    swept = make_simulator(samples=3)
    trees, truth = swept.simulate_window(HARD, LENGTH / 2, 120 * SIZE, 0, 5)
    assert truth.founders == -1
    assert all(tree.num_roots == 1 for tree in trees.trees())
    assert trees.num_mutations == 0


def test_more_lineages_than_chromosomes_are_refused():
    builder = demes.Builder(time_units="generations")
    builder.add_deme("A", epochs=[{"start_size": 1000, "end_time": 10}, {"start_size": 2}])
    swept = SweepSimulator(builder.resolve(), {"A": 5}, LENGTH, 1e-8)
    with pytest.raises(CoalflowError, match=r"^10 lineages are in a population of 4 chromosomes"):
        swept.simulate_window(Selection(0.1, end_frequency=0.9), LENGTH / 2, 0, 0, 5)
