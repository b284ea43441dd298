"""Sweeps by the parameters of replicates."""

import demes
import pytest

from coalflow.simulation.sweeps.drawn_sweeps import DrawnSweeps, collect_selection

PARAMETERS = {
    "sequence_length": 10_000,
    "mutation_rate": 1e-7,
    "recombination_rate": 1e-7,
    "selection_coefficient": 0.1,
    "dominance": 0.5,
    "end_frequency": 1.0,
    "fixation_time": 3,
}


@pytest.fixture(scope="module")
def sweeps():
    builder = demes.Builder(time_units="generations")
    builder.add_deme("A", epochs=[{"start_size": 200}])
    return DrawnSweeps(builder.resolve(), {"A": 3}, "A")


def test_a_linked_site_is_on_either_side_of_the_window(sweeps):
    linked = {**PARAMETERS, "distance": 500.0}
    truths = [sweeps.simulate_window(linked, seed)[1] for seed in range(20)]
    assert {truth["target/position"] for truth in truths} == {-500.0, 10_500.0}
    assert {truth["target/founders"] for truth in truths} == {-1.0}


def test_a_site_near_the_middle_is_on_either_side_of_it(sweeps):
    near = {**PARAMETERS, "offset": 4000.0}
    truths = [sweeps.simulate_window(near, seed)[1] for seed in range(20)]
    assert {truth["target/position"] for truth in truths} == {1000.0, 9000.0}
    assert {truth["target/founders"] for truth in truths} == {1.0}


def test_a_window_depends_on_its_own_parameters_alone(sweeps):
    centred = {**PARAMETERS, "position": 5000.0}
    trees, truth = sweeps.simulate_window(centred, 1)
    sweeps.simulate_window({**centred, "recombination_rate": 1e-6, "sequence_length": 7000}, 2)
    again, same_truth = sweeps.simulate_window(centred, 1)
    assert again.tables.edges == trees.tables.edges
    assert same_truth == truth
    assert truth["target/fixation_time"] == 3


def test_selection_takes_what_the_kind_of_sweep_has():
    hard = collect_selection(PARAMETERS)
    assert (hard.start_frequency, hard.new_copies) == (None, 0.0)
    soft = collect_selection({**PARAMETERS, "start_frequency": 0.2})
    assert soft.start_frequency == 0.2
    recurrent = collect_selection({**PARAMETERS, "recurrent_mutation_rate": 1e-3})
    assert recurrent.new_copies == 1e-3
