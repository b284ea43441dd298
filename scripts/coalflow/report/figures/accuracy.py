"""Pictures of how good models are."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.config.schema.targets import Targets
from coalflow.evaluation import predictions
from coalflow.evaluation.calibration.calibration_errors import AFTER, BEFORE
from coalflow.evaluation.cards import Card
from coalflow.report.figures import drawing
from coalflow.report.figures.scores.model_rows import list_styles

FEWEST_WINDOWS = 10  # in a point of a calibration curve; a share of fewer is mostly noise
COLUMNS = 3  # of panels, one per model


def draw_predictions(
    predicted: pd.DataFrame, cards: Mapping[str, Card], scores: pd.DataFrame
) -> Figure:
    """Picture every model's predictions of the test windows against the truth, by target.

    Parameters
    ----------
    predicted : DataFrame
        The true values and the predictions of each model (:mod:`coalflow.evaluation.predictions`).
    cards : mapping of str to Card
        By the names of the models.
    scores : DataFrame
        The table of ``metrics.tsv``.
    """
    names = list(cards)
    rows = -(-len(names) // COLUMNS)  # of each target
    targets = next(iter(cards.values())).targets
    columns = min(COLUMNS, len(names))
    figure, axes = plt.subplots(
        rows * len(targets),
        columns,
        figsize=(3.3 * columns, 3.2 * rows * len(targets)),
        squeeze=False,
    )
    for index, (target, definition) in enumerate(targets):
        panels = list(axes[index * rows : (index + 1) * rows].flat)
        truth = predicted[predictions.name_column(predictions.TRUTH, target)]
        for axis, name in zip(panels, names, strict=False):
            values = predicted[predictions.name_column(name, target)]
            _draw_points(axis, truth, values, cards[name], definition.is_log)
            summary = _summarise_scores(_select_scores(scores, cards[name], target))
            axis.set_title(f"{name}\n{summary}")
            axis.set_xlabel(f"true {drawing.find_title(target)}")
            axis.sharex(panels[0])
            axis.sharey(panels[0])
        for panel, axis in enumerate(panels):
            axis.set_visible(panel < len(names))
            if panel % COLUMNS == 0:
                axis.set_ylabel(f"predicted {drawing.find_title(target)}")
    return figure


def _draw_points(axis: Axes, truth: pd.Series, values: pd.Series, card: Card, log: bool) -> None:
    colour = drawing.pick_kind_colour(card.kind)
    # Thousands of points are an image inside the SVG, or it would weigh megabytes.
    axis.plot(truth, values, ".", ms=2, alpha=0.5, color=colour, rasterized=True)
    limits = [truth.min(), truth.max()]
    axis.plot(limits, limits, color=drawing.TRUTH, lw=0.8)
    if log:
        drawing.set_log_scale(axis, "x", "y")


def _select_rows(table: pd.DataFrame, card: Card) -> pd.DataFrame:
    """Return the rows of a table of scores that are about one model."""
    restart = "" if card.restart is None else card.restart
    return table[(table["model"] == card.model) & (table["restart"] == restart)]


def _select_scores(scores: pd.DataFrame, card: Card, target: str) -> dict[str, float]:
    rows = _select_rows(scores, card)
    rows = rows[rows["target"] == target]
    return dict(zip(rows["metric"], rows["value"], strict=True))


def _summarise_scores(scores: Mapping[str, float]) -> str:
    """Return a target's error and R squared, of logarithms where these are learned."""
    metric, log = ("rmse_log10", "_log10") if "rmse_log10" in scores else ("rmse", "")
    return (
        f"RMSE {'of log10 ' if log else ''}{drawing.write_error(scores[metric])}, "
        f"R² {scores[f'r2{log}']:.4f}"
    )


def draw_confusion(table: pd.DataFrame, names: Sequence[str], targets: Targets) -> Figure:
    """Picture confusion matrices side by side.

    Parameters
    ----------
    table : DataFrame
        That of ``confusion.tsv``.
    names : sequence of str
        The models that are shown.
    targets : Targets
        The one target, which has classes.
    """
    classes = list(targets.classes or ())
    side = 1.2 + 0.5 * max(len(classes), 3)
    columns = max(1, min(COLUMNS, len(names), int(drawing.WIDEST / (side + 0.6))))
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(min((side + 0.6) * columns, drawing.WIDEST), (side + 1.0) * rows),
        squeeze=False,
    )
    for axis, name in zip(axes.flat, names, strict=False):
        _draw_confusion_matrix(axis, table[table["model"] == name], classes, name)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    title = drawing.find_title(targets.first)
    figure.supxlabel(f"predicted {title}", fontsize=9)
    figure.supylabel(f"true {title}", fontsize=9)
    return figure


def _draw_confusion_matrix(axis: Axes, rows: pd.DataFrame, classes: list[str], name: str) -> None:
    # No pivot_table, which drops classes without windows.
    fractions, counts = (
        rows.pivot(index="true_class", columns="predicted_class", values=column)  # noqa: PD010
        .loc[classes, classes]
        .to_numpy()
        for column in ("fraction", "count")
    )
    axis.imshow(fractions, cmap="Blues", vmin=0, vmax=1)
    for (true, predicted), fraction in np.ndenumerate(fractions):
        axis.text(
            predicted,
            true,
            "–" if np.isnan(fraction) else f"{fraction:.2f}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if fraction > 0.5 else drawing.TRUTH,
        )
    ticks: dict[str, Any] = {"ticks": range(len(classes)), "labels": classes, "fontsize": 8}
    axis.set_xticks(**ticks, rotation=45, ha="right", rotation_mode="anchor")
    axis.set_yticks(**ticks)
    accuracy = np.trace(counts) / counts.sum()
    axis.set_title(f"{name}\naccuracy {accuracy:.3f}")
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)


def draw_calibration(table: pd.DataFrame, cards: Mapping[str, Card]) -> Figure:
    """Picture how often models are right, by the probability of the class, before and after.

    Parameters
    ----------
    table : DataFrame
        That of ``calibration.tsv``.
    cards : mapping of str to Card
        By the names of the models.
    """
    figure, axes = plt.subplots(1, 2, figsize=(9.2, 3.4), sharex=True, sharey=True)
    table = table[table["windows"] >= FEWEST_WINDOWS]
    lowest = table["mean_probability"].min() if len(table) else 0.0
    for axis, stage in zip(axes, (BEFORE, AFTER), strict=True):
        axis.plot([0, 1], [0, 1], color=drawing.TRUTH, lw=0.8)
        for name, style in list_styles(cards):
            rows = table[(table["model"] == name) & (table["stage"] == stage)]
            axis.plot(rows["mean_probability"], rows["accuracy"], lw=1, label=name, **style)
        axis.set_title(f"{stage} calibration")
        axis.set(
            xlabel="probability of the predicted class, mean of a bin",
            xlim=(max(0.0, lowest - 0.05), 1.02),
            ylim=(-0.02, 1.02),
        )
    axes[0].set_ylabel("share of windows that is right")
    axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure
