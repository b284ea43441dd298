"""Errors against the true value and against every parameter: bias and spread, or accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from coalflow.evaluation.calibration.coverage import find_binomial_interval
from coalflow.evaluation.calibration.window_groups import list_groups
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.failures.described_windows import (
    judge_classes,
    list_errors,
    select_parameters,
)
from coalflow.evaluation.failures.intervals import (
    LEVEL,
    find_mean_interval,
    find_rms_interval,
    find_sd_interval,
)
from coalflow.evaluation.failures.judged_models import JudgedModels

BIAS, SPREAD, RMSE = "bias", "spread", "rmse"
ACCURACY, LOG_LOSS = "accuracy", "log_loss"
COLUMNS = [
    *("model", "kind", "target", "group", "part", "from", "to", "windows"),
    *("measure", "value", "ci_low", "ci_high"),
]


def tabulate_errors(
    predicted: pd.DataFrame, models: JudgedModels, predictands: Predictands
) -> pd.DataFrame:
    """Return the table of ``errors_by_parameter.tsv``.

    Parameters
    ----------
    predicted : DataFrame
        Predictions of test windows, with their parameters.
    models : JudgedModels
    predictands : Predictands

    Returns
    -------
    DataFrame
        A row per model, target, group of windows and measure, with its 95 % interval.
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
        for row in measure_models(part, models, models.shown, predictands):
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
    level: float = LEVEL,
) -> Iterator[dict[str, str | float]]:
    """Yield a row per model, target and measure of some windows, with its interval.

    Parameters
    ----------
    predicted, models, predictands
        As in :func:`tabulate_errors`.
    names : sequence of str
        Of those that are measured.
    level : float
        Of the intervals, which are nan where there are too few windows.
    """
    for model in names:
        start = {"model": model, "kind": models.find_kind(model)}
        if predictands.classes is not None:
            start["target"] = predictands.targets.first
            is_right, loss = judge_classes(predicted, model, predictands)
            share = find_binomial_interval(int(is_right.sum()), len(is_right), level)
            yield {**start, **_describe(ACCURACY, float(is_right.mean()), share)}
            yield {
                **start,
                **_describe(LOG_LOSS, float(loss.mean()), find_mean_interval(loss, level)),
            }
            continue
        for target, unit, errors in list_errors(predicted, model, predictands):
            start["target"] = target
            # Squares of bias and spread sum to that of the RMSE.
            for name, value, interval in (
                (BIAS, errors.mean(), find_mean_interval(errors, level)),
                (SPREAD, errors.std(), find_sd_interval(errors, level)),
                (RMSE, np.sqrt((errors**2).mean()), find_rms_interval(errors, level)),
            ):
                yield {**start, **_describe(name + unit, float(value), interval)}


def _describe(name: str, value: float, interval: tuple[float, float]) -> dict[str, str | float]:
    return {"measure": name, "value": value, "ci_low": interval[0], "ci_high": interval[1]}
