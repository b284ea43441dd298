"""The picture of a region: what models, classical statistics and haplotypes show there."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from coalflow.config.schema.targets import Targets
from coalflow.core.shown_names import shorten_name
from coalflow.evaluation.comparisons import ShownModel
from coalflow.genomes.genes import Gene
from coalflow.report.figures import drawing
from coalflow.report.figures.regions import gene_rows, haplotypes, tracks
from coalflow.report.figures.regions.haplotypes import HaplotypeImage
from coalflow.report.figures.regions.tracks import MB, Windows

WIDTH = 8.0  # inches
LEFT, RIGHT = 1.35, 0.15  # margins
PANEL = WIDTH - LEFT - RIGHT
BOTTOM = 0.5
GAP = 0.1  # between panels
P_HEIGHT, CLASS_HEIGHT, NUMBER_HEIGHT, STATISTIC_HEIGHT = 1.05, 0.85, 0.7, 0.52
GENE_HEIGHT = 0.19
LEAST_HAPLOTYPES, MOST_HAPLOTYPES, ROW = 0.9, 2.4, 0.02  # heights
MOST_TARGETS = 4
CAPTION = 0.3  # height of the lines above haplotypes
TITLE_LINE, LEGEND_LINE = 0.19, 0.16
MOST_LETTERS = 118  # of a line of the title
LEGEND_COLUMNS = 4

#: A panel: its height, the space above it, and what draws it.
Panel = tuple[float, float, Callable[[Axes], None]]


@dataclasses.dataclass(frozen=True)
class RegionView:
    """What a picture of a region shows.

    Attributes
    ----------
    title, details : str
        What is known of the region, in words.
    contig : str
    start, end : int
        The stretch that is drawn, in bases counted from 0.
    region : (int, int), optional
        The region itself, which is marked.
    peak : (int, int), optional
        Its most surprising window.
    windows : DataFrame
        Rows of ``windows.tsv`` that overlap the stretch.
    shown : sequence of ShownModel
        The models that are drawn, the best first.
    targets : Targets
        What they predict.
    score : str, optional
        By which regions are found; None where windows have no p-values.
    threshold : float
        The p-value of windows that make regions.
    bands : DataFrame, optional
        Quantiles of statistics in neutral windows.
    haplotypes : HaplotypeImage, optional
        None where the stretch has no sites.
    polarised : bool
        Whether the derived allele is known.
    genes : sequence of Gene, optional
        Those of the stretch; None where genes are not known.
    """

    title: str
    details: str
    contig: str
    start: int
    end: int
    region: tuple[int, int] | None
    peak: tuple[int, int] | None
    windows: pd.DataFrame
    shown: Sequence[ShownModel]
    targets: Targets
    score: str | None
    threshold: float
    bands: pd.DataFrame | None
    haplotypes: HaplotypeImage | None
    polarised: bool
    genes: Sequence[Gene] | None


def draw_region(view: RegionView) -> Figure:
    """Picture a region: panels on top of each other that share the genome's axis.

    From top to bottom: how surprising the scores of the models are; what the first model predicts;
    classical statistics, over what they are in neutral simulations; the haplotypes, similar ones
    next to each other; and genes.

    Parameters
    ----------
    view : RegionView
    """
    panels = _list_panels(view)
    windows = Windows(view.windows)
    handles = tracks.list_handles(
        windows,
        view.shown,
        view.targets.classes or (),
        view.threshold if view.score is not None else None,
        view.bands is not None and bool(tracks.list_statistics(view.windows)),
    )
    title = textwrap.wrap(view.details, MOST_LETTERS)
    top = 0.32 + TITLE_LINE * len(title) + LEGEND_LINE * math.ceil(len(handles) / LEGEND_COLUMNS)
    height = top + BOTTOM + sum(size + space for size, space, _ in panels)
    figure = plt.figure(figsize=(WIDTH, height), layout="none")
    figure.text(0.1 / WIDTH, 1 - 0.22 / height, view.title, fontsize=10.5, weight="bold")
    for number, line in enumerate(title, 1):
        place = 1 - (0.22 + TITLE_LINE * number) / height
        figure.text(0.1 / WIDTH, place, line, fontsize=8.5)
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.04 / WIDTH, 1 - (0.24 + TITLE_LINE * len(title)) / height),
        ncols=LEGEND_COLUMNS,
        fontsize=drawing.SMALL,
        handlelength=1.5,
        columnspacing=1.3,
        labelspacing=0.25,
        borderpad=0.2,
    )
    _draw_panels(figure, view, panels, height, top)
    return figure


def _draw_panels(
    figure: Figure, view: RegionView, panels: Sequence[Panel], height: float, top: float
) -> None:
    """Draw panels below each other; the lowest has the labels of the axis."""
    y = height - top
    for number, (size, space, draw) in enumerate(panels):
        y -= size + space
        axis = figure.add_axes((LEFT / WIDTH, y / height, PANEL / WIDTH, size / height))
        draw(axis)
        _mark(axis, view)
        axis.set_xlim(view.start / MB, view.end / MB)
        axis.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]))
        axis.tick_params(axis="x", labelbottom=number == len(panels) - 1, labelsize=8)
        if number == 0 and view.peak is not None:
            middle = sum(view.peak) / 2 / MB
            trans = axis.get_xaxis_transform()
            axis.plot(middle, 1.03, "v", ms=5, color=drawing.REGION, transform=trans, clip_on=False)
    axis.set_xlabel(f"position on contig {shorten_name(view.contig)} (Mb)", fontsize=8.5)


def _mark(axis: Axes, view: RegionView) -> None:
    """Mark where the region lies."""
    if view.region is None:
        return
    start, end = (base / MB for base in view.region)
    if not axis.images:
        axis.axvspan(start, end, color=drawing.REGION_SHADE, lw=0, zorder=-3)
    for place in (start, end):
        axis.axvline(place, color=drawing.REGION, lw=0.8, zorder=1.5)


def _list_panels(view: RegionView) -> list[Panel]:
    windows = Windows(view.windows)
    panels: list[Panel] = []

    def add(height: float, draw: Callable[[Axes], None], space: float = GAP) -> None:
        panels.append((height, space, draw))

    score = view.score
    if score is not None:
        add(
            P_HEIGHT,
            lambda axis: tracks.draw_p_values(axis, windows, view.shown, score, view.threshold),
        )
    classes = view.targets.classes
    if classes is not None:
        add(CLASS_HEIGHT, lambda axis: tracks.draw_classes(axis, windows, view.shown[0], classes))
    else:
        for target, definition in list(view.targets)[:MOST_TARGETS]:
            add(NUMBER_HEIGHT, _draw_target(windows, view.shown, target, definition.is_log))
    for name in tracks.list_statistics(view.windows):
        add(STATISTIC_HEIGHT, _draw_statistic(windows, name, view.bands))
    if view.haplotypes is not None:
        add(*_draw_haplotypes(view.haplotypes, view.polarised), CAPTION + GAP)
    if view.genes is not None:
        add(*_draw_genes(view, view.genes))
    return panels


def _draw_target(
    windows: Windows, shown: Sequence[ShownModel], target: str, is_log: bool
) -> Callable[[Axes], None]:
    return lambda axis: tracks.draw_number(axis, windows, shown, target, is_log)


def _draw_statistic(
    windows: Windows, name: str, bands: pd.DataFrame | None
) -> Callable[[Axes], None]:
    return lambda axis: tracks.draw_statistic(axis, windows, name, bands)


def _draw_haplotypes(
    image: HaplotypeImage, polarised: bool
) -> tuple[float, Callable[[Axes], None]]:
    height = min(max(ROW * len(image.shares), LEAST_HAPLOTYPES), MOST_HAPLOTYPES)

    def draw(axis: Axes) -> None:
        haplotypes.draw_haplotypes(axis, image)
        words = haplotypes.describe_haplotypes(image, polarised)
        axis.text(0, 1.02, words, transform=axis.transAxes, fontsize=drawing.SMALL, va="bottom")

    return height, draw


def _draw_genes(view: RegionView, genes: Sequence[Gene]) -> tuple[float, Callable[[Axes], None]]:
    placed, left_out = gene_rows.place_genes(genes, view.start, view.end, PANEL)
    height = GENE_HEIGHT * gene_rows.count_gene_rows(placed) + 0.1

    def draw(axis: Axes) -> None:
        gene_rows.draw_genes(axis, placed, view.start, view.end, PANEL)
        label = "genes" if placed else "no genes"
        label += f"\n{left_out:,} not\nshown" if left_out else ""
        axis.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=tracks.LABEL_SIZE)
        axis.yaxis.set_label_coords(tracks.LABEL_AT, 0.5)

    return height, draw
