"""What coalflow's own net reads of a window with several populations.

As :mod:`coalflow.models.nets.first_layer`, and by the same rules, but of each population, of each
pair of populations and of all together. Sites at which no haplotypes of any two populations differ
are left out.

Sums over haplotypes are of numbers that make them exact, so the order of haplotypes within a
population makes no difference to any bit, nor does it which of the populations comes first.
"""

import dataclasses
import itertools
from collections.abc import Sequence

import torch

from coalflow.models.nets.first_layer import (
    LOADS,
    PAIR_CHANNELS,
    REACHES,
    SITE_CHANNELS,
    SMALLEST,
    assign_classes,
    summarise_linkage,
    summarise_sites,
    transform_shares,
)
from coalflow.models.nets.populations.similarity import (
    COMPARED_IN_PARTS,
    COMPARED_IN_WINDOW,
    PER_WEIGHT,
    choose_of_each,
    compare_populations,
    list_own_first,
)
from coalflow.models.nets.window_parts import PARTS, multiply, weigh_parts

JOINT = 5  # classes of frequency in each of two populations
LOADED = LOADS + 1  # classes of frequency in a population, and alleles that it lacks
LAG_STEP = 2  # half of the pairs of sites are summarised, in each population
PER_VALUE = 64  # what values of alleles are multiples of
OF_PAIR = JOINT**2 + 6  # numbers that a site adds to what describes two populations


@dataclasses.dataclass(frozen=True)
class ChannelCounts:
    """How many numbers describe a haplotype in a part and in the window, a part, and a window."""

    in_part: int
    in_window: int
    part: int
    window: int


def count_channels(populations: int) -> ChannelCounts:
    """Return how many numbers describe what of windows with that many populations.

    Parameters
    ----------
    populations : int
    """
    others, pairs = populations - 1, populations * (populations - 1) // 2
    linkage = PAIR_CHANNELS * len(REACHES)
    return ChannelCounts(
        in_part=populations * (COMPARED_IN_PARTS + LOADED) + others,
        in_window=populations * COMPARED_IN_WINDOW + others,
        part=(populations + 1) * 2 * SITE_CHANNELS
        + populations * linkage
        + pairs * (2 * OF_PAIR + 2),
        window=(populations + 1) * (2 * SITE_CHANNELS + 2) + pairs * (2 * OF_PAIR + 3),
    )


@dataclasses.dataclass(frozen=True)
class _Population:
    """Haplotypes of a population.

    ``alleles`` are float32 (windows, sites, haplotypes), ``compared`` those of the haplotypes that
    are compared with each other, and ``copies``, float32 (windows, sites), is how many of all have
    allele 1.
    """

    alleles: torch.Tensor
    compared: torch.Tensor
    copies: torch.Tensor

    @property
    def size(self) -> int:
        """How many haplotypes there are."""
        return self.alleles.shape[2]

    @property
    def shares(self) -> torch.Tensor:
        """The share of haplotypes with allele 1, float32 (windows, sites)."""
        return self.copies / self.size

    @property
    def varies(self) -> torch.Tensor:
        """Whether its haplotypes differ, bool (windows, sites)."""
        return (self.copies > 0) & (self.copies < self.size)


def summarise_populations(
    alleles: torch.Tensor,
    positions: torch.Tensor,
    mask: torch.Tensor,
    populations: Sequence[tuple[str, int]],
) -> tuple[torch.Tensor, ...]:
    """Return the summaries of windows.

    Parameters
    ----------
    alleles, positions, mask : Tensor
        As :func:`coalflow.models.nets.first_layer.summarise_alleles` takes them.
    populations : sequence of (str, int)
        The names of populations, and how many of the haplotypes are theirs.

    Returns
    -------
    tuple of Tensor of float32
        Haplotypes of each population in parts, (windows, haplotypes, parts, numbers); parts,
        (windows, parts, numbers); haplotypes of each population in the window, (windows,
        haplotypes, numbers); and the window, (windows, numbers). There are as many numbers as
        :func:`count_channels` returns.
    """
    number, copies = alleles.shape[2], alleles.sum(dim=2)
    mask, weights = _weigh_sites(copies, positions, mask, number)
    each = _separate(alleles, mask, populations)
    haplotypes, whole_haplotypes = _describe_haplotypes(each, weights, len(each))
    sites = summarise_sites(transform_shares(copies / number), copies, number)
    described = [
        _sum_spectrum(sites * mask[..., None], weights),
        *(_summarise_population(one, positions, mask, weights) for one in each),
        *(_summarise_pair(*pair, mask, weights) for pair in itertools.combinations(each, 2)),
    ]
    return (
        *haplotypes,
        torch.cat([part for parts, _ in described for part in parts], dim=2),
        *whole_haplotypes,
        torch.cat([part for _, parts in described for part in parts], dim=1),
    )


def summarise_haplotypes(
    alleles: torch.Tensor,
    positions: torch.Tensor,
    mask: torch.Tensor,
    populations: Sequence[tuple[str, int]],
    population: str,
) -> torch.Tensor:
    """Return the summaries of one population's haplotypes in parts, and compute no others.

    They are those that :func:`summarise_populations` returns of it, to the bit.

    Parameters
    ----------
    alleles, positions, mask, populations
        As for :func:`summarise_populations`.
    population : str
    """
    mask, weights = _weigh_sites(alleles.sum(dim=2), positions, mask, alleles.shape[2])
    index = [name for name, _ in populations].index(population)
    each = list_own_first(_separate(alleles, mask, populations), index)
    ((haplotypes,), _) = _describe_haplotypes(each, weights, 1)
    return haplotypes


def _weigh_sites(
    copies: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor, number: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return at which sites haplotypes differ, and how much each site counts in each part."""
    mask = mask & (copies > 0) & (copies < number)
    return mask, (weigh_parts(positions, mask) * PER_WEIGHT).round_().div_(PER_WEIGHT)


def _separate(
    alleles: torch.Tensor, mask: torch.Tensor, populations: Sequence[tuple[str, int]]
) -> list[_Population]:
    """Return the haplotypes of each population."""
    split = alleles.split([size for _, size in populations], dim=2)
    return [
        _Population(own, compared, own.sum(dim=2) * mask)
        for own, compared in zip(split, choose_of_each(split), strict=True)
    ]


# Populations and pairs of them --------------------------------------------------------------------


def _sum_spectrum(
    sites: torch.Tensor, weights: torch.Tensor
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return the spectrum in parts and in the window, of what each site adds to it."""
    in_parts, in_window = _sum_sites(sites, weights)
    variation = in_window[0][:, -2:]  # Watterson's and Tajima's estimates of theta
    return in_parts, [*in_window, (variation + 0.5).log()]


def _sum_sites(
    sites: torch.Tensor, weights: torch.Tensor
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return sums over the sites of parts and of the window, and their roots."""
    summed = multiply(weights.transpose(1, 2), sites)[:, :PARTS]
    total = sites.sum(dim=1)
    return [summed.sqrt(), summed], [total, (total + 0.25).sqrt()]


def _summarise_population(
    population: _Population, positions: torch.Tensor, mask: torch.Tensor, weights: torch.Tensor
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return the spectrum and the linkage of a population, in parts and in the window."""
    copies, varies = population.copies, mask & population.varies
    sites = summarise_sites(transform_shares(population.shares), copies, population.size)
    in_parts, in_window = _sum_spectrum(sites * varies[..., None], weights)
    linkage = summarise_linkage(population.alleles, positions, varies, copies, LAG_STEP)
    return [*in_parts, linkage], in_window


def _summarise_pair(
    one: _Population, other: _Population, mask: torch.Tensor, weights: torch.Tensor
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return the joint spectrum and the divergence of two populations, in parts and in the window.

    Last in both are their net divergence and Fst.
    """
    classes = [assign_classes(transform_shares(each.shares), JOINT) for each in (one, other)]
    joint = (classes[0][..., None] * classes[1][..., None, :]).flatten(2)
    lacks = [_find_lacking(each.copies) for each in (one, other)]
    full = [_find_lacking(each.size - each.copies) for each in (one, other)]
    varies = [1 - lack - fixed for lack, fixed in zip(lacks, full, strict=True)]
    between = one.shares * (1 - other.shares) + other.shares * (1 - one.shares)
    numbers = [
        varies[0] * varies[1],
        lacks[0] * full[1] + full[0] * lacks[1],
        varies[0] * lacks[1],
        lacks[0] * varies[1],
        varies[0] * full[1] + full[0] * varies[1],
        between,
    ]
    sites = torch.cat([joint, torch.stack(numbers, dim=-1)], dim=-1) * mask[..., None]
    in_parts, in_window = _sum_sites(sites, weights)
    within = (_compute_diversity(one) + _compute_diversity(other)) / 2
    in_part = multiply(weights.transpose(1, 2), within[..., None])[:, :PARTS]
    total = within.sum(dim=1, keepdim=True)
    between = in_window[0][:, -1:]
    return (
        [*in_parts, *_compare_diversity(in_parts[1][..., -1:], in_part)],
        [*in_window, *_compare_diversity(between, total), (between + 0.5).log()],
    )


def _find_lacking(copies: torch.Tensor) -> torch.Tensor:
    """Return 1 where there are no copies, 0 where there is one or more."""
    return (1 - copies).clamp_min(0)


def _compute_diversity(population: _Population) -> torch.Tensor:
    """Return how often two haplotypes of a population differ at each site, (windows, sites)."""
    size, copies = population.size, population.copies
    return 2 * copies * (size - copies) / (size * max(size - 1, 1))


def _compare_diversity(
    between: torch.Tensor, within: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return net divergence and Fst, which next to no differences leave close to 0."""
    return between - within, 1 - (within + 0.1) / (between + 0.1)


# Haplotypes ---------------------------------------------------------------------------------------


def _describe_haplotypes(
    each: Sequence[_Population], weights: torch.Tensor, described: int
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return what is read of haplotypes, of some populations, in parts and in the window.

    They are as many as ``described``, from the first on; all are compared with.
    """
    number = len(each)
    loads = torch.cat([_classify_alleles(one) for one in each], dim=2)
    origins = [_compare_origins(each, index) for index in range(described)]
    values = torch.cat([loads, *(with_1 - with_0 for with_1, with_0 in origins)], dim=2)
    compared = compare_populations([one.compared for one in each], weights, values, described)
    haplotypes, whole_haplotypes = [], []
    for index, (in_parts, in_window, carried) in enumerate(zip(*compared, strict=True)):
        loads, *likelier = carried.split([number * LOADED, *[number - 1] * described], dim=3)
        order = list_own_first(range(number), index)
        loads = loads.unflatten(3, (number, LOADED))[:, :, :, order].flatten(3)
        all_0 = multiply(weights.transpose(1, 2), origins[index][1])[:, None, :PARTS]
        likelier_there = likelier[index] + all_0
        joined = torch.cat([in_parts, loads, torch.asinh(likelier_there)], dim=3)
        joined[..., : 1 - number].add_(SMALLEST).sqrt_()
        haplotypes.append(joined)
        in_all = torch.asinh(likelier_there.sum(dim=2))
        whole_haplotypes.append(torch.cat([in_window, in_all], dim=2))
    return haplotypes, whole_haplotypes


def _classify_alleles(population: _Population) -> torch.Tensor:
    """Return how frequent allele 1 of each site is in a population, (windows, sites, LOADED).

    Haplotypes of all populations have the sums of that, of the alleles 1 that they carry.
    """
    frequent = assign_classes(transform_shares(population.shares), LOADS)
    return _round(torch.cat([frequent, _find_lacking(population.copies)[..., None]], dim=2))


def _compare_origins(each: Sequence[_Population], index: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how much likelier alleles are in other populations than in the rest of their own.

    The logarithms of the ratios of their frequencies, float32 (windows, sites, others): first of
    allele 1, then of allele 0.
    """
    own = each[index]
    left = max(own.size - 1, 1)
    with_1, _ = _take_logarithms((own.copies - 1).clamp_min(0), left)
    _, with_0 = _take_logarithms(own.copies.clamp_max(left), left)
    others = [_take_logarithms(one.copies, one.size) for one in list_own_first(each, index)[1:]]
    return (
        _round(torch.stack([there - with_1 for there, _ in others], dim=2)),
        _round(torch.stack([there - with_0 for _, there in others], dim=2)),
    )


def _take_logarithms(copies: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the logarithms of the frequencies of allele 1 and of allele 0."""
    return ((copies + 0.5) / (size + 1)).log(), ((size - copies + 0.5) / (size + 1)).log()


def _round(values: torch.Tensor) -> torch.Tensor:
    """Round values to multiples of 1 / PER_VALUE, so that their sums are exact."""
    return (values * PER_VALUE).round_().div_(PER_VALUE)
