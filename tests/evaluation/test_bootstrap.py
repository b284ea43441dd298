"""Resamples are drawn with replacement, and depend on the seed alone."""

import math

import numpy as np
import pytest

from coalflow.evaluation import bootstrap


def draw_rows(windows, seed):
    return np.concatenate(list(bootstrap.draw_resamples(windows, seed)))


def test_resamples_are_rows_drawn_with_replacement():
    rows = draw_rows(50, seed=3)
    assert rows.shape == (bootstrap.BOOTSTRAPS, 50)
    assert (rows.min(), rows.max()) == (0, 49)
    # On average 1 - 1/e of the rows are in a resample.
    assert np.mean([len(set(row)) for row in rows.tolist()]) == pytest.approx(31.8, abs=0.5)
    expected = rows.size / 50
    counts = np.bincount(rows.ravel())
    assert np.abs(counts - expected).max() < 6 * math.sqrt(expected)


def test_resamples_depend_on_the_seed_alone():
    assert np.array_equal(draw_rows(20, seed=3), draw_rows(20, seed=3))
    assert not np.array_equal(draw_rows(20, seed=3), draw_rows(20, seed=4))


def test_resamples_come_in_parts_that_fit_into_memory(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROWS_AT_ONCE", 700)
    parts = list(bootstrap.draw_resamples(50, seed=3))
    assert {len(part) for part in parts} == {14, bootstrap.BOOTSTRAPS % 14}
    assert sum(map(len, parts)) == bootstrap.BOOTSTRAPS


def test_a_statistic_is_computed_on_every_resample():
    values = np.random.default_rng(1).normal(size=30)
    resampled = bootstrap.compute_on_resamples(lambda rows: values[rows].mean(axis=1), 30, seed=2)
    expected = [values[rows].mean() for rows in draw_rows(30, seed=2)]
    np.testing.assert_allclose(resampled, expected, rtol=1e-12)


def test_an_interval_is_undefined_where_any_value_is():
    resampled = np.column_stack([np.arange(100.0), np.arange(100.0)])
    resampled[7, 1] = np.nan
    low, high = bootstrap.find_interval(resampled)
    assert low[0] < high[0]
    assert np.isnan([low[1], high[1]]).all()
