"""Linkage between sites against plain definitions and scikit-allel."""

import itertools

import allel
import numpy as np
import pytest
from helpers.data import PROPERTY, windows_of_alleles
from helpers.models import padded, varied_matrices, windows_of
from hypothesis import given
from hypothesis import strategies as st

from coalflow.statistics import linkage
from coalflow.windows.packed_windows import Windows

UNIT = 2.0**-30  # r2 is rounded to it
EXACT = 2.0**-23  # as far as float32 is


def whole(windows):
    """Return the edges of the whole of windows without padding."""
    number, sites, _ = windows.shape
    return np.tile([0, sites], (number, 1))


def plain_r2(one, other):
    """Return the squared correlation of two sites over the rows where both are called, or None.

    Alleles or copies are -1 where they are not called.
    """
    both = (one >= 0) & (other >= 0)
    one, other = one[both].astype(float), other[both].astype(float)
    if len(one) == 0 or one.std() == 0 or other.std() == 0:
        return None
    covariance = np.mean(one * other) - one.mean() * other.mean()
    return covariance**2 / (one.var() * other.var())


def plain_pairs(rows):
    """Return r2 of all pairs that have it, {(site, site): r2}; ``rows`` are (sites, rows)."""
    pairs = itertools.combinations(range(len(rows)), 2)
    found = {(i, j): plain_r2(rows[i], rows[j]) for i, j in pairs}
    return {pair: value for pair, value in found.items() if value is not None}


def plain_omega(pairs, first, end):
    """Return the largest omega of all splits of the sites from ``first`` to before ``end``."""
    best = np.nan
    for split in range(first + 2, end - 1):
        left = [r2 for (i, j), r2 in pairs.items() if first <= i and j < split]
        right = [r2 for (i, j), r2 in pairs.items() if split <= i and j < end]
        across = [r2 for (i, j), r2 in pairs.items() if first <= i < split <= j < end]
        if left + right and sum(across) > len(across) * UNIT:
            omega = np.mean(left + right) / np.mean(across)
            best = np.fmax(best, omega)
    return best


@st.composite
def observed_windows(draw):
    """Draw windows of haplotypes or individuals, with genotypes missing or not."""
    ploidy = draw(st.sampled_from([1, 2, 3]))
    individuals, sites, windows = draw(st.integers(4, 7)), draw(st.integers(1, 9)), 3
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    copies = random.integers(0, ploidy + 1, (windows, sites, individuals, 1))
    alleles = (np.arange(ploidy) < copies).astype(np.uint8).reshape(windows, sites, -1)
    called = None
    if draw(st.booleans()):
        called = (random.random((windows, sites, individuals)) > 0.2).astype(np.uint8)
        called = np.repeat(called, ploidy, axis=2)
        alleles &= called
    plain = windows_of(alleles)
    return Windows.pack(alleles, plain.positions, plain.mask, called, ploidy)


def rows_of(windows):
    """Return copies of allele 1 in each row, (windows, sites, rows), -1 if not called."""
    number, sites, _ = windows.shape
    shape = (number, sites, windows.rows, windows.alleles_per_row)
    copies = windows.haplotypes.reshape(shape).sum(axis=3, dtype=int)
    if windows.called is None:
        return copies
    return np.where(windows.called.reshape(shape).all(axis=3), copies, -1)


@PROPERTY
@given(observed_windows(), st.integers(0, 9))
def test_zns_and_omega_of_parts_are_those_of_plain_loops(windows, cut):
    cut = min(cut, windows.shape[1])
    edges = np.tile([0, cut, windows.shape[1]], (len(windows), 1))
    pairs = linkage.Linkage(windows, [edges])
    zns, omega = pairs.compute_zns(0), pairs.compute_omega(0)
    for number, rows in enumerate(rows_of(windows)):
        in_window = plain_pairs(rows)
        for part, (first, end) in enumerate(itertools.pairwise(edges[0])):
            inside = [r2 for (i, j), r2 in in_window.items() if first <= i and j < end]
            expected = np.mean(inside) if inside else np.nan
            assert zns[number, part] == pytest.approx(expected, abs=EXACT, nan_ok=True)
            expected = plain_omega(in_window, first, end)
            assert omega[number, part] == pytest.approx(expected, rel=1e-5, nan_ok=True)


@PROPERTY
@given(observed_windows(), st.integers(1, 50))
def test_how_many_pairs_are_computed_at_a_time_changes_nothing(windows, at_once):
    edges = np.tile([0, windows.shape[1]], (len(windows), 1))
    expected = linkage.Linkage(windows, [edges])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linkage, "PAIRS_AT_ONCE", at_once)
        found = linkage.Linkage(windows, [edges])
    np.testing.assert_array_equal(found.compute_omega(0), expected.compute_omega(0))
    np.testing.assert_array_equal(found.compute_zns(0), expected.compute_zns(0))
    np.testing.assert_array_equal(found.compute_r2_by_distance(), expected.compute_r2_by_distance())


@PROPERTY
@given(observed_windows())
def test_r2_by_distance_is_the_mean_over_pairs_that_far_apart(windows):
    found = linkage.Linkage(windows, []).compute_r2_by_distance()
    for number, rows in enumerate(rows_of(windows)):
        places, pairs = windows.positions[number].astype(float), plain_pairs(rows)
        for place, share in enumerate(linkage.SHARES):
            low, high = (0.5 / share if place else -1), 1 / share
            inside = [r2 for (i, j), r2 in pairs.items() if low < places[j] - places[i] <= high]
            expected = np.mean(inside) if inside else np.nan
            assert found[number, place] == pytest.approx(expected, abs=EXACT, nan_ok=True)


def test_r2_of_genotypes_is_that_of_scikit_allel():
    matrices = varied_matrices(5, 3, sites=12, haplotypes=24)
    plain = windows_of(matrices)
    called = (np.random.default_rng(1).random((5, 12, 12)) > 0.15).astype(np.uint8)
    genotypes = matrices.reshape(5, 12, 12, 2).sum(axis=3)
    sorted_alleles = (np.arange(2) < genotypes[..., None]).astype(np.uint8).reshape(5, 12, 24)
    both = np.repeat(called, 2, axis=2)
    windows = Windows.pack(sorted_alleles & both, plain.positions, plain.mask, both, 2)
    for missing, one in (
        (False, Windows.pack(sorted_alleles, *windows.arrays[1:3], None, 2)),
        (True, windows),
    ):
        zns = linkage.Linkage(one, [whole(one)]).compute_zns(0)[:, 0]
        for number in range(5):
            seen = np.where(called[number], genotypes[number], -1) if missing else genotypes[number]
            r = allel.rogers_huff_r(seen.astype("i1"))
            assert zns[number] == pytest.approx(np.nanmean(r.astype(float) ** 2), abs=1e-5)


def test_r2_of_haplotypes_is_that_of_frequencies():
    """Hill and Robertson: D^2 / (p (1 - p) q (1 - q)), with D = the frequency of both - p q."""
    matrices = varied_matrices(3, 5, sites=2, haplotypes=11)
    zns = linkage.Linkage(windows_of(matrices), [np.tile([0, 2], (3, 1))]).compute_zns(0)[:, 0]
    for (one, other), value in zip(matrices.astype(float), zns, strict=True):
        p, q = one.mean(), other.mean()
        expected = ((one * other).mean() - p * q) ** 2 / (p * (1 - p) * q * (1 - q))
        assert value == pytest.approx(expected, abs=EXACT)


@PROPERTY
@given(windows_of_alleles(), st.integers(0, 6), st.integers(0, 6))
def test_padding_changes_nothing(drawn, left, right):
    windows = windows_of(drawn)
    wide = padded(windows, left, right)
    edges = whole(windows)
    ours, theirs = linkage.Linkage(wide, [edges + left]), linkage.Linkage(windows, [edges])
    np.testing.assert_array_equal(ours.compute_zns(0), theirs.compute_zns(0))
    np.testing.assert_array_equal(ours.compute_omega(0), theirs.compute_omega(0))
    np.testing.assert_array_equal(ours.compute_r2_by_distance(), theirs.compute_r2_by_distance())


@PROPERTY
@given(windows_of_alleles(), st.randoms(use_true_random=False))
def test_neither_the_order_of_haplotypes_nor_that_of_alleles_matters(drawn, random):
    order = list(range(drawn.shape[2]))
    random.shuffle(order)
    flipped = drawn.copy()
    flipped[:, ::2] ^= 1
    windows = windows_of(drawn)
    expected = linkage.Linkage(windows, [whole(windows)]).compute_omega(0)
    for other in (drawn[:, :, order], flipped):
        np.testing.assert_array_equal(
            linkage.Linkage(windows_of(other), [whole(windows)]).compute_omega(0), expected
        )


def test_omega_finds_two_blocks_next_to_each_other():
    """Two stretches of full linkage, each with the one partition of the haplotypes that it has."""
    block, other = np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 1, 0, 0, 1, 0, 0, 1])
    matrix = np.array([block] * 3 + [other] * 4, np.uint8)
    across = np.corrcoef(block, other)[0, 1] ** 2
    omega = linkage.Linkage(windows_of(matrix[None]), [np.array([[0, 7]])]).compute_omega(0)
    assert omega[0, 0] == pytest.approx(1 / across, rel=1e-6)
