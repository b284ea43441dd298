"""Pictures of classes that are predicted along genomes."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from coalflow.config.registry.parameters import NEUTRAL
from coalflow.evaluation.comparisons import ShownModel
from coalflow.evaluation.predictions import name_column
from coalflow.report.figures import drawing
from coalflow.report.figures.genome_axis import GenomeAxis
from coalflow.report.figures.regions.genome_track import (
    Significance,
    draw_significance,
    explain_significance,
)
from coalflow.report.figures.scans import (
    CROSS,
    DOT,
    WIDTH,
    choose_dot_size,
    explain_flagged,
    find_flagged,
    write_legend,
)

ROW_HEIGHT, SIGNIFICANCE_HEIGHT = 0.95, 1.25
MOST_IN_VECTORS = 1000  # windows
PALE = 0.65  # share of white, of windows of which another class is more probable


@dataclasses.dataclass(frozen=True)
class _Row:
    """A row of a picture: a probability along the genome.

    Attributes
    ----------
    title : str
    model : str
        Whose it is.
    values : ndarray of float64, shape (windows,)
    shown_class : str, optional
        The class whose probability it is; None where it is that of all but the neutral one.
    """

    title: str
    model: str
    values: npt.NDArray[np.float64]
    shown_class: str | None


def draw_scan_of_classes(
    table: pd.DataFrame,
    shown: Sequence[ShownModel],
    classes: Sequence[str],
    lengths: Mapping[str, int],
    significance: Significance | None = None,
) -> Figure:
    """Picture the probabilities of classes along the whole genome.

    Where windows have p-values, how surprising they are comes first, with regions.

    Where a class is neutral, the probability that a window is not neutral comes first, of each
    model, with every window in the colour of its most probable class: what to look at is then high
    and coloured, in one row, however rare it is and however the models hesitate between the other
    classes. A row for each of these follows, of the first model, as tracks of a genome browser; of
    both models where no class is neutral.
    Areas stacked on each other would show neither: a sweep is narrower than a pixel of a genome,
    and the height of an area in a stack cannot be read.

    Parameters
    ----------
    table : DataFrame
        That of ``windows.tsv``.
    shown : sequence of ShownModel
        One model or two.
    classes : sequence of str
        In the order of their colours.
    lengths : mapping of str to int
        The bases of contigs, by name.
    significance : Significance, optional
        None where windows have no p-values.
    """
    layout = GenomeAxis.arrange(table, lengths)
    places, flagged = layout.place(table), find_flagged(table)
    rows = list(_list_rows(table, shown, classes, flagged))
    first = [] if significance is None else [SIGNIFICANCE_HEIGHT]
    heights = [*first, *[ROW_HEIGHT] * len(rows)]
    figure = plt.figure(figsize=(WIDTH, 1.2 + sum(heights)))
    axes = list(figure.subplots(len(heights), squeeze=False, height_ratios=heights)[:, 0])
    handles = _list_handles(classes, flagged)
    if significance is not None:
        top, *axes = axes
        size = choose_dot_size(len(table))
        draw_significance(top, significance, layout, places, flagged, size)
        handles += explain_significance(significance)
    for axis, row in zip(axes, rows, strict=True):
        layout.shade(axis)
        _draw_row(axis, row, table, places, flagged, classes)
        axis.set_title(row.title, loc="left", fontsize=9, pad=3)
        axis.set(ylim=(-0.04, 1.04), yticks=[0, 0.5, 1], yticklabels=["0", "", "1"])
    figure.supylabel("probability", fontsize=9)
    layout.label(axes[-1], WIDTH - 0.7)
    write_legend(figure, handles, shown)
    return figure


def _list_rows(
    table: pd.DataFrame,
    shown: Sequence[ShownModel],
    classes: Sequence[str],
    flagged: npt.NDArray[np.bool_],
) -> Iterator[_Row]:
    if NEUTRAL in classes:
        for model in shown:
            called = _count_windows(table[model.name][~flagged].isin({*classes} - {NEUTRAL}))
            title = f"not {NEUTRAL}, by {model.name}: another class is most probable in {called}"
            neutral = table[name_column(model.name, NEUTRAL)].to_numpy(np.float64)
            yield _Row(title, model.name, 1 - neutral, None)
    tracks = [name for name in classes if name != NEUTRAL]
    # The probability of the only other class has been drawn.
    if len(tracks) == 1:
        return
    for model in shown[:1] if NEUTRAL in classes else shown:
        for name in tracks:
            called = _count_windows(table[model.name][~flagged] == name)
            title = f"{name}, by {model.name}: most probable in {called}"
            values = table[name_column(model.name, name)].to_numpy(np.float64)
            yield _Row(title, model.name, values, name)


def _count_windows(chosen: pd.Series) -> str:
    windows = int(chosen.sum())
    return f"{windows:,} {'window' if windows == 1 else 'windows'}"


def _draw_row(
    axis: Axes,
    row: _Row,
    table: pd.DataFrame,
    places: npt.NDArray[np.float64],
    flagged: npt.NDArray[np.bool_],
    classes: Sequence[str],
) -> None:
    """Draw a dot for each window, flagged ones behind, windows of rare classes in front."""
    predicted = table[row.model].to_numpy()
    size = choose_dot_size(len(table))
    for chosen, style in _list_dots(row, predicted, flagged, classes):
        axis.plot(
            places[chosen],
            row.values[chosen],
            **style,
            ms=size,
            rasterized=len(table) > MOST_IN_VECTORS,
        )


def _list_dots(
    row: _Row,
    predicted: npt.NDArray[np.object_],
    flagged: npt.NDArray[np.bool_],
    classes: Sequence[str],
) -> Iterator[tuple[npt.NDArray[np.bool_], dict[str, Any]]]:
    """Yield which windows are drawn, and how."""
    yield flagged, {**CROSS, "zorder": 1}
    for name, colour in drawing.pick_class_colours(classes).items():
        is_class = predicted == name
        if row.shown_class is None:
            order = 3 if name != NEUTRAL else 2
            yield is_class & ~flagged, {**DOT, "color": colour, "zorder": order}
        elif row.shown_class == name:
            pale = drawing.lighten(colour, PALE)
            yield ~is_class & ~flagged, {**DOT, "color": pale, "zorder": 2}
            yield is_class & ~flagged, {**DOT, "color": colour, "zorder": 3}


def _list_handles(classes: Sequence[str], flagged: npt.NDArray[np.bool_]) -> list[Line2D | Patch]:
    """Return what explains the colours in the legend."""
    dots = [
        Line2D([], [], **DOT, ms=5, color=colour, label=name)
        for name, colour in drawing.pick_class_colours(classes).items()
    ]
    return [*dots, *explain_flagged(flagged)]
