"""Pictures of the windows that confuse a net most, with what they are compared with."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coalflow.report.figures import drawing

LETTERS, LETTERS_OF_NEIGHBOURS = 36, 17  # of a line above a window
MISSING, PADDING = (0.55, 0.72, 0.86), (0.97, 0.88, 0.76)


@dataclasses.dataclass(frozen=True)
class PicturedWindow:
    """A window as a net sees it.

    Attributes
    ----------
    title : str
        What it is, in a line or several.
    dosages : ndarray of float32, shape (sites, rows)
        The share of alleles 1; nan where nothing is called.
    mask : ndarray of bool, shape (sites,)
        False where there is padding.
    """

    title: str
    dosages: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class ConfusingWindow:
    """A confusing window, what models predict of it, and training windows that are like it.

    Attributes
    ----------
    window : PicturedWindow
    words : str
        What models predict, in lines; empty where there are probabilities.
    probabilities : dict of str to ndarray of float64, shape (classes,)
        By the names of models; none where targets are numbers.
    true_class : int
        The index of the true class.
    neighbours : sequence of PicturedWindow
    """

    window: PicturedWindow
    words: str
    probabilities: dict[str, npt.NDArray[np.float64]]
    true_class: int
    neighbours: Sequence[PicturedWindow]


def draw_confusing(
    windows: Sequence[ConfusingWindow], classes: Sequence[str], rows_are: str = "haplotypes"
) -> Figure:
    """Picture confusing windows: a row each, with predictions and the nearest training windows.

    Parameters
    ----------
    windows : sequence of ConfusingWindow
        One or more.
    classes : sequence of str
        None where targets are numbers.
    rows_are : str
        What rows of a window are.
    """
    most = max(len(each.neighbours) for each in windows)
    figure, axes = plt.subplots(
        len(windows),
        2 + most,
        figsize=(min(4.9 + 1.7 * most, drawing.WIDEST), 2.1 * len(windows) + 0.3),
        width_ratios=[2.4, 1.5, *([1.5] * most)],
        squeeze=False,
    )
    for row, each in zip(axes, windows, strict=True):
        _draw_window(row[0], each.window, LETTERS)
        row[0].set_ylabel(rows_are)
        if each.probabilities:
            _draw_probabilities(row[1], each, classes, is_named=each is windows[0])
        else:
            row[1].set_axis_off()
            row[1].text(
                0, 0.5, each.words, va="center", fontsize=drawing.SMALL, transform=row[1].transAxes
            )
        for axis in row[2:]:
            axis.set_axis_off()
        for axis, neighbour in zip(row[2:], each.neighbours, strict=False):
            axis.set_axis_on()
            _draw_window(axis, neighbour, LETTERS_OF_NEIGHBOURS)
    return figure


def _draw_window(axis: Axes, window: PicturedWindow, letters: int) -> None:
    """Draw alleles: white is 0, dark is 1, blue is not called, orange is padding."""
    shades = 1 - 0.85 * np.nan_to_num(window.dosages.T)
    image = np.repeat(shades[:, :, None], 3, axis=2)
    image[np.isnan(window.dosages.T)] = MISSING
    image[:, ~window.mask] = PADDING
    axis.imshow((255 * image).round().astype(np.uint8), aspect="auto", interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    lines = [textwrap.fill(line.replace("+", " + "), letters) for line in window.title.split("\n")]
    axis.set_title("\n".join(lines), loc="left", fontsize=drawing.SMALL)
    axis.spines[:].set_visible(True)


def _draw_probabilities(
    axis: Axes, each: ConfusingWindow, classes: Sequence[str], is_named: bool
) -> None:
    """Draw the probability of each class by each model; the true class is bold."""
    height = 0.8 / len(each.probabilities)
    for index, (name, values) in enumerate(each.probabilities.items()):
        places = np.arange(len(classes)) + height * (index - (len(each.probabilities) - 1) / 2)
        colour = drawing.BASELINE if index else drawing.NET
        axis.barh(places, values, height=height, color=colour, label=name)
    axis.set_yticks(range(len(classes)), classes)
    axis.get_yticklabels()[each.true_class].set_fontweight("bold")
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    axis.tick_params(axis="x")
    if is_named:
        axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
