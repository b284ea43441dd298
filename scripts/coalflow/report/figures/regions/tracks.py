"""What models predict, and classical statistics, of the windows of a region."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from coalflow.evaluation.comparisons import ShownModel
from coalflow.evaluation.predictions import HIGH, LOW, REGION_P, STATISTIC, name_column
from coalflow.genomes.scans.scanned_columns import NOVEL
from coalflow.report.figures import drawing

MB = 1e6
STATISTICS = {
    "diversity": "\N{GREEK SMALL LETTER PI} per kb",
    "watterson_theta": "Watterson's\n\N{GREEK SMALL LETTER THETA} per kb",
    "tajimas_d": "Tajima's D",
    "fay_wu_h": "Fay and Wu's\nH per kb",
    "h12": "H12",
    "h2_h1": "H2/H1",
}
PER_BASE = ("diversity", "watterson_theta", "fay_wu_h")
KB = 1000
OUTER, INNER = ((0.01, 0.99), drawing.NULL_OUTER), ((0.25, 0.75), drawing.NULL_INNER)
NOVEL_EDGE = drawing.lighten(drawing.NOVEL, 0.5)
HIGHEST = 12.0  # of -log10 p: beyond, a p-value is a guess of the tail
DOT_SIZE = 2.6
TICK_SIZE, LABEL_SIZE = drawing.SMALL, 8.5
LABEL_AT = -0.075  # of the width of a panel: left of numbers on the axis


@dataclasses.dataclass(frozen=True)
class Windows:
    """The windows of a region, and where they lie along the axis.

    Attributes
    ----------
    table : DataFrame
        Rows of ``windows.tsv``, of one contig, in order.
    """

    table: pd.DataFrame

    @property
    def middles(self) -> npt.NDArray[np.float64]:
        """The middles of windows in Mb."""
        return (self.table["start"].to_numpy() + self.table["end"].to_numpy()) / (2 * MB)

    @property
    def flags(self) -> pd.Series:
        """The flags of windows, empty text where there is none."""
        return self.table["flags"].fillna("").astype(str)

    @property
    def is_novel(self) -> npt.NDArray[np.bool_]:
        """Which windows are unlike all that was simulated."""
        return np.array([NOVEL in flags.split(",") for flags in self.flags], dtype=np.bool_)

    @property
    def is_flagged(self) -> npt.NDArray[np.bool_]:
        """Which windows have a flag other than that they are novel."""
        return np.array(
            [bool({*flags.split(",")} - {NOVEL, ""}) for flags in self.flags], dtype=np.bool_
        )

    def read_numbers(self, column: str) -> npt.NDArray[np.float64]:
        """Return a column as numbers; nan where there is no such column."""
        if column not in self.table:
            return np.full(len(self.table), np.nan)
        return self.table[column].to_numpy(np.float64)

    def list_novel(self) -> list[tuple[float, float]]:
        """Return where windows are novel, in Mb: those that overlap or touch are joined."""
        joined: list[tuple[float, float]] = []
        for start, end in self.table.loc[self.is_novel, ["start", "end"]].to_numpy() / MB:
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return joined


def pick_model_colour(model: ShownModel) -> str:
    """Return the colour of a model."""
    return drawing.pick_kind_colour(model.kind)


def shade_novel(axis: Axes, windows: Windows) -> None:
    """Hatch where windows are novel, behind all else."""
    for start, end in windows.list_novel():
        axis.axvspan(
            start,
            end,
            fc=drawing.NOVEL_SHADE,
            ec=NOVEL_EDGE,
            hatch="////",
            lw=0,
            zorder=-2,
            alpha=0.9,
        )


def draw_p_values(
    axis: Axes, windows: Windows, shown: Sequence[ShownModel], score: str, threshold: float
) -> None:
    """Draw how surprising windows are by the score of each model, and the threshold of regions.

    Parameters
    ----------
    axis : Axes
    windows : Windows
    shown : sequence of ShownModel
    score : str
        Its name.
    threshold : float
        Windows with this p-value or less make regions.
    """
    shade_novel(axis, windows)
    top = 1.15 * -np.log10(threshold)
    for order, model in enumerate(reversed(shown)):
        p = windows.read_numbers(name_column(model.name, score, REGION_P))
        with np.errstate(divide="ignore"):
            heights = np.minimum(-np.log10(p), HIGHEST)
        _draw_line(axis, windows, heights, pick_model_colour(model), order)
        top = max(top, 1.08 * np.nanmax(heights, initial=0))
    axis.axhline(-np.log10(threshold), color=drawing.THRESHOLD, lw=0.9, ls="--", zorder=6)
    axis.set_ylim(0, top)
    _finish(axis, f"\N{MINUS SIGN}log10 p\nof {score}", 4)


def draw_classes(axis: Axes, windows: Windows, model: ShownModel, classes: Sequence[str]) -> None:
    """Draw the probabilities of classes that a model predicts.

    Parameters
    ----------
    axis : Axes
    windows : Windows
    model : ShownModel
    classes : sequence of str
        In the order of their colours.
    """
    shade_novel(axis, windows)
    for index, (name, colour) in enumerate(drawing.pick_class_colours(classes).items()):
        values = windows.read_numbers(name_column(model.name, name))
        _draw_line(axis, windows, values, colour, index)
    axis.set(ylim=(-0.04, 1.04), yticks=[0, 0.5, 1])
    _finish(axis, f"probability,\n{shorten(model.name)}", None)


def draw_number(
    axis: Axes, windows: Windows, shown: Sequence[ShownModel], target: str, is_log: bool
) -> None:
    """Draw a predicted number, with the 90 % interval of the first model.

    Parameters
    ----------
    axis : Axes
    windows : Windows
    shown : sequence of ShownModel
    target : str
    is_log : bool
        Whether its logarithm is learned.
    """
    shade_novel(axis, windows)
    for order, model in enumerate(reversed(shown)):
        column, colour = name_column(model.name, target), pick_model_colour(model)
        low, high = (windows.read_numbers(name_column(column, end)) for end in (LOW, HIGH))
        if model == shown[0] and np.isfinite(low).any():
            axis.fill_between(windows.middles, low, high, color=colour, alpha=0.2, lw=0)
        _draw_line(axis, windows, windows.read_numbers(column), colour, order)
    _finish(axis, drawing.find_title(target).replace(" ", "\n", 1), 3)
    if is_log:
        drawing.set_log_scale(axis, "y")


def draw_statistic(axis: Axes, windows: Windows, name: str, bands: pd.DataFrame | None) -> None:
    """Draw a statistic of windows, over what it is in neutral simulations.

    Parameters
    ----------
    axis : Axes
    windows : Windows
    name : str
        A key of ``STATISTICS``.
    bands : DataFrame, optional
        Quantiles of neutral windows: a row for each statistic, the shares as columns.
    """
    unit = KB if name in PER_BASE else 1
    values = unit * windows.read_numbers(name_column(STATISTIC, name))
    edges: list[float] = []
    if bands is not None and name in bands.index:
        shares = [float(share) for share in bands.columns]
        quantiles = bands.loc[[name]].to_numpy(np.float64)[0]
        row = dict(zip(shares, (unit * quantiles).tolist(), strict=True))
        for (low, high), colour in (OUTER, INNER):
            axis.axhspan(row[low], row[high], color=colour, lw=0, zorder=-1)
        axis.axhline(row[0.5], color=drawing.NULL, lw=0.8, zorder=0)
        edges = [row[0.01], row[0.99]]
    shade_novel(axis, windows)
    _draw_line(axis, windows, values, drawing.TRUTH, 1)
    known = [*values[np.isfinite(values)], *edges]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    margin = 0.08 * ((high - low) or abs(high) or 1.0)
    axis.set_ylim(low - margin, high + margin)
    _finish(axis, STATISTICS[name], 3)


def list_statistics(table: pd.DataFrame) -> list[str]:
    """Return the statistics of a table of windows that are drawn."""
    return [name for name in STATISTICS if name_column(STATISTIC, name) in table]


def _draw_line(
    axis: Axes,
    windows: Windows,
    values: npt.NDArray[np.float64],
    colour: str,
    order: int,
) -> None:
    """Draw values of windows as a line with dots; flagged windows are grey crosses."""
    odd = windows.is_flagged
    axis.plot(windows.middles, np.where(odd, np.nan, values), color=colour, lw=1, zorder=2 + order)
    for chosen, style in _list_styles(odd, colour, order):
        axis.plot(windows.middles[chosen], values[chosen], ls="", **style)


def _list_styles(
    odd: npt.NDArray[np.bool_], colour: str, order: int
) -> list[tuple[npt.NDArray[np.bool_], dict[str, Any]]]:
    """Return which windows are drawn how."""
    dot = {"marker": "o", "ms": DOT_SIZE, "mew": 0, "color": colour, "zorder": 3 + order}
    return [
        (~odd, dot),
        (odd, {"marker": "x", "ms": 3, "mew": 0.6, "color": drawing.FLAGGED, "zorder": 1}),
    ]


def _finish(axis: Axes, label: str, ticks: int | None) -> None:
    axis.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=LABEL_SIZE)
    axis.yaxis.set_label_coords(LABEL_AT, 0.5)
    axis.tick_params(axis="y", labelsize=TICK_SIZE)
    if ticks is not None:
        axis.yaxis.set_major_locator(MaxNLocator(ticks, min_n_ticks=2))


def shorten(name: str) -> str:
    """Return the name of a model in at most 14 characters."""
    return name if len(name) <= 14 else f"{name[:13]}\N{HORIZONTAL ELLIPSIS}"


def list_handles(
    windows: Windows,
    shown: Sequence[ShownModel],
    classes: Sequence[str],
    threshold: float | None,
    has_bands: bool,
) -> list[Line2D | Patch]:
    """Return what explains lines, colours and bands in the legend."""
    dots: dict[str, Any] = {"marker": "o", "ms": 4, "mew": 0, "lw": 1}
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=pick_model_colour(model), label=model.name, **dots) for model in shown
    ]
    if threshold is not None:
        label = f"p = {threshold:g}, the threshold of regions"
        handles.append(Line2D([], [], color=drawing.THRESHOLD, lw=0.9, ls="--", label=label))
    handles += [
        Line2D([], [], color=colour, label=name, **dots)
        for name, colour in drawing.pick_class_colours(classes).items()
    ]
    if has_bands:
        handles.append(Patch(color=OUTER[1], lw=0, label="98 % of neutral windows"))
        handles.append(Patch(color=INNER[1], lw=0, label="50 %"))
    if windows.is_novel.any():
        patch = Patch(
            fc=drawing.NOVEL_SHADE, ec=NOVEL_EDGE, hatch="////", lw=0, label="novel windows"
        )
        handles.append(patch)
    if windows.is_flagged.any():
        cross = Line2D(
            [], [], marker="x", ms=4, mew=0.6, ls="", color=drawing.FLAGGED, label="flagged"
        )
        handles.append(cross)
    return handles
