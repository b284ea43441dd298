"""Scores of bases, which follow from counts of predicted log odds."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, log_loss

from coalflow.evaluation.ancestry.odds_calibration import fit_odds_calibration
from coalflow.evaluation.ancestry.odds_counts import (
    BINS,
    choose_threshold,
    compute_average_precision,
    compute_calibration_error,
    compute_curve,
    compute_log_loss,
    count_odds,
    measure_bases,
)

WINDOWS, SITES, ROWS = 6, 40, 50


def draw_odds(seed=1, separation=4.0):
    """Return log odds that are calibrated, the truth, and the bases of sites."""
    random = np.random.default_rng(seed)
    odds = random.normal(-2, separation / 2, size=(WINDOWS, SITES, ROWS))
    truth = random.random(odds.shape) < 1 / (1 + np.exp(-odds))
    return odds, truth, random.random((WINDOWS, SITES))


def test_scores_of_counts_are_those_of_all_bases():
    odds, truth, bases = draw_odds()
    counts = count_odds(odds, truth, bases).sum(axis=0)
    flat = truth.ravel(), odds.ravel(), np.broadcast_to(bases[:, :, None], odds.shape).ravel()
    expected = average_precision_score(*flat[:2], sample_weight=flat[2])
    assert compute_average_precision(counts) == pytest.approx(expected, abs=2e-3)
    expected = log_loss(flat[0], 1 / (1 + np.exp(-flat[1])), sample_weight=flat[2])
    assert compute_log_loss(counts) == pytest.approx(expected, rel=1e-3)
    assert counts.sum() == pytest.approx(ROWS * bases.sum())


def test_what_is_calibrated_has_no_calibration_error_and_what_is_not_is_mended():
    odds, truth, bases = draw_odds()
    counts = count_odds(odds, truth, bases).sum(axis=0)
    assert compute_calibration_error(counts) < 0.02
    wrong = odds * 2 + 3
    counts = count_odds(wrong, truth, bases).sum(axis=0)
    assert compute_calibration_error(counts) > 0.1
    calibration = fit_odds_calibration(counts)
    assert calibration.slope == pytest.approx(0.5, abs=0.05)
    assert calibration.shift == pytest.approx(-1.5, abs=0.15)
    mended = count_odds(calibration.apply(wrong), truth, bases).sum(axis=0)
    assert compute_calibration_error(mended) < 0.02


def test_odds_that_are_worse_than_chance_keep_their_order():
    odds, truth, bases = draw_odds()
    calibration = fit_odds_calibration(count_odds(-odds, truth, bases).sum(axis=0))
    assert (calibration.slope, calibration.shift) == (1, 0)


def test_the_threshold_has_the_highest_f1():
    odds, truth, bases = draw_odds()
    counts = count_odds(odds, truth, bases).sum(axis=0)
    precision, recall = compute_curve(counts)
    f1 = 2 * precision * recall / (precision + recall)
    assert choose_threshold(counts) == f1.argmax()


def test_scores_without_any_ancestry_are_not_numbers():
    odds, truth, bases = draw_odds()
    counts = count_odds(odds, np.zeros_like(truth), bases).sum(axis=0)
    assert np.isnan(compute_average_precision(counts))
    assert fit_odds_calibration(counts).slope == 1


def test_log_odds_beyond_all_classes_count():
    odds = np.array([[[-1e4, 1e4]]])
    counts = count_odds(odds, odds > 0, np.ones((1, 1)))
    assert counts[0, 0, 0] == counts[0, 1, BINS - 1] == 1


def test_sites_stand_for_all_bases_of_a_window():
    positions = np.sort(np.random.default_rng(3).random((5, 12)), axis=1).astype(np.float32)
    mask = np.zeros((5, 12), bool)
    mask[:3, 2:9], mask[3, 4] = True, True
    bases = measure_bases(positions, mask)
    np.testing.assert_allclose(bases.sum(axis=1), [1, 1, 1, 1, 0])
    assert (bases[~mask] == 0).all() and (bases[mask] > 0).all()
