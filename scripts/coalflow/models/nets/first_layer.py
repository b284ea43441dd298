"""What coalflow's own net reads of a window: a fixed first layer, without weights.

It does not depend on the order of haplotypes, and is comparable between samples of
different sizes. A window is summarised as a whole and in :data:`PARTS` parts of equal length. A
site between the middles of two parts counts in both, more in the nearer. Alleles are
0 and 1; genotypes without phase, or not called, are in between and count as a share of either.
Sites at which haplotypes do not differ are left out.

Below, ``alleles`` are float32 (windows, sites, haplotypes), 0 where there is padding, ``copies``
float32 (windows, sites), how many of the haplotypes have allele 1, and ``sample_size`` is how many
haplotypes there are.
"""

import math
import typing

import torch

PARTS = 11
SPANS = (1, 3, 7)  # of how many parts, around each part, haplotypes are compared
# Differences at which similarity has fallen to 1/e. In parts each is a quarter of the one before:
# one exponential, then squares.
SCALE_IN_PARTS, SCALES_IN_PARTS = 16.0, 4
SCALES = [2.0**power for power in range(-1, 8)]
FREQUENCIES, LOADS = 12, 4  # classes of frequency, of sites and of a haplotype's alleles 1
RARE = (1, 2)  # copies that have classes of their own, from either end of the spectrum
LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # how many common sites apart two sites are
REACHES = ((0, 2), (2, 6), (6, 12))  # near, middle and far ones of these lags
SMALLEST = 1e-4  # added before roots are taken, so that nothing and next to nothing are alike

# How many numbers describe a haplotype in a part, a site, a pair of sites, a part, a window.
HAPLOTYPE_CHANNELS = len(SPANS) * SCALES_IN_PARTS + LOADS
SITE_CHANNELS = FREQUENCIES + 2 * len(RARE) + 2
PAIR_CHANNELS = 5
PART_CHANNELS = 2 * SITE_CHANNELS + PAIR_CHANNELS * len(REACHES)
SPECTRUM_CHANNELS = 2 * SITE_CHANNELS + 2


class WindowSummaries(typing.NamedTuple):
    """What is read of windows.

    Attributes
    ----------
    haplotypes : Tensor of float32, shape (windows, haplotypes, parts, HAPLOTYPE_CHANNELS)
        How similar each haplotype is to the others, and how frequent its alleles are.
    parts : Tensor of float32, shape (windows, parts, PART_CHANNELS)
        The spectrum and the linkage of sites.
    whole_haplotypes : Tensor of float32, shape (windows, haplotypes, scales)
        How similar each haplotype is to the others in the whole window.
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
    alleles = alleles.masked_fill(~mask[:, :, None], 0.0)
    copies, positions = copies * mask, positions * mask
    weights = _weigh_parts(positions) * mask[:, None]
    frequency = _transform_shares(copies / sample_size)

    sites = _summarise_sites(frequency, copies, sample_size)
    others = torch.cat([alleles, _assign_classes(frequency, LOADS)], dim=2)
    # Part by part, so that what is multiplied stays in the processor's cache.
    products = [
        _multiply((alleles * part[..., None]).transpose(1, 2), others) for part in weights.unbind(1)
    ]
    shared, loads = torch.stack(products, dim=1).split([sample_size, LOADS], dim=3)
    differences = _count_differences(shared)
    similar = torch.cat([_compare_in_parts(differences), loads], dim=3)
    in_parts, total = _multiply(weights, sites), (sites * mask[..., None]).sum(dim=1)
    linkage = _summarise_linkage(alleles, positions, mask, copies)
    variation = total[:, -2:]  # Watterson's and Tajima's estimates of theta
    return WindowSummaries(
        (similar + SMALLEST).sqrt().transpose(1, 2),
        torch.cat([in_parts.sqrt(), in_parts, linkage], dim=2),
        (_compare_in_window(differences.sum(dim=1)) + 0.5 / sample_size).log(),
        torch.cat([total, (total + 0.25).sqrt(), (variation + 0.5).log()], dim=1),
    )


def _multiply(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the matrix product of each window, the same bits wherever in a batch it is.

    Without columns in multiples of 4, sums of MKL depend on where in memory a matrix begins.
    """
    columns = right.shape[-1]
    filled = torch.nn.functional.pad(right, (0, -columns % 4)) if columns % 4 else right
    return (left @ filled)[..., :columns]


def _weigh_parts(positions: torch.Tensor) -> torch.Tensor:
    """Return how much each site counts in each part, float32 (windows, parts, sites)."""
    middles = torch.arange(PARTS, device=positions.device)[:, None]
    in_units_of_parts = (positions * PARTS - 0.5).clamp(0, PARTS - 1)
    return (1 - (in_units_of_parts[:, None] - middles).abs()).clamp_min(0)


def _transform_shares(shares: torch.Tensor) -> torch.Tensor:
    """Return shares on the scale from 0 to 1 on which sampling gives all the same variance."""
    return 2 / math.pi * torch.asin(shares.clamp(0, 1).sqrt())


def _assign_classes(values: torch.Tensor, number: int) -> torch.Tensor:
    """Return how much values from 0 to 1 belong to each of evenly spaced classes, (..., number).

    Between two classes a value belongs to both; the sum is 1.
    """
    classes = torch.arange(number, device=values.device)
    return (1 - (values[..., None] * (number - 1) - classes).abs()).clamp_min(0)


def _summarise_sites(
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
    return torch.cat([_assign_classes(frequency, FREQUENCIES), more], dim=-1)


def _count_differences(shared: torch.Tensor) -> torch.Tensor:
    """Return how much haplotypes differ, float32 (windows, parts, haplotypes, haplotypes).

    ``shared`` is what they have in common: the products of their alleles, summed over sites.
    """
    own = shared.diagonal(dim1=2, dim2=3)
    return (own[..., None] + own[:, :, None] - 2 * shared).clamp_min(0)


def _average_others(similarity: torch.Tensor) -> torch.Tensor:
    """Return the mean similarity of each haplotype to the others, without that to itself."""
    return ((similarity.sum(dim=-1) - 1) / max(similarity.shape[-1] - 1, 1)).clamp_min(0)


def _compare_in_parts(differences: torch.Tensor) -> torch.Tensor:
    """Return each haplotype's similarity to the others, over several spans and at several scales.

    float32 (windows, parts, haplotypes, spans x scales). At the smallest scale it is how
    frequent a haplotype is; over long spans it is how long haplotypes are shared.
    """
    over_span, similar = differences.clone(), []
    for shorter, span in zip((0, *SPANS), SPANS, strict=False):
        for step in range(shorter // 2 + 1, span // 2 + 1):
            over_span[:, step:] += differences[:, :-step]
            over_span[:, :-step] += differences[:, step:]
        kernel = (over_span / -SCALE_IN_PARTS).exp_()
        for scale in range(SCALES_IN_PARTS):
            if scale:
                # Subnormal numbers would take a processor many times as long.
                kernel = kernel.clamp_min_(1e-9).square_().square_()
            similar.append(_average_others(kernel))
    return torch.stack(similar, dim=-1)


def _compare_in_window(differences: torch.Tensor) -> torch.Tensor:
    """Return each haplotype's similarity to the others in the whole window, at several scales.

    float32 (windows, haplotypes, scales). They reflect how the lineages of a tree coalesce.
    """
    kernels = ((differences / -scale).clamp_min_(-80).exp_() for scale in SCALES)
    return torch.stack([_average_others(kernel) for kernel in kernels], dim=-1)


def _summarise_linkage(
    alleles: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor, copies: torch.Tensor
) -> torch.Tensor:
    """Return how much pairs of common sites are linked, near and far ones, by part.

    float32 (windows, parts, reaches x PAIR_CHANNELS): the logarithm of how many pairs there are,
    and their means of r squared, of how many show all four gametes once and twice, and of D'. A
    pair belongs where its middle is.
    """
    sample_size = alleles.shape[2]
    common = mask & (copies >= 2) & (copies <= sample_size - 2)
    order = common.byte().argsort(dim=1, descending=True, stable=True)
    alleles = alleles.gather(1, order[..., None].expand_as(alleles))
    copies, positions, common = (array.gather(1, order) for array in (copies, positions, common))
    reaches = []
    for first, last in REACHES:
        summed = alleles.new_zeros(len(alleles), PARTS, PAIR_CHANNELS)
        for lag in LAGS[first:last]:
            left, right = slice(None, -lag), slice(lag, None)
            pairs = _summarise_pairs(
                (alleles[:, left] * alleles[:, right]).sum(dim=2) / sample_size,
                copies[:, left] / sample_size,
                copies[:, right] / sample_size,
                sample_size,
            )
            middle = (positions[:, left] + positions[:, right]) / 2
            summed += _multiply(_weigh_parts(middle) * common[:, None, right], pairs)
        pairs, sums = summed.split([1, PAIR_CHANNELS - 1], dim=2)
        reaches += [(pairs + 1).log(), sums / (pairs + 1)]
    return torch.cat(reaches, dim=2)


def _summarise_pairs(
    both: torch.Tensor, left: torch.Tensor, right: torch.Tensor, sample_size: int
) -> torch.Tensor:
    """Return the linkage of pairs of sites, float32 (windows, pairs, PAIR_CHANNELS).

    ``both``, ``left`` and ``right`` are float32 (windows, pairs): the shares of haplotypes with
    allele 1 at both sites, at the left one, and at the right one.
    """
    linkage = both - left * right
    square = linkage.square() / (left * (1 - left) * right * (1 - right)).clamp_min(1e-6)
    gametes = torch.stack([both, left - both, right - both, 1 - left - right + both])
    rarest = gametes.amin(dim=0) * sample_size
    most = torch.where(
        linkage > 0,
        torch.minimum(left * (1 - right), right * (1 - left)),
        torch.minimum(left * right, (1 - left) * (1 - right)),
    )
    four = [rarest.clamp(0, 1), (rarest / 2).clamp(0, 1)]
    share = linkage.abs() / most.clamp_min(1e-4)
    return torch.stack([torch.ones_like(both), square, *four, share], dim=-1)
