import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.models.nets import haplotype_similarity
from coalflow.models.nets.haplotype_similarity import (
    ROWS,
    SCALE_IN_PARTS,
    SCALES,
    SCALES_IN_PARTS,
    SPANS,
    choose_haplotypes,
    compare_haplotypes,
)
from coalflow.models.nets.window_parts import COLUMNS, PARTS, weigh_parts

PROPERTY = settings(max_examples=15, deadline=None)


def make_windows(seed=0, windows=2, sites=30, haplotypes=9):
    """Return alleles, of which some are half-way, and how much sites count in parts."""
    generator = torch.Generator().manual_seed(seed)
    alleles = torch.randint(3, (windows, sites, haplotypes), generator=generator) / 2
    # Many haplotypes occur twice.
    alleles[:, :, 1::2] = alleles[:, :, : haplotypes - 1 : 2]
    positions = torch.rand(windows, sites, generator=generator).sort(dim=1).values
    mask = torch.rand(windows, sites, generator=generator) < 0.8
    return alleles, weigh_parts(positions, mask)


def compare_slowly(alleles, weights):
    """Return what :func:`compare_haplotypes` does of one window, pair by pair, float64."""
    alleles, weights = alleles.double().numpy(), weights.double().numpy()[:, :PARTS]
    number = alleles.shape[1]
    in_parts = np.zeros((number, PARTS, len(SPANS), SCALES_IN_PARTS))
    in_window = np.zeros((number, len(SCALES)))
    for one in range(number):
        for other in set(range(number)) - {one}:
            differ = (alleles[:, one] - alleles[:, other]) ** 2 @ weights
            in_window[one] += np.exp(-differ.sum() / np.array(SCALES))
            for part in range(PARTS):
                for i, span in enumerate(SPANS):
                    around = differ[max(part - span // 2, 0) : part + span // 2 + 1].sum()
                    scales = SCALE_IN_PARTS / 4.0 ** np.arange(SCALES_IN_PARTS)
                    in_parts[one, part, i] += np.exp(-around / scales)
    others = max(number - 1, 1)
    return in_parts.reshape(number, PARTS, -1) / others, in_window / others


@PROPERTY
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 3, 8, 13]), st.sampled_from([1, 2, 30]))
def test_similarities_are_those_of_pairs(seed, haplotypes, sites):
    alleles, weights = make_windows(seed, sites=sites, haplotypes=haplotypes)
    found = compare_haplotypes(alleles, weights)
    for window in range(2):
        expected = compare_slowly(alleles[window], weights[window])
        for got, wanted in zip(found, expected, strict=True):
            np.testing.assert_allclose(got[window].numpy(), wanted, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("haplotypes", [ROWS - 1, ROWS + 1, 2 * ROWS + 5])
def test_strips_of_pairs_are_put_together(haplotypes, monkeypatch):
    alleles, weights = make_windows(sites=70, haplotypes=haplotypes)
    in_strips = compare_haplotypes(alleles, weights)
    monkeypatch.setattr(haplotype_similarity, "ROWS", 4 * ROWS)
    for pair in zip(compare_haplotypes(alleles, weights), in_strips, strict=True):
        torch.testing.assert_close(*pair, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("haplotypes", [7, 20, ROWS + 6])
def test_a_window_has_the_same_bits_whatever_else_is_in_the_batch(haplotypes):
    alleles, weights = make_windows(windows=40, sites=300, haplotypes=haplotypes)
    weights[0, :250] = 0  # it needs the fewest sites
    together = compare_haplotypes(alleles, weights)
    for window in (0, 7, 39):
        alone = compare_haplotypes(alleles[window : window + 1], weights[window : window + 1])
        assert all(torch.equal(a[0], b[window]) for a, b in zip(alone, together, strict=True))


def test_equal_haplotypes_do_not_differ_at_all():
    alleles, weights = make_windows(sites=300, haplotypes=ROWS + 10)
    alleles[:] = alleles[:, :, :1]
    for similar in compare_haplotypes(alleles, weights):
        assert similar.eq(1).all()


def test_without_a_site_all_haplotypes_are_alike():
    alleles, weights = make_windows()
    for similar in compare_haplotypes(alleles, weights * 0):
        assert similar.eq(1).all()
    assert weights.shape[2] == COLUMNS


def test_of_many_haplotypes_evenly_spread_ones_are_compared(monkeypatch):
    alleles, _ = make_windows(haplotypes=10)
    assert choose_haplotypes(alleles) is alleles
    monkeypatch.setattr(haplotype_similarity, "MOST_COMPARED", 4)
    assert torch.equal(choose_haplotypes(alleles), alleles[:, :, [0, 2, 5, 7]])
