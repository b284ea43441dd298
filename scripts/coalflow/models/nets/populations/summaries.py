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
from coalflow.models.nets.window_parts import COLUMNS, PARTS, multiply, weigh_parts

JOINT = 5  # classes of frequency in each of two populations
LOADED = LOADS + 1  # classes of frequency in a population, and alleles that it lacks
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
    number = alleles.shape[2]
    copies = alleles.sum(dim=2)
    mask = mask & (copies > 0) & (copies < number)
    weights = (weigh_parts(positions, mask) * PER_WEIGHT).round_().div_(PER_WEIGHT)
    split = alleles.split([size for _, size in populations], dim=2)
    each = [
        _Population(own, compared, own.sum(dim=2) * mask)
        for own, compared in zip(split, choose_of_each(split), strict=True)
    ]
    in_parts, in_window = compare_populations([one.compared for one in each], weights)
    loads = _sum_loads(each, weights)
    origins = _compare_origins(each, weights)
    sites = summarise_sites(transform_shares(copies / number), copies, number)
    described = [
        _sum_spectrum(sites * mask[..., None], weights),
        *(_summarise_population(one, positions, mask, weights) for one in each),
        *(_summarise_pair(*pair, mask, weights) for pair in itertools.combinations(each, 2)),
    ]
    return (
        *map(_join_in_parts, in_parts, loads, origins),
        torch.cat([part for parts, _ in described for part in parts], dim=2),
        *(
            torch.cat([similar, torch.asinh(origin.sum(dim=2))], dim=2)
            for similar, origin in zip(in_window, origins, strict=True)
        ),
        torch.cat([part for _, parts in described for part in parts], dim=1),
    )


def _join_in_parts(
    similar: torch.Tensor, loads: torch.Tensor, origins: torch.Tensor
) -> torch.Tensor:
    """Return all numbers of haplotypes in parts: roots of what cannot be below 0."""
    joined = torch.cat([similar, loads, torch.asinh(origins)], dim=3)
    joined[..., : -origins.shape[3]].add_(SMALLEST).sqrt_()
    return joined


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
    linkage = summarise_linkage(population.alleles, positions, varies, copies)
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


def _sum_loads(each: Sequence[_Population], weights: torch.Tensor) -> list[torch.Tensor]:
    """Return how many alleles 1 haplotypes carry that are so frequent in each population.

    Of each population, float32 (windows, haplotypes, parts, all x LOADED): of its own first, then
    of the others.
    """
    classes = []
    for one in each:
        frequent = assign_classes(transform_shares(one.shares), LOADS)
        lacking = _find_lacking(one.copies)[..., None]
        classes.append(_round(torch.cat([frequent, lacking], dim=-1)))
    compared = [one.compared for one in each]
    summed = _sum_alleles(torch.cat(compared, dim=2), weights, torch.cat(classes, dim=-1))
    loads = summed.unflatten(3, (len(each), LOADED)).split([part.shape[2] for part in compared], 1)
    return [
        torch.cat(list_own_first(own.unbind(3), index), dim=3) for index, own in enumerate(loads)
    ]


def _compare_origins(each: Sequence[_Population], weights: torch.Tensor) -> list[torch.Tensor]:
    """Return how much likelier a haplotype's alleles are in another population than in its own.

    Of each population, float32 (windows, haplotypes, parts, others): the sum over sites of the
    logarithm of the ratio of the frequencies of its allele, in the own without itself.
    """
    compared = []
    for index, one in enumerate(each):
        left = max(one.size - 1, 1)
        own = (
            _take_logarithms((one.copies - 1).clamp_min(0), left)[0],
            _take_logarithms(one.copies.clamp_max(left), left)[1],
        )
        there = [
            _take_logarithms(other.copies, other.size) for other in list_own_first(each, index)[1:]
        ]
        with_1, with_0 = (
            _round(torch.stack([logarithms[i] - own[i] for logarithms in there], dim=-1))
            for i in (0, 1)
        )
        carried = _sum_alleles(one.compared, weights, with_1 - with_0)
        all_0 = multiply(weights.transpose(1, 2), with_0)[:, :PARTS]
        compared.append(carried + all_0[:, None])
    return compared


def _take_logarithms(copies: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the logarithms of the frequencies of allele 1 and of allele 0."""
    return ((copies + 0.5) / (size + 1)).log(), ((size - copies + 0.5) / (size + 1)).log()


def _round(values: torch.Tensor) -> torch.Tensor:
    return (values * PER_VALUE).round_().div_(PER_VALUE)


def _sum_alleles(
    alleles: torch.Tensor, weights: torch.Tensor, values: torch.Tensor
) -> torch.Tensor:
    """Return the sums of values of the alleles 1 that haplotypes carry in each part.

    They are exact, since values are multiples of 1 / PER_VALUE.
    ``values`` are float32 (windows, sites, numbers); what is returned is float32 (windows,
    haplotypes, parts, numbers).
    """
    by_part = (weights[..., None] * values[:, :, None]).flatten(2)
    summed = multiply(by_part.transpose(1, 2), alleles).unflatten(1, (COLUMNS, -1))
    return summed[:, :PARTS].permute(0, 3, 1, 2)
