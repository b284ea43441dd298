"""Probabilities of classes that hold, and sets that contain the true class in 90 % of windows.

Three maps are compared by their log likelihood of validation windows that they were not fitted on:
none; one temperature, which makes all probabilities sharper or softer (Guo et al. 2017); and a
slope and a shift of each class's log probability (vector scaling). Isotonic regression is not among
them: it is fitted class by class, so its probabilities must be rescaled to a sum of 1, it ties
windows that models tell apart, and where what is wrong is smooth, as in nets, vector scaling
estimates far less (docs/how_sure.md has the simulations).

A class is in a window's set if its probability is not among the lowest 10 % of those that
validation windows of that class had (label-conditional split conformal sets, Vovk 2012). So sets
contain the true class in 90 % of the windows of every class, however rare it is. Sets are made of
probabilities before calibration, on which validation windows had no influence.

References
----------
Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks. ICML.
Vovk (2012), Conditional validity of inductive conformal predictors. ACML.
"""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.core import seeds

LEVEL = 0.9  # of sets and intervals
FOLDS = 10
SMALLEST = float(np.finfo(np.float64).eps)  # a probability of 0 would have no logarithm
DIGITS = 9  # of what is fitted, so that it does not depend on rounding
# A normal prior around the identity keeps estimates finite where all windows are predicted
# correctly. It counts as much as a small part of one window.
PENALTY = 0.05
MOST_STEPS = 100
LEAST_DECREASE = 1e-12

Method: TypeAlias = Literal["none", "temperature", "vector"]
Values: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.int64]


class ClassCalibration(Section):
    """How the probabilities of a model are calibrated, in the order of the classes."""

    method: Method
    slopes: tuple[float, ...]
    """Of log probabilities."""
    shifts: tuple[float, ...]
    """Added to log probabilities."""
    thresholds: tuple[float, ...]
    """A class is in a window's set if its probability before calibration is this or more."""
    windows: tuple[int, ...]
    """How many validation windows of each class there were."""
    log_likelihood: dict[Method, float]
    """The mean of validation windows, by map; of windows that a map was not fitted on."""


def fit_class_calibration(truth: Labels, probabilities: Values, seed: int) -> ClassCalibration:
    """Return the calibration of a model by its predictions of validation windows.

    Parameters
    ----------
    truth : ndarray of int64, shape (windows,)
        The indices of the true classes.
    probabilities : ndarray of float64, shape (windows, classes)
        Windows that are nan are left out.
    seed : int
        The run's, for the folds.

    Returns
    -------
    ClassCalibration
        Where a class has no window, only a temperature is fitted, and the class is in all sets.
    """
    known = np.isfinite(probabilities).all(axis=1)
    truth, probabilities = truth[known], probabilities[known]
    classes = probabilities.shape[1]
    counts = np.bincount(truth, minlength=classes)
    logs = _take_logs(probabilities)
    methods: list[Method] = ["none", "temperature", "vector"]
    if len(truth) < FOLDS:
        methods = ["none"]
    elif counts.min() < FOLDS:
        methods = ["none", "temperature"]
    folds = _assign_folds(truth, seed)
    found = {method: _cross_validate(method, logs, truth, folds) for method in methods}
    best = max(methods, key=lambda method: found[method])  # the simplest of several that are equal
    slopes, shifts = _fit_map(best, logs, truth)
    own = probabilities[np.arange(len(truth)), truth]
    return ClassCalibration(
        method=best,
        slopes=tuple(slopes.round(DIGITS).tolist()),
        shifts=tuple(shifts.round(DIGITS).tolist()),
        thresholds=tuple(_find_threshold(own[truth == index]) for index in range(classes)),
        windows=tuple(counts.tolist()),
        log_likelihood={method: round(value, DIGITS) for method, value in found.items()},
    )


def calibrate_probabilities(probabilities: Values, calibration: ClassCalibration) -> Values:
    """Return calibrated probabilities of classes, float64 (windows, classes); nan stays nan."""
    if calibration.method == "none":
        return probabilities
    scaled = np.array(calibration.slopes) * _take_logs(probabilities) + calibration.shifts
    return _take_softmax(scaled)


def find_sets(probabilities: Values, calibration: ClassCalibration) -> npt.NDArray[np.bool_]:
    """Return which classes are in the set of each window, bool (windows, classes).

    Parameters
    ----------
    probabilities : ndarray of float64, shape (windows, classes)
        Before calibration. The set of a window that is nan is empty; so is that of a window which
        is unlike the validation windows of every class.
    calibration : ClassCalibration
    """
    return probabilities >= np.array(calibration.thresholds)


def _find_threshold(own: Values) -> float:
    """Return the probability below which 10 % of a class's windows are; 0 of too few windows."""
    rank = int(np.floor((len(own) + 1) * (1 - LEVEL) + 1e-9))
    return 0.0 if rank == 0 else float(np.partition(own, rank - 1)[rank - 1])


def _take_logs(probabilities: Values) -> Values:
    return np.log(np.maximum(probabilities, SMALLEST))


def _assign_folds(truth: Labels, seed: int) -> Labels:
    """Return the fold of each window: of every class, all folds have the same number or nearly."""
    shuffled = seeds.derive_generator(seed, "calibration").permutation(len(truth))
    order = shuffled[np.argsort(truth[shuffled], kind="stable")]
    folds = np.empty(len(truth), np.int64)
    folds[order] = np.arange(len(truth)) % FOLDS
    return folds


def _cross_validate(method: Method, logs: Values, truth: Labels, folds: Labels) -> float:
    """Return the mean log likelihood of windows by maps that were fitted on the other folds."""
    if not len(truth):
        return 0.0
    total = 0.0
    for fold in range(FOLDS if method != "none" else 1):
        held_out = folds == fold if method != "none" else np.ones(len(truth), bool)
        slopes, shifts = _fit_map(method, logs[~held_out], truth[~held_out])
        scaled = slopes * logs[held_out] + shifts
        total -= _sum_losses(scaled, truth[held_out])
    return total / len(truth)


def _fit_map(method: Method, logs: Values, truth: Labels) -> tuple[Values, Values]:
    """Return the slopes and the shifts that make the true classes most likely.

    By Newton's method: minus the log likelihood is convex.
    """
    classes = logs.shape[1]
    # The parameters are the slopes and the shifts; with one temperature, the slopes are equal.
    start = np.repeat([1.0, 0.0], classes)
    if method == "none":
        return start[:classes], start[classes:]
    free = np.eye(2 * classes)
    if method == "temperature":
        free = start[:, None]
    steps = np.zeros(free.shape[1])

    def measure(steps: Values) -> tuple[Values, float]:
        parameters = start + free @ steps
        scaled = parameters[:classes] * logs + parameters[classes:]
        return scaled, _sum_losses(scaled, truth) + PENALTY * float(steps @ steps) / 2

    scaled, loss = measure(steps)
    for _ in range(MOST_STEPS):
        slope, curvature = _differentiate(scaled, logs, truth)
        gradient = free.T @ slope + PENALTY * steps
        hessian = free.T @ curvature @ free + PENALTY * np.eye(len(steps))
        change = np.linalg.solve(hessian, gradient)
        decrease = float(gradient @ change)
        if decrease < LEAST_DECREASE:
            break
        share = 1.0
        while share > 1e-6:
            scaled, found = measure(steps - share * change)
            if found <= loss - decrease * share / 4:
                break
            share /= 2
        steps, loss = steps - share * change, found
    parameters = start + free @ steps
    return parameters[:classes], parameters[classes:]


def _differentiate(scaled: Values, logs: Values, truth: Labels) -> tuple[Values, Values]:
    """Return the gradient and the Hessian of the losses by slopes and shifts."""
    probability = _take_softmax(scaled)
    excess = probability - np.eye(scaled.shape[1])[truth]
    both = np.hstack([probability * logs, probability])
    gradient = np.concatenate([(excess * logs).sum(axis=0), excess.sum(axis=0)])
    by_slope, mixed = (both[:, : scaled.shape[1]] * logs).sum(axis=0), both.sum(axis=0)
    slopes, shifts = np.split(mixed, 2)
    diagonal = np.block([[np.diag(by_slope), np.diag(slopes)], [np.diag(slopes), np.diag(shifts)]])
    return gradient, diagonal - both.T @ both


def _take_softmax(scaled: Values) -> Values:
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _sum_losses(scaled: Values, truth: Labels) -> float:
    above = scaled - scaled.max(axis=1, keepdims=True)
    own = above[np.arange(len(truth)), truth]
    return float((np.log(np.exp(above).sum(axis=1)) - own).sum())
