"""Predictions as columns of a table.

A model's prediction of a number is in ``<model>:<target>``, and the true one in
``truth:<target>``. Where the target has classes, the column ``<model>`` holds the most
probable one, ``<model>:<class>`` each probability, and ``truth`` the true class.

Where a model predicts intervals of numbers, the two ends of the 90 % interval are in
``<model>:<target>:low`` and ``<model>:<target>:high``. Where it is the mean of several predictions,
their standard deviation is in ``<model>:<target>:spread`` or ``<model>:<class>:spread``.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.targets import Targets
from coalflow.dataset.target_scaling import TargetScaling

TRUTH = "truth"
COMPUTED = "computed"  # of a genome's window, in place of what is predicted
# What names of columns begin with that are about windows: classical statistics, which may have the
# name of a target, and all that are compared with those of simulations.
STATISTIC, MEASURED = "statistic", "measured"
NO_MODELS = TRUTH, COMPUTED, STATISTIC, MEASURED
# What the names of a model's columns end with.
LOW, HIGH, SPREAD, SET = "low", "high", "spread", "set"
POSTERIOR, P, Q = "posterior", "p", "q"
REGION_P = "region_p"  # of a window with its neighbours
SET_SEPARATOR = "|"

#: Numbers in the targets' own units, float64 (windows, targets); or the probabilities of classes,
#: float64 (windows, classes).
Values: TypeAlias = npt.NDArray[np.float64]

#: The levels of predicted quantiles; the 90 % interval is between the outermost.
LEVELS: Values = np.arange(1, 20) / 20


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What a model predicts of windows.

    Attributes
    ----------
    values : ndarray of float64, shape (windows, targets) or (windows, classes)
        Numbers in the targets' own units, or the probabilities of classes.
    low, high : ndarray of float64, shape (windows, targets), optional
        The two ends of the 90 % intervals, in the targets' own units; None where the prediction is
        not calibrated, and the model does not say how certain it is.
    spread : ndarray of float64, of the shape of ``values``, optional
        Where the prediction is the mean of several, their standard deviation.
    in_set : ndarray of bool, shape (windows, classes), optional
        Which classes are in the 90 % set of each window; None before calibration.
    quantiles : ndarray of float64, shape (windows, targets, levels), optional
        Of a model that predicts distributions, their quantiles at ``LEVELS``.
    """

    values: Values
    low: Values | None = None
    high: Values | None = None
    spread: Values | None = None
    in_set: npt.NDArray[np.bool_] | None = None
    quantiles: Values | None = None

    def __len__(self) -> int:
        return len(self.values)


def average_predictions(
    predicted: Sequence[Prediction], scaling: TargetScaling | None
) -> Prediction:
    """Return the mean of several predictions of the same windows, and how much these differ.

    Parameters
    ----------
    predicted : sequence of Prediction
        Two or more.
    scaling : TargetScaling, optional
        The units in which numbers are learned, such as logarithms, and averaged; None for classes.

    Returns
    -------
    Prediction
        Its ends of intervals and its quantiles are the means of theirs, where all have them, and
        its sets the classes that are in half of theirs or more. Its spread is the standard
        deviation in the targets' own units.

    Examples
    --------
    >>> average_predictions([Prediction(np.array([[0.2, 0.8]])) for _ in range(2)], None).spread
    array([[0., 0.]])
    """

    def average(name: str) -> Values | None:
        values = [getattr(each, name) for each in predicted]
        return None if any(each is None for each in values) else _average(values, scaling)

    values = [each.values for each in predicted]
    sets = [each.in_set for each in predicted if each.in_set is not None]
    return Prediction(
        _average(values, scaling),
        average("low"),
        average("high"),
        np.std(values, axis=0, ddof=1),
        np.mean(sets, axis=0) >= 0.5 if len(sets) == len(predicted) else None,
        average("quantiles"),
    )


def _average(values: Sequence[Values], scaling: TargetScaling | None) -> Values:
    if scaling is None:
        return np.mean(values, axis=0)
    if values[0].ndim == 3:
        mean = np.mean([standardise_quantiles(each, scaling) for each in values], axis=0)
        return restore_quantiles(mean, scaling)
    return scaling.restore(np.mean([scaling.standardise(each) for each in values], axis=0))


def standardise_quantiles(quantiles: Values, scaling: TargetScaling) -> Values:
    """Return quantiles in the units in which models learn, float64 (windows, targets, levels)."""
    return np.swapaxes(scaling.standardise(np.swapaxes(quantiles, 1, 2)), 1, 2)


def restore_quantiles(learned: Values, scaling: TargetScaling) -> Values:
    """Return quantiles in the targets' own units, float64 (windows, targets, levels)."""
    return np.swapaxes(scaling.restore(np.swapaxes(learned, 1, 2)), 1, 2)


# Columns ---------------------------------------------------------------------------------------


def name_column(model: str, *parts: str) -> str:
    """Return the name of the column with a model's prediction, or with what is known of it.

    Parameters
    ----------
    model : str
        Its name, or ``TRUTH``.
    *parts : str
        Name of a target, of a class or of a score, and what such a name ends with, such as ``LOW``.

    Examples
    --------
    >>> name_column("coalflow/0", "tajimas_d"), name_column("coalflow", "swept", "p")
    ('coalflow/0:tajimas_d', 'coalflow:swept:p')
    """
    return ":".join([model, *parts])


def tabulate_prediction(
    model: str, predicted: Prediction, targets: Targets
) -> dict[str, npt.NDArray[Any]]:
    """Return a model's prediction as columns, by their names.

    Parameters
    ----------
    model : str
        Its name.
    predicted : Prediction
    targets : Targets
        What is predicted.
    """
    names = _list_columns(model, targets)
    columns: dict[str, npt.NDArray[Any]] = {}
    if targets.classes is not None:
        columns[model] = np.array(targets.classes)[predicted.values.argmax(axis=1)]
    columns |= zip(names, predicted.values.T, strict=True)
    if predicted.low is not None and predicted.high is not None:
        for name, low, high in zip(names, predicted.low.T, predicted.high.T, strict=True):
            columns |= {name_column(name, LOW): low, name_column(name, HIGH): high}
    if predicted.spread is not None:
        spreads = (name_column(name, SPREAD) for name in names)
        columns |= zip(spreads, predicted.spread.T, strict=True)
    if predicted.in_set is not None and targets.classes is not None:
        columns[name_column(model, SET)] = _join_sets(predicted.in_set, targets.classes)
    return columns


def _join_sets(in_set: npt.NDArray[np.bool_], classes: Sequence[str]) -> npt.NDArray[np.object_]:
    """Return the classes of each window's set as text."""
    numbers = in_set @ (1 << np.arange(len(classes)))
    found, which = np.unique(numbers, return_inverse=True)
    texts = [
        SET_SEPARATOR.join(name for bit, name in enumerate(classes) if number >> bit & 1)
        for number in found.tolist()
    ]
    return np.array(texts, object)[which]


def _split_sets(sets: pd.Series, classes: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which classes are in each set, bool (windows, classes)."""
    found, which = np.unique(sets.fillna("").to_numpy(str), return_inverse=True)
    members = [set(text.split(SET_SEPARATOR)) for text in found.tolist()]
    return np.array([[name in each for name in classes] for each in members], bool)[which]


def _list_columns(model: str, targets: Targets) -> list[str]:
    """Return the names of the columns with the values of a model's prediction."""
    return [name_column(model, name) for name in targets.classes or targets.names]


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


def find_models(columns: Iterable[str], targets: Targets) -> list[str]:
    """Return the names of the models whose predictions a table has, in the order of its columns.

    Parameters
    ----------
    columns : iterable of str
        The names of its columns.
    targets : Targets
        What is predicted.

    Examples
    --------
    >>> targets = Targets(definitions={}, classes=("hard", "soft"))
    >>> find_models(["net/0", "net/0:hard", "net/0:soft", "net/0:hard:spread"], targets)
    ['net/0']
    """
    end = name_column("", (targets.classes or targets.names)[0])
    models = [column.removesuffix(end) for column in columns if column.endswith(end)]
    return [model for model in models if model not in NO_MODELS]


def select_prediction(table: pd.DataFrame, model: str, targets: Targets) -> Prediction:
    """Return a model's prediction as :func:`tabulate_prediction` took it, without quantiles.

    Parameters
    ----------
    table : DataFrame
        Predictions of several models.
    model : str
        Name of one of them.
    targets : Targets
        What is predicted.
    """
    names = _list_columns(model, targets)

    def select(end: str) -> Values | None:
        columns = [name_column(name, end) for name in names]
        return table[columns].to_numpy() if set(columns) <= set(table) else None

    in_set, sets = None, name_column(model, SET)
    if targets.classes is not None and sets in table:
        in_set = _split_sets(table[sets], targets.classes)
    return Prediction(table[names].to_numpy(), select(LOW), select(HIGH), select(SPREAD), in_set)


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
