"""Maps of probabilities, and sets of classes. Seeds are fixed; errors are five standard ones."""

import numpy as np
import pytest
import scipy.special
from helpers.data import PROPERTY
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.evaluation.calibration.class_calibration import (
    calibrate_probabilities,
    find_sets,
    fit_class_calibration,
)


def draw(number, seed=0, temperature=1.0, shifts=0.0, classes=4):
    """Return true classes, what a model that is off by a known map predicts, and what is right."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 1.5, size=(number, classes))
    right = scipy.special.softmax(logits, axis=1)
    truth = (right.cumsum(axis=1) < generator.random((number, 1))).sum(axis=1)
    predicted = scipy.special.softmax(logits / temperature - shifts, axis=1)
    return truth, predicted, right


def test_calibrated_probabilities_stay_what_they_are():
    truth, predicted, right = draw(5000)
    found = fit_class_calibration(truth, predicted, seed=1)
    after = calibrate_probabilities(predicted, found)
    # Eight parameters of 5,000 windows: probabilities move by about sqrt(8 / 5000) / 4.
    assert np.abs(after - right).mean() < 0.02


@pytest.mark.parametrize("temperature", [0.4, 2.5])
def test_a_known_temperature_is_found(temperature):
    found = fit_class_calibration(*draw(8000, 2, temperature)[:2], seed=1)
    assert found.method != "none"
    # The standard error of the slope is about 0.015 times itself.
    np.testing.assert_allclose(found.slopes, temperature, rtol=0.075)


def test_known_shifts_are_found():
    shifts = np.array([0.0, 1.0, -1.0, 0.5])
    truth, predicted, right = draw(8000, 3, 1.5, shifts)
    found = fit_class_calibration(truth, predicted, seed=1)
    assert found.method == "vector"
    assert np.abs(calibrate_probabilities(predicted, found) - right).mean() < 0.02
    assert found.log_likelihood["vector"] > found.log_likelihood["temperature"] + 0.05


def test_fits_are_the_same_bits_and_windows_that_are_nan_change_nothing():
    truth, predicted, _ = draw(400, 4, 2.0)
    found = fit_class_calibration(truth, predicted, seed=1)
    assert fit_class_calibration(truth, predicted, seed=1) == found
    with_gaps = np.vstack([predicted, np.full((5, 4), np.nan)])
    longer = fit_class_calibration(np.append(truth, [0] * 5), with_gaps, seed=1)
    assert longer.thresholds == found.thresholds
    assert longer.windows == found.windows
    after = calibrate_probabilities(with_gaps, found)
    assert np.isnan(after[-5:]).all()
    assert not np.isnan(after[:-5]).any()
    assert not find_sets(with_gaps, found)[-5:].any()


def test_sets_hold_in_90_percent_of_the_windows_of_every_class():
    truth, predicted, _ = draw(4000, 5, 0.5, np.array([0.0, 2.0, 0.0, -1.0]))
    found = fit_class_calibration(truth[:1500], predicted[:1500], seed=1)
    in_set = find_sets(predicted[1500:], found)[np.arange(2500), truth[1500:]]
    for index in range(4):
        own = in_set[truth[1500:] == index]
        error = np.sqrt(0.09 * (1 / len(own) + 1 / found.windows[index]))
        assert abs(own.mean() - 0.9) < 4 * error  # p < 1e-4 for each


def test_coverage_of_sets_is_exact_on_average():
    """Over 60 calibrations of 30 windows a class, whose sets are far from exact each."""
    shares = []
    for seed in range(60):
        truth, predicted, _ = draw(190, seed, 0.5, classes=2)
        found = fit_class_calibration(truth[:60], predicted[:60], seed)
        held = find_sets(predicted[60:], found)[np.arange(130), truth[60:]]
        shares.append(held.mean())
    # At least 0.9, and at most 1 / (n + 1) more, as conformal sets are.
    assert 0.9 - 4 * np.std(shares) / 60**0.5 < np.mean(shares) < 0.9 + 1 / 25 + 0.01


def test_a_class_without_validation_windows_is_in_all_sets():
    truth, predicted, _ = draw(300, 6, 3.0)
    predicted, truth = predicted[truth != 2], truth[truth != 2]
    found = fit_class_calibration(truth, predicted, seed=1)
    assert found.method != "vector"
    assert found.windows[2] == 0
    assert find_sets(predicted, found)[:, 2].all()


def test_perfect_predictions_have_finite_maps():
    truth = np.repeat([0, 1], 50)
    predicted = np.where(np.eye(2)[truth] == 1, 1.0, 0.0)
    found = fit_class_calibration(truth, predicted, seed=1)
    assert np.isfinite(found.slopes + found.shifts).all()
    assert (calibrate_probabilities(predicted, found).argmax(axis=1) == truth).all()


def test_equal_predictions_become_the_shares_of_the_classes():
    truth = np.repeat([0, 1, 2], [60, 30, 10])
    found = fit_class_calibration(truth, np.full((100, 3), 1 / 3), seed=1)
    after = calibrate_probabilities(np.full((1, 3), 1 / 3), found)[0]
    np.testing.assert_allclose(after, [0.6, 0.3, 0.1], atol=0.01)
    assert find_sets(np.full((1, 3), 1 / 3), found).all()  # ties are in


@settings(PROPERTY, max_examples=30)
@given(st.integers(0, 10_000), st.integers(0, 40), st.integers(2, 4))
def test_any_validation_windows_give_probabilities(seed, number, classes):
    generator = np.random.default_rng(seed)
    predicted = generator.dirichlet(np.full(classes, 0.05), size=number).round(2)
    truth = generator.integers(classes, size=number)
    found = fit_class_calibration(truth, predicted, seed)
    after = calibrate_probabilities(predicted, found)
    assert ((after >= 0) & (after <= 1 + 1e-12)).all()
    if found.method != "none":
        np.testing.assert_allclose(after.sum(axis=1), 1)
