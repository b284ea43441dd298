"""Pictures of what models detect: power by parameter, ROC and precision-recall curves."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from coalflow.evaluation.calibration.window_groups import ALL
from coalflow.evaluation.failures.curves import PRECISION_RECALL, ROC
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.failures.window_power import DRAWN_RATE
from coalflow.report.figures import drawing
from coalflow.report.figures.failures.parameter_panels import (
    draw_nothing,
    draw_parts,
    make_panels,
    pick_style,
)

AXES = {
    ROC: ("share of other windows called", "share of its windows called"),
    PRECISION_RECALL: ("recall", "precision"),
}


def draw_window_power(table: pd.DataFrame, models: JudgedModels) -> Figure:
    """Picture the share of windows that are called at a rate of false positives.

    Parameters
    ----------
    table : DataFrame
        That of ``window_power.tsv``.
    models : JudgedModels
    """
    rows = table[(table["rate"] == DRAWN_RATE) & table["share"].notna()]
    if rows.empty:
        return draw_nothing("too few neutral validation windows for a threshold")
    whole = rows[(rows["group"] == ALL) & (rows["class"] != ALL)]
    parts = rows[(rows["class"] == ALL) & (rows["group"] != ALL)]
    groups = list(dict.fromkeys(parts["group"]))
    figure, axes = make_panels(1 + len(groups))
    draw_parts(axes[0], whole.assign(part=whole["class"]), models, "class", "share")
    axes[0].axhline(DRAWN_RATE, color=drawing.TRUTH, lw=0.8, ls=":")
    axes[0].set_xlabel("true class")
    for axis, group in zip(axes[1:], groups, strict=True):
        draw_parts(axis, parts[parts["group"] == group], models, group, "share")
    for axis in axes:
        axis.set(ylim=(-0.02, 1.02), ylabel="share called")
    drawing.explain_models(figure, axes[0])
    return figure


def draw_curves(curves: pd.DataFrame, areas: pd.DataFrame, models: JudgedModels) -> Figure:
    """Picture the ROC and the precision-recall curve of each class, in a row.

    Parameters
    ----------
    curves : DataFrame
        That of ``curves.tsv``.
    areas : DataFrame
        That of ``curve_areas.tsv``.
    models : JudgedModels
    """
    classes = list(dict.fromkeys(curves["class"]))
    if not classes:
        return draw_nothing("the test windows are all of one class")
    figure, axes = make_panels(2 * len(classes), height=2.9, columns=2)
    for index, (curve, measure) in enumerate(
        ((ROC, "roc_auc"), (PRECISION_RECALL, "average_precision"))
    ):
        for axis, name in zip(axes[index::2], classes, strict=True):
            own = curves[(curves["curve"] == curve) & (curves["class"] == name)]
            found = areas[(areas["measure"] == measure) & (areas["class"] == name)]
            for model in models.shown:
                points = own[own["model"] == model]
                area = found.loc[found["model"] == model, "value"].iloc[0]
                axis.plot(
                    points["x"],
                    points["y"],
                    drawstyle="steps-post" if curve == PRECISION_RECALL else "default",
                    lw=1.1,
                    color=pick_style(models, model)["color"],
                    label=f"{model} {area:.3f}",
                )
            chance = found["by_chance"].iloc[0]
            line = ([0, 1], [0, 1] if curve == ROC else [chance, chance])
            axis.plot(*line, color=drawing.TRUTH, lw=0.8, ls=":")
            axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
            axis.set(xlabel=AXES[curve][0], ylabel=AXES[curve][1], title=name)
            axis.legend(loc="lower right" if curve == ROC else "lower left")
    return figure
