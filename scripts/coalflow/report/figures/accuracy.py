"""Pictures of how good models are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.config.schema.targets import Targets
from coalflow.evaluation import predictions
from coalflow.evaluation.calibration.calibration_errors import AFTER, BEFORE
from coalflow.evaluation.calibration.coverage import INTERVAL, SET
from coalflow.evaluation.calibration.window_groups import PREDICTED
from coalflow.evaluation.cards import Card
from coalflow.report.figures import drawing

FEWEST_WINDOWS = 10  # in a point of a calibration curve; a share of fewer is mostly noise
COLUMNS = 3  # of panels, one per model
MARKERS = "osDv^<>PX*"


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
        figsize=(3.4 * columns, 3.3 * rows * len(targets)),
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
    colour = drawing.BASELINE if card.kind == "baseline" else drawing.NET
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
    if "rmse_log10" in scores:
        return f"RMSE of log10 {scores['rmse_log10']:.3g}, R² {scores['r2_log10']:.4f}"
    return f"RMSE {scores['rmse']:.3g}, R² {scores['r2']:.4f}"


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
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    side = 1.2 + 0.5 * max(len(classes), 3)
    figure, axes = plt.subplots(
        rows, columns, figsize=((side + 0.6) * columns, (side + 1.0) * rows), squeeze=False
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
        for name, style in _list_styles(cards):
            rows = table[(table["model"] == name) & (table["stage"] == stage)]
            axis.plot(rows["mean_probability"], rows["accuracy"], lw=1, label=name, **style)
        axis.set_title(f"{stage} calibration")
        axis.set(
            xlabel="probability of the predicted class, mean of a bin",
            xlim=(max(0.0, lowest - 0.05), 1.02),
            ylim=(-0.02, 1.02),
        )
    axes[0].set_ylabel("share of windows that is right")
    axes[1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def draw_certainty(table: pd.DataFrame, cards: Mapping[str, Card]) -> Figure:
    """Picture how often 90 % sets or intervals hold: in all test windows, and in parts of these.

    Parameters
    ----------
    table : DataFrame
        That of ``coverage.tsv``.
    cards : mapping of str to Card
        By the names of the models.
    """
    shown = table[(table["stage"] == AFTER) & table["kind"].isin([SET, INTERVAL])]
    targets = list(dict.fromkeys(shown["target"]))
    labels = {target: _label_groups(shown[shown["target"] == target]) for target in targets}
    most = max(map(len, labels.values()))
    height = 1.2 + (0.16 + 0.035 * len(cards)) * most
    width = 2.9 + 4.4 * len(targets)
    figure, axes = plt.subplots(1, len(targets), figsize=(width, max(height, 3)), squeeze=False)
    for axis, target in zip(axes[0], targets, strict=True):
        rows = shown[shown["target"] == target]
        axis.axvline(rows["level"].iloc[0], color=drawing.TRUTH, lw=0.8)
        _draw_shares(axis, rows, cards, list(labels[target]))
        axis.set_yticks(range(len(labels[target])), labels[target].values(), fontsize=7)
        axis.invert_yaxis()
        axis.set_xlabel("share of windows that holds (95 % intervals)")
        axis.set_title(drawing.find_title(target))
    axes[0, -1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _label_groups(rows: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return what parts of the test windows are called, by group and part."""
    labels = {}
    for row in rows.drop_duplicates(["group", "part"]).to_dict("records"):
        what = {"all": "all test windows", "class": row["part"]}.get(row["group"])
        if what is None:
            title = drawing.find_title(row["group"])
            part = row["part"]
            if row["from"] == row["from"] and row["group"] != PREDICTED:
                ends = [f"{row[name]:,.4g}" for name in ("from", "to")]
                part = " to ".join(dict.fromkeys(ends))
            what = f"{title}: {part}"
        labels[row["group"], row["part"]] = what
    return labels


def _draw_shares(
    axis: Axes, rows: pd.DataFrame, cards: Mapping[str, Card], groups: list[tuple[str, str]]
) -> None:
    offsets = np.linspace(-0.35, 0.35, len(cards)) if len(cards) > 1 else np.zeros(1)
    for offset, (name, style) in zip(offsets, _list_styles(cards), strict=True):
        own = rows[rows["model"] == name].set_index(["group", "part"]).reindex(groups)
        axis.errorbar(
            own["share"],
            np.arange(len(groups)) + offset,
            xerr=[own["share"] - own["ci_low"], own["ci_high"] - own["share"]],
            ls="",
            elinewidth=1,
            label=name,
            **style,
        )


def _list_styles(cards: Mapping[str, Card]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each model's name, and a style by which its line or points are known."""
    for index, (name, card) in enumerate(cards.items()):
        style = {
            "marker": MARKERS[index % len(MARKERS)],
            "ms": 4,
            "color": drawing.BASELINE if card.kind == "baseline" else drawing.NET,
            "mfc": "white" if index % 2 else None,
        }
        yield name, style


def draw_scores_by_cell(
    scores: pd.DataFrame, cards: Mapping[str, Card], shown: Sequence[tuple[str, str]]
) -> Figure:
    """Picture every model's error or accuracy in every cell of the grid, with intervals.

    Parameters
    ----------
    scores : DataFrame
        The table of ``metrics_by_cell.tsv``.
    cards : mapping of str to Card
        By the names of the models.
    shown : sequence of (str, str)
        Targets and metrics, one panel each.
    """
    cells = sorted(scores["cell"].unique())
    height = 1 + (0.1 + 0.08 * len(cards)) * len(cells)
    figure, axes = plt.subplots(
        1, len(shown), figsize=(2.7 + 4.8 * len(shown), max(height, 3)), squeeze=False
    )
    for index, (axis, (target, metric)) in enumerate(zip(axes[0], shown, strict=True)):
        rows = scores[(scores["metric"] == metric) & (scores["target"] == target)]
        _draw_intervals(axis, rows, cards, cells)
        labels = [] if index else [cell.replace("+", "\n") for cell in cells]
        axis.set_yticks(range(len(cells)), labels or [""] * len(cells), fontsize=7)
        axis.invert_yaxis()
        if metric == "accuracy":
            axis.set(xlabel="accuracy on test windows (95 % intervals)", xlim=(-0.02, 1.02))
        else:
            axis.set_xscale("log")
            axis.set(xlabel=f"{drawing.label_error(target, metric)} (log scale, 95 % intervals)")
    axes[0, -1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _draw_intervals(
    axis: Axes, scores: pd.DataFrame, cards: Mapping[str, Card], cells: list[str]
) -> None:
    offsets = np.linspace(-0.35, 0.35, len(cards)) if len(cards) > 1 else np.zeros(1)
    for offset, (name, style) in zip(offsets, _list_styles(cards), strict=True):
        rows = _select_rows(scores, cards[name]).set_index("cell").loc[cells]
        axis.errorbar(
            rows["value"],
            np.arange(len(cells)) + offset,
            xerr=[rows["value"] - rows["ci_low"], rows["ci_high"] - rows["value"]],
            ls="",
            elinewidth=1,
            label=name,
            **style,
        )
