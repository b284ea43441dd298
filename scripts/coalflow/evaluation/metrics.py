"""How far predictions are from the truth, and which metrics nets and baselines are compared by."""

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.targets import Target, Targets

# Of a target that is learned by its logarithm, the metrics of the logarithm are given too.
LOG10 = "_log10"
# Several targets as one number: the mean over them of squared errors in units of each
# one's standard deviation in training, of logarithms where these are learned.
ALL, SCALED_MSE = "all targets", "scaled_mse"
COVERAGE = "coverage_90"  # of 90 % intervals, where a model predicts them
# What predictions of classes are compared by, and whether more of it is better.
CLASS_METRICS = {"log_loss": False, "accuracy": True}


def compute_rmse(
    truth: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the root mean squared error along the last axis.

    Parameters
    ----------
    truth, predicted : ndarray of float64, shape (..., windows)
        True and predicted values.

    Examples
    --------
    >>> float(compute_rmse(np.array([1.0, 2.0]), np.array([4.0, 5.0])))
    3.0
    """
    return np.sqrt(np.mean((predicted - truth) ** 2, axis=-1))


def compute_mae(
    truth: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the mean absolute error along the last axis.

    Parameters
    ----------
    truth, predicted : ndarray of float64, shape (..., windows)
        True and predicted values.

    Examples
    --------
    >>> float(compute_mae(np.array([1.0, 2.0]), np.array([4.0, -2.0])))
    3.5
    """
    return np.mean(np.abs(predicted - truth), axis=-1)


def compute_r2(
    truth: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return R squared along the last axis, 1 - squared error / variance of the truth.

    It is nan where the truth does not vary.

    Parameters
    ----------
    truth, predicted : ndarray of float64, shape (..., windows)
        True and predicted values.

    Examples
    --------
    >>> float(compute_r2(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])))
    0.0
    """
    residual = np.mean((predicted - truth) ** 2, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(_varies(truth), 1 - residual / np.var(truth, axis=-1), np.nan)[()]


def compute_pearson_r(
    truth: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return Pearson's correlation along the last axis; nan where one of the two does not vary.

    Parameters
    ----------
    truth, predicted : ndarray of float64, shape (..., windows)
        True and predicted values.

    Examples
    --------
    >>> round(float(compute_pearson_r(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))), 9)
    1.0
    """
    both_vary = _varies(truth) & _varies(predicted)
    truth = truth - truth.mean(axis=-1, keepdims=True)
    predicted = predicted - predicted.mean(axis=-1, keepdims=True)
    product = np.sqrt((truth**2).sum(axis=-1) * (predicted**2).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both_vary, (truth * predicted).sum(axis=-1) / product, np.nan)[()]


def _varies(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell where values differ; a constant's variance can be rounding noise above 0."""
    return np.ptp(values, axis=-1) > 0


METRICS = {
    "rmse": compute_rmse,
    "mae": compute_mae,
    "r2": compute_r2,
    "pearson_r": compute_pearson_r,
}


def list_compared_metrics(targets: Targets) -> dict[tuple[str, str], bool]:
    """Return what nets and baselines are compared by.

    Parameters
    ----------
    targets : Targets
        What they predict.

    Returns
    -------
    dict
        Pairs of target and metric, and for each whether more of it is better. The first decides
        which model is the best.
    """
    if targets.has_classes:
        return {(targets.first, metric): more for metric, more in CLASS_METRICS.items()}
    errors = {(name, name_error(target)): False for name, target in targets}
    return errors if len(errors) == 1 else {(ALL, SCALED_MSE): False, **errors}


def list_metrics_by_cell(targets: Targets) -> list[tuple[str, str]]:
    """Return the metrics of these targets that are shown for each cell.

    Parameters
    ----------
    targets : Targets
        What is predicted.

    Returns
    -------
    list of (str, str)
        Pairs of target and metric.
    """
    if targets.has_classes:
        return [(targets.first, "accuracy")]
    return [(name, name_error(target)) for name, target in targets]


def name_error(target: Target) -> str:
    """Return the metric that measures the error of a target that is a number.

    Examples
    --------
    >>> from coalflow.config.schema.targets import ParameterTarget
    >>> name_error(ParameterTarget(parameter="population_size", scale="log"))
    'rmse_log10'
    """
    return f"rmse{LOG10}" if target.is_log else "rmse"
