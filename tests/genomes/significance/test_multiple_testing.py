"""False discovery rates of windows and of regions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalflow.genomes.significance.multiple_testing import (
    adjust_expected,
    adjust_p_values,
    find_family_wise_p,
)


def test_windows_without_a_p_value_are_not_tested():
    q = adjust_p_values(np.array([np.nan, 0.001, 0.5, np.nan]))
    np.testing.assert_allclose(q, [np.nan, 0.002, 0.5, np.nan])
    assert np.isnan(adjust_p_values(np.full(3, np.nan))).all()
    assert adjust_p_values(np.empty(0)).shape == (0,)


def test_q_of_regions_is_the_least_rate_at_which_each_is_called():
    expected = np.array([0.9, 0.01, 0.012, 5.0, np.nan])
    q = adjust_expected(expected)
    np.testing.assert_allclose(q, [0.3, 0.006, 0.006, 1.0, np.nan])
    assert adjust_expected(np.empty(0)).shape == (0,)


@given(st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=30))
def test_q_rises_with_what_is_expected(expected):
    q = adjust_expected(np.array(expected))
    assert (np.diff(q[np.argsort(expected)]) >= 0).all()
    assert (q <= 1).all()
    assert q.max() <= max(expected)


@pytest.mark.parametrize(("true", "rate"), [(3, 2.0), (30, 20.0), (0, 5.0)])
def test_regions_with_a_poisson_number_of_null_ones_have_the_stated_rate(true, rate):
    # The bound is exact for the expected numbers of a Poisson process; 4 standard errors.
    random = np.random.default_rng(int(true))
    shares = []
    for _ in range(4000):
        null = random.uniform(0, rate, random.poisson(rate))
        q = adjust_expected(np.concatenate([random.exponential(0.02, true), null]))
        shares.append((q[true:] <= 0.05).sum() / max((q <= 0.05).sum(), 1))
    assert abs(np.mean(shares) - 0.05) < 4 * np.std(shares) / np.sqrt(len(shares))


def test_one_region_in_the_genome_is_as_improbable_as_none_is_probable():
    np.testing.assert_allclose(
        find_family_wise_p(np.array([0.0, 1e-12, 1.0])), [0, 1e-12, 1 - 1 / np.e]
    )
