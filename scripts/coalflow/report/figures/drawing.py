"""What all pictures have in common: colours, words, axes, and how they are written."""

from __future__ import annotations

import itertools
import pathlib
import re
from collections.abc import Callable, Iterable, Sequence
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
    FuncFormatter,
    LogFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
)

from coalflow.config.registry.statistics import STATISTICS
from coalflow.core.files import replace_atomically
from coalflow.evaluation.cards import Predictands

if TYPE_CHECKING:
    import pandas as pd

Colour: TypeAlias = str | tuple[float, ...]

# Colours by meaning, the same in every picture and on the page. Marks stand out from white by 3:1,
# and colour-blind people can distinguish those that occur together: the tests compute both.
TRUTH = "#222222"  # what is true, or computed directly
NET = "#2490b0"
ENSEMBLE = "#12316b"  # of a net's restarts
BASELINE = "#c07600"
NET_COLOURS = (NET, "#428154", "#7a4ea8", "#5c2d0c", "#1f2f86")  # of several nets, in their order
NULL, NULL_OUTER, NULL_INNER = "#55707c", "#e3edf1", "#bcd5de"  # neutral simulations: line, bands
FLAGGED = "#8f8f8f"  # windows that have a flag: crosses
NOVEL, NOVEL_SHADE = "#d94fb0", "#fae8f5"  # windows that are unlike all that was simulated
REGION, REGION_SHADE = "#8a6100", "#fff3c4"  # regions that are found
THRESHOLD = "#a3263a"  # of regions
SPLIT_COLOURS = {"train": "#12316b", "validation": "#2f8f63", "test": BASELINE}
CLASS_COLOURS = {
    "neutral": "#8c8f8a",
    "hard": "#e0503a",
    "linked_hard": "#8a1c1c",
    "soft": "#7a5fd8",
    "linked_soft": "#40209a",
}
OTHER_COLOURS = ("#4f9e5d", "#9f438a")  # of classes with other names, before those not in use

WIDEST = 10.0  # inches of a figure: then text of 8 points has 8 where the page shows the picture
SMALL = 8  # points, the smallest text
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
ON_LOG_SCALE = 20  # times as large is the highest value of an axis as the lowest

plt.rcParams.update(
    {
        "figure.dpi": 150,
        "savefig.dpi": "figure",
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.w_pad": 0.08,
        "font.size": 9,
        "axes.titlesize": 9.5,
        "legend.fontsize": SMALL,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
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
    "cross_entropy": "cross-entropy of sites",
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


def pick_class_colours(classes: Sequence[str]) -> dict[str, str]:
    """Return the colours of classes: kinds of sweeps have their own, whatever their order.

    Parameters
    ----------
    classes : sequence of str
        All that a picture shows.

    Examples
    --------
    >>> pick_class_colours(["soft", "introgressed"])
    {'soft': '#7a5fd8', 'introgressed': '#4f9e5d'}
    """
    unused = [colour for name, colour in CLASS_COLOURS.items() if name not in classes]
    free = itertools.cycle([*OTHER_COLOURS, *unused])
    return {name: CLASS_COLOURS.get(name) or next(free) for name in classes}


def pick_kind_colour(kind: str) -> str:
    """Return the colour of a model by its kind: ``net``, ``ensemble`` or ``baseline``."""
    return {"baseline": BASELINE, "ensemble": ENSEMBLE}.get(kind, NET)


def write_number(value: float) -> str:
    """Return a number as people write it, with three digits or a comma at thousands.

    Examples
    --------
    >>> write_number(10_000.0), write_number(-0.69223), write_number(1.25e-8)
    ('10,000', '−0.692', '1.25e−8')
    """
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return re.sub(r"e([-+])0?", r"e\1", text).replace("-", "\N{MINUS SIGN}")


def write_power(value: float) -> str:
    """Return the label of a tick of a log scale, which has no small exponents where it can.

    Examples
    --------
    >>> write_power(0.003), write_power(100_000.0), write_power(1e-8)
    ('0.003', '100,000', '10⁻⁸')
    """
    if value <= 0:
        return ""
    if 1e-4 <= value < 1e7:
        return f"{value:,.0f}" if value >= 10 else f"{value:g}".replace("1e-04", "0.0001")
    power = int(np.floor(np.log10(value) + 1e-9))
    factor = f"{value / 10.0**power:.2g}"
    raised = str(power).translate(SUPERSCRIPTS)
    return f"10{raised}" if factor == "1" else f"{factor}\N{MULTIPLICATION SIGN}10{raised}"


def write_if_number(text: str) -> str:
    """Return a text as :func:`write_number` does if it is a number."""
    try:
        return write_number(float(text))
    except ValueError:
        return text


def label_cell(cell: str) -> str:
    r"""Return a cell's name in lines.

    Examples
    --------
    >>> label_cell("history=growth+population_size=10000")
    'history growth\npopulation size 10,000'
    """
    parts = (part.partition("=") for part in cell.split("+"))
    return "\n".join(
        f"{find_title(name)} {write_if_number(value)}".strip() for name, _, value in parts
    )


def sort_cells(cells: Iterable[str]) -> list[str]:
    """Return the different names of cells in order, numbers in them as numbers.

    Examples
    --------
    >>> sort_cells(["n=10", "n=9", "n=9"])
    ['n=9', 'n=10']
    """

    def order(cell: str) -> list[tuple[float, str]]:
        parts = re.split(r"(\d+(?:\.\d+)?(?:e[-+]?\d+)?)", cell)
        return [(float(part), "") if at % 2 else (-1.0, part) for at, part in enumerate(parts)]

    return sorted(set(cells), key=order)


def write_error(value: float) -> str:
    """Return an error for reading: of one that is practically 0 only that it is tiny.

    Examples
    --------
    >>> write_error(0.03123), write_error(5.31e-8)
    ('0.0312', 'below 0.0001')
    """
    return f"{value:.3g}" if value >= 1e-4 else "below 0.0001"


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
        ``squared``, ``gaussian``, ``quantiles`` or, of ancestry at sites, ``cross_entropy``; not
        used where the target has classes.
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


def explain_models(figure: Figure, axis: Axes) -> None:
    """Put above all panels of a figure what the lines of one of them are."""
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=min(4, max(len(labels), 1)))


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
        ticks.set_major_formatter(FuncFormatter(lambda value, _: write_power(value)))
        if high < 10 * low:
            ticks.set_major_locator(MaxNLocator(3))
        elif high < 100 * low:
            ticks.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        ticks.set_minor_formatter(NullFormatter())
