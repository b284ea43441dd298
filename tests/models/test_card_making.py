"""How far training windows go is in the cards of models."""

import numpy as np
import pytest

from coalflow.models.card_making import find_limits
from coalflow.windows.measures import WindowMeasures


def draw_measures(number, seed=1):
    random = np.random.default_rng(seed)
    missing = np.where(random.random(number) < 0.5, random.random(number), np.nan)
    sites = random.permutation(number)
    return WindowMeasures(sites, random.random(number), random.random(number), missing)


@pytest.mark.parametrize(("number", "beyond"), [(1000, 1), (5000, 5), (5999, 5)])
def test_one_in_a_thousand_is_beyond_each_limit(number, beyond):
    measures = draw_measures(number)
    limits = find_limits(measures)
    assert limits.p == 0.001
    assert (measures.gap > limits.gap).sum() == beyond
    assert (measures.sites < limits.sites).sum() == beyond
    assert (measures.reach < limits.reach).sum() == beyond
    assert (measures.missing > limits.missing).sum() == beyond


@pytest.mark.parametrize("number", [1, 2, 999])
def test_of_fewer_windows_none_is_beyond_a_limit(number):
    measures = draw_measures(number)
    limits = find_limits(measures)
    assert limits.p == 1 / number
    assert limits.gap == measures.gap.max()
    assert limits.sites == measures.sites.min()
    assert limits.reach == measures.reach.min()
    assert limits.missing == np.nan_to_num(measures.missing).max()


def test_limits_are_values_that_many_windows_may_have():
    ones = np.ones(3000)
    limits = find_limits(WindowMeasures(np.full(3000, 40), 0.2 * ones, ones, np.nan * ones))
    assert dict(limits) == {"p": 0.001, "gap": 0.2, "sites": 40, "reach": 1, "missing": 0}
