"""Pictures of what nets look at, and of how far their restarts agree."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.evaluation.cards import Predictands
from coalflow.report.figures import drawing

TARGET_COLOURS = drawing.NET_COLOURS
# Measures of similarity, as they are labelled, and their colours.
MEASURES = {
    "same_unit_r": ("same unit", drawing.lighten(drawing.NET, 0.6)),
    "best_match_r": ("best match", drawing.NET),
    "cka": ("CKA", drawing.ENSEMBLE),
}
SIGNED = "RdBu_r"  # white at 0
ADDED = "what is added to the prediction (integrated gradients)"
MANY_LAYERS = 3  # with more, the picture is taller and its panels are flatter


def draw_activations(
    matrix: npt.NDArray[np.generic],
    outputs: Mapping[str, npt.NDArray[np.float32]],
    title: str,
    mask: npt.NDArray[np.bool_] | None = None,
    row: str = "haplotype",
    added: npt.NDArray[np.float32] | None = None,
) -> Figure:
    """Picture one window and the activations of a net's layers.

    Parameters
    ----------
    matrix : ndarray, shape (sites, haplotypes)
        Copies of allele 1; nan where nothing was called.
    outputs : mapping of str to ndarray of float32, shape (sites, units) or (units,)
        The activations, by the names of the layers.
    title : str
        What stands above the picture.
    mask : ndarray of bool, shape (sites,), optional
        False where there is padding. Without it there is none.
    row : str
        What each row of the picture is: a haplotype, or an individual.
    added : ndarray of float32, shape (haplotypes, sites or parts), optional
        What each haplotype adds to the prediction, by integrated gradients.
    """
    first = [1.2] if added is None else [1.2, 1.2]
    heights = [*first, *(0.7 if output.ndim == 1 else 3 for output in outputs.values())]
    many = len(outputs) > MANY_LAYERS
    figure, axes = plt.subplots(
        len(heights),
        1,
        figsize=(6.5, 13 if many else 9),
        height_ratios=[min(height, 1.6) for height in heights] if many else heights,
    )
    is_site = np.ones(len(matrix), bool) if mask is None else mask
    notes = _draw_window(axes[0], matrix, is_site)
    axes[0].set(ylabel=row, xlabel="segregating site", title="\n".join([title, *notes]))
    if added is not None:
        image = axes[1].imshow(
            added, aspect="auto", interpolation="nearest", **_choose_colours(added, signed=True)
        )
        figure.colorbar(image, ax=axes[1], pad=0.01)
        axes[1].set(ylabel=row, xlabel="along the window", title=ADDED)
    for axis, (name, output) in zip(axes[len(first) :], outputs.items(), strict=True):
        flat = output.ndim == 1
        image = axis.imshow(
            output[None, :] if flat else output.T,
            aspect="auto",
            interpolation="nearest",
            **_choose_colours(output),
        )
        figure.colorbar(image, ax=axis, pad=0.01)
        axis.set_title(f"{name}: {' × '.join(map(str, output.shape))}")
        axis.set(xlabel="unit" if flat else "along the window", ylabel="" if flat else "unit")
        axis.locator_params(axis="x", integer=True)
        if flat:
            axis.set_yticks([])
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(True)
    return figure


def draw_no_window(title: str) -> Figure:
    """Picture that there is no such window.

    Parameters
    ----------
    title : str
        What is missing.
    """
    figure, axis = plt.subplots(figsize=(6.5, 1.2))
    axis.axis("off")
    axis.text(0.5, 0.5, title, ha="center", va="center", wrap=True)
    return figure


def _choose_colours(output: npt.NDArray[np.float32], signed: bool = False) -> dict[str, Any]:
    """Return the colours of activations: from 0 to both sides where some are below 0."""
    finite = output[np.isfinite(output)]
    if not signed and (not len(finite) or finite.min() >= 0):
        return {}
    most = float(np.abs(finite).max(initial=0)) or 1.0
    return {"cmap": SIGNED, "vmin": -most, "vmax": most}


def _draw_window(
    axis: Axes, matrix: npt.NDArray[np.generic], is_site: npt.NDArray[np.bool_]
) -> list[str]:
    """Draw the alleles of a window; return what colours stand for, where there are any."""
    notes = []
    axis.imshow(matrix.T, aspect="auto", cmap="Greys", interpolation="nearest")
    not_called = np.isnan(matrix.T) & is_site
    if not_called.any():
        shown = np.ma.masked_where(~not_called, not_called)
        axis.imshow(shown, aspect="auto", cmap="Blues", interpolation="nearest", vmin=0, vmax=2)
        notes.append("blue: not called")
    if not is_site.all():
        padding = np.ma.masked_where(
            np.broadcast_to(is_site, matrix.T.shape), np.full(matrix.T.shape, 0.5)
        )
        axis.imshow(padding, aspect="auto", cmap="Oranges", vmin=0, vmax=2)
        notes.append("orange: padding")
    return notes


def draw_restarts(
    comparison: pd.DataFrame,
    names: tuple[str, str],
    predictions: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    predictands: Predictands,
) -> Figure:
    """Picture how two restarts of a net agree outside and differ inside.

    Parameters
    ----------
    comparison : DataFrame
        The table of ``restarts_<net>.tsv``.
    names : (str, str)
        Names of the restarts.
    predictions : pair of ndarray of float64, shape (windows, targets) or (windows, classes)
        What each restart predicts.
    predictands : Predictands
        What the net predicts.
    """
    layers = list(dict.fromkeys(comparison["layer"]))
    figure, (left, right) = plt.subplots(
        1,
        2,
        figsize=(drawing.WIDEST if len(layers) > 4 else 9, 3.6),
        width_ratios=[1, max(1, len(layers) / 3)],
    )
    if predictands.classes:
        _draw_same_classes(left, predictions, predictands.classes)
    else:
        _draw_same_numbers(left, predictions, predictands)
        left.set_title(f"outside: predictions, r = {comparison['prediction_r'][0]:.4f}")
    targets = predictands.names
    what = " and ".join(map(drawing.find_title, targets)) if len(targets) < 3 else "targets"
    left.set(xlabel=f"{what} predicted by {names[0]}", ylabel=f"by {names[1]}")
    _draw_similarities(right, comparison, layers)
    return figure


def _draw_similarities(axis: Axes, comparison: pd.DataFrame, layers: list[str]) -> None:
    """Draw how similar the activations of restarts are, as bars for each layer."""
    for index, (column, (label, colour)) in enumerate(MEASURES.items()):
        means = [comparison.loc[comparison["layer"] == layer, column].mean() for layer in layers]
        centres = np.arange(len(layers)) + 0.27 * (index - 1)
        bars = axis.bar(centres, means, width=0.25, color=colour, label=label)
        axis.bar_label(bars, fmt="%.2f")
    axis.set_xticks(range(len(layers)), layers)
    axis.axhline(0, color=drawing.TRUTH, lw=0.8)
    axis.set(ylabel="similarity", title="inside: activations of the same windows")
    axis.set_ylim(top=1.25)
    axis.legend(fontsize=8, ncols=3, loc="upper center")


def _draw_same_numbers(
    axis: Axes,
    predictions: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    predictands: Predictands,
) -> None:
    """Draw the predictions of two nets against each other, those of several targets scaled."""
    targets, shown = predictands.targets, list(predictions)
    several = len(targets) > 1
    if several and predictands.scaling is not None:
        shown = [predictands.scaling.standardise(predicted) for predicted in predictions]
    for index, target in enumerate(targets.names):
        colour = TARGET_COLOURS[index % len(TARGET_COLOURS)]
        first, second = (predicted[:, index] for predicted in shown)
        label = drawing.find_title(target)
        axis.plot(first, second, ".", ms=3, alpha=0.6, color=colour, label=label)
    limits = [min(map(np.min, shown)), max(map(np.max, shown))]
    axis.plot(limits, limits, color=drawing.TRUTH, lw=0.8)
    if several:
        axis.legend(title="in sd of training", title_fontsize=drawing.SMALL)
    elif targets[targets.first].is_log:
        drawing.set_log_scale(axis, "x", "y")


def _draw_same_classes(
    axis: Axes,
    predictions: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    classes: tuple[str, ...],
) -> None:
    """Draw how many windows two nets assign to which classes."""
    first, second = (probabilities.argmax(axis=1) for probabilities in predictions)
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (second, first), 1)
    axis.imshow(counts, cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if count > counts.max() / 2 else drawing.TRUTH
        axis.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
    axis.set_xticks(range(len(classes)), classes, rotation=30, ha="right")
    axis.set_yticks(range(len(classes)), classes)
    share = 100 * np.trace(counts) / counts.sum()
    axis.set_title(f"outside: the same class for {share:.1f} % of windows")
