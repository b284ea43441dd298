"""The picture of errors inside, between and beyond what models were trained on."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.config.schema.judging.hold_out import HoldOut
from coalflow.evaluation.calibration.window_groups import ALL
from coalflow.evaluation.failures.errors_by_parameter import ACCURACY, RMSE
from coalflow.evaluation.failures.hold_out import BETWEEN, BEYOND, INSIDE
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.metrics import LOG10
from coalflow.report.figures import drawing
from coalflow.report.figures.failures.parameter_panels import (
    draw_parts,
    make_panels,
)


def draw_hold_out(table: pd.DataFrame, models: JudgedModels, hold_out: HoldOut) -> Figure:
    """Picture the error of each model inside, between and beyond, and by each parameter.

    Parameters
    ----------
    table : DataFrame
        That of ``hold_out.tsv``.
    models : JudgedModels
    hold_out : mapping of str to tuple
        The regions, which are yellow.
    """
    shown = table[table["measure"].isin([ACCURACY, RMSE, RMSE + LOG10])]
    parts = shown[shown["part"] != ALL]
    targets = list(dict.fromkeys(shown["target"]))
    groups = [name for name in hold_out if name in set(parts["group"])]
    figure, axes = make_panels(
        len(targets) * (1 + len(groups)), height=2.8, columns=1 + len(groups)
    )
    for row, target in enumerate(targets):
        own = axes[row * (1 + len(groups)) : (row + 1) * (1 + len(groups))]
        own_rows = shown[shown["target"] == target]
        whole = _name_places(own_rows[own_rows["part"] == ALL])
        draw_parts(own[0], whole, models, "windows")
        own[0].set_xlabel("windows")
        for axis, name in zip(own[1:], groups, strict=True):
            rows = own_rows[(own_rows["group"] == name) & (own_rows["part"] != ALL)]
            draw_parts(axis, rows.sort_values("from", kind="stable"), models, name)
            _shade(axis, rows)
        measure = own_rows["measure"].iloc[0]
        for axis in own:
            if measure == ACCURACY:
                axis.set(ylim=(-0.02, 1.02), ylabel="accuracy")
            else:
                drawing.set_log_scale(axis, "y")
                axis.set_ylabel(drawing.label_error(target, measure))
    drawing.explain_models(figure, axes[0])
    return figure


def _name_places(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose part says where windows are, in the order inside, between, beyond."""
    order = {INSIDE: 0, BETWEEN: 1, BEYOND: 2}
    several = rows.loc[rows["where"] != INSIDE, "group"].drop_duplicates().size > 1
    names = rows["where"].where(
        (rows["where"] == INSIDE) | (not several),
        rows["where"] + ":\n" + rows["group"].map(drawing.find_title),
    )
    named = rows.assign(part=names)
    return named.iloc[rows["where"].map(order).argsort(kind="stable")]


def _shade(axis: Axes, rows: pd.DataFrame) -> None:
    """Colour the parts of a parameter that are held out."""
    held = rows[rows["where"] != INSIDE]
    if rows["from"].notna().all():
        low, high = held["from"].min(), held["to"].max()
        axis.axvspan(low, high, color=drawing.REGION_SHADE, lw=4, zorder=0)
        return
    parts = list(dict.fromkeys(rows["part"]))
    for part in dict.fromkeys(held["part"]):
        place = parts.index(part)
        axis.axvspan(place - 0.45, place + 0.45, color=drawing.REGION_SHADE, lw=0, zorder=0)
