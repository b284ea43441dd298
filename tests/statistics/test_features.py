"""Summary statistics of windows against tskit, scikit-allel and plain definitions."""

import itertools
from collections import Counter

import allel
import numpy as np
import pytest
from helpers.data import (
    PROPERTY,
    compute,
    make_observation,
    make_samples,
    make_targets,
    summarise,
    textbook_d,
    windows_of_alleles,
)
from helpers.models import padded, varied_matrices, windows_of
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.schema.dataset import Features
from coalflow.config.schema.targets import StatisticTarget, Targets
from coalflow.statistics import features, linkage, site_statistics
from coalflow.statistics.linkage import Linkage
from coalflow.windows.observation import code_alleles
from coalflow.windows.packed_windows import Windows

OF_SITES = ("segregating_sites", "diversity", "tajimas_d", "theta_h", "fay_wu_h", "watterson_theta")


@pytest.fixture(scope="module")
def matrices():
    """Return 30 matrices of 40 sites and 20 haplotypes, from few common to many rare alleles."""
    return varied_matrices(30, seed=6, sites=40, haplotypes=20)


def spectrum(table):
    return table[[name for name in table if name.endswith("_copies")]].to_numpy()


def varies(matrix):
    return (matrix != matrix[:, :1]).any(axis=1)


def copies_of(matrix):
    return matrix.sum(axis=1, dtype=int)


# The whole window ----------------------------------------------------------------------------


@PROPERTY
@given(windows_of_alleles())
def test_statistics_of_sites_are_those_of_tskit(drawn):
    windows = windows_of(drawn)
    table = summarise(windows)
    for name in OF_SITES:
        expected = np.nan_to_num(compute(name, windows))
        np.testing.assert_allclose(table[name], expected, rtol=1e-9, atol=1e-9)


@PROPERTY
@given(windows_of_alleles())
def test_spectrum_counts_sites_by_their_carriers(drawn):
    haplotypes = drawn.shape[2]
    expected = [
        [(copies_of(matrix) == copies).sum() for copies in range(1, haplotypes)] for matrix in drawn
    ]
    np.testing.assert_array_equal(spectrum(summarise(windows_of(drawn))), expected)


@PROPERTY
@given(windows_of_alleles())
def test_folded_spectrum_is_that_of_scikit_allel(drawn):
    found = spectrum(summarise(windows_of(drawn), polarised=False))
    for matrix, counts in zip(drawn, found, strict=True):
        derived = copies_of(matrix[varies(matrix)])
        both_alleles = np.column_stack([matrix.shape[1] - derived, derived])
        expected = (
            allel.sfs_folded(both_alleles, n=matrix.shape[1]) if len(both_alleles) else np.zeros(9)
        )
        expected = np.pad(expected, (0, len(counts) + 1))[1 : len(counts) + 1]
        np.testing.assert_array_equal(counts, expected)


@PROPERTY
@given(windows_of_alleles())
def test_fay_wu_h_is_pi_of_scikit_allel_less_theta_h(drawn):
    table = summarise(windows_of(drawn))
    for matrix, theta_h, h in zip(drawn, table["theta_h"], table["fay_wu_h"], strict=True):
        n, derived = matrix.shape[1], copies_of(matrix[varies(matrix)])
        pi = allel.mean_pairwise_difference(np.column_stack([n - derived, derived])).sum()
        assert theta_h == pytest.approx((derived**2).sum() / (n * (n - 1) / 2))
        assert h == pytest.approx(pi - theta_h, abs=1e-9)


def test_linkage_is_that_of_the_window(matrices):
    windows = windows_of(matrices[:3])
    table = summarise(windows)
    omega = Linkage(windows, [np.tile([0, 40], (3, 1))]).compute_omega(0)[:, 0]
    np.testing.assert_array_equal(table["log10_omega"], np.log10(omega))
    for matrix, zns in zip(matrices, table["zns"], strict=False):
        r = np.corrcoef(matrix)[np.triu_indices(len(matrix), 1)]
        assert zns == pytest.approx((r**2).mean(), abs=1e-7)


# Which there are -----------------------------------------------------------------------------


def test_all_statistics_are_there_once_and_are_numbers(matrices):
    table = summarise(windows_of(matrices))
    in_all_parts = 3 + 2 + 4 + 2  # of sites, of polarised sites, of haplotypes, of linkage
    assert len(set(table)) == len(table.columns) == 19 + in_all_parts * (1 + 5 + 11) + 1 + 5
    assert (table.dtypes == np.float64).all()
    assert np.isfinite(table).all(axis=None)


def test_unfolded_statistics_need_the_ancestral_allele(matrices):
    names = set(summarise(windows_of(matrices), polarised=False))
    assert not any(name.startswith(("theta_h", "fay_wu_h")) for name in names)
    assert "sites_with_10_copies" in names
    assert "sites_with_11_copies" not in names


@pytest.mark.parametrize("polarised", [True, False])
def test_kinds_make_up_the_whole(polarised, matrices):
    whole = summarise(windows_of(matrices), polarised)
    found = {}
    for kind in Features().kinds:
        part = summarise(windows_of(matrices), polarised, kinds=[kind])
        assert found.keys().isdisjoint(part)
        found |= {name: part[name] for name in part}
    assert found.keys() == set(whole)
    assert all((found[name] == whole[name]).all() for name in whole)


def test_parts_are_those_that_are_named(matrices):
    table = summarise(windows_of(matrices), parts=[3])
    assert "zns_3_of_3" in table
    assert not any("_of_5" in name for name in table)
    assert not any("_of_3" in name for name in summarise(windows_of(matrices), parts=[]))


def test_the_target_and_what_gives_it_away_are_dropped(matrices):
    names = list(summarise(windows_of(matrices)))
    for target, hidden in {
        "tajimas_d": {"tajimas_d"},
        "diversity": {"diversity", "fay_wu_h"},
        "theta_h": {"theta_h", "fay_wu_h"},
        "watterson_theta": {"watterson_theta", "segregating_sites"},
    }.items():
        kept = features.drop_targets(names, make_targets(target))
        assert set(names) - set(kept) == hidden
    both = features.drop_targets(names, make_targets("diversity", "segregating_sites"))
    hidden = {"diversity", "fay_wu_h", "watterson_theta", "segregating_sites"}
    assert set(names) - set(both) == hidden
    assert features.drop_targets(names, make_targets("history")) == names


def test_statistics_of_populations_are_kept_except_for_the_target():
    windows = windows_of(varied_matrices(20, seed=5))
    table = summarise(windows, samples=make_samples({"north": 1, "south": 2}))
    fst = StatisticTarget(statistic="fst", of=("south", "north"))
    kept = features.drop_targets(list(table), Targets(definitions={"fst": fst}))
    assert set(table) - set(kept) == {"fst_of_north_and_south"}
    alleles = windows.haplotypes.astype(int)
    for name, part in {"north": slice(0, 2), "south": slice(2, 6)}.items():
        copies, number = alleles[:, :, part].sum(axis=2), part.stop - part.start
        pi = (copies * (number - copies)).sum(axis=1) / (number * (number - 1) / 2)
        np.testing.assert_allclose(table[f"diversity_of_{name}"], pi)
    assert np.isfinite(table).all(axis=None)


# Parts of a window ---------------------------------------------------------------------------


@st.composite
def windows_with_positions(draw):
    """Draw windows with sites at any position, some of them at a part's very edge."""
    drawn = draw(windows_of_alleles(most_sites=12))
    windows, sites, _ = drawn.shape
    places = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0, 0.2, 0.4, 1 / 11, 6 / 11, 1]))
    rows = st.lists(places, min_size=sites, max_size=sites).map(sorted)
    positions = draw(st.lists(rows, min_size=windows, max_size=windows))
    return Windows.pack(drawn, np.array(positions, np.float32), np.ones((windows, sites), bool))


@PROPERTY
@given(windows_with_positions())
def test_parts_have_the_statistics_of_their_sites(windows):
    table = summarise(windows)
    placed = zip(windows.haplotypes, windows.positions, strict=True)
    for number, (matrix, positions) in enumerate(placed):
        for parts in (5, 11):
            part = np.minimum(np.floor(positions.astype(float) * parts), parts - 1)
            for one in range(parts):
                for name, value in textbook_of(matrix[part == one]).items():
                    got = table[f"{name}_{one + 1}_of_{parts}"][number]
                    assert got == pytest.approx(value, abs=1e-7), (name, one, parts)


def textbook_of(sites):
    """Return the statistics of the sites of one part, one haplotype or pair at a time."""
    number = sites.shape[1]
    counts = Counter(column.tobytes() for column in sites.T).most_common()
    frequencies = [count / number for _, count in counts]
    h1 = sum(f**2 for f in frequencies)
    first, second = (*frequencies, 0)[:2]
    pairs = [(one != other).sum() for one, other in itertools.combinations(sites.T, 2)]
    varying = sites[varies(sites)].astype(float)
    theta_h = (copies_of(varying) ** 2).sum() / (number * (number - 1) / 2)
    r2 = [np.corrcoef(pair)[0, 1] ** 2 for pair in itertools.combinations(varying, 2)]
    return {
        "segregating_sites": len(varying),
        "diversity": np.mean(pairs),
        "tajimas_d": textbook_d(sites) if len(varying) else 0.0,
        "theta_h": theta_h,
        "fay_wu_h": np.mean(pairs) - theta_h,
        "h1": h1,
        "h12": h1 - first**2 - second**2 + (first + second) ** 2,
        "h2_h1": (h1 - first**2) / h1,
        "haplotype_count": len(frequencies),
        "zns": np.mean(r2) if r2 else 0.0,
    }


# What statistics do not depend on ------------------------------------------------------------


@PROPERTY
@given(windows_of_alleles(), st.randoms(use_true_random=False))
def test_the_order_of_haplotypes_does_not_matter(drawn, random):
    order = list(range(drawn.shape[2]))
    random.shuffle(order)
    one, other = (summarise(windows_of(matrix)) for matrix in (drawn, drawn[:, :, order]))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


@PROPERTY
@given(windows_of_alleles())
def test_folded_statistics_do_not_see_which_allele_is_ancestral(drawn):
    one, other = (
        summarise(windows_of(code_alleles(matrix, None, make_observation(), 1)), polarised=False)
        for matrix in (drawn, drawn ^ 1)
    )
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


@PROPERTY
@given(windows_with_positions(), st.integers(0, 6), st.integers(0, 6))
def test_padding_changes_no_statistic(windows, left, right):
    wide = padded(windows, left, right)
    np.testing.assert_array_equal(summarise(wide), summarise(windows))


@pytest.mark.parametrize("at_once", [1, 7, 29, 30, 31])
def test_chunks_change_no_bit(matrices, monkeypatch, at_once):
    whole = summarise(windows_of(matrices))
    monkeypatch.setattr(features, "ALLELES_AT_ONCE", at_once * 40 * 20)
    monkeypatch.setattr(linkage, "PAIRS_AT_ONCE", at_once * 40 * 40)
    monkeypatch.setattr(site_statistics, "ALLELES_AT_ONCE", at_once * 40 * 20)
    np.testing.assert_array_equal(summarise(windows_of(matrices)), whole)


def test_windows_without_a_site_have_the_statistics_of_no_variation():
    blank = Windows.pack(
        np.zeros((3, 5, 6), np.uint8), np.zeros((3, 5), np.float32), np.zeros((3, 5), bool)
    )
    table = summarise(blank)
    for name, value in {"h1": 1, "h12": 1, "h2_h1": 0, "haplotype_count": 1}.items():
        for part in ("", "_3_of_5", "_11_of_11"):
            assert (table[name + part] == value).all()
    others = [name for name in table if not name.startswith(("h1", "h2", "haplotype_count"))]
    assert all((table[name] == 0).all() for name in others)
    assert np.isnan(compute("tajimas_d", blank)).all()
