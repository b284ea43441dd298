"""Statistics of single haplotypes against plain definitions, one haplotype at a time."""

import itertools

import numpy as np
import pytest
import scipy.stats
from helpers.models import padded

from coalflow.statistics.archaic import haplotype_table, s_star
from coalflow.statistics.archaic.haplotype_table import describe_haplotypes
from coalflow.windows.packed_windows import Windows

LENGTH = 50_000
OWN, OTHERS = 6, 4


def draw_windows(number=6, sites=40, per_row=1, seed=1, missing=False):
    """Return windows of two populations, whose rare alleles are often next to each other."""
    generator = np.random.default_rng(seed)
    rows = OWN + OTHERS
    founders = (generator.random((number, sites, 3)) < (0.1, 0.3, 0.4)).astype(np.uint8)
    chosen = np.r_[generator.integers(0, 3, OWN * per_row), np.full(OTHERS * per_row, 2)]
    alleles = founders[:, :, chosen] ^ (generator.random((number, sites, rows * per_row)) < 0.03)
    alleles = np.sort(alleles.reshape(number, sites, rows, per_row), axis=3)[..., ::-1]
    alleles = np.ascontiguousarray(alleles.reshape(number, sites, -1), dtype=np.uint8)
    called = None
    if missing:
        called = (generator.random(alleles.shape) < 0.9).astype(np.uint8)
        alleles &= called
    bases = np.sort(generator.integers(0, 2_000, (number, sites)), axis=1)
    positions = (bases / LENGTH).astype(np.float32)
    mask = np.ones((number, sites), bool)
    populations = (("TGT", OWN), ("REF", OTHERS))
    return Windows.pack(alleles, positions, mask, called, per_row, populations)


def describe(windows, target="TGT", outgroup="REF"):
    table = describe_haplotypes(windows, np.full(len(windows), LENGTH), target, outgroup)
    return {name: table.values[:, :, index] for index, name in enumerate(table.names)}


def split_copies(windows, row):
    """Return the copies of the derived allele of both populations, int (sites, rows) each."""
    copies = windows.haplotypes[row].reshape(windows.shape[1], windows.rows, -1).sum(axis=2)
    return copies[:, :OWN].astype(int), copies[:, OWN:].astype(int)


@pytest.mark.parametrize("per_row", [1, 2])
def test_alleles_are_counted_by_copies_and_by_who_has_them(per_row):
    windows = draw_windows(per_row=per_row)
    found = describe(windows)
    assert sum(name.startswith("sites_with") for name in found) == OWN * per_row
    for row in range(len(windows)):
        own, others = split_copies(windows, row)
        for haplotype in range(OWN):
            carried = own[own[:, haplotype] > 0]
            for copies in range(1, OWN * per_row + 1):
                expected = (carried.sum(axis=1) == copies).sum()
                assert found[f"sites_with_{copies}_copies"][row, haplotype] == expected
            private = ((own[:, haplotype] > 0) & (others.sum(axis=1) == 0)).sum()
            assert found["private_sites"][row, haplotype] == private


@pytest.mark.parametrize("per_row", [1, 2])
def test_distances_are_euclidean(per_row):
    windows = draw_windows(per_row=per_row)
    found = describe(windows)
    for row in range(len(windows)):
        own, others = split_copies(windows, row)
        for haplotype in range(OWN):
            focal = own[:, haplotype : haplotype + 1]
            distances = np.sort(np.sqrt(((own - focal) ** 2).sum(axis=0)))
            expected = {
                "nearest_in_outgroup": np.sqrt(((others - focal) ** 2).sum(axis=0)).min(),
                "distance_mean": distances.mean(),
                "distance_variance": distances.var(),
                "distance_skew": scipy.stats.skew(distances),
                "distance_kurtosis": scipy.stats.kurtosis(distances),
                **{f"distance_{index}": distances[index] for index in range(1, OWN)},
            }
            for name, value in expected.items():
                assert found[name][row, haplotype] == pytest.approx(value, rel=1e-5), name


@pytest.mark.parametrize("per_row", [1, 2])
def test_s_star_is_the_best_of_all_chains(per_row):
    windows = draw_windows(number=20, sites=14, per_row=per_row)
    found = describe(windows)["s_star"]
    assert (found > 0).any()
    for row in range(len(windows)):
        own, others = split_copies(windows, row)
        positions = windows.positions[row].astype(float) * LENGTH
        for haplotype in range(OWN):
            expected = try_all_chains(own, others, positions, haplotype)
            assert found[row, haplotype] == pytest.approx(expected, rel=1e-5)


def try_all_chains(own, others, positions, haplotype):
    """Return S* by its definition: the best sum over all subsets of sites."""
    sites = [
        site
        for site in range(len(own))
        if own[site, haplotype] and not others[site].any() and own[site].sum() != 1
    ]
    best = None
    for number in range(2, len(sites) + 1):
        for chain in itertools.combinations(sites, number):
            score = 0
            for one, other in itertools.pairwise(chain):
                distance = positions[other] - positions[one]
                mismatches = np.abs(own[one] - own[other]).sum()
                if distance < 10 or mismatches > 5:
                    break
                score += distance + 5_000 if mismatches == 0 else -10_000
            else:
                best = score if best is None else max(best, score)
    return 0 if best is None else best


def test_s_star_by_hand():
    """Five sites of one tract, a singleton, an allele of the outgroup, and one site too close."""
    bases = [0, 1_000, 1_005, 2_000, 3_000, 4_000, 5_000, 6_000]
    carriers = [[0, 1], [0, 1], [0, 1], [0], [0, 1], [0, 4], [0, 1], [0, 1, 2]]
    alleles = np.zeros((1, 8, 6), np.uint8)
    for site, haplotypes in enumerate(carriers):
        alleles[0, site, haplotypes] = 1
    positions = np.array([bases], np.float32) / LENGTH
    populations = (("TGT", 4), ("REF", 2))
    windows = Windows.pack(alleles, positions, np.ones((1, 8), bool), populations=populations)
    found = describe(windows)["s_star"][0]
    # From 0 to 1000 or 1005, to 3000 and to 5000: three matches over 5000 bases.
    np.testing.assert_allclose(found, [20_000, 20_000, 0, 0], rtol=1e-5)


def test_rows_are_found_by_the_name_of_their_population():
    windows = draw_windows()
    found = describe(windows, "REF", "TGT")
    turned = Windows.pack(
        np.roll(windows.haplotypes, OTHERS, axis=2),
        windows.positions,
        windows.mask,
        populations=(("REF", OTHERS), ("TGT", OWN)),
    )
    for name, values in describe(turned, "REF", "TGT").items():
        np.testing.assert_array_equal(values, found[name])
        assert values.shape == (6, OTHERS)


@pytest.mark.parametrize("missing", [False, True])
def test_chunks_and_padding_change_no_bit(missing, monkeypatch):
    windows = draw_windows(number=30, missing=missing)
    whole = describe(windows)
    if not missing:
        wide = padded(windows, 0, 5)
        wide = Windows(wide.packed, wide.positions, wide.mask, 10, windows.populations)
        for name, values in describe(wide).items():
            np.testing.assert_array_equal(values, whole[name], err_msg=name)
    for at_once in (1, 7):
        monkeypatch.setattr(haplotype_table, "COPIES_AT_ONCE", at_once * 40 * 10)
        monkeypatch.setattr(s_star, "PAIRS_AT_ONCE", at_once * 40 * 40)
        for name, values in describe(windows).items():
            np.testing.assert_array_equal(values, whole[name], err_msg=name)


def test_windows_without_a_site_have_zeros():
    blank = Windows.pack(
        np.zeros((2, 5, 10), np.uint8),
        np.zeros((2, 5), np.float32),
        np.zeros((2, 5), bool),
        populations=(("TGT", OWN), ("REF", OTHERS)),
    )
    assert all((values == 0).all() for values in describe(blank).values())
