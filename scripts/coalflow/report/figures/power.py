"""The picture of which sweeps a scan finds: by kind and by parameters, and how many are false."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.genomes.power.power_tables import ALL, KIND
from coalflow.report.figures import drawing
from coalflow.report.figures.scores.model_rows import choose_models

COLUMNS = 3


def draw_power(table: pd.DataFrame, fdr: float) -> Figure:
    """Picture the share of sweeps that is found, and the share of regions that is false.

    Restarts of a net that has an ensemble are not drawn.

    Parameters
    ----------
    table : DataFrame
        That of ``power.tsv``.
    fdr : float
        The false discovery rate at which regions are found.
    """
    models = choose_models(table["model"].drop_duplicates().to_list())
    parameters = [name for name in dict.fromkeys(table["by"]) if name not in (ALL, KIND)]
    panels = 2 + len(parameters)
    rows = -(-panels // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(drawing.WIDEST, 3 * rows), squeeze=False)
    flat = list(axes.flat)
    _draw_kinds(flat[0], table, models)
    _draw_false(flat[1], table, models, fdr)
    for name, axis in zip(parameters, flat[2:], strict=False):
        _draw_parameter(axis, table[table["by"] == name], models, name)
    for axis in flat[panels:]:
        axis.set_axis_off()
    drawing.explain_models(figure, flat[0])
    return figure


def _pick_colour(index: int) -> str:
    return drawing.NET_COLOURS[index % len(drawing.NET_COLOURS)]


def _draw_kinds(axis: Axes, table: pd.DataFrame, models: Sequence[str]) -> None:
    """Draw the share that is found of all sweeps, and of each kind."""
    shown = table[table["by"].isin([ALL, KIND])]
    if shown["by"].eq(KIND).sum() == len(models):  # one kind is all there is
        shown = shown[shown["by"] == KIND]
    groups = list(dict.fromkeys(shown["group"]))
    for index, model in enumerate(models):
        rows = shown[shown["model"] == model].set_index("group").reindex(groups)
        places = np.arange(len(groups), dtype=np.float64) + 0.12 * (index - (len(models) - 1) / 2)
        _draw_points(axis, places, rows, model, _pick_colour(index), "o")
    axis.set_xticks(range(len(groups)), groups)
    axis.set(xlim=(-0.5, len(groups) - 0.5), ylim=(-0.02, 1.02), ylabel="share of sweeps found")
    axis.set_xlabel("kind of sweep")


def _draw_parameter(axis: Axes, rows: pd.DataFrame, models: Sequence[str], name: str) -> None:
    """Draw the share that is found by a parameter."""
    for index, model in enumerate(models):
        own = rows[rows["model"] == model]
        places = (own["low"].to_numpy(np.float64) + own["high"].to_numpy(np.float64)) / 2
        _draw_points(axis, places, own, model, _pick_colour(index), "o-")
    low = rows["low"].min()
    if low > 0 and rows["high"].max() >= drawing.ON_LOG_SCALE * low:
        drawing.set_log_scale(axis, "x")
    axis.set(xlabel=drawing.find_title(name), ylim=(-0.02, 1.02), ylabel="share of sweeps found")


def _draw_points(
    axis: Axes,
    places: npt.NDArray[np.float64],
    rows: pd.DataFrame,
    label: str,
    colour: str,
    style: str,
) -> None:
    errors = [rows["power"] - rows["power_low"], rows["power_high"] - rows["power"]]
    axis.errorbar(
        places, rows["power"], errors, fmt=style, ms=3.5, lw=0.9, color=colour, label=label
    )


def _draw_false(axis: Axes, table: pd.DataFrame, models: Sequence[str], fdr: float) -> None:
    """Draw the realised false discovery rate of each model."""
    rows = table[table["by"] == ALL]
    for index, model in enumerate(models):
        own = rows[(rows["model"] == model) & rows["fdr"].notna()]
        if own.empty:
            continue
        errors = [own["fdr"] - own["fdr_low"], own["fdr_high"] - own["fdr"]]
        axis.errorbar(
            own["fdr"], [index], xerr=errors, fmt="o", ms=4, lw=0.9, color=_pick_colour(index)
        )
    axis.axvline(fdr, color=drawing.TRUTH, lw=0.8, ls=":")
    axis.set_yticks(range(len(models)), models)
    axis.set(ylim=(len(models) - 0.5, -0.5))
    axis.set_xlabel(f"share of regions that are false\n(dotted: {fdr:g}, as reported)")
    axis.set_xlim(left=0)
