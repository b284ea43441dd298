"""How surprising windows are along a whole genome, and where its regions lie."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from coalflow.genomes.significance.region_tables import FOUND, QUESTION
from coalflow.report.figures import drawing
from coalflow.report.figures.genome_axis import GenomeAxis
from coalflow.report.figures.regions.tracks import HIGHEST

MOST_IN_VECTORS = 1000  # windows
MARKS: dict[str, dict[str, Any]] = {
    FOUND: {"marker": "v", "mfc": drawing.REGION, "mec": drawing.REGION},
    QUESTION: {"marker": "v", "mfc": "none", "mec": drawing.REGION},
}
MARK_SIZE = 6.0
MARK_AT = 1.04  # height, of the panel


@dataclasses.dataclass(frozen=True)
class Significance:
    """How surprising the windows of a genome are, by a score of the first model.

    Attributes
    ----------
    score : str
    model : str
    p : ndarray of float64, shape (windows,)
        nan where nothing is predicted.
    threshold : float
        Adjacent windows with this p-value or less make regions.
    regions : DataFrame
        ``contig``, ``peak_start``, ``peak_end`` and ``verdict`` of regions; it may have none.
    """

    score: str
    model: str
    p: npt.NDArray[np.float64]
    threshold: float
    regions: pd.DataFrame

    def count_regions(self, verdict: str) -> int:
        """Return how many regions have a verdict."""
        return int((self.regions["verdict"] == verdict).sum()) if len(self.regions) else 0

    @property
    def title(self) -> str:
        """What the panel shows, in words."""
        found, questions = map(self.count_regions, (FOUND, QUESTION))
        words = f"{found:,} {'region' if found == 1 else 'regions'} found"
        words += f", {questions:,} {'question' if questions == 1 else 'questions'}"
        return (
            f"\N{MINUS SIGN}log10 p of {drawing.find_title(self.score)}, by {self.model}: {words}"
        )


def draw_significance(
    axis: Axes,
    track: Significance,
    layout: GenomeAxis,
    places: npt.NDArray[np.float64],
    flagged: npt.NDArray[np.bool_],
    size: float,
) -> None:
    """Draw a dot for each window, the threshold of regions, and marks above their peaks.

    Parameters
    ----------
    axis : Axes
    track : Significance
    layout : GenomeAxis
        Where contigs lie.
    places : ndarray of float64, shape (windows,)
        Where windows lie along the axis.
    flagged : ndarray of bool, shape (windows,)
        Those that are novel, or flagged for another reason.
    size : float
        The diameter of dots, in points.
    """
    layout.shade(axis)
    axis.set_title(track.title, loc="left", fontsize=9, pad=11)
    with np.errstate(divide="ignore"):
        heights = np.minimum(-np.log10(track.p), HIGHEST)
    limit = -np.log10(track.threshold)
    high = heights >= limit
    dot: dict[str, Any] = {"marker": "o", "mew": 0, "ls": "", "ms": size}
    cross: dict[str, Any] = {
        "marker": "x",
        "mew": 0.6,
        "ls": "",
        "ms": size,
        "color": drawing.FLAGGED,
    }
    is_large = len(places) > MOST_IN_VECTORS
    for chosen, style in (
        (flagged, {**cross, "zorder": 1}),
        (~flagged & ~high, {**dot, "color": drawing.NULL, "zorder": 2}),
        (~flagged & high, {**dot, "color": drawing.REGION, "zorder": 3}),
    ):
        axis.plot(places[chosen], heights[chosen], **style, rasterized=is_large)
    axis.axhline(limit, color=drawing.THRESHOLD, lw=0.8, ls="--", zorder=4)
    axis.set_ylim(0, 1.08 * max(limit, np.nanmax(heights, initial=0)))
    _mark_regions(axis, track, layout)


def _mark_regions(axis: Axes, track: Significance, layout: GenomeAxis) -> None:
    """Put a triangle above the peak of each region that is found, or a question."""
    if not len(track.regions):
        return
    peaks = track.regions.rename(columns={"start": "from", "end": "to"})
    peaks = peaks.rename(columns={"peak_start": "start", "peak_end": "end"})
    for verdict, style in MARKS.items():
        here = peaks[(peaks["verdict"] == verdict) & peaks["contig"].isin(layout.offsets.index)]
        if len(here):
            axis.plot(
                layout.place(here),
                np.full(len(here), MARK_AT),
                **style,
                ls="",
                ms=MARK_SIZE,
                transform=axis.get_xaxis_transform(),
                clip_on=False,
                zorder=5,
            )


def explain_significance(track: Significance) -> list[Line2D]:
    """Return what explains the panel in the legend."""
    handles = [
        Line2D([], [], color=drawing.THRESHOLD, lw=0.8, ls="--", label=f"p = {track.threshold:g}"),
    ]
    names = {FOUND: "region found", QUESTION: "question (novel or flagged)"}
    handles += [
        Line2D([], [], **style, ls="", ms=MARK_SIZE, label=names[verdict])
        for verdict, style in MARKS.items()
        if track.count_regions(verdict)
    ]
    return handles
