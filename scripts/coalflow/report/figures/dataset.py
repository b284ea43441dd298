"""Pictures of what was simulated: sites and targets, by cell and by split."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.config.schema.targets import Targets
from coalflow.report.figures import drawing


def draw_dataset(table: pd.DataFrame, targets: Targets) -> Figure:
    """Picture what was made: segregating sites and targets, by cell and by split.

    Parameters
    ----------
    table : DataFrame
        The split table.
    targets : Targets
        Numbers, or one that has classes.
    """
    used = table[table["split"] != "excluded"]
    cells = drawing.sort_cells(table["cell"])
    rows, panels = (1, 2) if targets.classes else (len(targets), 3)
    size = (min(1 + 3.4 * panels, drawing.WIDEST), (1.6 + 0.32 * max(len(cells), 5)) * rows)
    figure, axes = plt.subplots(rows, panels, figsize=size, squeeze=False)
    _draw_boxes(axes[0, 0], [table.loc[table["cell"] == cell, "sites"] for cell in cells], cells)
    axes[0, 0].set(xlabel="segregating sites in a window", title="sites by cell")
    if targets.classes:
        _draw_classes_by_split(axes[0, 1], used, targets.first, targets.classes)
        return figure
    for index, (target, definition) in enumerate(targets):
        by_cell, by_split = axes[index, 1:]
        values = [used.loc[used["cell"] == cell, target] for cell in cells]
        # The first row names the cells in the panel of the sites.
        _draw_boxes(by_cell, values, cells if index else [""] * len(cells))
        by_cell.set(xlabel=drawing.find_title(target), title="target by cell")
        _draw_by_split(by_split, used, target, definition.is_log)
        if definition.is_log:
            drawing.set_log_scale(by_cell, "x")
        if index:
            axes[index, 0].set_visible(False)
    axes[0, 2].legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=1)
    return figure


def _draw_by_split(axis: Axes, used: pd.DataFrame, target: str, log: bool) -> None:
    """Draw how a target is distributed in each split."""
    bins = np.histogram_bin_edges(np.log10(used[target]) if log else used[target], 40)
    for split, colour in drawing.SPLIT_COLOURS.items():
        values = used.loc[used["split"] == split, target]
        weights = np.full(len(values), 1 / len(values))
        edges = 10.0**bins if log else bins
        axis.hist(
            values, edges.tolist(), weights=weights, histtype="step", color=colour, label=split
        )
    if log:
        drawing.set_log_scale(axis, "x")
    axis.set(xlabel=drawing.find_title(target), ylabel="share of windows", title="target by split")


def _draw_classes_by_split(
    axis: Axes, used: pd.DataFrame, target: str, classes: Sequence[str]
) -> None:
    """Draw the share of each class in each split, as bars side by side."""
    for index, (split, colour) in enumerate(drawing.SPLIT_COLOURS.items()):
        values = used.loc[used["split"] == split, target]
        shares = [(values == name).mean() for name in classes]
        centres = np.arange(len(classes)) + 0.27 * (index - 1)
        axis.bar(centres, shares, width=0.25, color=colour, label=f"{split}, {len(values):,}")
    axis.set_xticks(range(len(classes)), classes)
    if len(classes) > 3:
        axis.tick_params(axis="x", rotation=30, labelsize=drawing.SMALL)
    title = drawing.find_title(target)
    axis.set(xlabel=title, ylabel="share of windows", title="classes by split")
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))


def _draw_boxes(axis: Axes, values: Sequence[pd.Series], labels: Sequence[str]) -> None:
    boxes = axis.boxplot(
        values,
        orientation="horizontal",
        tick_labels=[drawing.label_cell(label) for label in labels],
        flierprops={"marker": ".", "markersize": 2, "markeredgecolor": "0.6"},
        medianprops={"color": drawing.TRUTH},
        patch_artist=True,
        widths=0.6,
    )
    for box in boxes["boxes"]:
        box.set(facecolor=drawing.lighten(drawing.NET, 0.8), edgecolor="0.5")
    axis.invert_yaxis()
    axis.tick_params(axis="y", labelsize=drawing.SMALL)
