"""What coalflow's own net reads of a window: a fixed first layer, without weights.

All of it is the same whatever the order of haplotypes, and comparable between samples of
different sizes. A window is looked at as a whole and in :data:`PARTS` parts of equal length. A
site between the middles of two parts counts in both, the more the nearer it is. Alleles are
0 and 1; what is between, genotypes without phase or not called, counts as a share of either.
Sites at which nothing differs are left out.

Below, ``alleles`` are float32 (windows, sites, haplotypes), 0 where there is padding, ``copies``
float32 (windows, sites), how many of the haplotypes have allele 1, and ``number`` how many
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

OF_HAPLOTYPES = len(SPANS) * SCALES_IN_PARTS + LOADS
OF_SITES = FREQUENCIES + 2 * len(RARE) + 2
OF_PAIRS = 5
OF_PARTS = 2 * OF_SITES + OF_PAIRS * len(REACHES)
OF_WINDOWS = 2 * OF_SITES + 2


class Told(typing.NamedTuple):
    """What is read of windows.

    ``haplotypes`` float32 (windows, haplotypes, parts, OF_HAPLOTYPES) and ``parts`` float32
    (windows, parts, OF_PARTS) are of parts; ``whole_haplotypes`` float32 (windows, haplotypes,
    scales) and ``spectrum`` float32 (windows, OF_WINDOWS) of the whole window.
    """

    haplotypes: torch.Tensor
    parts: torch.Tensor
    whole_haplotypes: torch.Tensor
    spectrum: torch.Tensor


def of_windows(alleles, positions, mask):
    """Return the :class:`Told` of windows.

    ``alleles`` is float32 (windows, sites, haplotypes) from 0 to 1, ``positions`` float32
    (windows, sites) from 0 to 1, ``mask`` bool (windows, sites), False where there is padding.
    """
    number = alleles.shape[2]
    copies = alleles.sum(dim=2)
    mask = mask & (copies > 0) & (copies < number)
    alleles = alleles.masked_fill(~mask[:, :, None], 0.0)
    copies, positions = copies * mask, positions * mask
    lying = _in_parts(positions) * mask[:, None]
    frequency = _even(copies / number)

    sites = _of_sites(frequency, copies, number)
    others = torch.cat([alleles, _classes(frequency, LOADS)], dim=2)
    # Part by part, so that what is multiplied stays near the processor.
    products = [(alleles * part[..., None]).transpose(1, 2) @ others for part in lying.unbind(1)]
    shared, loads = torch.stack(products, dim=1).split([number, LOADS], dim=3)
    differences = _differences(shared)
    similar = torch.cat([_similarities_in_parts(differences), loads], dim=3)
    in_parts, total = lying @ sites, (sites * mask[..., None]).sum(dim=1)
    variation = total[:, -2:]  # Watterson's and Tajima's estimates of theta
    return Told(
        (similar + SMALLEST).sqrt().transpose(1, 2),
        torch.cat([in_parts.sqrt(), in_parts, _linkage(alleles, positions, mask, copies)], dim=2),
        (_similarities(differences.sum(dim=1)) + 0.5 / number).log(),
        torch.cat([total, (total + 0.25).sqrt(), (variation + 0.5).log()], dim=1),
    )


def _in_parts(positions):
    """Return how much each site counts in each part, float32 (windows, parts, sites)."""
    middles = torch.arange(PARTS, device=positions.device)[:, None]
    place = (positions * PARTS - 0.5).clamp(0, PARTS - 1)
    return (1 - (place[:, None] - middles).abs()).clamp_min(0)


def _even(shares):
    """Return shares on the scale from 0 to 1 on which chance moves all of them equally far."""
    return 2 / math.pi * torch.asin(shares.clamp(0, 1).sqrt())


def _classes(values, number):
    """Return how much values from 0 to 1 belong to each of evenly spaced classes, (..., number).

    Between two classes it is to both; the sum is 1.
    """
    classes = torch.arange(number, device=values.device)
    return (1 - (values[..., None] * (number - 1) - classes).abs()).clamp_min(0)


def _of_sites(frequency, copies, number):
    """Return what each site adds to the spectrum and to estimates of theta.

    float32 (windows, sites, OF_SITES): classes of frequency, rare alleles from either end, then
    what it adds to Watterson's theta and to pi.
    """
    rare = [
        (1 - 2 * (those - count).abs()).clamp_min(0)
        for those in (copies, number - copies)
        for count in RARE
    ]
    watterson = 1 / sum(1 / count for count in range(1, max(number, 2)))
    pi = 2 * copies * (number - copies) / (number * max(number - 1, 1))
    more = torch.stack([*rare, torch.full_like(copies, watterson), pi], dim=-1)
    return torch.cat([_classes(frequency, FREQUENCIES), more], dim=-1)


def _differences(shared):
    """Return how much haplotypes differ, float32 (windows, parts, haplotypes, haplotypes).

    ``shared`` is what they have in common: the products of their alleles, summed over sites.
    """
    own = shared.diagonal(dim1=2, dim2=3)
    return (own[..., None] + own[:, :, None] - 2 * shared).clamp_min(0)


def _mean_of_others(similarity):
    """Return the mean similarity of each haplotype to the others, its own with itself left out."""
    return ((similarity.sum(dim=-1) - 1) / max(similarity.shape[-1] - 1, 1)).clamp_min(0)


def _similarities_in_parts(differences):
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
                # Numbers too small to be normal would take a processor many times as long.
                kernel = kernel.clamp_min_(1e-9).square_().square_()
            similar.append(_mean_of_others(kernel))
    return torch.stack(similar, dim=-1)


def _similarities(differences):
    """Return each haplotype's similarity to the others in the whole window, at several scales.

    float32 (windows, haplotypes, scales). They tell how the lineages of a tree join.
    """
    kernels = ((differences / -scale).clamp_min_(-80).exp_() for scale in SCALES)
    return torch.stack([_mean_of_others(kernel) for kernel in kernels], dim=-1)


def _linkage(alleles, positions, mask, copies):
    """Return how much pairs of common sites are linked, near and far ones, by part.

    float32 (windows, parts, reaches x OF_PAIRS): the logarithm of how many pairs there are, and
    their means of r squared, of how many show all four gametes once and twice, and of D'. A pair
    lies where its middle is.
    """
    number = alleles.shape[2]
    common = mask & (copies >= 2) & (copies <= number - 2)
    order = common.byte().argsort(dim=1, descending=True, stable=True)
    alleles = alleles.gather(1, order[..., None].expand_as(alleles))
    copies, positions, common = (some.gather(1, order) for some in (copies, positions, common))
    reaches = []
    for first, last in REACHES:
        summed = alleles.new_zeros(len(alleles), PARTS, OF_PAIRS)
        for lag in LAGS[first:last]:
            left, right = slice(None, -lag), slice(lag, None)
            pairs = _of_pairs(
                (alleles[:, left] * alleles[:, right]).sum(dim=2) / number,
                copies[:, left] / number,
                copies[:, right] / number,
                number,
            )
            middle = (positions[:, left] + positions[:, right]) / 2
            summed += (_in_parts(middle) * common[:, None, right]) @ pairs
        pairs, sums = summed.split([1, OF_PAIRS - 1], dim=2)
        reaches += [(pairs + 1).log(), sums / (pairs + 1)]
    return torch.cat(reaches, dim=2)


def _of_pairs(both, one, other, number):
    """Return what a pair of sites tells of linkage, float32 (windows, pairs, OF_PAIRS).

    ``both``, ``one`` and ``other`` are float32 (windows, pairs): the shares of haplotypes with
    allele 1 at both sites, at the one, and at the other.
    """
    linkage = both - one * other
    square = linkage.square() / (one * (1 - one) * other * (1 - other)).clamp_min(1e-6)
    gametes = torch.stack([both, one - both, other - both, 1 - one - other + both])
    rarest = gametes.amin(dim=0) * number
    most = torch.where(
        linkage > 0,
        torch.minimum(one * (1 - other), other * (1 - one)),
        torch.minimum(one * other, (1 - one) * (1 - other)),
    )
    four = [rarest.clamp(0, 1), (rarest / 2).clamp(0, 1)]
    share = linkage.abs() / most.clamp_min(1e-4)
    return torch.stack([torch.ones_like(both), square, *four, share], dim=-1)
