"""A picture of what information models use."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from coalflow.report.figures import drawing

WIDTH = 7.5  # inches
WIDTH_OF_NAMES = 24  # characters in a line
METRICS = {"rmse": "RMSE", "rmse_log10": "RMSE of log10", "log_loss": "log loss"}


def draw_permutations(compared: pd.DataFrame) -> Figure:
    """Picture by how much scores get worse when one kind of information is shuffled.

    Parameters
    ----------
    compared : DataFrame
        The table of ``permutations.tsv``.
    """
    targets = list(dict.fromkeys(compared["target"]))
    shuffled = list(dict.fromkeys(compared["shuffled"]))
    models = list(dict.fromkeys(compared["model"]))
    height = 0.9 + len(shuffled) * (0.25 + 0.13 * len(models))
    figure, axes = plt.subplots(
        len(targets), 1, figsize=(WIDTH, 0.5 + height * len(targets)), squeeze=False
    )
    colours = pick_model_colours(compared)
    thick = 0.8 / len(models)
    for axis, target in zip(axes[:, 0], targets, strict=True):
        rows = compared[compared["target"] == target]
        for index, model in enumerate(models):
            found = rows[rows["model"] == model].set_index("shuffled").loc[shuffled]
            centres = np.arange(len(shuffled)) + (index - (len(models) - 1) / 2) * thick
            difference = found["difference"].to_numpy()
            ends = np.abs(found[["ci_low", "ci_high"]].to_numpy().T - difference)
            axis.barh(centres, difference, thick, color=colours[model], label=model)
            axis.errorbar(difference, centres, xerr=ends, fmt="none", ecolor=drawing.TRUTH, lw=0.8)
        axis.axvline(0, color=drawing.TRUTH, lw=0.8)
        metric = METRICS[rows["metric"].iloc[0]]
        axis.set(xlabel=f"{metric} of {drawing.find_title(target)}: how much higher")
        names = [textwrap.fill(name, WIDTH_OF_NAMES) for name in shuffled]
        axis.set_yticks(range(len(shuffled)), names)
        axis.invert_yaxis()
    axes[0, 0].set_title("How much worse models are without what is shuffled", loc="left")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper")
    return figure


def pick_model_colours(compared: pd.DataFrame) -> dict[str, drawing.Colour]:
    """Return a colour for each model: those of baselines are shades of one.

    Parameters
    ----------
    compared : DataFrame
        With the columns ``model`` and ``kind``.
    """
    kinds = dict(zip(compared["model"].astype(str), compared["kind"], strict=True))
    baselines = [name for name, kind in kinds.items() if kind == "baseline"]
    nets = [name for name in kinds if name not in baselines]
    colours: dict[str, drawing.Colour] = {
        name: drawing.NET_COLOURS[index % len(drawing.NET_COLOURS)]
        for index, name in enumerate(nets)
    }
    for index, name in enumerate(baselines):
        colours[name] = drawing.lighten(drawing.BASELINE, 0.6 * index / max(1, len(baselines)))
    return colours
