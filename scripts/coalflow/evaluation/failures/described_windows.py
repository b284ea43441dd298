"""What is known of each test window: its parameters, its statistics, and how wrong models are."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.metrics import LOG10
from coalflow.evaluation.predictions import (
    STATISTIC,
    TRUTH,
    Values,
    name_column,
    select_prediction,
    select_truth,
)
from coalflow.evaluation.scorers import SMALLEST
from coalflow.statistics import columns

PARAMETER = "parameter"  # what names of columns with true parameters begin with
#: Statistics of whole windows that predictions are listed with, as far as there are any.
LISTED = (
    "segregating_sites", "diversity", "watterson_theta", "tajimas_d", "fay_wu_h",
    "haplotype_count", "h1", "h12", "h2_h1", "zns", "log10_omega",
)  # fmt: skip
#: The same of each population, and of each pair; of more populations there are too many.
LISTED_OF_EACH = ("diversity", "tajimas_d", "private_sites", "zns")
LISTED_OF_PAIRS = (
    "divergence",
    "fst",
    "d_min",
    "g_min",
    "snn",
    "zx",
    "shared_sites",
    "fixed_sites",
)
MOST_POPULATIONS = 4


def tabulate_window_columns(
    truth: pd.DataFrame, statistics: pd.DataFrame, populations: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the columns of a table of predictions with what is known of each window.

    Parameters
    ----------
    truth : DataFrame
        What :func:`coalflow.dataset.truth.load_truth` returned.
    statistics : DataFrame
        The statistics that baselines see.
    populations : sequence of str
        The populations that these describe and compare, in the order of ``Samples.ordered``.
    """
    names = [*LISTED, *_list_of_populations(populations)]
    listed = [name for name in names if name in statistics]
    known = {name_column(PARAMETER, str(name)): truth[name].to_numpy() for name in truth}
    known |= {name_column(STATISTIC, name): statistics[name].to_numpy() for name in listed}
    return pd.DataFrame(known)


def _list_of_populations(populations: Sequence[str]) -> Iterator[str]:
    """Yield the columns of statistics of populations that are listed, if all are there."""
    if len(populations) > MOST_POPULATIONS:
        return
    for name, population in itertools.product(LISTED_OF_EACH, populations):
        yield columns.name_column(name, [population])
    for name, pair in itertools.product(LISTED_OF_PAIRS, itertools.combinations(populations, 2)):
        yield columns.name_column(name, pair)


def select_parameters(predicted: pd.DataFrame, predictands: Predictands) -> pd.DataFrame:
    """Return a column for each true parameter of windows, and for each target that is a number.

    Parameters
    ----------
    predicted : DataFrame
        Predictions, with the columns of :func:`tabulate_window_columns`.
    predictands : Predictands
        What is predicted. The first target is the first column; if it has classes, it is text.
    """
    targets, start = predictands.targets, name_column(PARAMETER, "")
    if targets.has_classes:
        values = {targets.first: predicted[TRUTH].to_numpy()}
    else:
        truth = select_truth(predicted, targets)
        values = dict(zip(targets.names, truth.T, strict=True))
    known = {
        column.removeprefix(start): predicted[column].to_numpy()
        for column in map(str, predicted)
        if column.startswith(start)
    }
    return pd.DataFrame({**values, **{n: v for n, v in known.items() if n not in values}})


def list_errors(
    predicted: pd.DataFrame, model: str, predictands: Predictands
) -> Iterator[tuple[str, str, Values]]:
    """Yield how far a model is off in each window, for each target that is a number.

    Parameters
    ----------
    predicted : DataFrame
    model : str
    predictands : Predictands

    Yields
    ------
    target : str
    unit : str
        What names of measures end with: nothing, or ``LOG10`` where the errors are those of
        logarithms, since these are learned.
    errors : ndarray of float64, shape (windows,)
        Predicted minus true.
    """
    scaling = predictands.scaling
    if scaling is None:
        return
    truth = select_truth(predicted, predictands.targets)
    values = select_prediction(predicted, model, predictands.targets).values
    errors = scaling.take_logs(values) - scaling.take_logs(truth)
    for index, (name, is_log) in enumerate(zip(scaling.names, scaling.logs, strict=True)):
        yield name, LOG10 if is_log else "", errors[:, index]


def judge_classes(
    predicted: pd.DataFrame, model: str, predictands: Predictands
) -> tuple[npt.NDArray[np.bool_], Values]:
    """Return where a model's most probable class is the true one, and its log loss.

    Parameters
    ----------
    predicted : DataFrame
    model : str
    predictands : Predictands
        The only target has classes.

    Returns
    -------
    is_right : ndarray of bool, shape (windows,)
    loss : ndarray of float64, shape (windows,)
    """
    truth: npt.NDArray[Any] = select_truth(predicted, predictands.targets)
    values = select_prediction(predicted, model, predictands.targets).values
    true_probability = values[np.arange(len(truth)), truth]
    return values.argmax(axis=1) == truth, -np.log(np.clip(true_probability, SMALLEST, None))
