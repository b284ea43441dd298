"""What all pictures have in common: colours, words, axes, and how they are written."""

import pathlib

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import (
    LogFormatterSciNotation,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    ScalarFormatter,
)

from coalflow.core.files import replace_atomically

NET = "#1f6f8b"
BASELINE = "#d98032"
NET_COLOURS = [NET, "#7fb069", "#8e5ea2", "#c44e52", "#4c4c9d", "#b8860b"]
TRUTH = "#333333"
TITLES = {
    "tajimas_d": "Tajima's D",
    "diversity": "diversity (pi)",
    "watterson_theta": "Watterson's theta",
    "theta_h": "theta H",
    "fay_wu_h": "Fay and Wu's H",
    "fst": "Fst",
    **{name: name.upper() for name in ("y1", "y2", "y3")},
}
# Told apart by colour-blind people too (Okabe and Ito 2008); the first is mostly "nothing".
CLASS_COLOURS = ("#c9c9c9", "#d55e00", "#f0c000", "#0072b2", "#56b4e9", "#009e73", "#cc79a7")

plt.rcParams.update(
    {
        "figure.dpi": 150,
        "savefig.dpi": "figure",
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.w_pad": 0.08,
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "axes.formatter.useoffset": False,
        "image.cmap": "viridis",
        # The same picture, the same bytes.
        "svg.hashsalt": "coalflow",
    }
)


def title_of(target):
    """Return the words for a target."""
    if "." in target:  # a path into a demes file
        return target
    return TITLES.get(target, target.replace("_", " "))


def colour_of(number):
    """Return the colour of a class, by its place in the list of classes."""
    return CLASS_COLOURS[number % len(CLASS_COLOURS)]


LOSSES_IN_WORDS = {
    "gaussian": "negative log-likelihood, in sd of training",
    "quantiles": "pinball loss, in sd of training",
}


def error_in_words(target, metric):
    """Return the words for the error of a target, by the name of its metric."""
    of_what = f"log10 {title_of(target)}" if metric.endswith("_log10") else title_of(target)
    return f"RMSE of {of_what}"


def loss_in_words(asked, loss):
    """Return what a loss is shown as, and the function that makes it so."""
    first, *others = asked["target"]
    if asked["classes"]:
        return f"cross-entropy of {title_of(first)}", lambda loss: loss
    if loss != "squared":
        return LOSSES_IN_WORDS[loss], lambda loss: loss
    if others:
        return "RMSE of all targets, in sd of training", np.sqrt
    scale = asked["scale"][first]
    metric = "rmse_log10" if scale["log"] else "rmse"
    return error_in_words(first, metric), lambda loss: scale["sd"] * np.sqrt(loss)


def save(figure, path):
    """Write a figure at ``path`` (.png) and as .svg beside it, and close it."""
    path = pathlib.Path(path)
    _settle_layout(figure)
    metadata = {".png": {"Software": None}, ".svg": {"Date": None}}
    for suffix, data in metadata.items():
        with replace_atomically(path.with_suffix(suffix)) as temporary:
            figure.savefig(temporary, metadata=data)
    plt.close(figure)


def _settle_layout(figure):
    """Lay the figure out and round the places of its axes.

    The solver of the layout orders its equations by memory addresses, so its last
    digits differ from run to run, and the names that an SVG derives from them too.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axis in figure.axes:
        axis.set_position(np.round(axis.get_position().bounds, 6))


def make_log(axis, *sides):
    """Give an axis log scales, with enough numbers also where it spans one decade or two."""
    for side in sides:
        axis.set(**{f"{side}scale": "log"})
        low, high = getattr(axis, f"get_{side}lim")()
        one = getattr(axis, f"{side}axis")
        if high < 10 * low:
            one.set_major_locator(MaxNLocator(3))
            one.set_major_formatter(ScalarFormatter())
        elif high < 100 * low:
            one.set_major_locator(LogLocator(subs=(1.0, 3.0)))
            one.set_major_formatter(LogFormatterSciNotation(minor_thresholds=(np.inf, np.inf)))
        one.set_minor_formatter(NullFormatter())
