"""Genes of a region in rows, so that their names do not overlap."""

import dataclasses
from collections.abc import Sequence

from matplotlib.axes import Axes

from coalflow.core.shown_names import shorten_name
from coalflow.genomes.genes import Gene
from coalflow.report.figures import drawing

MB = 1e6
MOST_ROWS = 6
LETTER_WIDTH = 0.068  # inches, of names
GAP = 0.09  # inches between genes of a row, and between a gene and its name
LONGEST_NAME = 18  # characters
NAME_SIZE = 8  # points
CODING, OTHER = drawing.TRUTH, drawing.FLAGGED
BAR = 0.32  # height, in rows
ARROWS = {"+": " \N{RIGHTWARDS ARROW}", "-": " \N{LEFTWARDS ARROW}"}


@dataclasses.dataclass(frozen=True)
class PlacedGene:
    """A gene in a row.

    Attributes
    ----------
    gene : Gene
    row : int
        0 at the top.
    label : str
        Empty where there is no room for it.
    label_at : float
        Where it begins, in inches from the left end of the axis.
    is_on_gene : bool
        Whether it lies on the gene, for lack of room next to it.
    """

    gene: Gene
    row: int
    label: str
    label_at: float
    is_on_gene: bool = False


def place_genes(
    genes: Sequence[Gene], start: int, end: int, inches: float
) -> tuple[list[PlacedGene], int]:
    """Return in which rows genes have room, with their names, and how many have none.

    Genes that code for proteins come first, long ones before short ones.

    Parameters
    ----------
    genes : sequence of Gene
        Those that overlap the stretch.
    start, end : int
        The stretch, in bases.
    inches : float
        How wide the axis is.

    Returns
    -------
    list of PlacedGene
    int
        How many genes are left out.

    Examples
    --------
    >>> genes = [Gene("LCT", 100, 300, "-", True), Gene("MCM6", 310, 400, "-", True)]
    >>> [gene.row for gene in place_genes(genes, 0, 1000, 2.0)[0]]
    [0, 1]
    """
    scale = inches / (end - start)
    rows: list[list[tuple[float, float]]] = []
    placed, left_out = [], 0
    for gene in sorted(genes, key=lambda each: (not each.coding, each.start - each.end)):
        low, high = ((min(max(base, start), end) - start) * scale for base in gene[1:3])
        label = f"{shorten_name(gene.name, LONGEST_NAME)}{ARROWS.get(gene.strand, '')}"
        width = LETTER_WIDTH * len(label) + GAP
        # Behind the gene, or before it where the picture ends.
        label_at = high + GAP / 2
        if label_at + width > inches:
            label_at = max(low - width, GAP / 2)
        left, right = min(low, label_at), max(high, label_at + width) + GAP
        row = next(
            (
                number
                for number, taken in enumerate(rows)
                if all(right <= begin or left >= stop for begin, stop in taken)
            ),
            len(rows),
        )
        if row == MOST_ROWS:
            left_out += 1
            continue
        if row == len(rows):
            rows.append([])
        rows[row].append((left, right))
        placed.append(PlacedGene(gene, row, label, label_at, low < label_at < high))
    return placed, left_out


def draw_genes(
    axis: Axes, placed: Sequence[PlacedGene], start: int, end: int, inches: float
) -> None:
    """Draw genes as bars, each with its name and an arrow in the direction of transcription.

    Parameters
    ----------
    axis : Axes
    placed : sequence of PlacedGene
    start, end : int
        The stretch, in bases.
    inches : float
        How wide the axis is.
    """
    per_inch = (end - start) / inches / MB
    for each in placed:
        gene = each.gene
        low, high = max(gene.start, start) / MB, min(gene.end, end) / MB
        colour = CODING if gene.coding else OTHER
        # As wide as can be seen.
        axis.barh(each.row, max(high - low, 0.02 * per_inch), BAR, low, color=colour, lw=0)
        axis.text(
            start / MB + each.label_at * per_inch,
            each.row,
            each.label,
            fontsize=NAME_SIZE,
            style="italic",
            va="center",
            color="0.15",
            bbox={"fc": "white", "ec": "none", "pad": 0.6} if each.is_on_gene else None,
        )
    rows = count_gene_rows(placed)
    axis.set(ylim=(rows - 0.4, -0.6), yticks=[])
    axis.spines["left"].set_visible(False)


def count_gene_rows(placed: Sequence[PlacedGene]) -> int:
    """Return how many rows genes have; at least 1."""
    return max((each.row for each in placed), default=0) + 1
