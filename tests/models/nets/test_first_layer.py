import itertools

import numpy as np
import pytest
import torch
from helpers.models import random_windows
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.models.nets import first_layer

PROPERTY = settings(max_examples=25, deadline=None)


def varying(alleles):
    """Return the sites of one window at which haplotypes differ, float64 (sites, haplotypes)."""
    alleles = alleles.numpy().astype(np.float64)
    copies = alleles.sum(axis=1)
    return alleles[(copies > 0) & (copies < alleles.shape[1])]


def assert_same(summaries, others):
    for left, right in zip(summaries, others, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-4)


# Haplotypes -----------------------------------------------------------------------------------


def test_similarities_in_the_whole_window_are_those_of_numbers_of_differences():
    alleles, positions, mask = random_windows()
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    for window in range(3):
        varying_sites = varying(alleles[window])
        differences = np.abs(varying_sites[:, :, None] - varying_sites[:, None]).sum(axis=0)
        for i, scale in enumerate(first_layer.SCALES):
            similar = np.exp(-differences / scale)
            expected = np.log((similar.sum(axis=1) - 1) / 7 + 0.5 / 8)
            got = summaries.whole_haplotypes[window, :, i].numpy()
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_similarities_over_spans_are_those_of_weighted_differences():
    alleles, positions, mask = random_windows(windows=1)
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    parts, scales = first_layer.PARTS, first_layer.SCALES_IN_PARTS
    in_units_of_parts = np.clip(positions[0].numpy() * parts - 0.5, 0, parts - 1)
    matrix = alleles[0].numpy()
    differ = (matrix[:, :, None] != matrix[:, None]).astype(float)
    weights = np.clip(1 - np.abs(in_units_of_parts - np.arange(parts)[:, None]), 0, 1)
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    in_parts = np.einsum("ps,sij->pij", weights, differ)
    for i, span in enumerate(first_layer.SPANS):
        for part in range(parts):
            around = in_parts[max(part - span // 2, 0) : part + span // 2 + 1].sum(axis=0)
            for scale in range(scales):
                similar = np.exp(-around / (first_layer.SCALE_IN_PARTS / 4**scale))
                expected = np.sqrt((similar.sum(axis=1) - 1) / 7 + first_layer.SMALLEST)
                got = summaries.haplotypes[0, :, part, i * scales + scale].numpy()
                np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)


def test_the_sharpest_similarity_over_parts_is_how_frequent_a_haplotype_is():
    alleles, positions, mask = random_windows(sites=300, haplotypes=6)
    alleles[:, :, 3] = alleles[:, :, 0]  # every window has one haplotype twice
    summaries = first_layer.summarise_alleles(alleles, positions, mask)
    sharpest = (
        summaries.haplotypes[:, :, :, first_layer.SCALES_IN_PARTS - 1].square().round(decimals=2)
    )
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
    assert_same(other, ordered)


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
    )


@pytest.mark.parametrize("haplotypes", [1, 2, 3, 50])
@pytest.mark.parametrize("sites", [0, 1, 2, 70])
def test_any_number_of_sites_and_haplotypes_gives_numbers(sites, haplotypes):
    summaries = first_layer.summarise_alleles(*random_windows(2, sites, haplotypes))
    assert all(torch.isfinite(array).all() for array in summaries)
    assert summaries.haplotypes.shape == (
        2, haplotypes, first_layer.PARTS, first_layer.HAPLOTYPE_CHANNELS,
    )  # fmt: skip
    assert summaries.parts.shape == (2, first_layer.PARTS, first_layer.PART_CHANNELS)
    assert summaries.spectrum.shape == (2, first_layer.SPECTRUM_CHANNELS)
