"""Statistics of matrices against the textbook, scikit-allel and the true trees."""

import itertools

import allel
import numpy as np
import pytest
from helpers_data import PROPERTY, constant_history, textbook_d, windows_of_alleles
from hypothesis import given
from hypothesis import strategies as st

from coalflow import encoding, seeds, shards, statistics
from coalflow.observation import observe
from coalflow.simulation import neutral

SAMPLES, HAPLOTYPES, SITES = 10, 20, 40


@pytest.fixture(scope="module")
def replicates():
    """Return 30 tree sequences of 40 sites or more, with few sites and with many."""
    made = []
    for size, recombination_rate in ((3_000, 0.0), (3_000, 1e-8), (20_000, 1e-8)):
        parameters = {
            "sequence_length": 100_000,
            "mutation_rate": 1.5e-8,
            "recombination_rate": recombination_rate,
        }
        windows = [
            neutral.window(
                constant_history(size), SAMPLES, parameters, seeds.replicate_seed(5, "cell", number)
            )
            for number in range(40)
        ]
        made += [window for window in windows if window.num_sites >= SITES][:10]
    assert len(made) == 30
    return made


@pytest.fixture(scope="module")
def matrices(replicates, tmp_path_factory):
    """Return the middle 40 sites of each replicate, by way of a shard."""
    writer = shards.Writer()
    for number, tree_sequence in enumerate(replicates):
        writer.add(tree_sequence, number, number)
    path = tmp_path_factory.mktemp("shards") / "00000.npz"
    writer.write(path, {}, {"cell": "all", "haplotypes": HAPLOTYPES})
    return encoding.middle_sites(shards.read(path), np.arange(30), SITES, HAPLOTYPES)


# Tajima's D ----------------------------------------------------------------------------------


def varies(matrix):
    return (matrix != matrix[:, :1]).any(axis=1)


@PROPERTY
@given(windows_of_alleles())
def test_tajimas_d_is_that_of_the_textbook_and_of_scikit_allel(drawn):
    for matrix, d in zip(drawn, statistics.tajimas_d(drawn), strict=True):
        if varies(matrix).any():
            carriers = matrix.sum(axis=1, dtype=int)
            counts = np.column_stack([matrix.shape[1] - carriers, carriers])
            by_allel = allel.tajima_d(allel.AlleleCountsArray(counts), min_sites=1)
            assert d == pytest.approx(textbook_d(matrix), abs=1e-12, rel=0)
            assert d == pytest.approx(by_allel, abs=1e-12, rel=0)
        else:
            assert np.isnan(d)


def test_tajimas_d_of_simulations_is_that_of_the_textbook_and_of_scikit_allel(matrices):
    d = statistics.tajimas_d(matrices)
    by_textbook = [textbook_d(matrix) for matrix in matrices]
    np.testing.assert_allclose(d, by_textbook, rtol=0, atol=1e-12)
    for matrix, value in zip(matrices, d, strict=True):
        counts = allel.HaplotypeArray(matrix.astype("i1")).count_alleles(max_allele=1)
        assert value == pytest.approx(allel.tajima_d(counts), abs=1e-12, rel=0)


def test_tajimas_d_is_that_of_the_true_trees_around_the_same_sites(replicates, matrices):
    for tree_sequence, d in zip(replicates, statistics.tajimas_d(matrices), strict=True):
        positions = tree_sequence.sites_position
        first = (len(positions) - SITES) // 2
        ends = [0.0, positions[first], tree_sequence.sequence_length]
        if first + SITES < len(positions):
            ends.insert(2, positions[first + SITES])
        assert tree_sequence.segregating_sites(windows=ends, span_normalise=False)[1] == SITES
        true = tree_sequence.Tajimas_D(windows=ends)[1]
        assert d == pytest.approx(true, abs=1e-10, rel=0)


@pytest.mark.parametrize("allele", [0, 1])
def test_tajimas_d_without_variation_is_nan(allele):
    matrices = np.full((2, 5, 6), allele, np.uint8)
    matrices[1, 2, 3] ^= 1
    assert np.isnan(statistics.tajimas_d(matrices)).tolist() == [True, False]


# The other statistics ------------------------------------------------------------------------


@PROPERTY
@given(windows_of_alleles())
def test_diversity_is_the_mean_difference_of_pairs(drawn):
    for matrix, pi in zip(drawn, statistics.diversity(drawn), strict=True):
        pairs = itertools.combinations(matrix.T, 2)
        assert pi == pytest.approx(np.mean([(one != other).sum() for one, other in pairs]))


@PROPERTY
@given(windows_of_alleles())
def test_segregating_sites_are_those_that_vary(drawn):
    expected = [varies(matrix).sum() for matrix in drawn]
    np.testing.assert_array_equal(statistics.segregating_sites(drawn), expected)


@PROPERTY
@given(windows_of_alleles())
def test_spectrum_counts_sites_by_their_carriers(drawn):
    haplotypes = drawn.shape[2]
    expected = [
        [(matrix.sum(axis=1, dtype=int) == copies).sum() for copies in range(1, haplotypes)]
        for matrix in drawn
    ]
    np.testing.assert_array_equal(statistics.spectrum(drawn), expected)


@PROPERTY
@given(windows_of_alleles())
def test_haplotype_count_is_of_different_columns(drawn):
    expected = [len({column.tobytes() for column in matrix.T}) for matrix in drawn]
    np.testing.assert_array_equal(statistics.haplotype_count(drawn), expected)


def test_haplotype_count_sees_repeats():
    matrix = np.array([[0, 0, 1, 1, 0], [0, 0, 1, 0, 0]], np.uint8)
    assert statistics.haplotype_count(matrix[None]).tolist() == [3]


@given(st.integers(0, 1000), st.integers(2, 50))
@PROPERTY
def test_watterson_theta_divides_by_the_harmonic_number(segregating, haplotypes):
    harmonic = sum(1 / i for i in range(1, haplotypes))
    theta = statistics.watterson_theta(segregating, haplotypes)
    assert theta == pytest.approx(segregating / harmonic, rel=1e-12)


def test_summaries_are_the_statistics_by_name(matrices):
    values, names = statistics.summaries(matrices)
    columns = dict(zip(names, values.T, strict=True))
    spectrum = statistics.spectrum(matrices)
    assert len(names) == HAPLOTYPES - 1 + 4
    for copies in range(1, HAPLOTYPES):
        carried = (matrices.sum(axis=2, dtype=int) == copies).sum(axis=1)
        np.testing.assert_array_equal(columns[f"sites_with_{copies}_copies"], carried)
        np.testing.assert_array_equal(spectrum[:, copies - 1], carried)
    np.testing.assert_array_equal(columns["segregating_sites"], SITES)
    np.testing.assert_array_equal(columns["pi"], statistics.diversity(matrices))
    harmonic = sum(1 / i for i in range(1, HAPLOTYPES))
    np.testing.assert_allclose(columns["watterson_theta"], SITES / harmonic, rtol=1e-12)
    np.testing.assert_array_equal(columns["haplotype_count"], statistics.haplotype_count(matrices))


# What statistics do not depend on ------------------------------------------------------------

STATISTICS = [
    statistics.tajimas_d,
    statistics.diversity,
    statistics.spectrum,
    statistics.segregating_sites,
    statistics.haplotype_count,
]


@PROPERTY
@given(windows_of_alleles(), st.randoms(use_true_random=False))
def test_the_order_of_haplotypes_does_not_matter(drawn, random):
    order = list(range(drawn.shape[2]))
    random.shuffle(order)
    for statistic in STATISTICS:
        np.testing.assert_allclose(
            statistic(drawn[:, :, order]), statistic(drawn), rtol=0, atol=1e-12
        )


@PROPERTY
@given(windows_of_alleles())
def test_folding_changes_neither_tajimas_d_nor_diversity(drawn):
    folded = observe(drawn, polarised=False)
    for statistic in (statistics.tajimas_d, statistics.diversity, statistics.segregating_sites):
        np.testing.assert_allclose(statistic(folded), statistic(drawn), rtol=0, atol=1e-12)


@pytest.mark.parametrize("at_once", [1, 7, 29, 30, 31])
def test_chunks_change_no_result(matrices, monkeypatch, at_once):
    whole = [statistic(matrices) for statistic in STATISTICS]
    monkeypatch.setattr(statistics, "WINDOWS_AT_ONCE", at_once)
    for statistic, expected in zip(STATISTICS, whole, strict=True):
        np.testing.assert_array_equal(statistic(matrices), expected)


def test_windows_of_one_chunk_do_not_mix(matrices):
    for statistic in STATISTICS:
        alone = [statistic(matrices[number : number + 1])[0] for number in range(30)]
        np.testing.assert_allclose(statistic(matrices), alone, rtol=0, atol=1e-12)
