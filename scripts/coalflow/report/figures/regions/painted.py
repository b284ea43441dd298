"""The picture of a contig whose haplotypes are painted by their ancestry."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from coalflow.genomes.painting.painted_contigs import PaintedContig
from coalflow.report.figures import drawing

COLUMNS = 1000  # of the picture
MOST_NAMED = 60  # rows whose names are legible
LETTERS = 16  # of a line next to the colours
ROW, MARGINS, HIGHEST = 0.1, 1.2, 10.0  # inches


def draw_painted_contig(contig: Sequence[PaintedContig], of: str, source: str) -> Figure:
    """Picture the probability of ancestry, haplotypes below each other.

    Parameters
    ----------
    contig : sequence of PaintedContig
        Those of one contig, none where nothing could be painted.
    of, source : str
        The population whose haplotypes these are, and the one that ancestry is from.
    """
    rows = [row for part in contig for row in part.rows]
    height = min(MARGINS + ROW * len(rows), HIGHEST)
    figure, axis = plt.subplots(figsize=(drawing.WIDEST, max(height, 2.0)))
    if not any(len(part.positions) for part in contig):
        axis.text(0.5, 0.5, "no window has sites", ha="center", transform=axis.transAxes)
        axis.set_axis_off()
        return figure
    order = sorted(range(len(rows)), key=rows.__getitem__)
    painted = np.concatenate([average_in_columns(part) for part in contig], axis=1)[:, order]
    image = axis.imshow(
        painted.T,
        aspect="auto",
        interpolation="none",
        cmap="viridis",
        vmin=0,
        vmax=1,
        extent=(0, contig[0].length / 1e6, len(rows) - 0.5, -0.5),
    )
    axis.set(xlabel=f"{contig[0].name}, Mb", ylabel=of)
    names = [rows[index].label for index in order] if len(rows) <= MOST_NAMED else []
    axis.set_yticks(range(len(names)), names)
    # In several lines, since a picture of few haplotypes is low.
    label = textwrap.fill(f"probability of ancestry from {source}", LETTERS)
    figure.colorbar(image, ax=axis, label=label, pad=0.01)
    return figure


def average_in_columns(contig: PaintedContig) -> npt.NDArray[np.float32]:
    """Return the mean probability in columns of equal width, float32 (columns, rows).

    Where no base of a column is painted it is nan.

    Parameters
    ----------
    contig : PaintedContig
    """
    ends = np.linspace(0, contig.length, COLUMNS + 1)
    edges = contig.edges
    bases = np.diff(edges)[:, None]
    sums = np.cumsum(np.pad(contig.probability * bases, ((1, 0), (0, 0))), axis=0)
    at_ends = np.stack([np.interp(ends, edges, column) for column in sums.T], axis=1)
    covered = np.diff(np.clip(ends, edges[0], edges[-1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (np.diff(at_ends, axis=0) / covered[:, None]).astype(np.float32)
