"""How similar haplotypes are, in parts of a window and in the whole, as coalflow's net reads it.

The similarity of two haplotypes is exp(-differences / scale). All their pairs are compared.
"""

import functools
import itertools
import math

import torch
from torch.nn.functional import pad

from coalflow.models.nets.window_parts import PARTS, multiply

SPANS = (1, 3, 7)  # of how many parts, around each part, haplotypes are compared
# Differences at which similarity has fallen to 1/e. In parts each is a quarter of the one before:
# one exponential, then squares. In the window each is twice the one before.
SCALE_IN_PARTS, SCALES_IN_PARTS = 16.0, 4
SCALES = [2.0**power for power in range(-1, 8)]
MOST_COMPARED = 512  # haplotypes: time and memory grow with the square of their number

# Differences of pairs in parts that are computed at a time: as many as a processor's cache holds,
# and as keep a GPU busy.
AT_ONCE = {"cpu": 240_000, "cuda": 30_000_000}
ROWS = 64  # of a matrix of pairs that are computed at a time, at most
# Below these, squares and fourth powers are subnormal numbers, which take a processor many times
# as long.
SMALLEST_ROOT, SMALLEST_FOURTH_ROOT = 1e-18, 1e-9


def choose_haplotypes(alleles: torch.Tensor) -> torch.Tensor:
    """Return the alleles of the haplotypes that are compared with each other.

    They are all, or :data:`MOST_COMPARED` that are evenly spread over the order of haplotypes.

    Parameters
    ----------
    alleles : Tensor of float32, shape (windows, sites, haplotypes)
    """
    number = alleles.shape[2]
    if number <= MOST_COMPARED:
        return alleles
    chosen = torch.arange(MOST_COMPARED, device=alleles.device) * number // MOST_COMPARED
    return alleles[:, :, chosen]


def compare_haplotypes(
    alleles: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean similarity of each haplotype to the others, without that to itself.

    Parameters
    ----------
    alleles : Tensor of float32, shape (windows, sites, haplotypes)
    weights : Tensor of float32, shape (windows, sites, COLUMNS)
        How much each site counts in each part.

    Returns
    -------
    in_parts : Tensor of float32, shape (windows, haplotypes, parts, spans x scales)
        Over several spans and at several scales. At the smallest scale it is how frequent a
        haplotype is; over long spans it is how long haplotypes are shared.
    in_window : Tensor of float32, shape (windows, haplotypes, scales)
        In the whole window, at several scales: they reflect how the lineages of a tree coalesce.
    """
    sample_size = alleles.shape[2]
    at_once = AT_ONCE.get(alleles.device.type, AT_ONCE["cuda"])
    windows = max(1, at_once // (PARTS * sample_size * min(sample_size, ROWS)))
    pieces = [
        _sum_similarities(*piece)
        for piece in zip(alleles.split(windows), weights.split(windows), strict=True)
    ]
    in_parts, in_window = (
        torch.cat(sums).sub_(1).div_(max(sample_size - 1, 1)).clamp_min_(0)
        for sums in zip(*pieces, strict=True)
    )
    return in_parts, in_window


def _sum_similarities(
    alleles: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the sums of each haplotype's similarities to all, as :func:`compare_haplotypes` does.

    Matrices of pairs are symmetric. They are computed in strips of some rows, from the diagonal to
    the right; what is to the right of these rows' own columns counts in both directions.
    """
    windows, _, sample_size = alleles.shape
    alleles, weights = gather_sites(alleles, weights)
    weighted = alleles * weights
    own = alleles.new_empty(PARTS * windows, sample_size)
    in_window = alleles.new_empty(windows, sample_size, sample_size)
    sums = alleles.new_zeros(SCALES_IN_PARTS, len(SPANS), PARTS, windows, sample_size)
    rows = 4 * math.ceil(sample_size / math.ceil(sample_size / ROWS) / 4)
    # The last strip first: others need its haplotypes' products with themselves.
    for first in reversed(range(0, sample_size, rows)):
        end = min(first + rows, sample_size)
        shared = multiply(alleles[:, :, first:end].transpose(1, 2), weighted[:, :, first:])
        shared = shared[:, :, : sample_size - first]
        own[:, first:end] = shared.diagonal(dim1=1, dim2=2)
        differences = own[:, first:end, None] + own[:, None, first:]
        differences = differences.sub_(shared, alpha=2).unflatten(0, (PARTS, windows))
        summed = functools.reduce(torch.add, differences)
        in_window[:, first:end, first:] = summed
        in_window[:, end:, first:end] = summed[:, :, end - first :].transpose(1, 2)
        kernels = extend_spans(differences)
        for scale in range(SCALES_IN_PARTS):
            if scale:
                kernels.clamp_min_(SMALLEST_FOURTH_ROOT).square_().square_()
            sums[scale, ..., first:] += kernels.sum(dim=-2)
            if end < sample_size:
                sums[scale, ..., first:end] += kernels[..., end - first :].sum(dim=-1)
    return sums.permute(3, 4, 2, 1, 0).flatten(3), _sum_in_window(in_window)


def gather_sites(alleles: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the sites that count in each part: others need not be multiplied.

    Returns
    -------
    alleles : Tensor of float32, shape (parts x windows, sites of a part, haplotypes or more)
        In the last columns, which fill up a multiple of four, 0.
    weights : Tensor of float32, shape (parts x windows, sites of a part, 1)
    """
    windows, sites, sample_size = alleles.shape
    weights = weights[:, :, :PARTS].permute(2, 0, 1)
    numbers = torch.arange(1, sites + 1, dtype=torch.int32, device=weights.device)
    counts = (weights > 0).int()
    ends = (counts * numbers).amax(dim=2)
    firsts = sites - (counts * numbers.flip(0)).amax(dim=2)
    longest = max(1, int((ends - firsts).max()))
    columns = firsts[..., None] + torch.arange(longest, device=weights.device)
    beyond = columns >= sites
    columns = columns.clamp_max_(sites - 1)
    weights = weights.gather(2, columns).masked_fill_(beyond, 0)
    rows = columns + sites * torch.arange(windows, device=weights.device)[:, None]
    filled = pad(alleles, (0, -sample_size % 4)).flatten(0, 1)
    gathered = filled.index_select(0, rows.flatten())
    return gathered.view(PARTS * windows, longest, -1), weights.view(-1, longest, 1)


def extend_spans(differences: torch.Tensor) -> torch.Tensor:
    """Return how similar pairs are over spans, at the largest scale, float32 (spans, parts, ...).

    ``differences`` are those in parts, float32 (parts, ...). Over several parts, similarities
    multiply.
    """
    kernels = differences.new_empty(len(SPANS), *differences.shape)
    part = torch.mul(differences, -1 / SCALE_IN_PARTS, out=kernels[0]).exp_()
    for i, (shorter, span) in enumerate(itertools.pairwise(SPANS)):
        longer = kernels[i + 1].copy_(kernels[i])
        for step in range(shorter // 2 + 1, span // 2 + 1):
            longer[step:] *= part[:-step]
            longer[:-step] *= part[step:]
    return kernels


def _sum_in_window(differences: torch.Tensor) -> torch.Tensor:
    """Return the sums of similarities in the whole window, float32 (windows, haplotypes, scales).

    ``differences`` are float32 (windows, haplotypes, haplotypes).
    """
    kernel = (differences / -SCALES[-1]).exp_()
    sums = [kernel.sum(dim=1)]
    for _ in SCALES[1:]:  # each is half of the next
        sums.append(kernel.clamp_min_(SMALLEST_ROOT).square_().sum(dim=1))
    return torch.stack(sums[::-1], dim=-1)
