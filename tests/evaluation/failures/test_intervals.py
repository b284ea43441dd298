"""Intervals that hold for few windows."""

import numpy as np
import pytest
import scipy.stats

from coalflow.evaluation.failures.intervals import (
    find_mean_interval,
    find_rms_interval,
    find_sd_interval,
)


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_the_interval_of_a_mean_is_that_of_scipy(level):
    values = np.random.default_rng(1).normal(3, 2, 12)
    expected = scipy.stats.ttest_1samp(values, 0).confidence_interval(level)
    assert find_mean_interval(values, level) == pytest.approx(tuple(expected))


@pytest.mark.parametrize("find", [find_sd_interval, find_rms_interval])
def test_intervals_scale_and_contain_the_value(find):
    values = np.random.default_rng(2).normal(size=30)
    low, high = find(values)
    assert low < np.sqrt((values**2).mean()) < high
    assert find(10 * values) == pytest.approx((10 * low, 10 * high))
    wide = find(values, 0.99)
    assert wide[0] < low < high < wide[1]


def test_the_interval_of_a_large_sample_is_that_of_a_normal_distribution():
    values = np.random.default_rng(3).normal(size=20_000)
    low, high = find_sd_interval(values)
    ends = scipy.stats.chi2.ppf([0.975, 0.025], 19_999)
    np.testing.assert_allclose([low, high], values.std(ddof=1) * np.sqrt(19_999 / ends), rtol=2e-3)


def test_too_few_values_have_none_and_equal_ones_one_point():
    assert np.isnan(find_mean_interval(np.ones(1))).all()
    assert np.isnan([find_sd_interval(np.ones(4)), find_rms_interval(np.ones(4))]).all()
    assert find_sd_interval(np.full(6, 2.0)) == (0, 0)
    assert find_rms_interval(np.zeros(6)) == (0, 0)
