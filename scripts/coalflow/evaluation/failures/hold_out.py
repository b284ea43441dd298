"""Errors in regions that no model has seen: inside, between and beyond what was trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.distributions import Value
from coalflow.config.schema.judging.hold_out import HoldOut
from coalflow.dataset.held_out import find_held_out, select_region
from coalflow.evaluation.calibration.coverage import find_binomial_interval
from coalflow.evaluation.calibration.window_groups import ALL, list_groups
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.failures.described_windows import select_parameters
from coalflow.evaluation.failures.errors_by_parameter import measure_models
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.metrics import COVERAGE
from coalflow.evaluation.predictions import select_prediction, select_truth

INSIDE, BETWEEN, BEYOND = "inside", "between", "beyond"
COLUMNS = [
    *("where", "group", "part", "from", "to", "windows", "model", "kind", "target", "measure"),
    *("value", "ci_low", "ci_high"),
]


def tabulate_hold_out(
    test: pd.DataFrame,
    held_out: pd.DataFrame,
    hold_out: HoldOut,
    train: pd.DataFrame,
    models: JudgedModels,
    predictands: Predictands,
) -> pd.DataFrame:
    """Return the table of ``hold_out.tsv``.

    Parameters
    ----------
    test, held_out : DataFrame
        Predictions of test windows, none of which is in a region that is held out, and of all
        windows that are.
    hold_out : mapping of str to tuple
        The regions, by the names of parameters.
    train : DataFrame
        The rows of the split table of training windows, with their parameters.
    models : JudgedModels
        All baselines are compared.
    predictands : Predictands

    Returns
    -------
    DataFrame
        A row per model, target, measure and group of windows, with 95 % intervals. ``where`` is
        ``inside`` for test windows; of windows held out by a number it is ``between`` where there
        are training windows on either side, and else ``beyond``, as it is for those held out by a
        name. They are given as a whole and in parts by that parameter, of which none spans a
        region, without those that are in the region of another parameter, too. Next to the
        measures of ``errors_by_parameter.tsv`` there is ``coverage_90``, the share of 90 %
        intervals or sets that contain the true value.
    """
    names = [*models.nets, *models.list_baselines()]
    rows = []
    for described, windows in _list_parts(test, held_out, hold_out, train, predictands):
        measured = [
            *measure_models(windows, models, names, predictands),
            *_measure_coverage(windows, models, names, predictands),
        ]
        rows += [{**described, **row} for row in measured]
    return pd.DataFrame(rows, columns=COLUMNS)


def _list_parts(
    test: pd.DataFrame,
    held_out: pd.DataFrame,
    hold_out: HoldOut,
    train: pd.DataFrame,
    predictands: Predictands,
) -> Iterator[tuple[dict[str, object], pd.DataFrame]]:
    """Yield what each group of windows is, as columns, and its predictions."""
    inside, outside = (select_parameters(table, predictands) for table in (test, held_out))
    nowhere = {"part": ALL, "from": np.nan, "to": np.nan}
    yield {"where": INSIDE, "group": ALL, **nowhere, "windows": len(test)}, test
    for name, region in hold_out.items():
        if name not in outside:
            continue
        for side in _list_sides(inside[name], region):
            for columns, rows in _divide(inside[name], side):
                yield {"where": INSIDE, **columns}, test.iloc[rows]
        others = {other: values for other, values in hold_out.items() if other != name}
        is_held = select_region(outside[name], region) & ~find_held_out(outside, others)
        is_between = is_held & _find_between(outside[name], train[name])
        for where, chosen in ((BETWEEN, is_between), (BEYOND, is_held & ~is_between)):
            held = np.flatnonzero(chosen)
            if len(held):
                whole = {"where": where, "group": name, **nowhere, "windows": len(held)}
                yield whole, held_out.iloc[held]
            for columns, rows in _divide(outside[name], held):
                yield {"where": where, **columns}, held_out.iloc[rows]


def _list_sides(values: pd.Series, region: Sequence[Value]) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the rows below and above a region of numbers, which no part spans; or all rows."""
    if isinstance(region[0], str):
        yield np.arange(len(values))
        return
    numbers = values.to_numpy(np.float64)
    yield np.flatnonzero(numbers < float(region[0]))
    yield np.flatnonzero(numbers > float(region[-1]))


def _divide(
    values: pd.Series, rows: npt.NDArray[np.int64]
) -> Iterator[tuple[dict[str, object], npt.NDArray[np.int64]]]:
    """Yield parts of some rows by a parameter, as columns and as rows; all that have one value."""
    name, chosen = str(values.name), values.iloc[rows]
    groups = list_groups(chosen.to_frame(), [name], None, name)[1:]
    for group in groups:
        yield {**group.as_columns()}, rows[group.rows]
    known = chosen.notna().to_numpy()
    if groups or not known.any():
        return
    part: dict[str, object] = {"part": str(chosen[known].iloc[0]), "from": np.nan, "to": np.nan}
    if pd.api.types.is_numeric_dtype(chosen):
        part = {"part": "1", "from": float(chosen.min()), "to": float(chosen.max())}
    yield {"group": name, **part, "windows": int(known.sum())}, rows[known]


def _find_between(values: pd.Series, trained: pd.Series) -> npt.NDArray[np.bool_]:
    """Return which values have training windows on either side, bool (windows,)."""
    if not pd.api.types.is_numeric_dtype(trained):
        return np.zeros(len(values), bool)
    numbers = values.to_numpy(np.float64)
    return (trained.min() < numbers) & (numbers < trained.max())


def _measure_coverage(
    windows: pd.DataFrame, models: JudgedModels, names: list[str], predictands: Predictands
) -> Iterator[Mapping[str, object]]:
    """Yield a row per model and target with the share of intervals or sets that hold."""
    truth = select_truth(windows, predictands.targets)
    for model in names:
        predicted = select_prediction(windows, model, predictands.targets)
        held: dict[str, npt.NDArray[np.bool_]] = {}
        if predicted.in_set is not None:
            held[predictands.targets.first] = predicted.in_set[np.arange(len(truth)), truth]
        elif predicted.low is not None and predicted.high is not None:
            inside = (predicted.low <= truth) & (truth <= predicted.high)
            held = dict(zip(predictands.names, inside.T, strict=True))
        for target, holds in held.items():
            low, high = find_binomial_interval(int(holds.sum()), len(holds))
            start = {"model": model, "kind": models.find_kind(model), "target": target}
            value = {"value": float(holds.mean()), "ci_low": low, "ci_high": high}
            yield {**start, "measure": COVERAGE, **value}
