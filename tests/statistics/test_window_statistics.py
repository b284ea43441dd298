"""Readable statistics of windows: by hand, and the same however windows are divided."""

import numpy as np
import pandas as pd
import pytest
from helpers.data import make_observation, make_samples
from helpers.models import padded, varied_matrices, windows_of

from coalflow.config.schema.dataset import Features
from coalflow.statistics.features import summarise_windows
from coalflow.statistics.window_statistics import (
    SITES,
    SPAN,
    SUMS,
    describe_briefly,
    describe_windows,
    select_classical,
    select_compared,
)
from coalflow.windows.packed_windows import Windows

POLARISED, FOLDED = make_observation(polarised=True), make_observation()
SAMPLES = make_samples(3)


def describe(windows, observation=FOLDED, samples=SAMPLES, sizes=None, size=SITES):
    sizes = np.full(len(windows), windows.shape[1]) if sizes is None else sizes
    return describe_windows(windows, sizes, size, samples, observation)


def test_few_statistics_by_hand():
    """Two haplotypes of four are the same; sites with 1, 2 and 3 copies."""
    matrix = np.array([[[1, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 1]]], dtype=np.uint8)
    for table in (
        describe_briefly(windows_of(matrix), SITES, [7]),
        describe(windows_of(matrix), POLARISED, make_samples(2), sizes=[7]),
    ):
        row = table.iloc[0]
        assert row[SITES] == 7
        assert row["share of singletons"] == pytest.approx(2 / 3)
        assert row["diversity per site"] == pytest.approx((3 / 6 + 4 / 6 + 3 / 6) / 3)
        assert row["haplotypes"] == 3
        assert row["H1"] == pytest.approx(0.25**2 + 0.25**2 + 0.5**2)
        assert row["share of sites in the middle fifth"] == pytest.approx(1 / 3)


def test_statistics_are_finite_where_nothing_varies():
    matrices = np.zeros((2, 4, 6), dtype=np.uint8)
    assert np.isfinite(describe_briefly(windows_of(matrices), SITES, [0, 0]).to_numpy()).all()
    for observation in (FOLDED, POLARISED):
        assert np.isfinite(describe(windows_of(matrices), observation).to_numpy()).all()


def test_the_few_come_first_and_are_the_same():
    windows = windows_of(varied_matrices(20, seed=1))
    few = describe_briefly(windows, SITES, np.full(20, 8))
    for observation in (FOLDED, POLARISED):
        table = describe(windows, observation)
        assert list(table)[: few.shape[1]] == list(few)
        np.testing.assert_allclose(table[list(few)], few)


@pytest.mark.parametrize("per_row", [1, 2])
@pytest.mark.parametrize("missing", [False, True])
def test_windows_have_the_same_bits_alone_and_together(per_row, missing):
    generator = np.random.default_rng(3)
    matrices = varied_matrices(40, seed=2, sites=70, haplotypes=20)
    called = (generator.random(matrices.shape) < 0.9).astype(np.uint8) if missing else None
    windows = Windows.pack(
        matrices if called is None else matrices * called,
        np.sort(generator.random(matrices.shape[:2], dtype=np.float32), axis=1),
        np.ones(matrices.shape[:2], bool),
        called,
        per_row,
    )
    observation = make_observation(phased=per_row == 1, missing=0.1 if missing else 0)
    samples = make_samples(10)
    together = describe(windows, observation, samples)
    alone = [describe(windows[row : row + 1], observation, samples) for row in range(40)]
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True), check_exact=True)


def test_what_baselines_have_computed_is_used_and_changes_nothing():
    windows = windows_of(varied_matrices(20, seed=4, sites=30))
    summarised = summarise_windows(windows, Features(), SAMPLES, POLARISED)
    sizes = np.full(20, 30)
    given = describe_windows(windows, sizes, SITES, SAMPLES, POLARISED, summarised)
    pd.testing.assert_frame_equal(given, describe(windows, POLARISED), check_exact=True)
    other = describe_windows(windows, sizes, SITES, SAMPLES, POLARISED, summarised.assign(zns=9.0))
    assert (other["ZnS"] == 9).all()
    few = summarise_windows(windows, Features(kinds=("sites",)), SAMPLES, POLARISED)
    without = describe_windows(windows, sizes, SITES, SAMPLES, POLARISED, few)
    pd.testing.assert_frame_equal(without, given, check_exact=True)


def test_padding_changes_nothing_but_where_sites_are():
    windows = windows_of(varied_matrices(5, seed=5, sites=30))
    table, other = describe(windows), describe(padded(windows, 3, 4), sizes=np.full(5, 30))
    pd.testing.assert_frame_equal(table, other, check_exact=False, rtol=1e-6)


def test_classical_statistics_are_per_base_and_of_all_sites():
    windows = windows_of(varied_matrices(4, seed=6, sites=30))
    summarised = summarise_windows(windows, Features(), SAMPLES, POLARISED)
    table = describe(windows, POLARISED, sizes=np.array([30, 60, 30, 30]))
    classical = select_classical(table, np.array([1000, 1000, 500, 0]))
    names = ["diversity", "watterson_theta", "tajimas_d", "fay_wu_h", "h1", "h12", "h2_h1"]
    assert list(classical) == names
    factor = np.array([1, 2, 2, np.nan]) / 1000
    for name in ("diversity", "watterson_theta", "fay_wu_h"):
        np.testing.assert_allclose(classical[name], summarised[name] * factor)
    for name in ("tajimas_d", "h1", "h12", "h2_h1"):
        np.testing.assert_array_equal(classical[name], summarised[name])
    assert "fay_wu_h" not in select_classical(describe(windows), np.full(4, 1000))
    spans = describe(windows, POLARISED, sizes=np.full(4, 2000.0), size=SPAN)
    np.testing.assert_allclose(
        select_classical(spans, np.full(4, 2000))["diversity"], summarised["diversity"] / 2000
    )


def test_sums_are_not_compared():
    table = describe(windows_of(varied_matrices(2, seed=7)), POLARISED)
    assert set(table) - set(select_compared(table)) == set(SUMS)


def make_two_populations():
    """Return a window of six sites at which A and B have different alleles, and four in B."""
    matrices = np.zeros((1, 10, 8), np.uint8)
    matrices[:, :6, 4:] = 1
    matrices[:, 6:, 4] = 1
    return windows_of(matrices)


@pytest.mark.parametrize("populations", [{"A": 2, "B": 2}, {"B": 2, "A": 2}])
def test_populations_are_compared(populations):
    table = describe(make_two_populations(), POLARISED, make_samples(populations)).iloc[0]
    one, other = populations
    assert table["sites that vary in " + other] == pytest.approx(0.4)
    assert table["sites private to " + other] == 1
    assert table["sites private to " + one] == 0
    assert table["divergence of A and B per site"] == pytest.approx((6 + 4 / 4) / 10)
    assert table["Gmin of A and B"] == pytest.approx(6 / (6 + 4 / 4))
    within = 4 * 2 / 4
    assert table["Fst of A and B"] == pytest.approx(1 - 2 * within / (within + 2 * 7))
    assert table["Tajima's D in " + one] == 0
    assert table["Tajima's D in " + other] < 0


def test_scans_have_statistics_of_pairs_of_populations():
    table = describe(make_two_populations(), POLARISED, make_samples({"A": 2, "B": 2}), sizes=[20])
    classical = select_classical(table, np.array([1000]))
    # Sites that the net does not see are taken to be like the others.
    assert classical["dxy_of_A_and_B"][0] == pytest.approx(2 * 7 / 1000)
    assert classical["fst_of_A_and_B"][0] == table["Fst of A and B"][0]
    assert classical["g_min_of_A_and_B"][0] == pytest.approx(6 / 7)
    assert classical["private_sites_of_A"][0] == 0
    assert classical["private_sites_of_B"][0] == 1
    assert set(table) - set(select_compared(table)) == {*SUMS, "sum of divergence of A and B"}


def test_of_many_populations_there_are_means():
    samples = make_samples(dict.fromkeys("ABCDE", 2))
    table = describe(windows_of(varied_matrices(3, seed=8, haplotypes=20)), POLARISED, samples)
    assert {"Fst, mean of pairs", "Gmin, mean of pairs"} <= set(table)
    assert not any("_of_" in name for name in select_classical(table, np.full(3, 1000)))


def test_a_population_of_one_haplotype_is_compared_with_others():
    samples = make_samples({"A": 7, "B": 1}, ploidy=1)
    table = describe(make_two_populations(), POLARISED, samples)
    assert "Gmin of A and B" in table
    assert "Fst of A and B" not in table
    assert "sites private to B" not in table
    assert np.isfinite(table).all(axis=None)
