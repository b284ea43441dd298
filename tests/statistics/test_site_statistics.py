"""Statistics of matrices against the textbook, scikit-allel and the true trees."""

import itertools

import allel
import numpy as np
import pytest
from helpers.data import (
    PROPERTY,
    compute,
    constant_history,
    make_encoding,
    make_observation,
    make_samples,
    textbook_d,
    windows_of_alleles,
)
from helpers.models import padded, windows_of
from hypothesis import given
from hypothesis import strategies as st

from coalflow.core import seeds
from coalflow.simulation import neutral
from coalflow.statistics import site_statistics, tskit_statistics
from coalflow.windows import encoding, shards
from coalflow.windows.observation import code_alleles

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
            neutral.simulate_window(
                constant_history(size),
                SAMPLES,
                parameters,
                seeds.derive_replicate_seed(5, "cell", number),
            )
            for number in range(40)
        ]
        made += [window for window in windows if window.num_sites >= SITES][:10]
    assert len(made) == 30
    return made


@pytest.fixture(scope="module")
def matrices(replicates, tmp_path_factory):
    """Return the middle 40 sites of each replicate, by way of a shard."""
    writer = shards.ShardWriter()
    for number, tree_sequence in enumerate(replicates):
        writer.add(tree_sequence, number, number)
    path = tmp_path_factory.mktemp("shards") / "00000.npz"
    writer.write(path, {}, shards.ShardMeta(cell="all", samples=make_samples(SAMPLES)))
    shard = shards.read_shard(path)
    plain = make_encoding(sites=SITES, order="sampled")
    polarised = make_observation(polarised=True)
    return encoding.encode_shard(shard, np.arange(30), plain, polarised).haplotypes


def tajimas_d(matrices):
    return compute("tajimas_d", windows_of(matrices))


def diversity(matrices):
    return compute("diversity", windows_of(matrices))


# Tajima's D ----------------------------------------------------------------------------------


def varies(matrix):
    return (matrix != matrix[:, :1]).any(axis=1)


@PROPERTY
@given(windows_of_alleles())
def test_tajimas_d_is_that_of_the_textbook_and_of_scikit_allel(drawn):
    for matrix, d in zip(drawn, tajimas_d(drawn), strict=True):
        if varies(matrix).any():
            carriers = matrix.sum(axis=1, dtype=int)
            counts = np.column_stack([matrix.shape[1] - carriers, carriers])
            by_allel = allel.tajima_d(allel.AlleleCountsArray(counts), min_sites=1)
            assert d == pytest.approx(textbook_d(matrix), abs=1e-12, rel=0)
            assert d == pytest.approx(by_allel, abs=1e-12, rel=0)
        else:
            assert np.isnan(d)


def test_tajimas_d_of_simulations_is_that_of_the_textbook_and_of_scikit_allel(matrices):
    d = tajimas_d(matrices)
    by_textbook = [textbook_d(matrix) for matrix in matrices]
    np.testing.assert_allclose(d, by_textbook, rtol=0, atol=1e-12)
    for matrix, value in zip(matrices, d, strict=True):
        counts = allel.HaplotypeArray(matrix.astype("i1")).count_alleles(max_allele=1)
        assert value == pytest.approx(allel.tajima_d(counts), abs=1e-12, rel=0)


def test_tajimas_d_is_that_of_the_true_trees_around_the_same_sites(replicates, matrices):
    for tree_sequence, d in zip(replicates, tajimas_d(matrices), strict=True):
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
    assert np.isnan(tajimas_d(matrices)).tolist() == [True, False]


# The other statistics ------------------------------------------------------------------------


@PROPERTY
@given(windows_of_alleles())
def test_diversity_is_the_mean_difference_of_pairs(drawn):
    for matrix, pi in zip(drawn, diversity(drawn), strict=True):
        pairs = itertools.combinations(matrix.T, 2)
        assert pi == pytest.approx(np.mean([(one != other).sum() for one, other in pairs]))


@given(st.integers(0, 1000), st.integers(2, 50))
@PROPERTY
def test_watterson_theta_divides_by_the_harmonic_number(segregating, haplotypes):
    harmonic = sum(1 / i for i in range(1, haplotypes))
    theta = tskit_statistics.estimate_watterson_theta(segregating, haplotypes)
    assert theta == pytest.approx(segregating / harmonic, rel=1e-12)


# What statistics do not depend on ------------------------------------------------------------

STATISTICS = [tajimas_d, diversity]


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
    folded = code_alleles(drawn, None, make_observation(), 1)
    for statistic in STATISTICS:
        np.testing.assert_allclose(statistic(folded), statistic(drawn), rtol=0, atol=1e-12)


@PROPERTY
@given(windows_of_alleles(), st.integers(0, 6), st.integers(0, 6))
def test_padding_changes_no_statistic(drawn, left, right):
    windows = windows_of(drawn)
    wide = padded(windows, left, right)
    for name in ("tajimas_d", "diversity", "fay_wu_h", "y1"):
        np.testing.assert_array_equal(compute(name, wide), compute(name, windows))


@pytest.mark.parametrize("windows_at_once", [1, 7, 29, 30, 31])
def test_chunks_change_no_result(matrices, monkeypatch, windows_at_once):
    whole = [statistic(matrices) for statistic in STATISTICS]
    monkeypatch.setattr(site_statistics, "ALLELES_AT_ONCE", windows_at_once * SITES * HAPLOTYPES)
    for statistic, expected in zip(STATISTICS, whole, strict=True):
        np.testing.assert_array_equal(statistic(matrices), expected)


def test_windows_of_one_chunk_do_not_mix(matrices):
    for statistic in STATISTICS:
        alone = [statistic(matrices[number : number + 1])[0] for number in range(30)]
        np.testing.assert_allclose(statistic(matrices), alone, rtol=0, atol=1e-12)
