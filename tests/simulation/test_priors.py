"""Draws have the stated distributions, and depend on nothing but the replicate."""

import math

import numpy as np
import pytest
import scipy.stats

from coalflow.config.schema.distributions import Distribution
from coalflow.core import seeds
from coalflow.simulation import priors

NUMBER = 3000
SEEDS = [seeds.derive_replicate_seed(7, "all", number) for number in range(NUMBER)]


def make_prior(parameters, file=None):
    """Return the prior of parameters, of which those that are dicts are distributions."""
    read = {
        name: Distribution.model_validate(value) if isinstance(value, dict) else value
        for name, value in parameters.items()
    }
    return priors.Prior(read, file and str(file))


def draw_all(parameters, file=None):
    """Return what is drawn for each replicate, a list by name."""
    prior = make_prior(parameters, file)
    drawn = [prior.draw(seed) for seed in SEEDS]
    return {name: [values[name] for values in drawn] for name in drawn[0]}


@pytest.mark.parametrize(
    ("name", "distribution", "stated"),
    [
        ("x", {"uniform": [2, 5]}, scipy.stats.uniform(2, 3)),
        ("x", {"log_uniform": [1e-9, 1e-7]}, scipy.stats.loguniform(1e-9, 1e-7)),
        ("x", {"normal": {"mean": 3, "sd": 2}}, scipy.stats.norm(3, 2)),
        # A distance is greater than 0.
        (
            "distance",
            {"normal": {"mean": 1, "sd": 2, "high": 2}},
            scipy.stats.truncnorm(-0.5, 0.5, 1, 2),
        ),
        ("x", {"beta": {"a": 2, "b": 5}}, scipy.stats.beta(2, 5)),
        (
            "x",
            {"beta": {"a": 0.5, "b": 1, "low": 10, "high": 30}},
            scipy.stats.beta(0.5, 1, 10, 20),
        ),
    ],
)
def test_draws_have_the_stated_distribution(name, distribution, stated):
    """Kolmogorov-Smirnov at p = .001; six tests at fixed seeds."""
    values = draw_all({name: distribution})[name]
    assert scipy.stats.kstest(values, stated.cdf).pvalue > 0.001


def test_categories_are_drawn_by_their_weights():
    names = ["constant", "growth", "decline"]
    values = draw_all({"history": {"categorical": {"values": names, "weights": [1, 2, 5]}}})
    counts = [values["history"].count(name) for name in names]
    expected = NUMBER * np.array([1, 2, 5]) / 8
    assert scipy.stats.chisquare(counts, expected).pvalue > 0.001
    even = draw_all({"ploidy": {"categorical": {"values": [1, 2]}}})["ploidy"]
    assert scipy.stats.binomtest(even.count(1), NUMBER).pvalue > 0.001


def test_formulas_and_ends_depend_on_other_parameters():
    drawn = draw_all(
        {
            "mutation_rate": {"formula": "theta / (4 * population_size)"},
            "population_size": {"log_uniform": [1000, 10_000]},
            "theta": {"uniform": [1, "1 + population_size / 1000"]},
        }
    )
    for rate, size, theta in zip(*drawn.values(), strict=True):
        assert rate == theta / (4 * size)
        assert 1 <= theta <= 1 + size / 1000


def test_a_row_of_joint_draws_stays_together(tmp_path):
    file = tmp_path / "posterior.csv"
    rows = [(size, size / 10, size % 7) for size in range(100, 600)]
    file.write_text("n,x,ignored\n" + "".join(f"{n},{x},{i}\n" for n, x, i in rows))
    drawn = draw_all({"population_size": {"draws": "n"}, "time": {"draws": "x"}}, file=file)
    sizes, times = (np.array(values) for values in drawn.values())
    assert (times == sizes / 10).all()
    assert scipy.stats.kstest(sizes, scipy.stats.uniform(100, 500).cdf).pvalue > 0.001


def test_a_further_parameter_changes_none_of_the_others():
    alone = draw_all({"x": {"uniform": [0, 1]}})["x"]
    both = draw_all({"a": {"uniform": [0, 1]}, "x": {"uniform": [0, 1]}})
    assert both["x"] == alone
    assert abs(np.corrcoef(both["a"], both["x"])[0, 1]) < 3.3 / NUMBER**0.5  # p = .001


def test_another_attempt_gives_another_draw():
    prior = make_prior({"x": {"uniform": [0, 1]}, "fixed": 3})
    first, second = prior.draw(5), prior.draw(5, attempt=1)
    assert first["x"] != second["x"]
    assert first == prior.draw(5)
    assert first["fixed"] == second["fixed"] == 3


@pytest.mark.parametrize(
    ("name", "formula", "problem"),
    [
        ("x", "1 / 0", "x is not a number"),
        ("dominance", "2", "dominance is 2, and must be at most 1"),
        ("distance", "0", "distance is 0, and must be greater than 0"),
        ("start_frequency", "1", "start_frequency is 1, and must be less than 1"),
        ("position", "-1", "position is -1, and must be at least 0"),
        ("demes.A.epochs.0.end_size", "0", "demes.A.epochs.0.end_size is 0, and must be greater"),
        ("dominance", "1", None),
        ("x", "-1", None),
    ],
)
def test_draws_beyond_the_limits_are_a_problem(name, formula, problem):
    prior = make_prior({name: {"formula": formula}})
    found = prior.find_problem(prior.draw(1))
    assert found is None if problem is None else found.startswith(problem)


def test_distributions_with_impossible_arguments_are_a_problem():
    for distribution in (
        {"uniform": ["y", 1]},
        {"log_uniform": ["y - 5", 1]},
        {"normal": {"mean": 0, "sd": "y - 5"}},
        {"beta": {"a": "y - 5", "b": 1}},
    ):
        prior = make_prior({"x": distribution, "y": 5})
        assert math.isnan(prior.draw(1)["x"])


def test_the_ends_of_a_range_are_known_if_they_are_numbers():
    prior = make_prior({"x": {"uniform": [2, 5]}, "y": {"log_uniform": [1, "x"]}, "fixed": 3})
    assert prior.find_ends("x") == [2, 5]
    assert prior.find_ends("y") is None
    assert prior.find_ends("fixed") is None
