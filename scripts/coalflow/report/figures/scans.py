"""Pictures of numbers that are predicted along genomes."""

import dataclasses
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from coalflow.evaluation import predictions
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import ShownModel
from coalflow.report.figures import drawing
from coalflow.report.figures.genome_axis import GenomeAxis, break_between_contigs
from coalflow.report.figures.regions.genome_track import (
    Significance,
    draw_significance,
    explain_significance,
)
from coalflow.report.targets import find_trained_range

WIDTH = 9.0  # inches, of pictures of scans
SIGNIFICANCE_HEIGHT, ROW_HEIGHT, DIFFERENCE_HEIGHT = 1.6, 1.9, 1.0
COMPUTED = "computed by tskit"
#: Dots of windows; those that are flagged are crosses, since one of the classes is grey, too.
DOT: dict[str, Any] = {"marker": "o", "mew": 0, "ls": ""}
CROSS: dict[str, Any] = {"marker": "x", "mew": 0.6, "ls": "", "color": drawing.FLAGGED}
RING: dict[str, Any] = {"marker": "o", "mew": 0.6, "mfc": "none", "ls": ""}
MOST_JOINED = 400  # windows, of which a line is drawn; of more, points
MOST_STEPS = 300  # of the line that shows the medians of neighbours where there are more windows
FEWEST_IN_STEP = 10  # on average
PALE = 0.5  # share of white
MOST_LETTERS, MOST_LETTERS_OF_TITLE = 100, 120  # of a line of the legend
ENDS = (predictions.LOW, predictions.HIGH)
FARTHEST_BOUND = 0.4  # of a training range that is shown, in heights of what is predicted


@dataclasses.dataclass(frozen=True)
class _Line:
    """What is computed or predicted of a target: its name, its column, and its colour."""

    label: str
    column: str
    colour: str


@dataclasses.dataclass(frozen=True)
class _Scan:
    """Windows of a genome, which of them are flagged, and where they lie along an axis."""

    table: pd.DataFrame
    flagged: npt.NDArray[np.bool_]
    layout: GenomeAxis
    places: npt.NDArray[np.float64]

    @property
    def is_joined(self) -> bool:
        """Whether windows are few enough for a line to be followed from one to the next."""
        return len(self.table) <= MOST_JOINED


def draw_scan(
    table: pd.DataFrame,
    shown: Sequence[ShownModel],
    computed: str,
    card: Card,
    lengths: Mapping[str, int],
    significance: Significance | None = None,
) -> Figure:
    """Picture a scan along the whole genome by target.

    Where windows have p-values, how surprising they are comes first, with regions.
    Each target has a row: the predictions of the first model with their 90 % interval, if it has
    one, all along the genome; of few windows also those of the second model and what is computed.
    Below it is by how much models differ from what is computed, or from the first model where
    nothing is, which shows what hides each other above. Flagged windows are grey crosses. The range
    in training is dotted.

    Parameters
    ----------
    table : DataFrame
        That of ``windows.tsv``.
    shown : sequence of ShownModel
        One model or two.
    computed : str
        What the names of the columns of targets begin with that were computed.
    card : Card
        That of a model.
    lengths : mapping of str to int
        The bases of contigs, by name.
    significance : Significance, optional
        None where windows have no p-values.
    """
    layout = GenomeAxis.arrange(table, lengths)
    scan = _Scan(table, find_flagged(table), layout, layout.place(table))
    lines = {name: _list_lines(table, shown, computed, name) for name in card.targets.names}
    heights = [] if significance is None else [SIGNIFICANCE_HEIGHT]
    for drawn in lines.values():
        heights += [ROW_HEIGHT, *([DIFFERENCE_HEIGHT] if len(drawn) > 1 else [])]
    figure = plt.figure(figsize=(WIDTH, 1.2 + sum(heights)))
    panels = iter(figure.subplots(len(heights), squeeze=False, height_ratios=heights)[:, 0])
    if significance is not None:
        size = choose_dot_size(len(table))
        draw_significance(next(panels), significance, layout, scan.places, scan.flagged, size)
    shows_bounds = False
    for target, definition in card.targets:
        axis, bounds = next(panels), find_trained_range(target, card)
        _draw_along(axis, scan, lines[target], bounds, definition.is_log)
        axis.set_ylabel(drawing.find_title(target))
        low, high = axis.get_ylim()
        shows_bounds |= any(low <= bound <= high for bound in bounds)
        if len(lines[target]) > 1:
            _draw_differences(next(panels), scan, lines[target], definition.is_log)
    layout.label(figure.axes[-1], WIDTH - 1)
    figure.align_ylabels()
    handles = _list_handles(scan, lines, shown[0].name, shows_bounds)
    handles += [] if significance is None else explain_significance(significance)
    write_legend(figure, handles, shown)
    return figure


def write_legend(
    figure: Figure, handles: Sequence[Line2D | Patch], shown: Sequence[ShownModel]
) -> None:
    """Write above a picture which models it shows, and why, and what is what."""
    letters = sum(len(str(handle.get_label())) for handle in handles)
    figure.legend(
        handles=handles,
        title=textwrap.fill(_describe_models(shown), MOST_LETTERS_OF_TITLE),
        alignment="left",
        loc="outside upper left",
        ncols=len(handles) if letters < MOST_LETTERS else 3,
        fontsize=8.5,
        handlelength=1.4,
        columnspacing=1.2,
    )


def _describe_models(shown: Sequence[ShownModel]) -> str:
    """Return in words which models a picture shows, and why."""
    described = "; ".join(f"{model.name}: {model.reason}" for model in shown)
    return f"{described}. windows.bed has the first" if shown[1:] else described


def find_flagged(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which windows of a scan have a flag."""
    return (table["flags"].notna() & (table["flags"] != "")).to_numpy()


def explain_flagged(flagged: npt.NDArray[np.bool_]) -> list[Line2D]:
    """Return what explains crosses in a legend; nothing if no window is flagged."""
    if not flagged.any():
        return []
    label = f"flagged ({flagged.sum():,} of {len(flagged):,} windows)"
    return [Line2D([], [], **CROSS, ms=5, label=label)]


def choose_dot_size(windows: int) -> float:
    """Return the diameter in points of the dots of windows, smaller where there are more."""
    return float(np.clip(3 * (1000 / max(windows, 1)) ** 0.25, 0.8, 3))


def _list_lines(
    table: pd.DataFrame, shown: Sequence[ShownModel], computed: str, target: str
) -> list[_Line]:
    """Return the lines of a target: the models', the first one first, then what is computed."""
    lines = [
        _Line(
            model.name,
            predictions.name_column(model.name, target),
            drawing.pick_kind_colour(model.kind),
        )
        for model in shown
    ]
    known = predictions.name_column(computed, target)
    return [*lines, _Line(COMPUTED, known, drawing.TRUTH)] if known in table else lines


# Along the genome ------------------------------------------------------------------------------


def _draw_along(
    axis: Axes,
    scan: _Scan,
    lines: Sequence[_Line],
    bounds: tuple[float, float],
    is_log: bool,
) -> None:
    """Draw what is predicted of a target along the genome."""
    scan.layout.shade(axis)
    best, *others = lines
    drawn = lines if scan.is_joined else [best]
    values = scan.table[[line.column for line in drawn]].to_numpy(np.float64)
    axis.set_ylim(_find_limits(values, bounds, is_log))
    for bound in bounds:
        axis.axhline(bound, color="0.45", lw=0.9, ls=":", zorder=5)
    _draw_dots(axis, scan, scan.flagged, best, CROSS)
    if scan.is_joined:
        for other in others:
            _draw_other(axis, scan, other)
    colour = best.colour if scan.is_joined else drawing.lighten(best.colour, PALE)
    _draw_dots(axis, scan, ~scan.flagged, best, {**DOT, "color": colour})
    _draw_course(axis, scan, best)
    if is_log:
        drawing.set_log_scale(axis, "y")


def _draw_dots(
    axis: Axes, scan: _Scan, chosen: npt.NDArray[np.bool_], line: _Line, style: dict[str, Any]
) -> None:
    """Draw a dot, or a cross, for each of some windows."""
    axis.plot(
        scan.places[chosen],
        scan.table[line.column][chosen],
        **style,
        ms=choose_dot_size(len(chosen)),
        rasterized=not scan.is_joined,
        zorder=3,
    )


def _draw_other(axis: Axes, scan: _Scan, line: _Line) -> None:
    """Draw what is computed as rings, and a second model as a wide pale line behind the first."""
    values = scan.table[line.column].mask(scan.flagged).to_numpy(np.float64)
    places, values = break_between_contigs(scan.table["contig"], scan.places, values)
    if line.label == COMPUTED:
        axis.plot(places, values, **RING, ms=4.5, color=line.colour, zorder=2.5)
    else:
        axis.plot(places, values, color=drawing.lighten(line.colour, PALE), lw=2.4, zorder=2)


def _draw_course(axis: Axes, scan: _Scan, line: _Line) -> None:
    """Draw the line of a model and its 90 % intervals; of many windows, medians of neighbours."""
    ends = [predictions.name_column(line.column, end) for end in ENDS]
    columns = [line.column, *(end for end in ends if end in scan.table)]
    course = scan.table[columns].where(pd.Series(~scan.flagged, scan.table.index), np.nan)
    contigs, places = scan.table["contig"], scan.places
    if not scan.is_joined:
        start, length = scan.layout.stretches[0].start, scan.layout.length
        steps = min(MOST_STEPS, len(places) // FEWEST_IN_STEP)
        step = np.floor((places - start) / length * steps)
        course = course.groupby(step).median()
        # The middles of steps; without windows in between, the line breaks.
        course = course.reindex(np.arange(steps))
        places = start + (course.index.to_numpy() + 0.5) / steps * length
        contigs = pd.Series(scan.layout.find_stretches(places))
    broken = break_between_contigs(contigs, places, *course.to_numpy(np.float64).T)
    places, values, *interval = broken
    axis.plot(places, values, color=line.colour, lw=0.9, zorder=4)
    if interval:
        low, high = interval
        axis.fill_between(places, low, high, zorder=1 if scan.is_joined else 3.5, **_shade(line))


def _find_limits(
    values: npt.NDArray[np.float64], bounds: tuple[float, float], is_log: bool
) -> tuple[float, float]:
    """Return the limits of an axis: values fill it, and near bounds of the training are in it."""
    convert, restore = (np.log10, lambda value: 10.0**value) if is_log else (np.array, float)
    values = values[np.isfinite(values) & ((values > 0) | (not is_log))]
    inner = [float(convert(bound)) for bound in bounds if bound > 0 or not is_log]
    scaled = convert(values) if len(values) else np.array(inner or [0.0, 1.0])
    low, high = float(scaled.min()), float(scaled.max())
    reach = FARTHEST_BOUND * ((high - low) or abs(high) or 1.0)
    near = [bound for bound in inner if low - reach <= bound <= high + reach]
    low, high = min(low, *near, low), max(high, *near, high)
    margin = 0.06 * ((high - low) or abs(high) or 1.0)
    return float(restore(low - margin)), float(restore(high + margin))


def _shade(line: _Line) -> dict[str, Any]:
    """Return how the intervals of a model are drawn: lightly, over the dots of windows too."""
    return {"color": line.colour, "alpha": 0.3, "lw": 0}


# Differences ------------------------------------------------------------------------------------


def _draw_differences(axis: Axes, scan: _Scan, lines: Sequence[_Line], is_log: bool) -> None:
    """Draw by how much models differ from what is computed, or the second from the first.

    Of logarithms it is their ratio. Flagged windows are left out.
    """
    *models, last = lines
    known, others = (last, models) if last.label == COMPUTED else (lines[0], lines[1:])
    scan.layout.shade(axis)
    base = scan.table[known.column].mask(scan.flagged).to_numpy(np.float64)
    axis.axhline(1 if is_log else 0, color=drawing.TRUTH, lw=0.7)
    for order, other in enumerate(reversed(others)):
        values = scan.table[other.column].to_numpy(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            differences = values / base if is_log else values - base
        axis.plot(
            scan.places,
            differences,
            **DOT,
            ms=choose_dot_size(len(values)),
            color=other.colour,
            rasterized=not scan.is_joined,
            zorder=2 + order,
        )
    if is_log:
        drawing.set_log_scale(axis, "y")
    what = "predicted" if last.label == COMPUTED else others[0].label
    from_what = "computed" if last.label == COMPUTED else known.label
    sign = "/" if is_log else "\N{MINUS SIGN}"
    axis.set_ylabel(f"{what}\n{sign} {from_what}")


def _list_handles(
    scan: _Scan, lines: Mapping[str, Sequence[_Line]], best: str, shows_bounds: bool
) -> list[Line2D | Patch]:
    """Return what explains the picture in its legend."""
    neighbours = "" if scan.is_joined else " (line: medians of neighbours)"
    handles: list[Line2D | Patch] = []
    for line in {line.label: line for drawn in lines.values() for line in drawn}.values():
        pale = drawing.lighten(line.colour, PALE)
        style: dict[str, Any] = {"color": pale, **({"lw": 2.4} if scan.is_joined else DOT)}
        if line.label == best:
            face = line.colour if scan.is_joined else pale
            style = {**DOT, "ls": "-", "color": line.colour, "mfc": face, "lw": 0.9, "ms": 4}
            handles.append(Line2D([], [], label=f"{line.label}{neighbours}", **style))
            if predictions.name_column(line.column, predictions.LOW) in scan.table:
                handles.append(Patch(label="its 90 % interval", **_shade(line)))
        elif line.label != COMPUTED:
            handles.append(Line2D([], [], label=line.label, **style))
        elif scan.is_joined:
            handles.append(Line2D([], [], color=line.colour, label=COMPUTED, ms=4.5, **RING))
    label = "range in training" if shows_bounds else "range in training (beyond the picture)"
    handles.append(Line2D([], [], color="0.45", lw=0.9, ls=":", label=label))
    return [*handles, *explain_flagged(scan.flagged)]
