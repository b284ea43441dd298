"""Predictions as columns of a table.

A model's prediction of a number is in ``<model>:<target>``, and the true one in
``truth:<target>``. Where the target has classes, the column ``<model>`` holds the most
probable one, ``<model>:<class>`` each probability, and ``truth`` the true class.

Where a model predicts intervals of numbers, the two ends of the 90 % interval are in
``<model>:<target>:low`` and ``<model>:<target>:high``.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.targets import Targets

TRUTH = "truth"
COMPUTED = "computed"  # of a genome's window, in place of what is predicted
ENDS = ("low", "high")

#: The lower and the upper end of intervals, float64 (windows, targets) each.
Interval: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def name_column(model: str, predicted: str) -> str:
    """Return the name of the column with a model's prediction.

    Parameters
    ----------
    model : str
        Its name, or ``TRUTH``.
    predicted : str
        Name of a target, or of a class.

    Examples
    --------
    >>> name_column("coalflow/0", "tajimas_d")
    'coalflow/0:tajimas_d'
    """
    return f"{model}:{predicted}"


def tabulate_predictions(
    model: str, predicted: npt.NDArray[np.float64], targets: Targets
) -> dict[str, npt.NDArray[Any]]:
    """Return a model's predictions as columns, by their names.

    Parameters
    ----------
    model : str
        Its name.
    predicted : ndarray of float64, shape (windows, targets) or (windows, classes)
        Numbers, or the probabilities of classes.
    targets : Targets
        What is predicted.
    """
    names = targets.classes or targets.names
    columns: dict[str, npt.NDArray[Any]] = {
        name_column(model, name): predicted[:, i] for i, name in enumerate(names)
    }
    if targets.classes is None:
        return columns
    return {model: np.array(targets.classes)[predicted.argmax(axis=1)], **columns}


def tabulate_interval(
    model: str, interval: Interval, targets: Targets
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the ends of a model's intervals as columns, by their names.

    Parameters
    ----------
    model : str
        Its name.
    interval : pair of ndarray of float64, shape (windows, targets)
        The lower and the upper end.
    targets : Targets
        What is predicted: numbers.
    """
    return {
        f"{name_column(model, name)}:{end}": values[:, i]
        for i, name in enumerate(targets.names)
        for end, values in zip(ENDS, interval, strict=True)
    }


def tabulate_truth(table: pd.DataFrame, targets: Targets) -> dict[str, npt.NDArray[Any]]:
    """Return true values as columns, by their names.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table.
    targets : Targets
        What is predicted.
    """
    if targets.has_classes:
        return {TRUTH: table[targets.first].to_numpy()}
    return {name_column(TRUTH, name): table[name].to_numpy() for name in targets.names}


def select_predictions(
    table: pd.DataFrame, model: str, targets: Targets
) -> npt.NDArray[np.float64]:
    """Return a model's predictions as :func:`tabulate_predictions` took them.

    Parameters
    ----------
    table : DataFrame
        Predictions of several models.
    model : str
        Name of one of them.
    targets : Targets
        What is predicted.

    Returns
    -------
    ndarray of float64, shape (windows, targets) or (windows, classes)
    """
    names = targets.classes or targets.names
    return table[[name_column(model, name) for name in names]].to_numpy()


def select_interval(table: pd.DataFrame, model: str, targets: Targets) -> Interval | None:
    """Return a model's intervals as :func:`tabulate_interval` took them; None without any.

    Parameters
    ----------
    table, model, targets
        As in :func:`select_predictions`.
    """
    low, high = ([f"{name_column(model, name)}:{end}" for name in targets.names] for end in ENDS)
    if not set(low) <= set(table):
        return None
    return table[low].to_numpy(), table[high].to_numpy()


def select_truth(table: pd.DataFrame, targets: Targets) -> npt.NDArray[Any]:
    """Return the true values that :func:`tabulate_truth` put into a table.

    Parameters
    ----------
    table : DataFrame
        Predictions, and the truth.
    targets : Targets
        What is predicted.

    Returns
    -------
    ndarray of float64, shape (windows, targets), or of int64, shape (windows,)
        Numbers; or where the target has classes, their indices.
    """
    if targets.classes is None:
        columns = [name_column(TRUTH, name) for name in targets.names]
        return table[columns].to_numpy(np.float64)
    indices = {name: index for index, name in enumerate(targets.classes)}
    return table[TRUTH].map(indices).to_numpy()
