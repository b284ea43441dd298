"""Probabilities of classes under another prior."""

import numpy as np

from coalflow.genomes.significance.class_priors import apply_class_prior


def test_the_odds_change_by_the_ratio_of_the_priors():
    values = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [np.nan] * 3])
    found = apply_class_prior(values, [0.5, 0.25, 0.25], [0.98, 0.01, 0.01])
    expected = np.array([0.2 * 0.98 / 0.5, 0.3 * 0.01 / 0.25, 0.5 * 0.01 / 0.25])
    np.testing.assert_allclose(found[0], expected / expected.sum())
    np.testing.assert_allclose(found[1], [1, 0, 0])
    assert np.isnan(found[2]).all()


def test_the_mix_of_training_as_prior_changes_nothing():
    values = np.random.default_rng(1).dirichlet([1, 1, 1], 50)
    mix = [0.2, 0.3, 0.5]
    np.testing.assert_allclose(apply_class_prior(values, mix, mix), values, rtol=1e-12)


def test_posteriors_of_a_mixture_are_those_of_bayes():
    # Normal densities around 0 and 2, learned from as many of each, applied where 1 in 50 is of 2.
    random = np.random.default_rng(2)
    is_second = random.random(200_000) < 0.02
    x = random.standard_normal(200_000) + 2 * is_second
    learned = 1 / (1 + np.exp(-(2 * x - 2)))
    found = apply_class_prior(np.column_stack([1 - learned, learned]), [0.5, 0.5], [0.98, 0.02])
    called = found[:, 1] > 0.3
    share, error = is_second[called].mean(), 3 * 0.5 / np.sqrt(called.sum())
    assert abs(share - found[called, 1].mean()) < error
