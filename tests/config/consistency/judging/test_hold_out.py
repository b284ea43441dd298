"""Regions that cannot be held out are refused, each in one line."""

import copy

import pytest
from helpers.configs import HEADER, complaint_about, quickstart

from coalflow.config.loading import read_config

START = f"{HEADER}  evaluation.hold_out."
PRIORS = {"mutation_rate": {"uniform": [1.0e-8, 2.0e-8]}}


def make_config(hold_out, target="tajimas_d", prior=None):
    config = copy.deepcopy(quickstart())
    config |= {"evaluation": {"hold_out": hold_out}, "target": target}
    if target == "history":
        config["models"]["baselines"] = ["mean"]
    if prior:
        del config["simulation"]["mutation_rate"]
        config["simulation"]["prior"] = prior
        del config["genomes"]
    return config


@pytest.mark.parametrize(
    ("hold_out", "message"),
    [
        (
            {"populaton_size": [20000]},
            "populaton_size is not a parameter that differs between windows; these do: history, "
            "population_size; did you mean population_size?",
        ),
        (
            {"mutation_rate": [1.0e-8]},
            "mutation_rate is not a parameter that differs between windows; these do: history, "
            "population_size",
        ),
        (
            {"population_size": [40000, 20000]},
            "population_size is [40000, 20000]: the first must not be greater than the second",
        ),
        (
            {"population_size": [10000, 20000, 40000]},
            "population_size is [10000, 20000, 40000], but must be a number, or two: [lowest, "
            "highest]",
        ),
        (
            {"population_size": ["small"]},
            "population_size is ['small'], but must be a number, or two: [lowest, highest]",
        ),
        (
            {"population_size": [30000]},
            "population_size holds out no value of simulation.grid.population_size: write one of "
            "them, or a range",
        ),
        (
            {"population_size": [1, 1000000]},
            "population_size holds out all values, so that nothing is left to learn from",
        ),
        (
            {"history": ["grwth"]},
            "history names 'grwth', but its values are: constant, bottleneck, growth; did you mean "
            "growth?",
        ),
        (
            {"history": ["constant", "bottleneck", "growth"]},
            "history holds out all values, so that nothing is left to learn from: shorten it",
        ),
    ],
)
def test_a_region_that_cannot_be_held_out(hold_out, message):
    assert complaint_about(make_config(hold_out)) == START + message


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (
            [3.0e-8],
            "mutation_rate is beyond all values of mutation_rate, which go from 1e-08 to 2e-08",
        ),
        (
            [1.0e-9, 1.0e-7],
            "mutation_rate holds out all values, so that nothing is left to learn from",
        ),
    ],
)
def test_a_region_of_a_prior(region, message):
    config = make_config({"mutation_rate": region}, prior=PRIORS)
    assert complaint_about(config) == START + message


def test_a_class_that_no_model_would_see():
    message = "history is the target, and no model can learn a class that it never sees: delete it"
    config = make_config({"history": ["growth"]}, target="history")
    assert complaint_about(config) == START + message


def test_ranges_single_values_and_names_are_held_out():
    hold_out = {"population_size": [15000, 30000], "history": ["growth"], "mutation_rate": [1.5e-8]}
    config = read_config(make_config(hold_out, prior=PRIORS))
    expected = {name: tuple(values) for name, values in hold_out.items()}
    assert config.evaluation.hold_out == expected
    assert read_config(quickstart()).evaluation.hold_out == {}
