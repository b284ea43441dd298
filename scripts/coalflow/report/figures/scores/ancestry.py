"""The picture of how well the ancestry of haplotypes is found, base by base."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from coalflow.evaluation.ancestry.ancestry_scores import AVERAGE_PRECISION
from coalflow.report.figures import drawing
from coalflow.report.figures.scores.model_rows import MARKERS, choose_models


def draw_ancestry_scores(tables: Mapping[str, pd.DataFrame], kinds: Mapping[str, str]) -> Figure:
    """Picture precision by recall, and true shares by predicted probability.

    Ensembles stand for their restarts.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By the names of their files, such as ``ancestry_curves``.
    kinds : mapping of str to str
        Of each model: net, ensemble or baseline.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.6))
    curves, calibration = tables["ancestry_curves"], tables["ancestry_calibration"]
    scores = tables["ancestry_scores"]
    found = scores[scores["metric"] == AVERAGE_PRECISION].set_index("model")["value"]
    for index, model in enumerate(choose_models(list(kinds))):
        colour = drawing.pick_kind_colour(kinds[model])
        marker = MARKERS[index % len(MARKERS)]
        points = curves[curves["model"] == model]
        axes[0].plot(
            points["recall"],
            points["precision"],
            color=colour,
            lw=1.2,
            marker=marker,
            ms=4,
            markevery=20,
            label=f"{model} {found[model]:.3f}",
        )
        points = calibration[calibration["model"] == model]
        axes[1].plot(points["predicted"], points["true"], color=colour, lw=1, marker=marker, ms=4)
    first = calibration[calibration["model"] == next(iter(kinds))]
    share = (first["true"] * first["share_of_bases"]).sum()
    axes[0].axhline(share, color=drawing.TRUTH, lw=0.8, ls=":")  # random guessing
    axes[0].set(xlabel="recall: share of introgressed bases called", ylabel="precision")
    axes[0].set_title("area below each curve", loc="left")
    axes[0].legend(loc="upper right")
    axes[1].plot([0, 1], [0, 1], color=drawing.TRUTH, lw=0.8)
    axes[1].set(xlabel="predicted probability", ylabel="share that is introgressed")
    axes[1].set_title("points on the line are calibrated", loc="left")
    for axis in axes:
        axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return figure
