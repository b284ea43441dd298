"""p-values of windows, by the tail of the null."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coalflow.core.errors import CoalflowError
from coalflow.genomes.significance.null_tails import FEWEST_COUNTED, NullTail

FAR = np.array([1e-3, 1e-4, 1e-5])


def draw(distribution, windows, *seed):
    return distribution.rvs(size=windows, random_state=np.random.default_rng(seed))


@pytest.mark.parametrize("tail", ["upper", "lower", "both"])
def test_p_is_uniform_under_the_null(tail):
    null, new = (draw(scipy.stats.norm, 4000, seed) for seed in (1, 2))
    p = NullTail.fit(null, tail).find_p(new)
    # Both samples vary: as many as half of one. Fails once in 1,000 seeds.
    distance = scipy.stats.kstest(p, "uniform").statistic
    assert distance * np.sqrt(2000) < scipy.stats.kstwobign.isf(1e-3)


@pytest.mark.parametrize(("windows", "nulls"), [(20, 400), (60, 400), (200, 50)])
def test_p_is_as_small_as_stated_no_more_often_than_stated(windows, nulls):
    new = 10
    p = np.concatenate(
        [
            NullTail.fit(scores[new:], "upper").find_p(scores[:new])
            for scores in np.random.default_rng(windows).logistic(size=(nulls, windows + new))
        ]
    )
    # 4 standard errors, of the new windows and of the windows of the nulls.
    count = 1 / (1 / len(p) + 1 / (nulls * windows))
    for level in (0.01, 0.1, 0.5):
        assert (p <= level).mean() < level + 4 * np.sqrt(level / count)


@pytest.mark.parametrize(
    ("distribution", "least", "most"),
    [
        (scipy.stats.norm(), 1 / 4, 8),
        (scipy.stats.expon(), 1 / 4, 8),
        (scipy.stats.logistic(), 1 / 4, 8),
        (scipy.stats.t(4), 1 / 8, 8),
        # Bounded: their ends are not known, and p is then too large, not too small.
        (scipy.stats.beta(2, 3), 1 / 4, 100),
    ],
)
def test_tails_reach_far_beyond_the_null(distribution, least, most):
    found, covered = [], []
    for seed in range(6):
        tail = NullTail.fit(draw(distribution, 2000, seed), "upper")
        values = distribution.isf(FAR)
        low, high = tail.find_p_interval(values)
        found.append(tail.find_p(values))
        covered.append((low <= FAR) & (high >= FAR))
    ratios = np.median(found, axis=0) / FAR
    assert (ratios > least).all() and (ratios < most).all()
    assert np.mean(covered) > 0.8


def test_intervals_hold_the_true_p_where_it_is_counted():
    values = scipy.stats.norm.isf([0.3, 0.1, 0.05])
    held = []
    for seed in range(200):
        low, high = NullTail.fit(draw(scipy.stats.norm, 110, seed), "upper").find_p_interval(values)
        held.append((low <= [0.3, 0.1, 0.05]) & (high >= [0.3, 0.1, 0.05]))
    # At least 95 %, as Clopper and Pearson's; 4 standard errors.
    assert (np.mean(held, axis=0) > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 200)).all()


def test_fewer_independent_windows_make_intervals_wider():
    null = draw(scipy.stats.norm, 2000, 5)
    values = np.array([1.0, 3.2])
    widths = []
    for independent in (2000, 500):
        low, high = NullTail.fit(null, "upper", independent).find_p_interval(values)
        widths.append(np.log(high / low))
    assert (widths[1] > 1.3 * widths[0]).all()


scores = arrays(
    np.float64,
    st.integers(1, 300),
    elements=st.one_of(st.integers(-3, 3), st.floats(-1e6, 1e6)).map(float),
)


@settings(max_examples=25, deadline=None)
@given(scores, st.sampled_from(["upper", "lower", "both"]))
def test_p_never_rises_with_the_score_and_is_never_0(null, tail):
    fitted = NullTail.fit(null, tail)
    values = np.unique(np.concatenate([null, null + 0.5, np.geomspace(1e-3, 1e9, 50)]))
    p = fitted.find_p(values)
    low, high = fitted.find_p_interval(values)
    assert (p > 0).all() and (p <= 1).all()
    assert (low <= p).all() and (p <= high).all()
    if tail != "both":
        assert (np.diff(p) <= 1e-15).all()


def test_p_has_no_jump_upwards_where_counting_ends():
    for seed in range(5):
        fitted = NullTail.fit(draw(scipy.stats.gumbel_r, 3000, seed), "upper")
        assert fitted.upper.tail is not None
        values = np.linspace(2, 20, 5000)
        assert (np.diff(fitted.find_p(values)) <= 0).all()


def test_scores_of_few_values_are_counted():
    null = np.random.default_rng(6).binomial(12, 0.3, 4000).astype(float)
    fitted = NullTail.fit(null, "upper")
    assert fitted.upper.tail is None
    assert fitted.find_p(np.array([12.0, 99.0])).min() >= 1 / 4001
    assert fitted.find_p(np.array([3.0]))[0] == (1 + (null >= 3).sum()) / 4001


def test_scores_that_are_all_equal_are_not_unusual():
    fitted = NullTail.fit(np.full(500, 2.0), "both")
    np.testing.assert_allclose(fitted.find_p(np.array([2.0, 3.0, 1.0])), [1, 2 / 501, 2 / 501])


def test_small_nulls_are_counted():
    fitted = NullTail.fit(draw(scipy.stats.norm, 99, 7), "upper")
    assert fitted.upper.tail is None
    assert fitted.find_p(np.array([50.0]))[0] == 1 / 100
    one = NullTail.fit(np.array([1.0]), "both")
    np.testing.assert_allclose(one.find_p(np.array([0.0, 5.0])), [1, 1])


def test_p_is_counted_where_many_of_the_null_are_as_high():
    null = draw(scipy.stats.norm, 5000, 8)
    fitted = NullTail.fit(null, "upper")
    value = np.sort(null)[-FEWEST_COUNTED]
    assert fitted.find_p(np.array([value]))[0] == (1 + FEWEST_COUNTED) / 5001


def test_windows_without_a_score_have_no_p_value():
    fitted = NullTail.fit(np.array([1.0, np.nan, 2.0]), "upper")
    assert fitted.windows == 2
    np.testing.assert_allclose(fitted.find_p(np.array([np.nan, 2.0])), [np.nan, 2 / 3])
    assert fitted.find_p(np.empty(0)).shape == (0,)
    with pytest.raises(CoalflowError, match="no neutral window has a prediction"):
        NullTail.fit(np.full(3, np.nan), "upper")


@pytest.mark.parametrize("tail", ["upper", "lower", "both"])
@pytest.mark.parametrize("windows", [50, 2000])
def test_tails_are_kept_as_arrays(tail, windows, tmp_path):
    fitted = NullTail.fit(draw(scipy.stats.norm, windows, 9), tail)
    np.savez(tmp_path / "tail.npz", **fitted.to_arrays())
    with np.load(tmp_path / "tail.npz", allow_pickle=False) as arrays_read:
        read = NullTail.from_arrays(dict(arrays_read))
    values = np.linspace(-6, 6, 200)
    np.testing.assert_array_equal(read.find_p(values), fitted.find_p(values))
    assert read.tail == tail
