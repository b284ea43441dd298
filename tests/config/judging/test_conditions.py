"""Conditions under which trained models are tried: what is changed, and what is refused."""

import pytest
from helpers.configs import complaint_about, quickstart, sweeps_with

from coalflow.config.judging.conditions import list_conditions
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker


def with_robustness(config=None, **robustness):
    return {**(config or quickstart()), "evaluation": {"robustness": robustness}}


def read_one(config):
    (condition,) = list_conditions(read_config(config))
    return condition


def test_without_the_section_there_are_none():
    assert list_conditions(read_config(quickstart())) == []


def test_what_is_observed_in_another_way_needs_no_simulations():
    conditions = list_conditions(
        read_config(with_robustness(missing=[0.1, 0.2], switch_error=[0.5]))
    )
    assert [(each.key, each.value) for each in conditions] == [
        ("missing", 0.1), ("missing", 0.2), ("switch_error", 0.5),
    ]  # fmt: skip
    assert all(each.config is None for each in conditions)
    assert conditions[0].folder == "missing=0.1"


def test_a_parameter_has_one_value_wherever_it_was_given():
    config = with_robustness(parameters={"mutation_rate": [3e-8]})
    simulation = read_one(config).config.simulation
    assert simulation.axes["mutation_rate"] == (3e-8,)
    assert simulation.mutation_rate is None

    drawn = with_robustness(parameters={"recombination_rate": [1e-9]})
    del drawn["simulation"]["recombination_rate"], drawn["genomes"]
    drawn["simulation"]["prior"] = {"recombination_rate": {"uniform": [1e-9, 1e-8]}}
    simulation = read_one(drawn).config.simulation
    assert "recombination_rate" not in simulation.prior
    assert simulation.axes["recombination_rate"] == (1e-9,)

    gridded = with_robustness(parameters={"population_size": [3000]})
    gridded["simulation"]["grid"] = {"population_size": [10000, 20000]}
    assert read_one(gridded).config.simulation.axes["population_size"] == (3000,)


def test_another_history_replaces_what_belongs_to_the_first():
    config = with_robustness(demography=[{"population_size": 3000}])
    config["simulation"]["grid"] = {"population_size": [10000, 20000]}
    condition = read_one(config)
    assert condition.value == "population_size 3000"
    assert condition.config.simulation.axes == {}
    assert condition.folder.startswith("demography=")


def test_windows_are_divided_among_the_cells_of_each_condition():
    config = with_robustness(parameters={"mutation_rate": [3e-8]}, windows=100)
    config["simulation"]["grid"] = {"population_size": [10000, 20000, 30000]}
    maker = SettingsMaker(read_config(config))
    (folder,) = maker.changed_cells
    assert sum(count for _, count in maker.robustness_ranges(folder)) == 34
    cell = next(iter(maker.changed_cells[folder]))
    settings = maker.simulate_robustness(folder, cell, 0)
    assert settings.parameters["mutation_rate"] == 3e-8
    assert settings.cell == f"robustness/mutation_rate=3e-08/{cell}"


@pytest.mark.parametrize(
    ("robustness", "message"),
    [
        ({"missing": [1.5]}, "evaluation.robustness.missing.0 is 1.5, must be less than 1"),
        ({"polarisation_error": [0.1]}, "is about ancestral alleles, which are not known"),
        ({"minimum_allele_count": [11]}, "minimum_allele_count is 11, but among 20 haplotypes"),
        ({"parameters": {"sequence_length": [5e4]}}, "decides what a window or a class is"),
        (
            {"parameters": {"history": ["growht"]}},
            "evaluation.robustness.parameters.history.0 would contradict the rest: "
            "simulation.grid.history names 'growht'",
        ),
        ({"parameters": {"selection_coefficient": [0.1]}}, "would contradict the rest"),
        ({"demography": [{"demes": "no.yaml"}]}, "would contradict the rest"),
        ({"parameters": {}}, "is empty"),
    ],
)
def test_what_cannot_be_tried_is_refused(robustness, message):
    assert message in complaint_about(with_robustness(**robustness))


def test_a_rate_that_sizes_were_not_inferred_with_is_tried():
    config = with_robustness(parameters={"mutation_rate": [1e-7]})
    config["simulation"]["demography"] = {"demes": "config/demography/human.yaml"}
    config["simulation"].pop("mutation_rate")
    config["simulation"].pop("grid", None)
    del config["genomes"]
    assert read_one(config).config.simulation.axes == {"mutation_rate": (1e-7,)}


def test_what_models_predict_is_not_changed():
    config = with_robustness(sweeps_with(), parameters={"selection_coefficient": [0.1]})
    config["target"] = "selection_coefficient"
    assert "is what models predict" in complaint_about(config)
