"""What all pictures have in common: colours, words, axes, and how they are written."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import (
    LogFormatter,
    LogFormatterSciNotation,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    ScalarFormatter,
)

from coalflow.config.registry.statistics import STATISTICS
from coalflow.core.files import replace_atomically
from coalflow.evaluation.cards import Predictands

if TYPE_CHECKING:
    import pandas as pd

Colour: TypeAlias = str | tuple[float, ...]

NET = "#1f6f8b"
BASELINE = "#d98032"
NET_COLOURS = [NET, "#7fb069", "#8e5ea2", "#c44e52", "#4c4c9d", "#b8860b"]
TRUTH = "#333333"
ON_LOG_SCALE = 20  # times as large is the highest value of an axis as the lowest
# Colour-blind people can distinguish them (Okabe and Ito 2008). The first is mostly "nothing".
CLASS_COLOURS = ("#999999", "#d55e00", "#f0c000", "#0072b2", "#56b4e9", "#009e73", "#cc79a7")

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

# Losses that are shown as they are, since no other unit would be more familiar.
LOSS_LABELS = {
    "gaussian": "negative log-likelihood, in sd of training",
    "quantiles": "pinball loss, in sd of training",
}


def find_title(name: str) -> str:
    """Return what a target or a scenario parameter is called in pictures and in the report.

    Examples
    --------
    >>> find_title("tajimas_d"), find_title("population_size")
    ("Tajima's D", 'population size')
    >>> find_title("demes.EUR.epochs.0.end_size")
    'demes.EUR.epochs.0.end_size'
    """
    if name in STATISTICS:
        return STATISTICS[name].title
    return name if "." in name else name.replace("_", " ")


def pick_class_colour(index: int) -> str:
    """Return the colour of a class, by its index in the list of classes."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]


def lighten(colour: str, share: float) -> tuple[float, ...]:
    """Return a colour with a share of white in it.

    Examples
    --------
    >>> lighten("#000000", 0.5)
    (0.5, 0.5, 0.5)
    """
    return tuple(share + (1 - share) * value for value in to_rgb(colour))


def label_error(target: str, metric: str) -> str:
    """Return the words for the root mean squared error of a target.

    Parameters
    ----------
    target : str
        Its name.
    metric : str
        ``rmse`` or ``rmse_log10``.

    Examples
    --------
    >>> label_error("population_size", "rmse_log10")
    'RMSE of log10 population size'
    """
    title = find_title(target)
    return f"RMSE of log10 {title}" if metric.endswith("_log10") else f"RMSE of {title}"


def label_loss(predictands: Predictands, loss: str) -> tuple[str, Callable[[pd.Series], pd.Series]]:
    """Return the words for a loss as it is shown, and the function that converts it.

    Parameters
    ----------
    predictands : Predictands
        What the nets predict.
    loss : str
        ``squared``, ``gaussian`` or ``quantiles``; not used where the target has classes.
    """
    first, *others = predictands.names
    if predictands.scaling is None:
        return f"cross-entropy of {find_title(first)}", lambda losses: losses
    if loss != "squared":
        return LOSS_LABELS[loss], lambda losses: losses
    if others:
        return "RMSE of all targets, in sd of training", np.sqrt
    scale = predictands.scaling.scales[first]
    metric = "rmse_log10" if scale.log else "rmse"
    return label_error(first, metric), lambda losses: scale.sd * np.sqrt(losses)


def save_figure(figure: Figure, path: str | pathlib.Path) -> None:
    """Write a figure and close it.

    Parameters
    ----------
    figure : Figure
        It cannot be used afterwards.
    path : str or Path
        The file of the picture as PNG. The same picture as SVG is written next to it.
    """
    path = pathlib.Path(path)
    _draw_names_as_they_are(figure)
    _settle_layout(figure)
    # Figure.savefig would draw each twice.
    with replace_atomically(path.with_suffix(".png")) as temporary:
        FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})
    with replace_atomically(path.with_suffix(".svg")) as temporary:
        FigureCanvasSVG(figure).print_svg(temporary, metadata={"Date": None})
    plt.close(figure)


def _draw_names_as_they_are(figure: Figure) -> None:
    """Let no dollar sign in a name begin mathematics; powers of ten on log scales stay powers."""
    powers = {
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        # Labels are made here, those of names too, unless they were before.
        for label in axis.get_ticklabels(which="both")
        if isinstance(axis.get_major_formatter(), LogFormatter)
    }
    for text in figure.findobj(Text):
        if text not in powers:
            text.set_parse_math(False)


def _settle_layout(figure: Figure) -> None:
    """Compute the layout of a figure and round the positions of its axes.

    The solver of the layout orders its equations by memory addresses, so its last
    digits differ from run to run, and the names that an SVG derives from them too.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axis in figure.axes:
        axis.set_position(np.round(axis.get_position().bounds, 6))


def set_log_scale(axis: Axes, *sides: str) -> None:
    """Give an axis log scales, with enough tick labels also where it spans one decade or two.

    Parameters
    ----------
    axis : Axes
        It has its data already, whose range decides.
    *sides : str
        ``x``, ``y`` or both.
    """
    for side in sides:
        axis.set(**{f"{side}scale": "log"})
        low, high = getattr(axis, f"get_{side}lim")()
        ticks = getattr(axis, f"{side}axis")
        if high < 10 * low:
            ticks.set_major_locator(MaxNLocator(3))
            ticks.set_major_formatter(ScalarFormatter())
        elif high < 100 * low:
            ticks.set_major_locator(LogLocator(subs=(1.0, 3.0)))
            ticks.set_major_formatter(LogFormatterSciNotation(minor_thresholds=(np.inf, np.inf)))
        ticks.set_minor_formatter(NullFormatter())
