"""A picture of where in a window predictions come from."""

import itertools

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.report.figures import drawing
from coalflow.report.figures.interpretation.permutations import pick_model_colours

PART, FREQUENCY = "part of the window", "frequency"
WHOLE = "as a whole"
GRADIENTS = "integrated gradients"
MOST_TARGETS = 8


def draw_saliency(found: pd.DataFrame) -> Figure:
    """Picture what parts of windows and classes of frequency add to predictions.

    Parameters
    ----------
    found : DataFrame
        The table of ``saliency.tsv``. Of many targets, the first are shown; what is about windows
        as a whole is left out.
    """
    targets = list(dict.fromkeys(found["target"]))[:MOST_TARGETS]
    figure, axes = plt.subplots(
        len(targets), 2, figsize=(9, 0.8 + 2.1 * len(targets)), squeeze=False, sharex="col"
    )
    colours = pick_model_colours(found)
    for (left, right), target in zip(axes, targets, strict=True):
        rows = found[(found["target"] == target) & (found["where"] != WHOLE)]
        _draw_lines(left, rows[rows["by"] == PART], "size", colours)
        _draw_lines(right, rows[rows["by"] == FREQUENCY], "added", colours)
        left.set_title(f"{drawing.find_title(target)}: where it comes from", fontsize=9)
        right.set_title("what sites of a frequency add", fontsize=9)
        left.set(ylabel="mean size", ylim=(0, None))
        right.axhline(0, color=drawing.TRUTH, lw=0.8)
    axes[-1, 0].set(xlabel="part of the window, by its middle")
    for axis in axes[-1]:
        axis.tick_params(axis="x", rotation=30)
    # Every second part has a label: all of them would touch.
    for label in axes[-1, 0].get_xticklabels()[1::2]:
        label.set_visible(False)
    axes[-1, 1].set(xlabel="frequency of allele 1")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper")
    return figure


def _draw_lines(
    axis: Axes, rows: pd.DataFrame, column: str, colours: dict[str, drawing.Colour]
) -> None:
    """Draw a line for each model and method."""
    pairs = itertools.product(dict.fromkeys(rows["model"]), dict.fromkeys(rows["method"]))
    for model, method in pairs:
        shown = rows[(rows["model"] == model) & (rows["method"] == method)]
        if len(shown):
            style = "--" if method == GRADIENTS else "-"
            label = f"{model}, {method}"
            axis.plot(
                shown["where"], shown[column], style, marker=".", color=colours[model], label=label
            )
