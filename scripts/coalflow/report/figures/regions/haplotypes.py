"""Haplotypes of a region, similar ones next to each other."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgba

from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.genomes.store.contigs import Contig
from coalflow.genomes.store.readable_contigs import ReadableContig
from coalflow.windows.haplotype_order import mark_differences, order_rows

MB = 1e6
MOST_COLUMNS, FEWEST_COLUMNS = 480, 120  # of the image
MOST_ROWS = 320  # of the image: where there are more, neighbouring haplotypes share one
COLUMNS_OF_SITE = 3  # where there are few sites, so that each can be seen
LEVELS = 4  # of shades, next to white: the file is smaller than with all
MOST_AT_ONCE = 20_000  # sites
MOST_ORDERED = 3000  # sites by which rows are ordered
COMMON = 0.05  # the frequency of the rarer allele of sites that are drawn where they are crowded
COLOURS = LinearSegmentedColormap.from_list("alleles", ["#f2efe6", "#1b2a41"])
NOTHING, MISSING = "#ffffff", "#c9c9c9"


@dataclasses.dataclass(frozen=True)
class HaplotypeImage:
    """Alleles along a stretch.

    Attributes
    ----------
    start, end : int
        The stretch, in bases counted from 0.
    shares : ndarray of float32, shape (rows, columns)
        Of the sites in each column, the share at which a haplotype, or an individual, has the
        derived allele, or the rarer one; nan where none is called.
    is_site : ndarray of bool, shape (columns,)
        Which columns have sites.
    populations : list of (str, int)
        Their names, empty where there is one, and how many rows each has.
    rows : str
        ``haplotypes`` or ``individuals``.
    sites : int
        How many sites are drawn.
    left_out : int
        How many are not, since their rarer allele is too rare where sites are crowded.
    """

    start: int
    end: int
    shares: npt.NDArray[np.float32]
    is_site: npt.NDArray[np.bool_]
    populations: list[tuple[str, int]]
    rows: str
    sites: int
    left_out: int


def make_haplotype_image(
    contig: ReadableContig,
    stretch: tuple[int, int],
    centre: tuple[int, int],
    observation: Observation,
) -> HaplotypeImage:
    """Return the alleles of a stretch as an image, read some at a time.

    Rows are ordered by the sites of the centre. Where sites are crowded, only those are drawn whose
    rarer allele has a frequency of at least 5 %.

    Parameters
    ----------
    contig : ReadableContig
    stretch, centre : (int, int)
        Bases, counted from 0, the end not included.
    observation : Observation
        Whether haplotypes are known, and which alleles are derived.
    """
    per_row = 1 if observation.phased else contig.samples.ploidy
    first, last = contig.count_sites_before(np.array(stretch)).tolist()
    columns = int(np.clip(COLUMNS_OF_SITE * (last - first), FEWEST_COLUMNS, MOST_COLUMNS))
    crowded = last - first > columns
    rows = contig.samples.number_of_haplotypes // per_row
    copies, called = (np.zeros((columns, rows)) for _ in range(2))
    kept = 0
    for begin in range(first, last, MOST_AT_ONCE):
        piece = contig.read_sites(begin, min(begin + MOST_AT_ONCE, last))
        piece = _code_rarer(piece, polarised=bool(observation.polarised))
        if crowded:
            piece = piece.select(_find_common(piece))
        kept += len(piece.positions)
        _add_up(piece, stretch, per_row, copies, called)
    order = _order(contig, centre, observation, per_row)
    with np.errstate(invalid="ignore"):
        shares = (copies / called).T[order].astype(np.float32)
    return HaplotypeImage(
        start=stretch[0],
        end=stretch[1],
        shares=shares,
        is_site=called.sum(axis=1) > 0,
        populations=_list_populations(contig.samples, per_row),
        rows="haplotypes" if per_row == 1 else "individuals",
        sites=kept,
        left_out=last - first - kept,
    )


def _list_populations(samples: Samples, per_row: int) -> list[tuple[str, int]]:
    names = samples.populations or [""]
    return [
        (name, number // per_row)
        for name, number in zip(names, samples.haplotypes, strict=True)
        if number
    ]


def _code_rarer(piece: Contig, polarised: bool) -> Contig:
    """Return sites with 1 for the rarer allele, unless it is for the derived one."""
    if polarised:
        return piece
    called = _find_called(piece)
    is_common = 2 * piece.haplotypes.sum(axis=1, dtype=np.int64) > called.sum(axis=1)
    haplotypes = (piece.haplotypes ^ is_common[:, None].astype(np.uint8)) & called
    return dataclasses.replace(piece, haplotypes=haplotypes)


def _find_called(piece: Contig) -> npt.NDArray[np.uint8]:
    return np.ones_like(piece.haplotypes) if piece.called is None else piece.called


def _find_common(piece: Contig) -> npt.NDArray[np.bool_]:
    """Return at which sites the rarer allele is common."""
    number = _find_called(piece).sum(axis=1, dtype=np.int64)
    copies = piece.haplotypes.sum(axis=1, dtype=np.int64)
    return np.minimum(copies, number - copies) >= COMMON * number


def _add_up(
    piece: Contig,
    stretch: tuple[int, int],
    per_row: int,
    copies: npt.NDArray[np.float64],
    called: npt.NDArray[np.float64],
) -> None:
    """Add the alleles of some sites to the columns in which they lie."""
    if not len(piece.positions):
        return
    start, end = stretch
    # A position counts from 1.
    column = (piece.positions - 1 - start) * len(copies) // (end - start)
    found, begins = np.unique(column, return_index=True)
    for total, alleles in ((copies, piece.haplotypes), (called, _find_called(piece))):
        rows = alleles.reshape(len(alleles), -1, per_row).sum(axis=2, dtype=np.float64)
        total[found] += np.add.reduceat(rows, begins, axis=0)


def _order(
    contig: ReadableContig, centre: tuple[int, int], observation: Observation, per_row: int
) -> npt.NDArray[np.int64]:
    """Return the order of rows, by their similarity in the centre."""
    first, last = contig.count_sites_before(np.array(centre)).tolist()
    more = max(last - first - MOST_ORDERED, 0)
    piece = contig.read_sites(first + more // 2, last - (more + 1) // 2)
    if not len(piece.positions):
        return np.arange(contig.samples.number_of_haplotypes // per_row)
    called = None if piece.called is None else piece.called.T[None]
    haplotypes = np.ascontiguousarray(piece.haplotypes.T[None])
    marks = mark_differences(haplotypes, called, per_row)
    rows = [number // per_row for number in contig.samples.haplotypes]
    return order_rows(marks, rows, "similarity")[0]


def draw_haplotypes(axis: Axes, image: HaplotypeImage) -> None:
    """Draw the alleles of a stretch, with names of populations at the left.

    Parameters
    ----------
    axis : Axes
    image : HaplotypeImage
    """
    shares = _merge_rows(image.shares)
    rgba = COLOURS(np.rint(LEVELS * np.nan_to_num(shares)) / LEVELS)
    rgba[np.isnan(shares)] = to_rgba(MISSING)
    rgba[:, ~image.is_site] = to_rgba(NOTHING)
    axis.imshow(
        (255 * rgba[:, :, :3]).round().astype(np.uint8),
        extent=(image.start / MB, image.end / MB, len(image.shares), 0),
        aspect="auto",
        interpolation="nearest",
    )
    ends = np.cumsum([0, *(number for _, number in image.populations)])
    for end in ends[1:-1]:
        axis.axhline(end, color="white", lw=2.5)
        axis.axhline(end, color="0.3", lw=0.7)
    names = [f"{name} ({number})" if name else "" for name, number in image.populations]
    if any(names):
        axis.set_yticks((ends[1:] + ends[:-1]) / 2, names)
    else:
        axis.set_yticks([])
    axis.tick_params(axis="y", length=0)
    for side in axis.spines.values():
        side.set_visible(False)


def _merge_rows(shares: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the means of neighbouring rows where there are more than the image has."""
    together = -(-len(shares) // MOST_ROWS)
    if together == 1:
        return shares
    begins = np.arange(0, len(shares), together)
    known = np.add.reduceat(np.isfinite(shares).astype(np.float32), begins, axis=0)
    with np.errstate(invalid="ignore"):
        means = np.add.reduceat(np.nan_to_num(shares), begins, axis=0) / known
    return means.astype(np.float32)


def describe_haplotypes(image: HaplotypeImage, polarised: bool) -> str:
    """Return in words what the image shows.

    Parameters
    ----------
    image : HaplotypeImage
    polarised : bool
        Whether the derived allele is known.
    """
    allele = "derived" if polarised else "rarer"
    rows = f"{len(image.shares):,} {image.rows}, similar ones next to each other"
    words = f"{rows}; dark: the {allele} allele.\n{image.sites:,} sites"
    if image.left_out:
        words += f"; {image.left_out:,} whose rarer allele is below 5 % are not shown"
    return words
