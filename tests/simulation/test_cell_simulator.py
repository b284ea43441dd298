"""Cells from config to windows: drawn histories, refused draws, maps, the catalogue."""

import copy
import json
import pathlib

import msprime
import numpy as np
import pytest
import yaml

from coalflow.config import catalogue, cell_settings, grid, histories
from coalflow.config.loading import limits, prepare, read_schema
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation import recombination
from coalflow.simulation.cell_simulator import CellSimulator

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = read_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")

TWO = {
    "time_units": "generations",
    "demes": [
        {"name": "A", "epochs": [{"start_size": 1000, "end_time": 50}, {"start_size": 300}]},
        {"name": "B", "ancestors": ["A"], "start_time": 400, "epochs": [{"start_size": 200}]},
    ],
    "migrations": [{"demes": ["A", "B"], "rate": 1e-3}],
}
CONFIG = {
    "run": "two",
    "seed": 3,
    "simulation": {
        "demography": {"demes": "two.yaml"},
        "samples": {"B": 2, "A": 3},
        "sequence_length": 20_000,
        "mutation_rate": 1e-7,
        "recombination_rate": 1e-8,
        "replicates": 20,
    },
    "target": "diversity",
}


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(TWO))


def config_with(**simulation):
    """Return the config with changes in ``simulation``; None deletes a key."""
    config = copy.deepcopy(CONFIG)
    changed = {**config["simulation"], **simulation}
    config["simulation"] = {key: value for key, value in changed.items() if value is not None}
    return config


def scenarios_of(**simulation):
    """Return the Scenario of each cell, by name."""
    simulation = prepare(config_with(**simulation), SCHEMA)["simulation"]
    graph, known = catalogue.of_config(simulation), limits(SCHEMA)
    file = simulation.get("recombination_map")
    made = {}
    for cell in grid.cells(simulation):
        told = json.loads(json.dumps(cell_settings.told(cell, simulation, graph, known, file)))
        made[cell.name] = CellSimulator(told)
    return made


def drawn_from(scenario, number):
    return [scenario.draw(seeds.derive_replicate_seed(3, scenario.cell, i)) for i in range(number)]


def complaint(**simulation):
    with pytest.raises(CoalflowError) as caught:
        prepare(config_with(**simulation), SCHEMA)
    return str(caught.value).removeprefix("the config cannot be used:\n  ")


# Paths into a graph --------------------------------------------------------------------------


def test_a_drawn_size_is_that_of_the_replicates_history():
    path = "demes.A.epochs.1.start_size"
    (scenario,) = scenarios_of(prior={path: {"log_uniform": [100, 1000]}}).values()
    sizes = []
    for drawn, history, _ in drawn_from(scenario, 20):
        assert history["A"].initial_size == drawn[path]
        assert history["B"].initial_size == 200
        sizes.append(drawn[path])
    assert len(set(sizes)) == 20
    assert 100 < min(sizes) < max(sizes) < 1000


def test_a_gridded_rate_is_that_of_the_cell():
    made = scenarios_of(grid={"migrations.0.rate": [0, 0.01]})
    assert list(made) == ["migrations.0.rate=0", "migrations.0.rate=0.01"]
    rates = [one.draw(1)[1].migration_matrix.max() for one in made.values()]
    assert rates == [0, 0.01]


def test_what_happens_at_one_time_is_kept_together_by_a_formula():
    prior = {
        "demes.A.epochs.0.end_time": {"uniform": [10, 390]},
        "demes.B.start_time": {"formula": "demes.A.epochs.0.end_time"},
    }
    (scenario,) = scenarios_of(prior=prior).values()
    for drawn, _, _ in drawn_from(scenario, 10):
        assert len({drawn[name] for name in prior}) == 1


def test_every_number_of_a_graph_has_a_path():
    assert histories.paths(TWO) == {
        "demes.A.epochs.0.start_size": 1000,
        "demes.A.epochs.0.end_time": 50,
        "demes.A.epochs.1.start_size": 300,
        "demes.B.start_time": 400,
        "demes.B.epochs.0.start_size": 200,
        "migrations.0.rate": 1e-3,
    }


def test_the_files_content_is_left_as_it_was():
    told = {"graph": copy.deepcopy(TWO), "population": "A"}
    for path in histories.paths(TWO):
        changed = histories.content_of(told, {path: 77})
        assert histories.paths(changed)[path] == 77
        assert sum(value == 77 for value in histories.paths(changed).values()) == 1
    assert told["graph"] == TWO


# Draws that cannot be used ----------------------------------------------------------------------


def test_histories_that_contradict_themselves_are_drawn_again_and_counted():
    """Half of the epoch's end times are before the epoch that they end has begun."""
    path = "demes.B.start_time"
    shorter = copy.deepcopy(TWO)
    shorter["demes"][0]["start_time"] = float("inf")
    shorter["demes"][1]["epochs"] = [{"start_size": 200, "end_time": 300}, {"start_size": 9}]
    pathlib.Path("two.yaml").write_text(yaml.safe_dump(shorter))
    (scenario,) = scenarios_of(prior={path: {"uniform": [200, 400]}}).values()
    drawn = drawn_from(scenario, 200)
    assert all(values[path] > 300 for values, _, _ in drawn)
    refused = sum(number for _, _, number in drawn)
    # Geometric with success 1/2: mean 1, variance 2. |z| < 3.3, p = .001.
    assert abs(refused - 200) < 3.3 * (200 * 2) ** 0.5


def test_a_prior_that_gives_nothing_is_told_of():
    prior = {"mutation_rate": {"formula": "recombination_rate - 1"}}
    (scenario,) = scenarios_of(prior=prior, mutation_rate=None).values()
    with pytest.raises(CoalflowError) as caught:
        scenario.replicate(1)
    assert str(caught.value) == (
        "1,000 draws of the prior in a row could not be used, the last since mutation_rate is "
        "-1, and must be greater than 0. Correct simulation.prior"
    )


# Maps -------------------------------------------------------------------------------------------


def write_map(rates, path="map.txt", step=10_000):
    """Write a map with one rate (cM/Mb) for each stretch of so many bases."""
    lines, place = ["Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)\n"], 0.0
    for number, rate in enumerate([*rates, 0]):
        lines.append(f"chr1\t{number * step}\t{rate}\t{place}\n")
        place += rate * step / 1e6
    pathlib.Path(path).write_text("".join(lines))


def test_each_window_takes_a_stretch_of_the_map():
    write_map([1, 5, 2, 10, 3])
    (scenario,) = scenarios_of(recombination_map="map.txt", recombination_rate=None).values()
    rates = [scenario.replicate(seed).parameters["recombination_rate"] for seed in range(1, 30)]
    # Means of 20,000 bases, which touch two or three stretches.
    assert 1e-8 < min(rates) < max(rates) < 1e-7
    assert len(set(rates)) > 20


def test_stretches_begin_anywhere_with_equal_chance():
    write_map([1] * 10)
    random = np.random.default_rng(1)
    whole = recombination.Map("map.txt")
    fine = msprime.RateMap(position=np.arange(0, 100_001, 1000), rate=np.arange(100) * 1e-9)
    whole._map = fine
    starts = [whole.stretch(20_000, random).rate[0] / 1e-9 for _ in range(4000)]
    # Uniform from 0 to 80: mean 40, standard deviation 23.1; |z| < 3.3, p = .001.
    assert abs(np.mean(starts) - 40) < 3.3 * 23.1 / 4000**0.5


def test_stretches_with_unknown_rates_are_not_taken():
    whole_map = msprime.RateMap(
        position=[0, 10, 40, 60, 90, 100], rate=[np.nan, 1e-8, np.nan, 2e-8, np.nan]
    )
    write_map([1])
    whole = recombination.Map("map.txt")
    whole._map = whole_map
    random = np.random.default_rng(1)
    stretches = [whole.stretch(30, random) for _ in range(200)]
    assert {round(one.mean_rate, 12) for one in stretches} == {1e-8, 2e-8}
    assert all(one.sequence_length == 30 for one in stretches)
    with pytest.raises(CoalflowError, match=r"longest stretch .* has 30 bases, and a window 31"):
        whole.stretch(31, random)


def test_a_file_that_is_no_map():
    pathlib.Path("map.txt").write_text("rate\n1\n")
    with pytest.raises(CoalflowError, match=r"map.txt: is no recombination map in HapMap's format"):
        scenarios_of(recombination_map="map.txt", recombination_rate=None)


def test_sweeps_take_stretches_too():
    write_map([1, 100, 1, 1])
    (scenario,) = scenarios_of(
        recombination_map="map.txt",
        recombination_rate=None,
        demography={"population_size": 500},
        samples=5,
        sweep="hard",
        prior={"selection_coefficient": {"uniform": [0.1, 0.2]}},
    ).values()
    made = [scenario.replicate(seed) for seed in range(1, 5)]
    assert len({one.parameters["recombination_rate"] for one in made}) > 1
    again = scenario.replicate(2)
    assert again.trees.tables.edges == made[1].trees.tables.edges


# stdpopsim ------------------------------------------------------------------------------------


def test_a_model_brings_its_own_rates():
    simulation = prepare(
        config_with(
            species="HomSap",
            demography={"stdpopsim": "OutOfAfrica_3G09"},
            samples={"YRI": 2, "CEU": 2},
            mutation_rate=None,
            recombination_rate=None,
        ),
        SCHEMA,
    )["simulation"]
    assert simulation["mutation_rate"] == 2.35e-8
    assert 1e-8 < simulation["recombination_rate"] < 1.4e-8
    assert "population_size" not in simulation["demography"]


def test_a_species_brings_rates_and_a_size():
    bare = {"demography": None, "samples": 3, "mutation_rate": None, "recombination_rate": None}
    of_genome = prepare(config_with(species="DroMel", **bare), SCHEMA)["simulation"]
    of_2l = prepare(config_with(species="DroMel", chromosome="2L", **bare), SCHEMA)["simulation"]
    assert of_genome["demography"]["population_size"] == 1_720_600
    assert of_genome["mutation_rate"] == 5.49e-9
    assert of_2l["recombination_rate"] > of_genome["recombination_rate"]


def test_what_is_given_comes_before_the_catalogue():
    given = {"species": "DroMel", "demography": {"population_size": 5}, "samples": 3}
    simulation = prepare(config_with(**given), SCHEMA)["simulation"]
    assert simulation["demography"]["population_size"] == 5
    assert simulation["mutation_rate"] == 1e-7


def test_a_models_history_is_simulated():
    (scenario,) = scenarios_of(
        species="HomSap",
        demography={"stdpopsim": "OutOfAfrica_2T12"},
        samples={"AFR": 2, "EUR": 2},
        mutation_rate=None,
        recombination_rate=None,
        prior={"demes.EUR.epochs.0.start_size": {"uniform": [1000, 3000]}},
    ).values()
    made = scenario.replicate(4)
    assert made.trees.num_samples == 8
    names = [deme.name for deme in scenario.graph(made.parameters).demes]
    assert {"AFR", "EUR"} <= set(names)


# What is refused --------------------------------------------------------------------------------


OF_CATALOGUE = {"samples": 3, "demography": None}
REFUSED = {
    "a path that does not exist": (
        {"prior": {"demes.A.epochs.1.end_size": {"uniform": [1, 2]}}},
        "simulation.prior.demes.A.epochs.1.end_size is no number that the history has; it has: "
        "demes.A.epochs.0.end_time, demes.A.epochs.0.start_size, demes.A.epochs.1.start_size",
    ),
    "a path without a graph": (
        {
            "demography": {"population_size": 5},
            "samples": 3,
            "grid": {"demes.A.start_time": [1, 2]},
        },
        "simulation.grid.demes.A.start_time is a path into a demes file, and there is none: name "
        "one in simulation.demography.demes",
    ),
    "a size that cannot be": (
        {"grid": {"demes.A.epochs.1.start_size": [300, -1]}},
        "simulation.grid.demes.A.epochs.1.start_size.1 is -1, must be greater than 0",
    ),
    "bounds swapped": (
        {"mutation_rate": None, "prior": {"mutation_rate": {"uniform": [2e-8, 1e-8]}}},
        "simulation.prior.mutation_rate.uniform is [2e-08, 1e-08]: the lowest value comes first, "
        "and is lower",
    ),
    "bounds beyond the limits": (
        {"mutation_rate": None, "prior": {"mutation_rate": {"uniform": [0, 1e-8]}}},
        "simulation.prior.mutation_rate.uniform.0 is 0.0, must be greater than 0",
    ),
    "a logarithm of 0": (
        {"recombination_rate": None, "prior": {"recombination_rate": {"log_uniform": [0, 1e-8]}}},
        "simulation.prior.recombination_rate.log_uniform.0 is 0: only numbers above 0 have a "
        "logarithm",
    ),
    "a deviation of 0": (
        {"mutation_rate": None, "prior": {"mutation_rate": {"normal": {"mean": 1e-8, "sd": 0}}}},
        "simulation.prior.mutation_rate.normal.sd is 0, must be greater than 0",
    ),
    "two distributions": (
        {"prior": {"x": {"uniform": [1, 2], "log_uniform": [1, 2]}}},
        "simulation.prior.x has several of uniform, log_uniform: keep one",
    ),
    "an unknown parameter": (
        {"prior": {"mutation_rat": {"uniform": [1e-9, 1e-8]}}},
        "simulation.prior.mutation_rat is no parameter of simulations, and no formula names it; "
        "did you mean mutation_rate?",
    ),
    "a formula of an unknown parameter": (
        {
            "mutation_rate": None,
            "prior": {"mutation_rate": {"formula": "thet / 2"}, "theta": {"uniform": [1, 2]}},
        },
        "simulation.prior.mutation_rate.formula names 'thet', but the parameters are: ",
    ),
    "a formula that is none": (
        {"mutation_rate": None, "prior": {"mutation_rate": {"formula": "import os"}}},
        "simulation.prior.mutation_rate.formula is 'import os', which is no formula",
    ),
    "a circle": (
        {
            "mutation_rate": None,
            "prior": {"mutation_rate": {"formula": "x * 2"}, "x": {"formula": "mutation_rate"}},
        },
        " hangs on itself: ",
    ),
    "drawn and given": (
        {"prior": {"mutation_rate": {"uniform": [1e-9, 1e-8]}}},
        "simulation.mutation_rate is given in simulation.prior.mutation_rate too: delete one",
    ),
    "weights that are too few": (
        {
            "prior": {
                "migrations.0.rate": {"categorical": {"values": [0, 0.1], "weights": [1, 2, 3]}}
            }
        },
        "simulation.prior.migrations.0.rate.categorical.weights are 3, the values 2: give one for "
        "each",
    ),
    "names for numbers": (
        {"prior": {"migrations.0.rate": {"categorical": {"values": ["none", "much"]}}}},
        "simulation.prior.migrations.0.rate.categorical draws names: only history has names",
    ),
    "sweeps that are drawn": (
        {"prior": {"sweep": {"categorical": {"values": ["hard", "soft"]}}}},
        "simulation.prior.sweep cannot be drawn: list kinds of sweep in simulation.grid.sweep",
    ),
    "draws without a file": (
        {"prior": {"migrations.0.rate": {"draws": "m"}}},
        "simulation.prior.migrations.0.rate.draws is a column of simulation.draws, which is "
        "missing: name the file there",
    ),
    "draws of no file": (
        {"draws": "none.csv", "prior": {"migrations.0.rate": {"draws": "m"}}},
        "simulation.draws is 'none.csv': there is no such file",
    ),
    "no such column of draws": (
        {"draws": "two.yaml", "prior": {"migrations.0.rate": {"draws": "m"}}},
        "simulation.prior.migrations.0.rate.draws is 'm': two.yaml: has no column m; it has: ",
    ),
    "a map beside a rate": (
        {"recombination_map": "two.yaml"},
        "simulation.recombination_rate is given beside simulation.recombination_map: delete one",
    ),
    "no such map": (
        {"recombination_map": "none.txt", "recombination_rate": None},
        "simulation.recombination_map is 'none.txt': there is no such file",
    ),
    "no such map of a species": (
        {
            **OF_CATALOGUE,
            "species": "DroMel",
            "recombination_map": "Comeron",
            "recombination_rate": None,
        },
        "nor a map of stdpopsim's for the species; these are: ComeronCrossover_dm6",
    ),
    "an unknown species": (
        {**OF_CATALOGUE, "species": "DroMell"},
        "; did you mean DroMel?",
    ),
    "an unknown model": (
        {"species": "HomSap", "demography": {"stdpopsim": "OutOfAfrica_2T21"}},
        "simulation.demography.stdpopsim names 'OutOfAfrica_2T21', but the models of HomSap in "
        "stdpopsim are: ",
    ),
    "a model without a species": (
        {"demography": {"stdpopsim": "OutOfAfrica_2T12"}},
        "simulation.demography.stdpopsim is a model of stdpopsim's: name the species too "
        "(simulation.species)",
    ),
    "an unknown chromosome": (
        {**OF_CATALOGUE, "species": "DroMel", "chromosome": "chr2L"},
        "simulation.chromosome names 'chr2L', but the chromosomes of DroMel in stdpopsim are: 2L",
    ),
    "another rate than the model's": (
        {
            "species": "HomSap",
            "demography": {"stdpopsim": "OutOfAfrica_3G09"},
            "mutation_rate": 1.2e-8,
        },
        "simulation.mutation_rate is 1.2e-08, but the model's sizes were inferred with its own, "
        "2.35e-08: delete it",
    ),
    "a model and a file": (
        {
            "species": "HomSap",
            "demography": {"stdpopsim": "OutOfAfrica_2T12", "demes": "two.yaml"},
            "mutation_rate": None,
        },
        "simulation.demography.stdpopsim is given beside `demes`: delete one",
    ),
    "populations that the model does not have": (
        {
            "species": "HomSap",
            "demography": {"stdpopsim": "OutOfAfrica_2T12"},
            "samples": {"EUR": 2, "CEU": 2},
            "mutation_rate": None,
        },
        "simulation.samples.CEU names 'CEU', but the populations of today are: AFR, EUR",
    ),
    "samples of populations without a graph": (
        {"demography": {"population_size": 5}},
        "simulation.samples names populations, and only a demes file (demography.demes) has "
        "several: give a number, or a file",
    ),
}


@pytest.mark.parametrize(("simulation", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_is_refused_in_one_line(simulation, message):
    said = complaint(**simulation)
    assert message in said
    assert "\n" not in said, said
