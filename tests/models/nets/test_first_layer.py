import itertools

import numpy as np
import pytest
import torch
from helpers.models import random_windows
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.models.nets import first_layer, haplotype_similarity
from coalflow.models.nets.haplotype_similarity import SCALES, SCALES_IN_PARTS

PROPERTY = settings(max_examples=25, deadline=None)


def varying(alleles):
    """Return the sites of one window at which haplotypes differ, float64 (sites, haplotypes)."""
    alleles = alleles.numpy().astype(np.float64)
    copies = alleles.sum(axis=1)
    return alleles[(copies > 0) & (copies < alleles.shape[1])]


def assert_same(summaries, others, tolerance=1e-4):
    for left, right in zip(summaries, others, strict=True):
        torch.testing.assert_close(left, right, rtol=tolerance, atol=tolerance)


# Haplotypes -----------------------------------------------------------------------------------


def test_similarities_in_the_whole_window_are_those_of_numbers_of_differences():
    alleles, positions, mask = random_windows()
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    for window in range(3):
        varying_sites = varying(alleles[window])
        differences = np.abs(varying_sites[:, :, None] - varying_sites[:, None]).sum(axis=0)
        for i, scale in enumerate(SCALES):
            similar = np.exp(-differences / scale)
            expected = np.log((similar.sum(axis=1) - 1) / 7 + 0.5 / 8)
            got = summaries.whole_haplotypes[window, :, i].numpy()
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_the_sharpest_similarity_over_parts_is_how_frequent_a_haplotype_is():
    alleles, positions, mask = random_windows(sites=300, haplotypes=6)
    alleles[:, :, 3] = alleles[:, :, 0]  # every window has one haplotype twice
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    sharpest = summaries.haplotypes[:, :, :, SCALES_IN_PARTS - 1].square().round(decimals=2)
    expected = torch.tensor([0.2, 0, 0, 0.2, 0, 0])
    torch.testing.assert_close(sharpest, expected[None, :, None].expand_as(sharpest))


# Sites ----------------------------------------------------------------------------------------


def test_the_spectrum_counts_sites_and_estimates_theta():
    alleles, positions, mask = random_windows(padding=11)
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    for window in range(3):
        varying_sites = varying(alleles[window])
        sites, number = varying_sites.shape
        copies = varying_sites.sum(axis=1)
        spectrum = summaries.spectrum[window].numpy()
        np.testing.assert_allclose(spectrum[: first_layer.FREQUENCIES].sum(), sites, rtol=1e-5)
        rare = spectrum[first_layer.FREQUENCIES : first_layer.FREQUENCIES + 4]
        assert rare.tolist() == [(copies == k).sum() for k in (1, 2, number - 1, number - 2)]
        watterson, pi = spectrum[first_layer.SITE_CHANNELS - 2 : first_layer.SITE_CHANNELS]
        pairs = itertools.combinations(varying_sites.T, 2)
        np.testing.assert_allclose(watterson, sites / sum(1 / k for k in range(1, number)), 1e-5)
        np.testing.assert_allclose(pi, np.mean([np.sum(a != b) for a, b in pairs]), 1e-5)


def test_parts_sum_up_to_the_window():
    alleles, positions, mask = random_windows(padding=5)
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    numbers = slice(first_layer.SITE_CHANNELS, 2 * first_layer.SITE_CHANNELS)
    summed = summaries.parts[:, :, numbers].sum(dim=1)
    torch.testing.assert_close(summed, summaries.spectrum[:, : first_layer.SITE_CHANNELS])


# Pairs of sites -------------------------------------------------------------------------------


@PROPERTY
@given(st.lists(st.integers(0, 3), min_size=8, max_size=30))
def test_linkage_of_a_pair_of_sites(gametes):
    one, other = np.array(gametes) // 2, np.array(gametes) % 2
    if min(one.sum(), other.sum(), (1 - one).sum(), (1 - other).sum()) < 2:
        return  # not common
    alleles = torch.tensor(np.stack([one, other]), dtype=torch.float32)[None]
    positions, mask = torch.tensor([[0.5, 0.5]]), torch.ones(1, 2, dtype=torch.bool)
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    middle = summaries.parts[0, first_layer.PARTS // 2, 2 * first_layer.SITE_CHANNELS :].numpy()
    pairs, r2, four, four_twice, share = middle[: first_layer.PAIR_CHANNELS]
    assert pairs == pytest.approx(np.log(2))  # one pair, and sums are over one more
    assert 2 * r2 == pytest.approx(np.corrcoef(one, other)[0, 1] ** 2, abs=1e-5)
    rarest = min(gametes.count(gamete) for gamete in range(4))
    assert 2 * four == pytest.approx(min(rarest, 1), abs=1e-5)
    assert 2 * four_twice == pytest.approx(min(rarest / 2, 1), abs=1e-5)
    d = np.mean(one * other) - one.mean() * other.mean()
    ends = [one.mean() * other.mean(), (1 - one.mean()) * (1 - other.mean())]
    if d > 0:
        ends = [one.mean() * (1 - other.mean()), other.mean() * (1 - one.mean())]
    assert 2 * share == pytest.approx(abs(d) / min(ends), abs=1e-4)


def average_pairs_slowly(alleles, positions, mask):
    """Return what is read of the pairs of one window's sites, pair by pair, float64."""
    alleles, number = alleles.double().numpy()[mask], alleles.shape[1]
    positions = positions.double().numpy()[mask]
    copies = alleles.sum(axis=1)
    common = (copies >= 2) & (copies <= number - 2)
    alleles, positions = alleles[common], positions[common]
    summed = np.zeros((len(first_layer.REACHES), first_layer.PARTS, first_layer.PAIR_CHANNELS))
    for reach, (first, last) in enumerate(first_layer.REACHES):
        for lag in first_layer.LAGS[first:last]:
            for one, other in zip(range(len(alleles)), range(lag, len(alleles)), strict=False):
                p, q = alleles[one].mean(), alleles[other].mean()
                both = (alleles[one] * alleles[other]).mean()
                d = both - p * q
                rarest = number * min(both, p - both, q - both, 1 - p - q + both)
                most = min(p * (1 - q), q * (1 - p)) if d > 0 else min(p * q, (1 - p) * (1 - q))
                r2 = d**2 / max(p * (1 - p) * q * (1 - q), 1e-6)
                four = np.clip([rarest, rarest / 2], 0, 1)
                middle = (positions[one] + positions[other]) / 2 * first_layer.PARTS - 0.5
                middle = np.clip(middle, 0, first_layer.PARTS - 1)
                weights = np.clip(1 - np.abs(middle - np.arange(first_layer.PARTS)), 0, 1)
                pair = [1, r2, *four, abs(d) / max(most, 1e-4)]
                summed[reach] += weights[:, None] * pair
    pairs = summed[..., :1]
    reaches = np.concatenate([np.log(pairs + 1), summed[..., 1:] / (pairs + 1)], axis=2)
    return reaches.transpose(1, 0, 2).reshape(first_layer.PARTS, -1)


@pytest.mark.parametrize("haplotypes", [4, 9])
def test_linkage_is_that_of_pairs_with_alleles_that_are_half_way(haplotypes):
    alleles, positions, mask = random_windows(2, 90, haplotypes)
    generator = torch.Generator().manual_seed(1)
    alleles[torch.rand(alleles.shape, generator=generator) < 0.2] = 0.5
    mask &= torch.rand(mask.shape, generator=generator) < 0.9
    found = first_layer.summarise_alleles(alleles, positions, mask).parts
    for window in range(2):
        expected = average_pairs_slowly(alleles[window], positions[window], mask[window])
        got = found[window, :, 2 * first_layer.SITE_CHANNELS :].numpy()
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_only_common_sites_make_pairs():
    alleles, positions, mask = random_windows(windows=1, haplotypes=12)
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    copies = alleles[0].sum(dim=1)
    common = int(((copies >= 2) & (copies <= 10)).sum())
    log_pairs = summaries.parts[0, :, 2 * first_layer.SITE_CHANNELS :: first_layer.PAIR_CHANNELS]
    for (first, last), logs in zip(first_layer.REACHES, log_pairs.T, strict=True):
        lags = first_layer.LAGS[first:last]
        expected = sum(max(common - lag, 0) for lag in lags)
        assert logs.expm1().sum().item() == pytest.approx(expected, rel=1e-4)


# Order, padding and other samples ----------------------------------------------------------


@PROPERTY
@given(st.integers(0, 99), st.permutations(range(8)), st.integers(0, 20))
def test_summaries_are_in_the_order_of_haplotypes(seed, order, padding):
    alleles, positions, mask = random_windows(seed=seed, padding=padding)
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    other = first_layer.summarise_alleles(alleles[:, :, order], positions, mask)
    ordered = summaries._replace(
        haplotypes=summaries.haplotypes[:, order],
        whole_haplotypes=summaries.whole_haplotypes[:, order],
    )
    assert_same(other, ordered, tolerance=1e-5)


def test_of_many_haplotypes_the_order_decides_which_are_compared(monkeypatch):
    """What is read of sites is of all haplotypes; of haplotypes, it is of those compared."""
    alleles, positions, mask = random_windows(haplotypes=12)
    monkeypatch.setattr(haplotype_similarity, "MOST_COMPARED", 4)
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    mixed = first_layer.summarise_alleles(alleles[:, :, torch.randperm(12)], positions, mask)
    for name in ("parts", "spectrum"):
        torch.testing.assert_close(getattr(mixed, name), getattr(summaries, name))
    assert summaries.haplotypes.shape[1] == summaries.whole_haplotypes.shape[1] == 4
    order = [0, 8, 1, 3, 7, 2, 6, 5, 4, 9, 11, 10]  # every third, which are compared, in place
    others = first_layer.summarise_alleles(alleles[:, :, order], positions, mask)
    assert_same(others, summaries, tolerance=1e-5)


@pytest.mark.parametrize("haplotypes", [7, 20, 90])
def test_summaries_of_a_window_have_the_same_bits_whatever_else_is_in_the_batch(haplotypes):
    inputs = random_windows(30, 150, haplotypes, padding=20)
    inputs[2][0, 9:] = False  # it needs the fewest sites
    together = first_layer.summarise_alleles(*inputs)
    for window in (0, 7, 29):
        alone = first_layer.summarise_alleles(*(array[window : window + 1] for array in inputs))
        assert all(torch.equal(a[0], b[window]) for a, b in zip(alone, together, strict=True))


@PROPERTY
@given(st.integers(0, 99), st.integers(0, 20))
def test_it_does_not_matter_where_padding_is_and_what_is_in_it(seed, padding):
    alleles, positions, mask = random_windows(seed=seed, padding=padding)
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    left = [torch.roll(some, padding // 2, dims=1) for some in (alleles, positions, mask)]
    assert_same(first_layer.summarise_alleles(*left), summaries)
    alleles[~mask], positions[~mask] = 1.0, 0.7
    assert_same(first_layer.summarise_alleles(alleles, positions, mask), summaries)


def test_sites_without_a_difference_are_left_out():
    alleles, positions, mask = random_windows()
    fixed = [3, 17, 40]
    alleles[:, fixed] = torch.tensor([0.0, 1.0, 1.0])[None, :, None]
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    mask[:, fixed] = False
    assert_same(
        first_layer.summarise_alleles(alleles * mask[:, :, None], positions, mask), summaries
    )


def test_mirrored_windows_have_mirrored_parts():
    alleles, positions, mask = random_windows()
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    mirrored = first_layer.summarise_alleles(alleles.flip(1), 1 - positions.flip(1), mask)
    assert_same(
        mirrored,
        summaries._replace(haplotypes=summaries.haplotypes.flip(2), parts=summaries.parts.flip(1)),
        tolerance=1.5e-5,
    )


@pytest.mark.parametrize("haplotypes", [1, 2, 3, 50])
@pytest.mark.parametrize("sites", [1, 2, 70])
def test_any_number_of_sites_and_haplotypes_gives_numbers(sites, haplotypes):
    summaries = first_layer.summarise_alleles(*random_windows(2, sites, haplotypes))
    assert all(torch.isfinite(array).all() for array in summaries)
    assert summaries.haplotypes.shape == (
        2, haplotypes, first_layer.PARTS, first_layer.HAPLOTYPE_CHANNELS,
    )  # fmt: skip
    assert summaries.parts.shape == (2, first_layer.PARTS, first_layer.PART_CHANNELS)
    assert summaries.spectrum.shape == (2, first_layer.SPECTRUM_CHANNELS)
