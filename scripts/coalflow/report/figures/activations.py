"""Pictures of what nets look at, and of how far their restarts agree."""

import matplotlib.pyplot as plt
import numpy as np

from coalflow.config.targets import is_log
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.report.figures import drawing

TARGET_COLOURS = (drawing.NET, drawing.BASELINE, "#7fb069", "#8a6fae")


def draw_activations(matrix, outputs, title, mask=None, row="haplotype"):
    """Picture one window and what a net's layers answer to it.

    ``matrix`` is (sites, haplotypes), nan where nothing was called, ``mask`` (sites,) is False
    where it is padding; ``outputs`` maps layer names to (sites, units) or (units,). ``row``
    says what stands in the place of haplotypes.
    """
    heights = [1.2, *(0.7 if output.ndim == 1 else 3 for output in outputs.values())]
    many = len(outputs) > 3
    figure, axes = plt.subplots(
        len(heights),
        1,
        figsize=(6.5, 13 if many else 9),
        height_ratios=[min(height, 1.6) for height in heights] if many else heights,
    )
    axes[0].imshow(matrix.T, aspect="auto", cmap="Greys", interpolation="nearest")
    told = np.ones(len(matrix), bool) if mask is None else mask
    not_called = np.isnan(matrix.T) & told
    if not_called.any():
        lost = np.ma.masked_where(~not_called, not_called)
        axes[0].imshow(lost, aspect="auto", cmap="Blues", interpolation="nearest", vmin=0, vmax=2)
        title += "\nblue: not called"
    if not told.all():
        padding = np.ma.masked_where(
            np.broadcast_to(told, matrix.T.shape), np.full(matrix.T.shape, 0.5)
        )
        axes[0].imshow(padding, aspect="auto", cmap="Oranges", vmin=0, vmax=2)
        title += "\norange: padding"
    axes[0].set(ylabel=row, xlabel="segregating site", title=title)
    for axis, (name, output) in zip(axes[1:], outputs.items(), strict=True):
        flat = output.ndim == 1
        image = axis.imshow(
            output[None, :] if flat else output.T, aspect="auto", interpolation="nearest"
        )
        figure.colorbar(image, ax=axis, pad=0.01)
        axis.set_title(f"{name}: {' × '.join(map(str, output.shape))}")
        axis.set(xlabel="unit" if flat else "along the window", ylabel="" if flat else "unit")
        axis.xaxis.get_major_locator().set_params(integer=True)
        if flat:
            axis.set_yticks([])
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(True)
    return figure


def draw_restarts(comparison, names, predictions, asked):
    """Picture how two restarts agree outside and differ inside; ``asked`` is the card of one."""
    layers = list(dict.fromkeys(comparison["layer"]))
    figure, (left, right) = plt.subplots(
        1,
        2,
        figsize=(max(9, 4 + 1.3 * len(layers)), 3.6),
        width_ratios=[1, max(1, len(layers) / 3)],
    )
    if asked["classes"]:
        _same_classes(left, predictions, asked["classes"])
    else:
        _same_numbers(left, predictions, asked)
        left.set_title(f"outside: predictions, r = {comparison['prediction_r'][0]:.4f}")
    what = (
        " and ".join(map(drawing.title_of, asked["target"]))
        if len(asked["target"]) < 3
        else "targets"
    )
    left.set(xlabel=f"{what} predicted by {names[0]}", ylabel=f"by {names[1]}")
    measures = {"same_unit_r": "same unit", "best_match_r": "best match", "cka": "CKA"}
    colours = ["#9bb8c2", "#4b93a8", drawing.NET]
    for number, (column, label) in enumerate(measures.items()):
        means = [comparison.loc[comparison["layer"] == layer, column].mean() for layer in layers]
        places = np.arange(len(layers)) + 0.27 * (number - 1)
        bars = right.bar(places, means, width=0.25, color=colours[number], label=label)
        right.bar_label(bars, fmt="%.2f", fontsize=7)
    right.set_xticks(range(len(layers)), layers)
    right.axhline(0, color=drawing.TRUTH, lw=0.8)
    right.set(ylabel="similarity", title="inside: activations of the same windows")
    right.set_ylim(top=1.25)
    right.legend(fontsize=8, ncols=3, loc="upper center")
    return figure


def _same_numbers(axis, predictions, asked):
    """Draw the predictions of two nets against each other, of several targets in their scales."""
    if len(asked["target"]) == 1:
        (one,) = asked["target"].values()
        log = is_log(one)
    else:
        log, scale = False, TargetScaling.from_card(asked["scale"])
        predictions = [scale.standardise(predicted) for predicted in predictions]
    for place, target in enumerate(asked["target"]):
        colour = TARGET_COLOURS[place % len(TARGET_COLOURS)]
        pair = [predicted[:, place] for predicted in predictions]
        axis.plot(*pair, ".", ms=3, alpha=0.6, color=colour, label=drawing.title_of(target))
    limits = [min(map(np.min, predictions)), max(map(np.max, predictions))]
    axis.plot(limits, limits, color=drawing.TRUTH, lw=0.8)
    if log:
        drawing.make_log(axis, "x", "y")
    if len(asked["target"]) > 1:
        axis.legend(fontsize=7, title="in sd of training", title_fontsize=7)


def _same_classes(axis, predictions, classes):
    """Draw how many windows two nets say to be of which classes."""
    said = [probabilities.argmax(axis=1) for probabilities in predictions]
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (said[1], said[0]), 1)
    axis.imshow(counts, cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if count > counts.max() / 2 else drawing.TRUTH
        axis.text(column, row, f"{count:,}", ha="center", va="center", fontsize=8, color=colour)
    axis.set_xticks(range(len(classes)), classes, fontsize=8, rotation=30, ha="right")
    axis.set_yticks(range(len(classes)), classes, fontsize=8)
    share = 100 * np.trace(counts) / counts.sum()
    axis.set_title(f"outside: the same class for {share:.1f} % of windows")
