"""Intervals of numbers that contain the true value in 90 % of windows, and quantiles that hold.

A score says where in a model's prediction the true value is. Of a model that predicts a
distribution, it is the normal score of the true value (:mod:`.normal_scores`), after the
distribution has been widened by the spread of an ensemble's members; of others, the true value
minus the prediction. Either is divided by what scores of windows with such a prediction usually are
(:mod:`.scale_curve`): locally scaled split conformal prediction (Lei et al. 2018). The quantiles of
validation windows' scores, with the ranks that make them hold for a new window too, then give the
quantiles of new windows. Of predicted distributions this is the recalibration map of Kuleshov et
al. (2018), and the intervals are those of distributional conformal prediction (Chernozhukov et al.
2021).

The scale is estimated on the same windows as the quantiles. So that scores of validation windows
are exchangeable with those of new ones, each is divided by the scale of a curve to which its fold
did not contribute (cross-conformal, Vovk 2015). Half of the windows for either would be exact
whatever the curve, with twice the variance of the coverage. Cross-conformal intervals have the
stated coverage as far as curves with and without a tenth of the windows agree, and a curve has at
most ten points of a hundred windows each.

References
----------
Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Distribution-free predictive inference for
regression. J. Am. Stat. Assoc. 113.
Vovk (2015), Cross-conformal predictors. Ann. Math. Artif. Intell. 74.
Kuleshov, Fenner and Ermon (2018), Accurate uncertainties for deep learning using calibrated
regression. ICML.
Chernozhukov, Wüthrich and Zhu (2021), Distributional conformal prediction. PNAS 118.
"""

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.core import seeds
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.calibration import normal_scores
from coalflow.evaluation.calibration.class_calibration import DIGITS, FOLDS
from coalflow.evaluation.calibration.scale_curve import ScaleCurve, fit_scale_curve
from coalflow.evaluation.predictions import (
    LEVELS,
    Prediction,
    Values,
    restore_quantiles,
    standardise_quantiles,
)

MEDIAN = normal_scores.MEDIAN


class NumberCalibration(Section):
    """How what a model predicts of one target becomes quantiles."""

    scores: tuple[float, ...]
    """The quantiles of scores at the 19 levels."""
    curve: ScaleCurve
    windows: int
    """How many validation windows there were."""


def fit_number_calibration(
    truth: Values, predicted: Prediction, scaling: TargetScaling, seed: int
) -> dict[str, NumberCalibration]:
    """Return the calibration of a model by its predictions of validation windows, by target.

    Parameters
    ----------
    truth : ndarray of float64, shape (windows, targets)
        The true values.
    predicted : Prediction
        Windows that are not finite are left out. With fewer than 19 windows, an interval is from
        the lowest score to the highest and holds less than 90 %.
    scaling : TargetScaling
    seed : int
        The run's, for the folds.
    """
    shuffled = seeds.derive_generator(seed, "calibration").permutation(len(truth))
    folds = np.empty(len(truth), np.int64)
    folds[shuffled] = np.arange(len(truth)) % FOLDS
    learned = _Learned(predicted, scaling)
    found = {}
    for index, name in enumerate(scaling.names):
        values, spread = learned.values[:, index], learned.take_spread(index)
        scores = learned.find_scores(scaling.standardise(truth)[:, index], index)
        known = np.isfinite(values) & np.isfinite(scores)
        values, scores, own = values[known], scores[known], folds[known]
        # A distribution has been widened by the spread already.
        spread = None if spread is None or learned.quantiles is not None else spread[known]
        scaled = _scale_out_of_fold(values, scores, spread, own)
        found[name] = NumberCalibration(
            scores=tuple(find_conformal_quantiles(scaled).round(DIGITS).tolist()),
            curve=fit_scale_curve(values, scores, spread),
            windows=len(scaled),
        )
    return found


def calibrate_numbers(
    predicted: Prediction, calibrations: dict[str, NumberCalibration], scaling: TargetScaling
) -> Prediction:
    """Return predictions with calibrated intervals, and quantiles where there were some.

    Parameters
    ----------
    predicted : Prediction
        Its numbers stay as they are, and what is nan stays nan.
    calibrations : dict of str to NumberCalibration
        By target.
    scaling : TargetScaling
    """
    learned = _Learned(predicted, scaling)
    columns = []
    for index, name in enumerate(scaling.names):
        calibration, values = calibrations[name], learned.values[:, index]
        spread = None if learned.quantiles is not None else learned.take_spread(index)
        scale = calibration.curve.evaluate(values, spread)
        columns.append(learned.find_values(scale[:, None] * calibration.scores, index))
    quantiles = restore_quantiles(np.stack(columns, axis=1), scaling)
    return Prediction(
        predicted.values,
        quantiles[:, :, 0],
        quantiles[:, :, -1],
        predicted.spread,
        quantiles=None if predicted.quantiles is None else quantiles,
    )


def find_conformal_quantiles(scores: Values) -> Values:
    """Return the quantiles of scores at the 19 levels, float64 (19,).

    Of n scores and a new one, the new one is below the k-th with probability k / (n + 1). Ranks are
    rounded away from the median, so that no interval between two levels that are as far from it
    holds less than stated.

    Parameters
    ----------
    scores : ndarray of float64, shape (windows,)
    """
    if not len(scores):
        return normal_scores.SCORES.copy()
    ranks = (len(scores) + 1) * LEVELS
    ends = np.floor(ranks + 1e-9), np.ceil(ranks - 1e-9)
    low, high = (np.sort(scores)[np.clip(each.astype(int), 1, len(scores)) - 1] for each in ends)
    middle = (low[MEDIAN] + high[MEDIAN]) / 2
    return np.concatenate([low[:MEDIAN], [middle], high[MEDIAN + 1 :]])


def _scale_out_of_fold(
    values: Values, scores: Values, spread: Values | None, folds: npt.NDArray[np.int64]
) -> Values:
    """Return scores over scales to which their own folds did not contribute."""
    scaled = np.empty_like(scores)
    for fold in range(FOLDS):
        own = folds == fold
        others, theirs = (None, None) if spread is None else (spread[~own], spread[own])
        curve = fit_scale_curve(values[~own], scores[~own], others)
        scaled[own] = scores[own] / curve.evaluate(values[own], theirs)
    return scaled


class _Learned:
    """A prediction in the units in which models learn."""

    def __init__(self, predicted: Prediction, scaling: TargetScaling) -> None:
        self.values = scaling.standardise(predicted.values)
        self._spread = predicted.spread
        if predicted.spread is not None:
            # How far the number itself moves with the one that is learned.
            unit = np.where(scaling.logs, predicted.values * np.log(10), 1.0) * scaling.sds
            self._spread = predicted.spread / unit
        self.quantiles: Values | None = None
        if predicted.quantiles is not None:
            quantiles = standardise_quantiles(predicted.quantiles, scaling)
            self.quantiles = normal_scores.separate_quantiles(quantiles)
            if self._spread is not None:
                self.quantiles = normal_scores.widen_quantiles(self.quantiles, self._spread)

    def take_spread(self, index: int) -> Values | None:
        """Return the spread of a target, float64 (windows,)."""
        return None if self._spread is None else self._spread[:, index]

    def find_scores(self, truth: Values, index: int) -> Values:
        """Return the scores of the true values of a target, float64 (windows,)."""
        if self.quantiles is None:
            return truth - self.values[:, index]
        return normal_scores.find_scores(self.quantiles[:, index], truth)

    def find_values(self, scores: Values, index: int) -> Values:
        """Return the values of a target that have some scores, float64 (windows, scores)."""
        if self.quantiles is None:
            return self.values[:, index, None] + scores
        return normal_scores.find_values(self.quantiles[:, index], scores)
