"""How similar haplotypes are to those of their own population and of each other one.

As in :mod:`coalflow.models.nets.haplotype_similarity`, the similarity of two haplotypes is
exp(-differences / scale). Each pair is compared once, and counts for the haplotypes of both.

Sites are weighted by multiples of 1 / 256, and similarities are rounded to multiples of 1 / 32,768.
So sums are exact, and no order makes a difference to any bit.
"""

import functools
import itertools
import math
import typing
from collections.abc import Sequence

import torch

from coalflow.models.nets.haplotype_similarity import (
    AT_ONCE,
    MOST_COMPARED,
    ROWS,
    SCALES,
    SCALES_IN_PARTS,
    SPANS,
    extend_spans,
    gather_sites,
)
from coalflow.models.nets.window_parts import PARTS, multiply

T = typing.TypeVar("T")
PER_WEIGHT = 256  # what weights of sites are multiples of
ROUNDING = 256.0  # numbers of this size differ by 1 / 32,768
FAR = 1e6  # differences of a haplotype from its nearest, where there is no other

# How many numbers compare a haplotype with a population, in a part and in the window: means at all
# scales, and in the window the nearest.
COMPARED_IN_PARTS = SCALES_IN_PARTS * len(SPANS)
COMPARED_IN_WINDOW = len(SCALES) + 1


def choose_of_each(populations: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Return the alleles of the haplotypes that are compared, of each population.

    They are all, or :data:`coalflow.models.nets.haplotype_similarity.MOST_COMPARED`: as many of
    each population, unless it has fewer, evenly spread over the order of its haplotypes.

    Parameters
    ----------
    populations : sequence of Tensor of float32, shape (windows, sites, haplotypes)
    """
    sizes = [alleles.shape[2] for alleles in populations]
    most = max(sizes)
    while sum(min(size, most) for size in sizes) > MOST_COMPARED:
        most -= 1
    return [_spread(alleles, min(most, alleles.shape[2])) for alleles in populations]


def _spread(alleles: torch.Tensor, count: int) -> torch.Tensor:
    number = alleles.shape[2]
    if count == number:
        return alleles
    return alleles[:, :, torch.arange(count, device=alleles.device) * number // count]


def compare_populations(
    populations: Sequence[torch.Tensor],
    weights: torch.Tensor,
    values: torch.Tensor,
    described: int,
) -> tuple[list[torch.Tensor], list[torch.Tensor], list[torch.Tensor]]:
    """Return how similar each haplotype is to those of each population, itself left out.

    Of its own population first, then of the others in their order. And the sums, in each part, of
    values of the alleles 1 that it carries.

    Parameters
    ----------
    populations : sequence of Tensor of float32, shape (windows, sites, haplotypes)
        Alleles of each population.
    weights : Tensor of float32, shape (windows, sites, COLUMNS)
        How much each site counts in each part: multiples of 1 / PER_WEIGHT.
    values : Tensor of float32, shape (windows, sites, numbers)
    described : int
        How many of the populations, from the first on, have haplotypes that are described.

    Returns
    -------
    in_parts : list of Tensor of float32, (windows, haplotypes, parts, all x COMPARED_IN_PARTS)
        Similarities over several spans and at several scales, for each population.
    in_window : list of Tensor of float32, (windows, haplotypes, all x COMPARED_IN_WINDOW)
        Similarities in the whole window at several scales, and differences from the nearest.
    carried : list of Tensor of float32, (windows, haplotypes, parts, numbers)
        The sums of values.
    """
    sizes = [alleles.shape[2] for alleles in populations]
    at_once = AT_ONCE.get(weights.device.type, AT_ONCE["cuda"])
    windows = max(1, at_once // (PARTS * sum(sizes) * min(max(sizes), ROWS)))
    split = zip(*(alleles.split(windows) for alleles in populations), strict=True)
    pieces = [
        _sum_similarities(*piece, described)
        for piece in zip(split, weights.split(windows), values.split(windows), strict=True)
    ]
    in_parts, in_window, carried = zip(*pieces, strict=True)
    return _join(in_parts), _join(in_window), _join(carried)


def _join(pieces: Sequence[list[torch.Tensor]]) -> list[torch.Tensor]:
    return [torch.cat(tensors) for tensors in zip(*pieces, strict=True)]


def _sum_similarities(
    populations: Sequence[torch.Tensor],
    weights: torch.Tensor,
    values: torch.Tensor,
    described: int,
) -> tuple[list[torch.Tensor], list[torch.Tensor], list[torch.Tensor]]:
    """Return what :func:`compare_populations` does, of windows for which there is memory.

    As there is but one matrix of pairs, it is computed in strips of some rows of one population,
    from the diagonal to the right.
    """
    # Columns that fill up multiples of four are neither rows nor parts of sums.
    sizes = [alleles.shape[2] for alleles in populations]
    starts = list(itertools.accumulate((size + -size % 4 for size in sizes), initial=0))
    columns = [slice(start, start + size) for start, size in zip(starts, sizes, strict=False)]
    filled = values.new_zeros(*values.shape[:2], starts[-1] + values.shape[2])
    for part, each in zip(columns, populations, strict=True):
        filled[:, :, part] = each
    filled[:, :, starts[-1] :] = values
    gathered, weights = gather_sites(filled, weights)
    alleles = gathered[:, :, : starts[-1]]
    weighted = alleles * weights
    wanted, end_described = gathered[:, :, starts[-1] : filled.shape[2]], starts[described]
    carried = multiply(wanted.transpose(1, 2), weighted[:, :, :end_described])
    carried = carried.unflatten(0, (PARTS, -1)).permute(1, 3, 0, 2)
    own = alleles.new_zeros(len(alleles), starts[-1])
    others = slice(end_described, None)
    own[:, others] = (alleles[:, :, others] * weighted[:, :, others]).sum(dim=1)
    sums = _Sums(columns, len(populations[0]), own[0, :end_described])
    # The last strip first: others need its haplotypes' products with themselves.
    for population, first, end in reversed(_list_strips(columns[:described])):
        shared = multiply(alleles[:, :, first:end].transpose(1, 2), weighted[:, :, first:])
        own[:, first:end] = shared.diagonal(dim1=1, dim2=2)
        differences = own[:, first:end, None] + own[:, None, first:]
        differences = differences.sub_(shared, alpha=2).unflatten(0, (PARTS, -1))
        sums.add_strip(population, first, differences)
    return *sums.average(described), [carried[:, part] for part in columns[:described]]


def _list_strips(columns: Sequence[slice]) -> list[tuple[int, int, int]]:
    """Return strips of at most ROWS haplotypes: population, first and end."""
    strips = []
    for population, part in enumerate(columns):
        size = part.stop - part.start
        rows = 4 * math.ceil(size / math.ceil(size / ROWS) / 4)
        strips += [
            (population, first, min(first + rows, part.stop))
            for first in range(part.start, part.stop, rows)
        ]
    return strips


class _Sums:
    """Sums of similarities of haplotypes to populations, to which strips of pairs are added.

    ``columns`` are the haplotypes of each population, ``like`` has those that are described.
    """

    def __init__(self, columns: Sequence[slice], windows: int, like: torch.Tensor) -> None:
        self.columns, number = columns, len(columns)
        in_parts = number, SCALES_IN_PARTS, len(SPANS), PARTS, windows, len(like)
        self.in_parts = like.new_zeros(in_parts)
        self.in_window = like.new_zeros(number, len(SCALES), windows, len(like))
        self.nearest = like.new_full((number, windows, len(like)), FAR)

    def add_strip(self, population: int, first: int, differences: torch.Tensor) -> None:
        """Add pairs of some haplotypes of a population with those from the first of them on.

        ``differences`` are float32 (parts, windows, rows, columns). Pairs of one of the rows with
        one beyond them count for both.
        """
        kernels = extend_spans(differences)
        in_window = functools.reduce(torch.add, differences)
        kernel = (in_window / -SCALES[-1]).exp_()
        for array, value in ((kernels, 0), (kernel, 0), (in_window, FAR)):
            array.diagonal(dim1=-2, dim2=-1).fill_(value)  # none is compared with itself
        rows = slice(first, first + differences.shape[-2])
        beyond = [
            (other, slice(max(columns.start, rows.stop) - first, columns.stop - first))
            for other, columns in enumerate(self.columns)
            if columns.stop > rows.stop
        ]
        nearest = self.nearest[population, :, first:]
        described = slice(nearest.shape[-1])
        torch.minimum(nearest, in_window[..., described].amin(dim=-2), out=nearest)
        for other, columns in beyond:
            nearest = self.nearest[other, :, rows]
            torch.minimum(nearest, in_window[..., columns].amin(dim=-1), out=nearest)
        for scale in range(SCALES_IN_PARTS):
            if scale:
                kernels.square_().square_()
            _round(kernels)
            self.in_parts[population, scale, ..., first:] += kernels[..., described].sum(dim=-2)
            for other, columns in beyond:
                self.in_parts[other, scale, ..., rows] += kernels[..., columns].sum(dim=-1)
        for scale in reversed(range(len(SCALES))):
            _round(kernel)
            self.in_window[population, scale, ..., first:] += kernel[..., described].sum(dim=-2)
            for other, columns in beyond:
                self.in_window[other, scale, ..., rows] += kernel[..., columns].sum(dim=-1)
            kernel.square_()

    def average(self, described: int) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Return similarities as :func:`compare_populations` does."""
        in_parts, in_window = [], []
        for population, columns in enumerate(self.columns[:described]):
            windows, size = self.in_window.shape[2], columns.stop - columns.start
            shape = windows, size, PARTS, len(self.columns), SCALES_IN_PARTS, len(SPANS)
            means, whole = self.in_parts.new_empty(shape), []
            for slot, other in enumerate(list_own_first(range(len(self.columns)), population)):
                others = self.columns[other].stop - self.columns[other].start
                count = max(1, others - (other == population))
                in_slot = self.in_parts[other, ..., columns].div_(count)
                means[:, :, :, slot] = in_slot.permute(3, 4, 2, 0, 1)
                similar = (self.in_window[other, ..., columns] / count + 0.5 / (count + 1)).log()
                nearest = (self.nearest[other, :, columns] + 0.5).log()
                whole += [*similar, nearest]
            in_parts.append(means.flatten(3))
            in_window.append(torch.stack(whole, dim=2))
        return in_parts, in_window


def list_own_first(populations: Sequence[T], own: int) -> list[T]:
    """Return something of each population: of one first, of the others in their order.

    Parameters
    ----------
    populations : sequence
    own : int
        The index of the one.

    Examples
    --------
    >>> list_own_first(["CEU", "CHB", "YRI"], 1)
    ['CHB', 'CEU', 'YRI']
    """
    return [populations[own], *populations[:own], *populations[own + 1 :]]


def _round(similarities: torch.Tensor) -> None:
    """Round numbers from 0 to 1 to multiples of 1 / 32,768, whose sums are exact."""
    similarities.add_(ROUNDING).sub_(ROUNDING)
