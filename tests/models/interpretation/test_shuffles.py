import numpy as np
import pytest
from helpers.data import make_encoding, make_observation, make_samples
from helpers.models import make_view, padded, varied_matrices, windows_of

from coalflow.models.interpretation import shuffles
from coalflow.models.interpretation.shuffles import SHUFFLES, shuffle_windows
from coalflow.models.interpretation.theory import tabulate_theory
from coalflow.windows.packed_windows import Windows

HAPLOTYPES, ALLELES, SITES, CLASSES, DISTANCES = SHUFFLES


@pytest.fixture(scope="module")
def windows():
    """Windows with padding on both sides, and unevenly spread sites."""
    plain = windows_of(varied_matrices(40, seed=1, sites=12, haplotypes=10))
    spread = plain.positions**2
    return padded(Windows.pack(plain.haplotypes, spread, plain.mask), 2, 3)


@pytest.fixture(scope="module")
def view():
    return make_view(samples=make_samples(5))


def copies(windows):
    return windows.haplotypes.sum(axis=2)


def sort_columns(windows):
    """Return the sites of each window as bytes, sorted: the same whatever their order."""
    return [sorted(site.tobytes() for site in window) for window in windows.haplotypes]


@pytest.mark.parametrize("name", SHUFFLES)
def test_a_shuffle_leaves_padding_and_the_spectrum(name, windows, view):
    shuffled = shuffle_windows(windows, name, view, seed=1)
    np.testing.assert_array_equal(shuffled.mask, windows.mask)
    assert (shuffled.haplotypes[~windows.mask] == 0).all()
    assert (shuffled.positions[~windows.mask] == 0).all()
    np.testing.assert_array_equal(np.sort(copies(shuffled)), np.sort(copies(windows)))
    before, after = (tabulate_theory(each, view) for each in (windows, shuffled))
    np.testing.assert_allclose(after["Tajima's D"], before["Tajima's D"], atol=1e-12)
    assert shuffled.packed.tobytes() + shuffled.positions.tobytes() != (
        windows.packed.tobytes() + windows.positions.tobytes()
    )


@pytest.mark.parametrize("name", SHUFFLES)
def test_a_shuffle_is_the_same_each_time_and_in_parts(name, windows, view, monkeypatch):
    first = shuffle_windows(windows, name, view, seed=1)
    assert first.packed.tobytes() == shuffle_windows(windows, name, view, 1).packed.tobytes()
    other = shuffle_windows(windows, name, view, seed=2)
    assert not all(map(np.array_equal, first.arrays, other.arrays))


def test_order_of_haplotypes_is_all_that_is_lost(windows, view):
    shuffled = shuffle_windows(windows, HAPLOTYPES, view, seed=1)
    np.testing.assert_array_equal(copies(shuffled), copies(windows))
    np.testing.assert_array_equal(shuffled.positions, windows.positions)
    haplotypes = ["haplotypes", "H1", "H12", "ZnS"]
    before, after = (tabulate_theory(each, view)[haplotypes] for each in (windows, shuffled))
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_order_of_haplotypes_is_shuffled_although_they_are_ordered():
    view = make_view(samples=make_samples(5)).model_copy(
        update={"encoding": make_encoding(sites=12, length=10_000, order="similarity")}
    )
    alignment = shuffles.Alignment.unpack(windows_of(varied_matrices(9, 1, 12, 10)))
    ordered = alignment.encode(view)
    shuffled = shuffle_windows(ordered, HAPLOTYPES, view, seed=1)
    assert not np.array_equal(shuffled.packed, ordered.packed)
    again = shuffles.Alignment.unpack(shuffled).encode(view)
    np.testing.assert_array_equal(again.packed, ordered.packed)


def test_alleles_of_sites_lose_linkage_alone(windows, view):
    shuffled = shuffle_windows(windows, ALLELES, view, seed=1)
    np.testing.assert_array_equal(copies(shuffled), copies(windows))
    np.testing.assert_array_equal(shuffled.positions, windows.positions)
    twins = windows_of(np.repeat(varied_matrices(1, seed=1, sites=1, haplotypes=10), 12, axis=1))
    linked, unlinked = (
        tabulate_theory(each, view)["ZnS"][0]
        for each in (twins, shuffle_windows(twins, ALLELES, view, seed=1))
    )
    assert linked == pytest.approx(1)
    assert unlinked < 0.5


def test_order_of_sites_leaves_haplotypes(windows, view):
    shuffled = shuffle_windows(windows, SITES, view, seed=1)
    np.testing.assert_array_equal(shuffled.positions, windows.positions)
    assert sort_columns(shuffled) == sort_columns(windows)
    assert not np.array_equal(copies(shuffled), copies(windows))


def test_sites_are_exchanged_with_those_of_their_frequency(windows, view):
    shuffled = shuffle_windows(windows, CLASSES, view, seed=1)
    before, after = map(shuffles.find_frequency_classes, (windows, shuffled))
    np.testing.assert_array_equal(after, before)
    assert sort_columns(shuffled) == sort_columns(windows)


def test_distances_keep_their_sum_and_the_first_site(windows, view):
    shuffled = shuffle_windows(windows, DISTANCES, view, seed=1)
    np.testing.assert_array_equal(shuffled.packed, windows.packed)
    for old, new, mask in zip(windows.positions, shuffled.positions, windows.mask, strict=True):
        old, new = old[mask], new[mask]
        assert new[0] == old[0]
        assert new[-1] == pytest.approx(old[-1], abs=1e-6)
        np.testing.assert_allclose(np.sort(np.diff(new)), np.sort(np.diff(old)), atol=1e-6)


def test_populations_are_not_mixed():
    samples = make_samples({"a": 2, "b": 3})
    alleles = np.zeros((20, 6, 10), np.uint8)
    alleles[:, :, :2] = 1  # in the first population alone
    view = make_view(samples=samples)
    for name in (HAPLOTYPES, ALLELES):
        shuffled = shuffle_windows(windows_of(alleles), name, view, seed=1).haplotypes
        assert (shuffled[:, :, :4].sum(axis=2) == 2).all()
        assert (shuffled[:, :, 4:] == 0).all()


def test_individuals_without_phase_and_missing_genotypes_stay_whole():
    view = make_view(samples=make_samples(5)).model_copy(
        update={"observation": make_observation(polarised=True, phased=False, missing=0.1)}
    )
    random = np.random.default_rng(1)
    called = np.repeat(random.integers(0, 2, (9, 8, 5)), 2, axis=2).astype(np.uint8)
    plain = windows_of(np.repeat(random.integers(0, 2, (9, 8, 5)), 2, axis=2).astype(np.uint8))
    windows = Windows.pack(plain.haplotypes & called, plain.positions, plain.mask, called, 2)
    for name in SHUFFLES:
        shuffled = shuffle_windows(windows, name, view, seed=1)
        pairs = shuffled.haplotypes.reshape(9, 8, 5, 2)
        assert (pairs[..., 0] == pairs[..., 1]).all()
        assert (shuffled.haplotypes <= shuffled.called).all()
        assert shuffled.called.sum() == called.sum()


def test_windows_without_sites_or_with_one_are_shuffled(view):
    empty = Windows.pack(
        np.zeros((2, 8, 10), np.uint8), np.zeros((2, 8), np.float32), np.zeros((2, 8), bool)
    )
    for name in SHUFFLES:
        shuffled = shuffle_windows(empty, name, view, seed=1)
        assert not shuffled.haplotypes.any() and not shuffled.mask.any()
