"""Ancestry along haplotypes, joined by a Markov chain."""

import itertools

import numpy as np
import pytest
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.evaluation.ancestry.haplotype_chain import OBSERVATIONS, HaplotypeChain, fit_chain
from coalflow.evaluation.ancestry.odds_calibration import OddsCalibration

CHAIN = HaplotypeChain(entry=1e-6, exit=2e-5)


def sum_over_paths(odds, bases, chain):
    """Return the log odds of each site of a haplotype, by the sum over all paths of states."""
    share = chain.entry / (chain.entry + chain.exit)
    prior = np.log(chain.entry / chain.exit)
    weights = np.zeros((len(odds), 2))
    for path in itertools.product((0, 1), repeat=len(odds)):
        chance = (1 - share, share)[path[0]]
        for site, state in enumerate(path):
            if site:
                apart = (bases[site] + bases[site - 1]) / 2
                kept = np.exp(-(chain.entry + chain.exit) * apart)
                anew = (1 - share, share)[state] * (1 - kept)
                chance *= anew + (kept if state == path[site - 1] else 0)
            evidence = OBSERVATIONS * chain.exit * bases[site] * (odds[site] - prior)
            chance *= np.exp(state * evidence)
        weights[np.arange(len(odds)), path] += chance
    return np.log(weights[:, 1] / weights[:, 0])


@PROPERTY
@given(st.integers(0, 10_000), st.integers(1, 7))
def test_joined_odds_are_those_of_all_paths(seed, sites):
    random = np.random.default_rng(seed)
    odds = random.normal(-3, 3, (2, sites, 3)).astype(np.float32)
    bases = random.integers(1, 2_000, (2, sites)).astype(float)
    chain = HaplotypeChain(entry=10 ** random.uniform(-8, -4), exit=10 ** random.uniform(-6, -4))
    joined = chain.smooth(odds, bases)
    for window, row in np.ndindex(2, 3):
        expected = sum_over_paths(odds[window, :, row], bases[window], chain)
        np.testing.assert_allclose(joined[window, :, row], expected, rtol=1e-4, atol=1e-4)


def test_padding_changes_nothing():
    random = np.random.default_rng(1)
    odds, bases = random.normal(-3, 3, (1, 6, 2)).astype(np.float32), random.random((1, 6)) * 5000
    padded = np.pad(odds, ((0, 0), (0, 3), (0, 0)), constant_values=9)
    joined = CHAIN.smooth(padded, np.pad(bases, ((0, 0), (0, 3))))
    np.testing.assert_array_equal(joined[:, :6], CHAIN.smooth(odds, bases))


def test_windows_and_rows_do_not_depend_on_each_other():
    random = np.random.default_rng(2)
    odds, bases = random.normal(-3, 3, (4, 9, 5)).astype(np.float32), random.random((4, 9)) * 5000
    joined = CHAIN.smooth(odds, bases)
    alone = CHAIN.smooth(odds[2:3, :, 1:3].copy(), bases[2:3])
    np.testing.assert_array_equal(joined[2:3, :, 1:3], alone)


def test_a_gap_in_a_segment_is_closed_and_a_single_site_is_not_one():
    odds = np.full((1, 60, 2), -8, np.float32)
    odds[0, 10:50, 0], odds[0, 28:30, 0] = 3, -2
    odds[0, 30, 1] = 3
    joined = CHAIN.smooth(odds, np.full((1, 60), 1000.0))[0] > 0
    assert joined[15:45, 0].all() and not joined[[0, -1], 0].any()
    assert not joined[:, 1].any()


def test_a_contig_without_sites_has_nothing_to_join():
    assert CHAIN.smooth(np.zeros((1, 0, 4), np.float32), np.zeros((1, 0))).shape == (1, 0, 4)


def test_extreme_odds_stay_finite():
    odds = np.array([1e4, -1e4] * 20, np.float32).reshape(1, 40, 1)
    assert np.isfinite(CHAIN.smooth(odds, np.full((1, 40), 1e6))).all()
    assert np.isfinite(CHAIN.smooth(odds, np.full((1, 40), 1.0))).all()


def test_rates_are_those_of_stretches_that_reach_beyond_windows():
    random = np.random.default_rng(4)
    sites, share = 40, CHAIN.entry / (CHAIN.entry + CHAIN.exit)
    kept = np.exp(-(CHAIN.entry + CHAIN.exit) * 500)
    truth = np.empty((300, sites, 50), bool)
    truth[:, 0] = random.random((300, 50)) < share
    for site in range(1, sites):
        anew = random.random((300, 50)) < share
        truth[:, site] = np.where(random.random((300, 50)) < kept, truth[:, site - 1], anew)
    chain = fit_chain(truth, np.full((300, sites), 500.0))
    assert chain.entry == pytest.approx(CHAIN.entry, rel=0.15)
    assert chain.exit == pytest.approx(CHAIN.exit, rel=0.15)


@pytest.mark.parametrize("value", [True, False])
def test_where_all_bases_are_alike_there_is_no_chain(value):
    assert fit_chain(np.full((2, 3, 4), value), np.ones((2, 3))) is None


def test_without_a_chain_odds_are_calibrated_alone():
    bases = OddsCalibration(slope=2, shift=1, threshold=0.5, average_precision=0)
    calibration = AncestryCalibration(bases=bases)
    odds = np.array([[[1.0], [2.0]]], np.float32)
    assert calibration.join_sites(odds, np.ones((1, 2))).tolist() == [[[3], [5]]]
    assert calibration.segment_threshold == 0.5
    segments = OddsCalibration(slope=1, shift=0, threshold=-1, average_precision=0)
    whole = AncestryCalibration(bases=bases, chain=CHAIN, segments=segments)
    joined = CHAIN.smooth(bases.apply(odds), np.ones((1, 2)))
    assert (whole.join_sites(odds, np.ones((1, 2))) == joined).all()
    assert whole.segment_threshold == -1
