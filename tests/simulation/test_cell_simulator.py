"""Cells from config to windows: drawn histories, refused draws, maps, the catalogue."""

import copy
import json
import pathlib

import pytest
import yaml
from helpers.two_populations import TWO, read_changed, write_demes

from coalflow.config.histories import contents
from coalflow.config.schema.distributions import Distribution
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import History
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation.cell_simulator import CellSimulator


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_demes(tmp_path)


def make_simulators(**simulation):
    """Return the simulator of each cell, by name, with its settings read from JSON."""
    config = read_changed(**simulation)
    maker = SettingsMaker(config, config.simulation.recombination_map)
    simulators = {}
    for cell in maker.cells.values():
        settings = maker.simulate(cell)
        text = json.dumps(settings.as_json())
        simulators[cell.name] = CellSimulator(type(settings).model_validate_json(text))
    return simulators


def draw_many(simulator, number):
    seeds_of_replicates = [
        seeds.derive_replicate_seed(3, simulator.cell, index) for index in range(number)
    ]
    return [simulator.draw(seed) for seed in seeds_of_replicates]


# Paths into a graph --------------------------------------------------------------------------


def test_a_drawn_size_is_that_of_the_replicates_history():
    path = "demes.A.epochs.1.start_size"
    (simulator,) = make_simulators(prior={path: {"log_uniform": [100, 1000]}}).values()
    sizes = []
    for draw in draw_many(simulator, 20):
        assert draw.evolution.demography["A"].initial_size == draw.parameters[path]
        assert draw.evolution.demography["B"].initial_size == 200
        sizes.append(draw.parameters[path])
    assert len(set(sizes)) == 20
    assert 100 < min(sizes) < max(sizes) < 1000


def test_a_gridded_rate_is_that_of_the_cell():
    simulators = make_simulators(grid={"migrations.0.rate": [0, 0.01]})
    assert list(simulators) == ["migrations.0.rate=0", "migrations.0.rate=0.01"]
    rates = [one.draw(1).evolution.demography.migration_matrix.max() for one in simulators.values()]
    assert rates == [0, 0.01]


def test_what_happens_at_one_time_is_kept_together_by_a_formula():
    prior = {
        "demes.A.epochs.0.end_time": {"uniform": [10, 390]},
        "demes.B.start_time": {"formula": "demes.A.epochs.0.end_time"},
    }
    (simulator,) = make_simulators(prior=prior).values()
    for draw in draw_many(simulator, 10):
        assert len({draw.parameters[name] for name in prior}) == 1


def test_every_number_of_a_graph_has_a_path():
    assert contents.list_paths(TWO) == {
        "demes.A.epochs.0.start_size": 1000,
        "demes.A.epochs.0.end_time": 50,
        "demes.A.epochs.1.start_size": 300,
        "demes.B.start_time": 400,
        "demes.B.epochs.0.start_size": 200,
        "migrations.0.rate": 1e-3,
    }


def test_the_files_content_is_left_as_it_was():
    history = History(graph=copy.deepcopy(TWO), population="A")
    for path in contents.list_paths(TWO):
        changed = contents.make_content(history, {path: 77})
        assert contents.list_paths(changed)[path] == 77
        assert sum(value == 77 for value in contents.list_paths(changed).values()) == 1
    assert history.graph == TWO


# Draws that cannot be used ----------------------------------------------------------------------


def test_histories_that_contradict_themselves_are_refused_and_counted():
    """Half of the epoch's end times are before the epoch that they end has begun."""
    path = "demes.B.start_time"
    shorter = copy.deepcopy(TWO)
    shorter["demes"][0]["start_time"] = float("inf")
    shorter["demes"][1]["epochs"] = [{"start_size": 200, "end_time": 300}, {"start_size": 9}]
    pathlib.Path("two.yaml").write_text(yaml.safe_dump(shorter))
    (simulator,) = make_simulators(prior={path: {"uniform": [200, 400]}}).values()
    draws = draw_many(simulator, 200)
    assert all(draw.parameters[path] > 300 for draw in draws)
    refused = sum(draw.refused for draw in draws)
    # Geometric with success 1/2: mean 1, variance 2. |z| < 3.3, p = .001.
    assert abs(refused - 200) < 3.3 * (200 * 2) ** 0.5


def test_a_prior_without_usable_draws_is_reported():
    maker = SettingsMaker(read_changed())
    (cell,) = maker.cells.values()
    # The config would be refused.
    parameters = {**cell.parameters, "mutation_rate": Distribution(formula="recombination_rate-1")}
    simulator = CellSimulator(maker.simulate(cell).model_copy(update={"parameters": parameters}))
    with pytest.raises(CoalflowError) as caught:
        simulator.simulate_replicate(1)
    assert str(caught.value) == (
        "1,000 draws of the prior in a row could not be used, the last because mutation_rate "
        "is -1, and must be greater than 0. Correct simulation.prior"
    )


# Maps -------------------------------------------------------------------------------------------


def write_map(rates, path="map.txt", step=10_000):
    """Write a map with one rate (cM/Mb) for each stretch of that many bases."""
    lines, place = ["Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)\n"], 0.0
    for number, rate in enumerate([*rates, 0]):
        lines.append(f"chr1\t{number * step}\t{rate}\t{place}\n")
        place += rate * step / 1e6
    pathlib.Path(path).write_text("".join(lines))


def test_each_window_takes_a_stretch_of_the_map():
    write_map([1, 5, 2, 10, 3])
    (simulator,) = make_simulators(recombination_map="map.txt", recombination_rate=None).values()
    rates = [
        simulator.simulate_replicate(seed).parameters["recombination_rate"] for seed in range(1, 30)
    ]
    # Means of 20,000 bases, which touch two or three stretches.
    assert 1e-8 < min(rates) < max(rates) < 1e-7
    assert len(set(rates)) > 20


def test_sweeps_take_stretches_too():
    write_map([1, 100, 1, 1])
    (simulator,) = make_simulators(
        recombination_map="map.txt",
        recombination_rate=None,
        demography={"population_size": 500},
        samples=5,
        sweep="hard",
        prior={"selection_coefficient": {"uniform": [0.1, 0.2]}},
    ).values()
    made = [simulator.simulate_replicate(seed) for seed in range(1, 5)]
    assert len({one.parameters["recombination_rate"] for one in made}) > 1
    again = simulator.simulate_replicate(2)
    assert again.trees.tables.edges == made[1].trees.tables.edges


# stdpopsim ------------------------------------------------------------------------------------


def test_a_models_history_is_simulated():
    (simulator,) = make_simulators(
        species="HomSap",
        demography={"stdpopsim": "OutOfAfrica_2T12"},
        samples={"AFR": 2, "EUR": 2},
        mutation_rate=None,
        recombination_rate=None,
        prior={"demes.EUR.epochs.0.start_size": {"uniform": [1000, 3000]}},
    ).values()
    made = simulator.simulate_replicate(4)
    assert made.trees.num_samples == 8
    names = [deme.name for deme in simulator.build_graph(made.parameters).demes]
    assert {"AFR", "EUR"} <= set(names)
