"""Pictures of how good models are."""

import matplotlib.pyplot as plt
import numpy as np

from coalflow.config.targets import is_log
from coalflow.evaluation import predictions as columns
from coalflow.report.figures import drawing

FEWEST_WINDOWS = 10  # in a point of a calibration curve; a share of fewer is mostly noise


def predicted_against_true(predictions, cards, metrics):
    """Picture every model's predictions of the test windows against the truth, by target."""
    names = list(cards)
    of_target = -(-len(names) // 3)
    targets = next(iter(cards.values()))["target"]
    figure, axes = plt.subplots(
        of_target * len(targets),
        min(3, len(names)),
        figsize=(3.4 * min(3, len(names)), 3.3 * of_target * len(targets)),
        squeeze=False,
    )
    for number, (target, definition) in enumerate(targets.items()):
        panels = list(axes[number * of_target : (number + 1) * of_target].flat)
        truth = predictions[columns.column(columns.TRUTH, target)]
        for axis, name in zip(panels, names, strict=False):
            predicted = predictions[columns.column(name, target)]
            _against(axis, truth, predicted, cards[name], is_log(definition))
            scores = _scores_of(metrics, cards[name], target)
            axis.set_title(f"{name}\n{_in_short(scores)}")
            axis.set_xlabel(f"true {drawing.title_of(target)}")
            axis.sharex(panels[0])
            axis.sharey(panels[0])
        for place, axis in enumerate(panels):
            axis.set_visible(place < len(names))
            if place % 3 == 0:
                axis.set_ylabel(f"predicted {drawing.title_of(target)}")
    return figure


def _against(axis, truth, predicted, card, log):
    colour = drawing.BASELINE if card["kind"] == "baseline" else drawing.NET
    # Thousands of points are an image inside the SVG, or it would weigh megabytes.
    axis.plot(truth, predicted, ".", ms=2, alpha=0.5, color=colour, rasterized=True)
    limits = [truth.min(), truth.max()]
    axis.plot(limits, limits, color=drawing.TRUTH, lw=0.8)
    if log:
        drawing.make_log(axis, "x", "y")


def _in_short(scores):
    """Return a target's error and R squared, of logarithms where these are learned."""
    if "rmse_log10" in scores:
        return f"RMSE of log10 {scores['rmse_log10']:.3g}, R² {scores['r2_log10']:.4f}"
    return f"RMSE {scores['rmse']:.3g}, R² {scores['r2']:.4f}"


def _scores_of(metrics, card, target):
    restart = "" if card["restart"] is None else card["restart"]
    rows = metrics[(metrics["model"] == card["model"]) & (metrics["restart"] == restart)]
    rows = rows[rows["target"] == target]
    return dict(zip(rows["metric"], rows["value"], strict=True))


def confusion(table, names, asked):
    """Picture confusion matrices side by side: the rows of ``confusion.tsv`` of some models."""
    ((target,), classes) = asked["target"], asked["classes"]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    side = 1.2 + 0.5 * max(len(classes), 3)
    figure, axes = plt.subplots(
        rows, columns, figsize=((side + 0.6) * columns, (side + 1.0) * rows), squeeze=False
    )
    for axis, name in zip(axes.flat, names, strict=False):
        mine = table[table["model"] == name]
        fractions, counts = (
            mine.pivot(index="true_class", columns="predicted_class", values=column)
            .loc[classes, classes]
            .to_numpy()
            for column in ("fraction", "count")
        )
        axis.imshow(fractions, cmap="Blues", vmin=0, vmax=1)
        for (true, said), fraction in np.ndenumerate(fractions):
            axis.text(
                said,
                true,
                "–" if np.isnan(fraction) else f"{fraction:.2f}",
                ha="center",
                va="center",
                fontsize=8,
                color="white" if fraction > 0.5 else drawing.TRUTH,
            )
        ticks = {"ticks": range(len(classes)), "labels": classes, "fontsize": 8}
        axis.set_xticks(**ticks, rotation=45, ha="right", rotation_mode="anchor")
        axis.set_yticks(**ticks)
        accuracy = np.trace(counts) / counts.sum()
        axis.set_title(f"{name}\naccuracy {accuracy:.3f}")
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    figure.supxlabel(f"predicted {drawing.title_of(target)}", fontsize=9)
    figure.supylabel(f"true {drawing.title_of(target)}", fontsize=9)
    return figure


def calibration(table, cards):
    """Picture how often each model is right that is so sure: the rows of ``calibration.tsv``."""
    figure, axis = plt.subplots(figsize=(5.6, 3.4))
    axis.plot([0, 1], [0, 1], color=drawing.TRUTH, lw=0.8)
    table = table[table["windows"] >= FEWEST_WINDOWS]
    for name, style in _styled(cards):
        mine = table[table["model"] == name]
        axis.plot(mine["mean_probability"], mine["accuracy"], lw=1, label=name, **style)
    lowest = table["mean_probability"].min() if len(table) else 0.0
    axis.set(
        xlabel="probability of the predicted class, mean of a tenth",
        ylabel="share of windows that is right",
        xlim=(max(0.0, lowest - 0.05), 1.02),
        ylim=(-0.02, 1.02),
    )
    axis.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _styled(cards):
    """Yield each model's name, and a style by which its line or points are known."""
    markers = "osDv^<>PX*"
    for number, (name, card) in enumerate(cards.items()):
        style = {
            "marker": markers[number % len(markers)],
            "ms": 4,
            "color": drawing.BASELINE if card["kind"] == "baseline" else drawing.NET,
            "mfc": "white" if number % 2 else None,
        }
        yield name, style


def score_by_cell(by_cell, cards, shown):
    """Picture every model's error or accuracy in every cell of the grid, with intervals.

    ``shown`` are (target, metric) pairs, one panel each.
    """
    cells = sorted(by_cell["cell"].unique())
    height = 1 + (0.1 + 0.08 * len(cards)) * len(cells)
    figure, axes = plt.subplots(
        1, len(shown), figsize=(2.7 + 4.8 * len(shown), max(height, 3)), squeeze=False
    )
    for number, (axis, (target, metric)) in enumerate(zip(axes[0], shown, strict=True)):
        rows = by_cell[(by_cell["metric"] == metric) & (by_cell["target"] == target)]
        _scores_in_cells(axis, rows, cards, cells)
        labels = [] if number else [cell.replace("+", "\n") for cell in cells]
        axis.set_yticks(range(len(cells)), labels or [""] * len(cells), fontsize=7)
        axis.invert_yaxis()
        if metric == "accuracy":
            axis.set(xlabel="accuracy on test windows (95 % intervals)", xlim=(-0.02, 1.02))
        else:
            axis.set_xscale("log")
            axis.set(xlabel=f"{drawing.error_in_words(target, metric)} (log scale, 95 % intervals)")
    axes[0, -1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _scores_in_cells(axis, rows, cards, cells):
    offsets = np.linspace(-0.35, 0.35, len(cards)) if len(cards) > 1 else [0.0]
    for offset, (name, style) in zip(offsets, _styled(cards), strict=True):
        card = cards[name]
        restart = "" if card["restart"] is None else card["restart"]
        mine = rows[(rows["model"] == card["model"]) & (rows["restart"] == restart)]
        mine = mine.set_index("cell").loc[cells]
        axis.errorbar(
            mine["value"],
            np.arange(len(cells)) + offset,
            xerr=[mine["value"] - mine["ci_low"], mine["ci_high"] - mine["value"]],
            ls="",
            elinewidth=1,
            label=name,
            **style,
        )
