"""Errors against the true value and against every parameter: bias and spread, or accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from coalflow.evaluation import bootstrap
from coalflow.evaluation.calibration.window_groups import list_groups
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.failures.described_windows import (
    judge_classes,
    list_errors,
    select_parameters,
)
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.predictions import Values

BIAS, SPREAD, RMSE = "bias", "spread", "rmse"
ACCURACY, LOG_LOSS = "accuracy", "log_loss"
COLUMNS = [
    *("model", "kind", "target", "group", "part", "from", "to", "windows"),
    *("measure", "value", "ci_low", "ci_high"),
]

#: From the means of what is kept of each window, (..., kept), to a measure, (...).
Measure: TypeAlias = Callable[[Values], Values]


def _find_spread(means: Values) -> Values:
    # Squares of bias and spread sum to that of the RMSE.
    return np.sqrt(np.maximum(means[..., 1] - means[..., 0] ** 2, 0))


MEASURES_OF_NUMBERS: Mapping[str, Measure] = {
    BIAS: lambda means: means[..., 0],
    SPREAD: _find_spread,
    RMSE: lambda means: np.sqrt(means[..., 1]),
}
MEASURES_OF_CLASSES: Mapping[str, Measure] = {
    ACCURACY: lambda means: means[..., 0],
    LOG_LOSS: lambda means: means[..., 1],
}


def tabulate_errors(
    predicted: pd.DataFrame, models: JudgedModels, predictands: Predictands, seed: int
) -> pd.DataFrame:
    """Return the table of ``errors_by_parameter.tsv``.

    Parameters
    ----------
    predicted : DataFrame
        Predictions of test windows, with their parameters.
    models : JudgedModels
    predictands : Predictands
    seed : int
        The run's, for resamples.

    Returns
    -------
    DataFrame
        A row per model, target, group of windows and measure, with its 95 % bootstrap interval.
        Groups are all windows, and parts of them by the true value and by each parameter. Of
        numbers, measures are the mean error (``bias``), its standard deviation (``spread``) and
        ``rmse``, of logarithms where these are learned; of classes ``accuracy`` and ``log_loss``.
    """
    parameters = select_parameters(predicted, predictands)
    names = list(map(str, parameters))
    groups = list_groups(parameters, names, predictands.classes, predictands.targets.first)
    rows = []
    for group in groups:
        part = predicted.iloc[group.rows]
        for row in measure_models(part, models, models.shown, predictands, seed):
            rows.append({**row, **group.as_columns()})
    return (
        pd.DataFrame(rows, columns=COLUMNS)
        .sort_values(
            ["model", "target"], key=lambda column: column.map(_order(column)), kind="stable"
        )
        .reset_index(drop=True)
    )


def _order(column: pd.Series) -> dict[str, int]:
    """Return the order in which values occur."""
    return {value: index for index, value in enumerate(column.drop_duplicates())}


def measure_models(
    predicted: pd.DataFrame,
    models: JudgedModels,
    names: Sequence[str],
    predictands: Predictands,
    seed: int,
    level: float = bootstrap.LEVEL,
) -> Iterator[dict[str, str | float]]:
    """Yield a row per model, target and measure of some windows, with its bootstrap interval.

    Parameters
    ----------
    predicted, models, predictands, seed
        As in :func:`tabulate_errors`.
    names : sequence of str
        Of those that are measured.
    level : float
        Of the intervals.
    """
    kept: list[Values] = []
    described: list[tuple[dict[str, str], str, Mapping[str, Measure]]] = []
    for model in names:
        start = {"model": model, "kind": models.find_kind(model)}
        if predictands.classes is not None:
            kept.append(np.column_stack(judge_classes(predicted, model, predictands)))
            described.append(
                (start | {"target": predictands.targets.first}, "", MEASURES_OF_CLASSES)
            )
            continue
        for target, unit, errors in list_errors(predicted, model, predictands):
            kept.append(np.column_stack([errors, errors**2]))
            described.append((start | {"target": target}, unit, MEASURES_OF_NUMBERS))
    values: Values = np.concatenate(kept, axis=1)
    resampled = bootstrap.resample_means(values, seed)
    means = values.mean(axis=0)
    for index, (start, unit, measures) in enumerate(described):
        columns = slice(2 * index, 2 * index + 2)
        for name, measure in measures.items():
            low, high = bootstrap.find_interval(measure(resampled[:, columns]), level)
            value = float(measure(means[columns]))
            yield {**start, "measure": name + unit, "value": value, "ci_low": low, "ci_high": high}
