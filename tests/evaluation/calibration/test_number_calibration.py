"""Intervals and quantiles of numbers that hold. Seeds are fixed."""

import numpy as np
import pytest
from helpers.data import PROPERTY, make_predictands
from hypothesis import given
from hypothesis import strategies as st

from coalflow.evaluation.calibration import normal_scores
from coalflow.evaluation.calibration.number_calibration import (
    calibrate_numbers,
    find_conformal_quantiles,
    fit_number_calibration,
)
from coalflow.evaluation.predictions import LEVELS, Prediction

SCALING = make_predictands("rate", logs=["rate"]).scaling
PLAIN = make_predictands("d").scaling


def draw(number, seed, sd_off=None, log=True):
    """Return true values and predictions whose error depends on the prediction.

    With ``sd_off``, a model predicts normal distributions whose deviations are off by that factor.
    """
    generator = np.random.default_rng(seed)
    mean = generator.normal(size=number)
    sd = 0.3 * np.exp(0.6 * mean)
    truth = (mean + sd * generator.normal(size=number))[:, None]
    scaling = SCALING if log else PLAIN
    quantiles = None
    if sd_off is not None:
        learned = mean[:, None] + sd_off * sd[:, None] * normal_scores.SCORES
        quantiles = scaling.restore(learned[:, :, None]).swapaxes(1, 2)
    return scaling.restore(truth), Prediction(scaling.restore(mean[:, None]), quantiles=quantiles)


def take(predicted, rows):
    quantiles = None if predicted.quantiles is None else predicted.quantiles[rows]
    return Prediction(predicted.values[rows], quantiles=quantiles)


def hold(truth, predicted):
    return ((predicted.low <= truth) & (truth <= predicted.high))[:, 0]


@pytest.mark.parametrize("sd_off", [None, 0.5, 2.0])
@pytest.mark.parametrize("log", [True, False])
def test_intervals_hold_90_percent_wherever_the_prediction_is(sd_off, log):
    scaling, shares = (SCALING if log else PLAIN), []
    for seed in range(40):
        truth, predicted = draw(1600, seed, sd_off, log)
        first, rest = slice(600), slice(600, None)
        found = fit_number_calibration(truth[first], take(predicted, first), scaling, seed)
        after = calibrate_numbers(take(predicted, rest), found, scaling)
        fifth = np.digitize(
            predicted.values[rest, 0], np.quantile(predicted.values[rest], [0.2, 0.4, 0.6, 0.8])
        )
        held = hold(truth[rest], after)
        shares.append([held.mean(), *(held[fifth == part].mean() for part in range(5))])
    means, errors = np.mean(shares, axis=0), np.std(shares, axis=0) / np.sqrt(40)
    assert abs(means[0] - 0.9) < 4 * errors[0]  # p < 1e-4
    # A curve of ten straight lines is not the scale itself.
    np.testing.assert_allclose(means[1:], 0.9, atol=0.02 if sd_off else 0.05)


@pytest.mark.parametrize("sd_off", [0.5, 1.0, 2.0])
def test_all_quantiles_hold(sd_off):
    truth, predicted = draw(9000, 5, sd_off)
    first, rest = slice(3000), slice(3000, None)
    found = fit_number_calibration(truth[first], take(predicted, first), SCALING, 1)
    after = calibrate_numbers(take(predicted, rest), found, SCALING)
    below = (truth[rest, :, None] <= after.quantiles).mean(axis=0)[0]
    error = np.sqrt(LEVELS * (1 - LEVELS) * (1 / 3000 + 1 / 6000))
    assert (np.abs(below - LEVELS) < 4.5 * error).all()  # p < 2e-4 of all 19
    assert np.array_equal(after.low, after.quantiles[:, :, 0])
    assert np.array_equal(after.high, after.quantiles[:, :, -1])
    assert (np.diff(after.quantiles, axis=2) > 0).all()


def test_quantiles_that_hold_stay_what_they_are():
    truth, predicted = draw(4000, 6, 1.0)
    found = fit_number_calibration(truth, predicted, SCALING, 1)
    # The scale of 4,000 windows has an error of 1 %, the outermost quantiles of 0.034.
    np.testing.assert_allclose(found["rate"].scores, normal_scores.SCORES, atol=0.15)
    np.testing.assert_allclose(np.exp(found["rate"].curve.log_scale), 1, rtol=0.1)


def test_the_spread_of_members_widens_a_distribution():
    truth, predicted = draw(2000, 7, 1.0)
    generator = np.random.default_rng(8)
    spread = np.where(generator.random((2000, 1)) < 0.5, 0.001, 2.0) * predicted.values
    wide = Prediction(predicted.values, spread=spread, quantiles=predicted.quantiles)
    found = fit_number_calibration(truth, wide, SCALING, 1)
    after = calibrate_numbers(wide, found, SCALING)
    width = np.log10(after.high / after.low)[:, 0]
    often = spread[:, 0] > predicted.values[:, 0]
    assert np.median(width[often]) > 1.5 * np.median(width[~often])


def test_windows_that_are_nan_stay_nan_and_change_nothing():
    truth, predicted = draw(300, 9)
    found = fit_number_calibration(truth, predicted, SCALING, 1)
    values = predicted.values.copy()
    values[::7] = np.nan
    after = calibrate_numbers(Prediction(values), found, SCALING)
    whole = calibrate_numbers(predicted, found, SCALING)
    assert np.isnan(after.low[::7]).all()
    kept = np.isfinite(values)
    assert np.array_equal(after.low[kept], whole.low[kept])
    again = fit_number_calibration(truth, Prediction(values), SCALING, 1)
    assert again["rate"].windows == kept.sum()


@pytest.mark.parametrize("number", [0, 1, 2, 19, 200])
def test_equal_predictions_and_few_windows_give_finite_intervals(number):
    truth = np.arange(1.0, number + 1)[:, None]
    found = fit_number_calibration(truth, Prediction(np.ones((number, 1))), PLAIN, 1)
    after = calibrate_numbers(Prediction(np.ones((3, 1))), found, PLAIN)
    assert np.isfinite(after.low + after.high).all()
    assert (after.low <= after.high).all()
    if number >= 19:
        held = ((truth >= after.low[0]) & (truth <= after.high[0])).mean()
        assert held >= 0.89


def test_exact_predictions_have_exact_intervals():
    truth = np.random.default_rng(1).normal(size=(200, 1))
    found = fit_number_calibration(truth, Prediction(truth), PLAIN, 1)
    after = calibrate_numbers(Prediction(truth), found, PLAIN)
    np.testing.assert_allclose(after.low, truth, atol=1e-12)
    np.testing.assert_allclose(after.high, truth, atol=1e-12)


def test_ranks_are_rounded_away_from_the_median():
    found = find_conformal_quantiles(np.arange(1.0, 100.0))
    assert found.tolist() == list(range(5, 100, 5))  # of 99 scores, the 5th, 10th, ...
    found = find_conformal_quantiles(np.arange(1.0, 51.0))
    assert found[[0, 9, -1]].tolist() == [2, 25.5, 49]


@PROPERTY
@given(st.integers(0, 10_000), st.booleans())
def test_scores_and_values_are_inverse(seed, ties):
    generator = np.random.default_rng(seed)
    quantiles = np.sort(generator.normal(size=(6, 19)), axis=1)
    if ties:
        quantiles = quantiles.round(0)
    quantiles = normal_scores.separate_quantiles(quantiles)
    assert (np.diff(quantiles, axis=1) > 0).all()
    scores = generator.normal(0, 2, size=(6, 4))
    values = normal_scores.find_values(quantiles, scores)
    for column in range(4):
        found = normal_scores.find_scores(quantiles, values[:, column])
        np.testing.assert_allclose(found, scores[:, column], atol=1e-5)


def test_scores_of_a_normal_distribution_are_those_of_theory():
    quantiles = 2.0 + 3.0 * normal_scores.SCORES[None]
    for value in (-20.0, 2.0, 3.7, 15.0):
        found = normal_scores.find_scores(quantiles, np.array([value]))
        np.testing.assert_allclose(found, (value - 2.0) / 3.0)
