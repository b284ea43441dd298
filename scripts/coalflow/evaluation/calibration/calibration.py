"""The calibration of one model: fitted on validation windows, applied to all that it predicts."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.evaluation.calibration.class_calibration import (
    ClassCalibration,
    calibrate_probabilities,
    find_sets,
    fit_class_calibration,
)
from coalflow.evaluation.calibration.number_calibration import (
    NumberCalibration,
    calibrate_numbers,
    fit_number_calibration,
)
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.predictions import Prediction


class Calibration(Section):
    """How what a model predicts is calibrated."""

    classes: ClassCalibration | None = None
    """None for numbers."""
    numbers: dict[str, NumberCalibration] | None = None
    """By target; None for classes."""


#: By the names of models: nets, ensembles, restarts and baselines.
Calibrations: TypeAlias = Mapping[str, Calibration]


def fit_calibration(
    truth: npt.NDArray[Any], predicted: Prediction, predictands: Predictands, seed: int
) -> Calibration:
    """Return the calibration of a model by its predictions of validation windows.

    Validation windows also decide when training stops, and which recipe is kept. This is one
    choice among few, so they are nearly as good as windows that had no influence; test windows
    show whether they are.

    Parameters
    ----------
    truth : ndarray of float64, shape (windows, targets), or of int64, shape (windows,)
        The true values; or the indices of the true classes.
    predicted : Prediction
        Not calibrated. Windows that are nan are left out.
    predictands : Predictands
        What is predicted.
    seed : int
        The run's.
    """
    if predictands.scaling is None:
        return Calibration(classes=fit_class_calibration(truth, predicted.values, seed))
    return Calibration(numbers=fit_number_calibration(truth, predicted, predictands.scaling, seed))


def calibrate(
    predicted: Prediction, calibration: Calibration, predictands: Predictands
) -> Prediction:
    """Return a calibrated prediction.

    Parameters
    ----------
    predicted : Prediction
        Not calibrated yet.
    calibration : Calibration
        Of the same model.
    predictands : Predictands
        What is predicted.

    Returns
    -------
    Prediction
        With sets of classes; or with intervals of numbers, and quantiles where there were some.
        What is nan stays nan, and is in no set.

    Raises
    ------
    ValueError
        If the calibration is of other targets.
    """
    if predictands.scaling is None:
        classes = calibration.classes
        if classes is None or len(classes.slopes) != predicted.values.shape[1]:
            raise ValueError("the calibration is not that of these classes")
        return Prediction(
            calibrate_probabilities(predicted.values, classes),
            spread=predicted.spread,
            in_set=find_sets(predicted.values, classes),
        )
    if list(calibration.numbers or {}) != predictands.names:
        raise ValueError("the calibration is not that of these targets")
    with np.errstate(invalid="ignore"):
        return calibrate_numbers(predicted, calibration.numbers or {}, predictands.scaling)
