"""What coalflow's own net reads of a window: a fixed first layer, without weights.

It does not depend on the order of haplotypes, and is comparable between samples of
different sizes. A window is summarised as a whole and in 11 parts of equal length. A
site between the middles of two parts counts in both, more in the nearer. Alleles are
0 and 1; genotypes without phase, or not called, are in between and count as a share of either.
Sites at which haplotypes do not differ are left out. Of more than 512 haplotypes, 512 are compared
with each other; sites and their linkage are summarised over all.

What is returned for a window does not depend on the others of a batch, to the bit.

Below, ``alleles`` are float32 (windows, sites, haplotypes), 0 where there is padding, ``copies``
float32 (windows, sites), how many of the haplotypes have allele 1, and ``sample_size`` is how many
haplotypes there are.
"""

import functools
import math
import typing

import torch
from torch.nn.functional import pad

from coalflow.models.nets.haplotype_similarity import (
    SCALES,
    SCALES_IN_PARTS,
    SPANS,
    choose_haplotypes,
    compare_haplotypes,
)
from coalflow.models.nets.window_parts import COLUMNS, PARTS, multiply, weigh_parts

FREQUENCIES, LOADS = 12, 4  # classes of frequency, of sites and of a haplotype's alleles 1
RARE = (1, 2)  # copies that have classes of their own, from either end of the spectrum
LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # how many common sites apart two sites are
REACHES = ((0, 2), (2, 6), (6, 12))  # near, middle and far ones of these lags
SMALLEST = 1e-4  # added before roots are taken, so that nothing and next to nothing are alike

# How many numbers describe a haplotype in a part and in the window, a site, a pair of sites, a
# part, and a window.
HAPLOTYPE_CHANNELS = len(SPANS) * SCALES_IN_PARTS + LOADS
WHOLE_CHANNELS = len(SCALES)
SITE_CHANNELS = FREQUENCIES + 2 * len(RARE) + 2
PAIR_CHANNELS = 5
PART_CHANNELS = 2 * SITE_CHANNELS + PAIR_CHANNELS * len(REACHES)
SPECTRUM_CHANNELS = 2 * SITE_CHANNELS + 2


class WindowSummaries(typing.NamedTuple):
    """What is read of windows.

    Attributes
    ----------
    haplotypes : Tensor of float32, shape (windows, haplotypes, parts, HAPLOTYPE_CHANNELS)
        How similar each haplotype is to the others, and how frequent its alleles are. They are
        512 haplotypes at most.
    parts : Tensor of float32, shape (windows, parts, PART_CHANNELS)
        The spectrum and the linkage of sites.
    whole_haplotypes : Tensor of float32, shape (windows, haplotypes, WHOLE_CHANNELS)
        How similar each of these haplotypes is to the others in the whole window.
    spectrum : Tensor of float32, shape (windows, SPECTRUM_CHANNELS)
        The spectrum of the whole window.
    """

    haplotypes: torch.Tensor
    parts: torch.Tensor
    whole_haplotypes: torch.Tensor
    spectrum: torch.Tensor


def summarise_alleles(
    alleles: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
) -> WindowSummaries:
    """Return the summaries of windows.

    Parameters
    ----------
    alleles : Tensor of float32, shape (windows, sites, haplotypes)
        From 0 to 1.
    positions : Tensor of float32, shape (windows, sites)
        From 0 to 1.
    mask : Tensor of bool, shape (windows, sites)
        False where there is padding.
    """
    sample_size = alleles.shape[2]
    copies = alleles.sum(dim=2)
    mask = mask & (copies > 0) & (copies < sample_size)
    copies, weights = copies * mask, weigh_parts(positions, mask)
    frequency = transform_shares(copies / sample_size)
    sites = summarise_sites(frequency, copies, sample_size)
    compared = choose_haplotypes(alleles)
    in_parts, in_window = compare_haplotypes(compared, weights)
    loads = _sum_loads(compared, weights, assign_classes(frequency, LOADS))
    summed = multiply(weights.transpose(1, 2), sites)[:, :PARTS]
    total = (sites * mask[..., None]).sum(dim=1)
    linkage = summarise_linkage(alleles, positions, mask, copies)
    variation = total[:, -2:]  # Watterson's and Tajima's estimates of theta
    return WindowSummaries(
        torch.cat([in_parts, loads], dim=3).add_(SMALLEST).sqrt_(),
        torch.cat([summed.sqrt(), summed, linkage], dim=2),
        (in_window + 0.5 / compared.shape[2]).log(),
        torch.cat([total, (total + 0.25).sqrt(), (variation + 0.5).log()], dim=1),
    )


def transform_shares(shares: torch.Tensor) -> torch.Tensor:
    """Return shares on the scale from 0 to 1 on which sampling gives all the same variance."""
    return 2 / math.pi * torch.asin(shares.clamp(0, 1).sqrt())


def assign_classes(values: torch.Tensor, number: int) -> torch.Tensor:
    """Return how much values from 0 to 1 belong to each of evenly spaced classes, (..., number).

    Between two classes a value belongs to both; the sum is 1.
    """
    classes = torch.arange(number, device=values.device)
    return (1 - (values[..., None] * (number - 1) - classes).abs()).clamp_min(0)


def summarise_sites(
    frequency: torch.Tensor, copies: torch.Tensor, sample_size: int
) -> torch.Tensor:
    """Return what each site adds to the spectrum and to estimates of theta.

    float32 (windows, sites, SITE_CHANNELS): classes of frequency, rare alleles from either end,
    then what it adds to Watterson's theta and to pi.
    """
    rare = [
        (1 - 2 * (carriers - count).abs()).clamp_min(0)
        for carriers in (copies, sample_size - copies)
        for count in RARE
    ]
    watterson = 1 / sum(1 / count for count in range(1, max(sample_size, 2)))
    pi = 2 * copies * (sample_size - copies) / (sample_size * max(sample_size - 1, 1))
    more = torch.stack([*rare, torch.full_like(copies, watterson), pi], dim=-1)
    return torch.cat([assign_classes(frequency, FREQUENCIES), more], dim=-1)


def _sum_loads(alleles: torch.Tensor, weights: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Return how many alleles 1 of each class of frequency haplotypes carry in each part.

    float32 (windows, haplotypes, parts, classes).
    """
    by_part = (weights[..., None] * classes[:, :, None]).flatten(2)
    loads = multiply(by_part.transpose(1, 2), alleles).unflatten(1, (COLUMNS, -1))
    return loads[:, :PARTS].permute(0, 3, 1, 2)


# Pairs of sites -----------------------------------------------------------------------------------


def summarise_linkage(
    alleles: torch.Tensor,
    positions: torch.Tensor,
    mask: torch.Tensor,
    copies: torch.Tensor,
    step: int = 1,
) -> torch.Tensor:
    """Return how much pairs of common sites are linked, near and far ones, by part.

    float32 (windows, parts, reaches x PAIR_CHANNELS): the logarithm of how many pairs there are,
    and their means of r squared, of how many show all four gametes once and twice, and of D'. A
    pair belongs where its middle is. Every ``step``-th of LAGS counts.
    """
    windows, sites, sample_size = alleles.shape
    common = mask & (copies >= 2) & (copies <= sample_size - 2)
    number = max(1, int(common.sum(dim=1).max()))
    number += -number % 16  # MKL sums few terms, and those of odd rows, in another order
    order = common.byte().argsort(dim=1, descending=True, stable=True)[:, :number]
    # Behind them there are sites that are not common, so that there is a right one to each.
    more = 0, number + LAGS[-1] - order.shape[1]
    order, common = (pad(array, more) for array in (order, common.gather(1, order)))
    rows = order + sites * torch.arange(windows, device=order.device)[:, None]
    alleles = alleles.flatten(0, 1).index_select(0, rows.flatten()).view(*rows.shape, sample_size)
    positions, shares = positions.gather(1, order), (copies / sample_size).gather(1, order)

    def stack_right(values: torch.Tensor, lags: tuple[int, ...]) -> torch.Tensor:
        return torch.stack([values[:, lag : lag + number] for lag in lags], dim=1)

    reaches = []
    for first, last in REACHES:
        lags = LAGS[first:last:step]
        left = alleles[:, :number]
        both = torch.stack(
            [(left * alleles[:, lag : lag + number]).sum(dim=2) for lag in lags], dim=1
        )
        pairs = _summarise_pairs(
            both / sample_size, shares[:, None, :number], stack_right(shares, lags), sample_size
        )
        middle = (positions[:, None, :number] + stack_right(positions, lags)) / 2
        weights = weigh_parts(middle, stack_right(common, lags))
        summed = functools.reduce(torch.add, multiply(pairs, weights).unbind(1))
        counted, sums = summed[..., :PARTS].transpose(1, 2).split([1, PAIR_CHANNELS - 1], dim=2)
        reaches += [(counted + 1).log(), sums / (counted + 1)]
    return torch.cat(reaches, dim=2)


def _summarise_pairs(
    both: torch.Tensor, left: torch.Tensor, right: torch.Tensor, sample_size: int
) -> torch.Tensor:
    """Return the linkage of pairs of sites, float32 (windows, lags, PAIR_CHANNELS, pairs).

    ``both``, ``left`` and ``right`` are float32 (windows, lags, pairs): the shares of haplotypes
    with allele 1 at both sites, at the left one, and at the right one.
    """
    expected, neither = left * right, (1 - left) * (1 - right)
    linkage = both - expected
    square = linkage.square().div_((expected * neither).clamp_min_(1e-6))
    rarest = torch.minimum(both, neither + linkage)
    rarest = rarest.minimum(left - both).minimum(right - both).mul_(sample_size)
    most = torch.where(
        linkage > 0, torch.minimum(left, right) - expected, torch.minimum(expected, neither)
    )
    share = linkage.abs_().div_(most.clamp_min_(1e-4))
    four = [rarest.clamp(0, 1), (rarest / 2).clamp_(0, 1)]
    return torch.stack([torch.ones_like(both), square, *four, share], dim=2)
