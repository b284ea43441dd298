"""Normal scores: by rank, and in a straight line beyond what was simulated."""

import numpy as np
import pandas as pd
import pytest

from coalflow.genomes.novelty.normal_scores import NormalScores, name_columns


@pytest.fixture
def table():
    generator = np.random.default_rng(1)
    heavy = np.exp(2 * generator.normal(size=3000))
    return pd.DataFrame({"heavy": heavy, "counts": generator.poisson(3, 3000), "same": 1.0})


def test_scores_are_normal_whatever_the_distribution(table):
    values = NormalScores.rank(table).transform(table)
    assert abs(values[:, 0].mean()) < 0.01
    assert values[:, 0].std() == pytest.approx(1, abs=0.02)
    assert abs(np.median(values[:, 1])) < 0.4  # ties have the mean of their ranks
    np.testing.assert_allclose(values[:, 2], 0, atol=1e-12)


def test_scores_grow_with_values_also_beyond_all_that_was_ranked(table):
    scores = NormalScores.rank(table)
    wide = pd.DataFrame({name: np.linspace(-50, 5000, 999) for name in table})
    values = scores.transform(wide)
    assert (np.diff(values, axis=0) >= 0).all()
    assert values[-1, 0] > 5
    assert (np.diff(values[:, 2][[0, 1]]) > 0).all()


def test_what_never_varied_and_now_does_is_far(table):
    scores = NormalScores.rank(table)
    assert abs(scores.transform(table[:1].assign(same=1.1))[0, 2]) > 50


def test_columns_are_chosen_by_how_far_out_they_are():
    assert name_columns(["a", "b"], np.array([[0.1, -0.2]])) == ["b low"]
