"""Panels of something against a parameter, for several models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.report.figures import drawing

COLUMNS = 3
MARKERS = "sD^v"  # of baselines
NOTHING = "not defined with these windows"


def pick_style(models: JudgedModels, name: str) -> dict[str, Any]:
    """Return the colour and the marker of a model."""
    baselines = models.list_baselines()
    if name in baselines:
        index = baselines.index(name)
        colour = drawing.lighten(drawing.BASELINE, min(0.25 * index, 0.7))
        return {"color": colour, "marker": MARKERS[index % len(MARKERS)]}
    index = models.nets.index(name)
    return {"color": drawing.NET_COLOURS[index % len(drawing.NET_COLOURS)], "marker": "o"}


def make_panels(
    number: int, height: float = 2.5, columns: int = COLUMNS
) -> tuple[Figure, list[Axes]]:
    """Return a figure with as many panels; those left over are not shown."""
    across = min(columns, max(number, 1))
    down = -(-max(number, 1) // across)
    figure, axes = plt.subplots(
        down, across, figsize=(3.3 * across, height * down + 0.5), squeeze=False
    )
    for axis in axes.flat[number:]:
        axis.set_axis_off()
    return figure, list(axes.flat[:number])


def draw_nothing(reason: str = NOTHING) -> Figure:
    """Return a figure that only says why there is nothing to draw."""
    figure, axis = plt.subplots(figsize=(4, 1))
    axis.set_axis_off()
    axis.text(0.5, 0.5, reason, ha="center", va="center", fontsize=9)
    return figure


def draw_parts(
    axis: Axes, rows: pd.DataFrame, models: JudgedModels, name: str, value: str = "value"
) -> None:
    """Draw a value in parts of the windows, by a parameter, for each model.

    Parameters
    ----------
    axis : Axes
    rows : DataFrame
        ``model``, ``part``, ``from`` and ``to`` of a number, nan where parts have names, ``value``,
        ``ci_low`` and ``ci_high``.
    models : JudgedModels
    name : str
        The parameter's.
    value : str
        The column with the value.
    """
    for model, own, places in _list_places(rows, models):
        shown = own[value].to_numpy(np.float64)
        errors = [shown - own["ci_low"], own["ci_high"] - shown]
        is_number = own["from"].notna().all()
        axis.errorbar(
            places,
            shown,
            np.maximum(np.nan_to_num(errors), 0),
            ls="-" if is_number else "",
            ms=3.5,
            lw=0.9,
            elinewidth=0.8,
            label=model,
            **pick_style(models, model),
        )
    set_parameter_axis(axis, rows, name)


def _list_places(
    rows: pd.DataFrame, models: JudgedModels
) -> Iterator[tuple[str, pd.DataFrame, npt.NDArray[np.float64]]]:
    """Yield each model's rows, and where they are drawn."""
    parts = list(dict.fromkeys(rows["part"]))
    shown = list(dict.fromkeys(rows["model"]))
    for index, model in enumerate(shown):
        own = rows[rows["model"] == model]
        if own["from"].notna().all():
            low, high = own["from"].to_numpy(np.float64), own["to"].to_numpy(np.float64)
            places = np.sqrt(low * high) if is_on_log_scale(rows) else (low + high) / 2
        else:
            offset = 0.12 * (index - (len(shown) - 1) / 2)
            places = np.array([parts.index(part) for part in own["part"]]) + offset
        yield model, own, places


def is_on_log_scale(rows: pd.DataFrame) -> bool:
    """Tell whether a parameter's values are so far apart that their logarithms are drawn."""
    low = rows["from"].min()
    return bool(low > 0 and rows["to"].max() >= drawing.ON_LOG_SCALE * low)


def set_parameter_axis(axis: Axes, rows: pd.DataFrame, name: str) -> None:
    """Label the axis of a parameter: its numbers, or the names of parts."""
    if rows["from"].notna().all():
        if is_on_log_scale(rows):
            drawing.set_log_scale(axis, "x")
    else:
        parts = list(dict.fromkeys(rows["part"]))
        crowded = sum(map(len, parts)) > 30
        axis.set_xticks(
            range(len(parts)),
            parts,
            rotation=30 if crowded else 0,
            ha="right" if crowded else "center",
        )
        axis.set_xlim(-0.5, len(parts) - 0.5)
    axis.set_xlabel(drawing.find_title(name))
