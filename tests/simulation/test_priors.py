"""Draws are those of the stated distributions, and of the replicate alone."""

import math

import numpy as np
import pytest
import scipy.stats

from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation import priors

NUMBER = 3000
SEEDS = [seeds.derive_replicate_seed(7, "all", number) for number in range(NUMBER)]


def draws(parameters, limits=None, file=None):
    """Return what is drawn for each replicate, a list by name."""
    prior = priors.Prior(parameters, limits or {}, file)
    drawn = [prior.draw(seed) for seed in SEEDS]
    return {name: [one[name] for one in drawn] for name in drawn[0]}


@pytest.mark.parametrize(
    ("distribution", "limits", "stated"),
    [
        ({"uniform": [2, 5]}, {}, scipy.stats.uniform(2, 3)),
        ({"log_uniform": [1e-9, 1e-7]}, {}, scipy.stats.loguniform(1e-9, 1e-7)),
        ({"normal": {"mean": 3, "sd": 2}}, {}, scipy.stats.norm(3, 2)),
        (
            {"normal": {"mean": 1, "sd": 2, "high": 2}},
            {"exclusiveMinimum": 0},
            scipy.stats.truncnorm(-0.5, 0.5, 1, 2),
        ),
        ({"beta": {"a": 2, "b": 5, "low": 0, "high": 1}}, {}, scipy.stats.beta(2, 5)),
        ({"beta": {"a": 0.5, "b": 1, "low": 10, "high": 30}}, {}, scipy.stats.beta(0.5, 1, 10, 20)),
    ],
)
def test_draws_have_the_stated_distribution(distribution, limits, stated):
    """Kolmogorov-Smirnov at p = .001; six tests at fixed seeds."""
    values = draws({"x": distribution}, {"x": limits})["x"]
    assert scipy.stats.kstest(values, stated.cdf).pvalue > 0.001


def test_categories_are_drawn_by_their_weights():
    told = {"values": ["constant", "growth", "decline"], "weights": [1, 2, 5]}
    values = draws({"history": {"categorical": told}})["history"]
    counts = [values.count(name) for name in told["values"]]
    expected = NUMBER * np.array([1, 2, 5]) / 8
    assert scipy.stats.chisquare(counts, expected).pvalue > 0.001
    even = draws({"ploidy": {"categorical": {"values": [1, 2]}}})["ploidy"]
    assert scipy.stats.binomtest(even.count(1), NUMBER).pvalue > 0.001


def test_formulas_and_limits_hang_on_other_parameters():
    drawn = draws(
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
    drawn = draws({"population_size": {"draws": "n"}, "time": {"draws": "x"}}, file=file)
    sizes, times = (np.array(values) for values in drawn.values())
    assert (times == sizes / 10).all()
    assert scipy.stats.kstest(sizes, scipy.stats.uniform(100, 500).cdf).pvalue > 0.001


def test_a_further_parameter_changes_none_of_the_others():
    alone = draws({"x": {"uniform": [0, 1]}})["x"]
    both = draws({"a": {"uniform": [0, 1]}, "x": {"uniform": [0, 1]}})
    assert both["x"] == alone
    assert abs(np.corrcoef(both["a"], both["x"])[0, 1]) < 3.3 / NUMBER**0.5  # p = .001


def test_another_attempt_draws_anew():
    prior = priors.Prior({"x": {"uniform": [0, 1]}, "fixed": 3}, {})
    first, second = prior.draw(5), prior.draw(5, attempt=1)
    assert first["x"] != second["x"]
    assert first == prior.draw(5)
    assert first["fixed"] == second["fixed"] == 3


@pytest.mark.parametrize(
    ("formula", "limits", "problem"),
    [
        ("1 / 0", {}, "x is not a number"),
        ("2", {"maximum": 1}, "x is 2, and must be at most 1"),
        ("0", {"exclusiveMinimum": 0}, "x is 0, and must be greater than 0"),
        ("1", {"exclusiveMaximum": 1}, "x is 1, and must be less than 1"),
        ("-1", {"minimum": 0}, "x is -1, and must be at least 0"),
        ("1", {"minimum": 1, "maximum": 1}, None),
    ],
)
def test_draws_beyond_the_limits_are_a_problem(formula, limits, problem):
    prior = priors.Prior({"x": {"formula": formula}}, {"x": limits})
    assert prior.problem(prior.draw(1)) == problem


def test_distributions_that_are_none_are_a_problem():
    for distribution in (
        {"uniform": ["y", 1]},
        {"log_uniform": ["y - 5", 1]},
        {"normal": {"mean": 0, "sd": "y - 5"}},
        {"beta": {"a": "y - 5", "b": 1, "low": 0, "high": 1}},
    ):
        prior = priors.Prior({"x": distribution, "y": 5}, {})
        assert math.isnan(prior.draw(1)["x"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m\n1\n", "has no column n; it has: m"),
        ("n\n", "has a header, but no rows"),
        ("n\n1\nx\n", ":3: n is 'x', which is no number"),
        ("m\tn\n1\n", ":2: n is None, which is no number"),
        ("n\n1\ninf\n", ":3: n is 'inf', which is no number"),
    ],
)
def test_a_file_of_draws_that_cannot_be_used(tmp_path, text, message):
    file = tmp_path / "posterior.tsv"
    file.write_text(text)
    with pytest.raises(CoalflowError) as caught:
        draws({"x": {"draws": "n"}}, file=file)
    assert message in str(caught.value)
