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


def assert_same(one, other):
    for left, right in zip(one, other, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-4)


# Haplotypes -----------------------------------------------------------------------------------


def test_similarities_in_the_whole_window_are_those_of_numbers_of_differences():
    alleles, positions, mask = random_windows()
    told = first_layer.of_windows(alleles, positions, mask)
    for window in range(3):
        seen = varying(alleles[window])
        differences = np.abs(seen[:, :, None] - seen[:, None]).sum(axis=0)
        for place, scale in enumerate(first_layer.SCALES):
            similar = np.exp(-differences / scale)
            expected = np.log((similar.sum(axis=1) - 1) / 7 + 0.5 / 8)
            got = told.whole_haplotypes[window, :, place].numpy()
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_similarities_over_spans_are_those_of_weighted_differences():
    alleles, positions, mask = random_windows(windows=1)
    told = first_layer.of_windows(alleles, positions, mask)
    parts, scales = first_layer.PARTS, first_layer.SCALES_IN_PARTS
    place = np.clip(positions[0].numpy() * parts - 0.5, 0, parts - 1)
    seen = alleles[0].numpy()
    differ = (seen[:, :, None] != seen[:, None]).astype(float)
    weights = np.clip(1 - np.abs(place - np.arange(parts)[:, None]), 0, 1)
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    in_parts = np.einsum("ps,sij->pij", weights, differ)
    for number, span in enumerate(first_layer.SPANS):
        for part in range(parts):
            around = in_parts[max(part - span // 2, 0) : part + span // 2 + 1].sum(axis=0)
            for scale in range(scales):
                similar = np.exp(-around / (first_layer.SCALE_IN_PARTS / 4**scale))
                expected = np.sqrt((similar.sum(axis=1) - 1) / 7 + first_layer.SMALLEST)
                got = told.haplotypes[0, :, part, number * scales + scale].numpy()
                np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)


def test_the_sharpest_similarity_over_parts_is_how_frequent_a_haplotype_is():
    alleles, positions, mask = random_windows(sites=300, haplotypes=6)
    alleles[:, :, 3] = alleles[:, :, 0]  # every window has one haplotype twice
    told = first_layer.of_windows(alleles, positions, mask)
    sharpest = told.haplotypes[:, :, :, first_layer.SCALES_IN_PARTS - 1].square().round(decimals=2)
    expected = torch.tensor([0.2, 0, 0, 0.2, 0, 0])
    torch.testing.assert_close(sharpest, expected[None, :, None].expand_as(sharpest))


# Sites ----------------------------------------------------------------------------------------


def test_the_spectrum_counts_sites_and_estimates_theta():
    alleles, positions, mask = random_windows(padding=11)
    told = first_layer.of_windows(alleles, positions, mask)
    for window in range(3):
        seen = varying(alleles[window])
        sites, number = seen.shape
        copies = seen.sum(axis=1)
        spectrum = told.spectrum[window].numpy()
        np.testing.assert_allclose(spectrum[: first_layer.FREQUENCIES].sum(), sites, rtol=1e-5)
        rare = spectrum[first_layer.FREQUENCIES : first_layer.FREQUENCIES + 4]
        assert rare.tolist() == [(copies == k).sum() for k in (1, 2, number - 1, number - 2)]
        watterson, pi = spectrum[first_layer.OF_SITES - 2 : first_layer.OF_SITES]
        pairs = itertools.combinations(seen.T, 2)
        np.testing.assert_allclose(watterson, sites / sum(1 / k for k in range(1, number)), 1e-5)
        np.testing.assert_allclose(pi, np.mean([np.sum(a != b) for a, b in pairs]), 1e-5)


def test_parts_sum_up_to_the_window():
    alleles, positions, mask = random_windows(padding=5)
    told = first_layer.of_windows(alleles, positions, mask)
    numbers = slice(first_layer.OF_SITES, 2 * first_layer.OF_SITES)
    summed = told.parts[:, :, numbers].sum(dim=1)
    torch.testing.assert_close(summed, told.spectrum[:, : first_layer.OF_SITES])


# Pairs of sites -------------------------------------------------------------------------------


@PROPERTY
@given(st.lists(st.integers(0, 3), min_size=8, max_size=30))
def test_linkage_of_a_pair_of_sites(gametes):
    one, other = np.array(gametes) // 2, np.array(gametes) % 2
    if min(one.sum(), other.sum(), (1 - one).sum(), (1 - other).sum()) < 2:
        return  # not common
    alleles = torch.tensor(np.stack([one, other]), dtype=torch.float32)[None]
    positions, mask = torch.tensor([[0.5, 0.5]]), torch.ones(1, 2, dtype=torch.bool)
    told = first_layer.of_windows(alleles, positions, mask)
    middle = told.parts[0, first_layer.PARTS // 2, 2 * first_layer.OF_SITES :].numpy()
    pairs, r2, four, four_twice, share = middle[: first_layer.OF_PAIRS]
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
    told = first_layer.of_windows(alleles, positions, mask)
    copies = alleles[0].sum(dim=1)
    common = int(((copies >= 2) & (copies <= 10)).sum())
    of_reaches = told.parts[0, :, 2 * first_layer.OF_SITES :: first_layer.OF_PAIRS]
    for (first, last), logs in zip(first_layer.REACHES, of_reaches.T, strict=True):
        lags = first_layer.LAGS[first:last]
        expected = sum(max(common - lag, 0) for lag in lags)
        assert logs.expm1().sum().item() == pytest.approx(expected, rel=1e-4)


# Whatever it is told of -----------------------------------------------------------------------


@PROPERTY
@given(st.integers(0, 99), st.permutations(range(8)), st.integers(0, 20))
def test_the_order_of_haplotypes_is_that_of_what_is_told(seed, order, padding):
    alleles, positions, mask = random_windows(seed=seed, padding=padding)
    told = first_layer.of_windows(alleles, positions, mask)
    other = first_layer.of_windows(alleles[:, :, order], positions, mask)
    ordered = told._replace(
        haplotypes=told.haplotypes[:, order], whole_haplotypes=told.whole_haplotypes[:, order]
    )
    assert_same(other, ordered)


@PROPERTY
@given(st.integers(0, 99), st.integers(0, 20))
def test_it_does_not_matter_where_padding_is_and_what_is_in_it(seed, padding):
    alleles, positions, mask = random_windows(seed=seed, padding=padding)
    told = first_layer.of_windows(alleles, positions, mask)
    left = [torch.roll(some, padding // 2, dims=1) for some in (alleles, positions, mask)]
    assert_same(first_layer.of_windows(*left), told)
    alleles[~mask], positions[~mask] = 1.0, 0.7
    assert_same(first_layer.of_windows(alleles, positions, mask), told)


def test_sites_without_a_difference_are_not_there():
    alleles, positions, mask = random_windows()
    fixed = [3, 17, 40]
    alleles[:, fixed] = torch.tensor([0.0, 1.0, 1.0])[None, :, None]
    told = first_layer.of_windows(alleles, positions, mask)
    mask[:, fixed] = False
    assert_same(first_layer.of_windows(alleles * mask[:, :, None], positions, mask), told)


def test_mirrored_windows_have_mirrored_parts():
    alleles, positions, mask = random_windows()
    told = first_layer.of_windows(alleles, positions, mask)
    mirrored = first_layer.of_windows(alleles.flip(1), 1 - positions.flip(1), mask)
    assert_same(
        mirrored,
        told._replace(haplotypes=told.haplotypes.flip(2), parts=told.parts.flip(1)),
    )


@pytest.mark.parametrize("haplotypes", [1, 2, 3, 50])
@pytest.mark.parametrize("sites", [0, 1, 2, 70])
def test_any_number_of_sites_and_haplotypes_gives_numbers(sites, haplotypes):
    told = first_layer.of_windows(*random_windows(2, sites, haplotypes))
    assert all(torch.isfinite(one).all() for one in told)
    assert told.haplotypes.shape == (
        2, haplotypes, first_layer.PARTS, first_layer.OF_HAPLOTYPES,
    )  # fmt: skip
    assert told.parts.shape == (2, first_layer.PARTS, first_layer.OF_PARTS)
    assert told.spectrum.shape == (2, first_layer.OF_WINDOWS)
