"""Log odds of ancestry that mean what they say, by validation windows.

Platt's method: a logistic regression of the truth on the log odds that a model predicts, two
numbers.

References
----------
Platt (1999), Probabilistic outputs for support vector machines. Advances in Large Margin
Classifiers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from coalflow.config.fields.section import Section
from coalflow.evaluation.ancestry.odds_counts import (
    BINS,
    MIDDLES,
    Counts,
    choose_threshold,
    compute_average_precision,
)


class OddsCalibration(Section):
    """How log odds are calibrated, and from which on bases are called."""

    slope: float
    shift: float
    threshold: float
    """Calibrated log odds: with it, F1 of validation bases is highest."""
    average_precision: float
    """Of validation bases; 0 where none has the ancestry."""

    def apply(self, odds: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """Return calibrated log odds."""
        return odds * self.slope + self.shift


def fit_odds_calibration(counts: Counts) -> OddsCalibration:
    """Return the calibration of a model.

    Parameters
    ----------
    counts : ndarray of float64, shape (2, BINS)
        Of validation windows: bases by predicted log odds, without and with the ancestry.
    """
    truth, odds = np.repeat([0, 1], BINS), np.tile(MIDDLES, 2)
    weights = counts.ravel() / counts.sum()
    used = weights > 0
    slope, shift = 1.0, 0.0
    if counts.sum(axis=1).all():
        # Weights that sum to the number of classes of odds, so that the solver's tolerance fits.
        fitted = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(
            odds[used, None], truth[used], sample_weight=weights[used] * used.sum()
        )
        # Of a model that is worse than chance, odds stay as they are.
        if fitted.coef_[0, 0] > 0:
            slope, shift = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    lowest = float(MIDDLES[choose_threshold(counts)] - (MIDDLES[1] - MIDDLES[0]) / 2)
    precision = float(np.nan_to_num(compute_average_precision(counts)))
    return OddsCalibration(
        slope=slope,
        shift=shift,
        threshold=lowest * slope + shift,
        average_precision=precision,
    )
