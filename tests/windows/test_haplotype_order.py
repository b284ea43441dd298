"""The order of haplotypes and of individuals in a window."""

import numpy as np
from helpers.data import (
    PROPERTY,
    genotypes,
    make_encoding,
    make_observation,
    make_samples,
    windows_of_alleles,
)
from helpers.windows import FOLDED, POLARISED, encode_matrices, random_matrices
from hypothesis import given
from hypothesis import strategies as st

from coalflow.windows import encoding
from coalflow.windows.haplotype_order import order_haplotypes
from coalflow.windows.observation import code_alleles


def by_alleles(matrix):
    """Return the columns of a matrix as tuples, sorted: site by site, 0 before 1."""
    return sorted(tuple(column) for column in matrix.T.tolist())


def differences(one, other):
    return sum(a != b for a, b in zip(one, other, strict=True))


@PROPERTY
@given(windows_of_alleles())
def test_similarity_goes_from_the_most_central_haplotype_to_the_nearest_remaining(drawn):
    for matrix, encoded in zip(drawn, encode_matrices(drawn, "similarity", POLARISED), strict=True):
        left = by_alleles(matrix)
        # `min` takes the first of equals.
        last = min(left, key=lambda one: sum(differences(one, other) for other in left))
        expected = []
        while left:
            last = min(left, key=lambda one: differences(one, last))
            left.remove(last)
            expected.append(last)
        assert [tuple(column) for column in encoded.T.tolist()] == expected


def test_differences_are_exact_over_many_sites():
    matrices = np.array(random_matrices([5000] * 2, 6))
    encoded = encode_matrices(matrices, "similarity", POLARISED)
    for matrix, ordered in zip(matrices, encoded, strict=True):
        columns = by_alleles(matrix)
        totals = [sum(differences(one, other) for other in columns) for one in columns]
        assert tuple(ordered[:, 0].tolist()) == columns[totals.index(min(totals))]
        away = [differences(columns[totals.index(min(totals))], other) for other in columns]
        assert differences(ordered[:, 0].tolist(), ordered[:, 1].tolist()) == sorted(away)[1]


@PROPERTY
@given(windows_of_alleles(most_sites=4))
def test_frequency_puts_the_commonest_haplotypes_first(drawn):
    for matrix, encoded in zip(drawn, encode_matrices(drawn, "frequency", POLARISED), strict=True):
        columns = by_alleles(matrix)
        expected = sorted(columns, key=lambda one: -columns.count(one))
        assert [tuple(column) for column in encoded.T.tolist()] == expected


def test_order_of_alleles_over_more_sites_than_bits_of_a_number():
    (matrix,) = random_matrices([200], 12)
    matrix[:150] = 0  # the first difference comes late
    order, _, new = order_haplotypes(matrix.T[None])
    assert [tuple(c) for c in matrix.T[order[0]].tolist()] == by_alleles(matrix)
    assert new.all()


@PROPERTY
@given(windows_of_alleles())
def test_encoding_moves_haplotypes_and_changes_none(drawn):
    for observation in (POLARISED, FOLDED):
        seen = code_alleles(drawn, None, observation, 1)
        for order in ("similarity", "frequency"):
            for before, after in zip(seen, encode_matrices(drawn, order, observation), strict=True):
                assert by_alleles(before) == by_alleles(after)
        np.testing.assert_array_equal(encode_matrices(drawn, "sampled", observation), seen)


@PROPERTY
@given(windows_of_alleles(), st.randoms(use_true_random=False))
def test_the_sampled_order_leaves_no_trace(drawn, random):
    shuffled = drawn[:, :, random.sample(range(drawn.shape[2]), drawn.shape[2])]
    equal = (2 * drawn.sum(axis=2, dtype=int) == drawn.shape[2]).any()
    for order in ("similarity", "frequency"):
        encoded = encode_matrices(drawn, order, POLARISED)
        np.testing.assert_array_equal(encode_matrices(shuffled, order, POLARISED), encoded)
        # Where both alleles are equally frequent, the first sampled haplotype tells which is 0.
        if not equal:
            folded = encode_matrices(drawn, order, FOLDED)
            np.testing.assert_array_equal(encode_matrices(shuffled, order, FOLDED), folded)


def test_folding_leaves_the_sampled_order_a_trace_where_both_alleles_are_equally_frequent():
    matrices = np.array(random_matrices([60] * 20, 6, seed=8))
    encoded = encode_matrices(matrices, "sampled", FOLDED)
    shuffled = encode_matrices(matrices[:, :, ::-1], "sampled", FOLDED)[:, :, ::-1]
    assert (encoded != shuffled).any()
    equal = 2 * encoded.sum(axis=2, dtype=int) == matrices.shape[2]
    np.testing.assert_array_equal(encoded[~equal], shuffled[~equal])


@PROPERTY
@given(
    genotypes(),
    st.booleans(),
    st.sampled_from(["similarity", "frequency"]),
    st.randoms(use_true_random=False),
)
def test_the_order_of_individuals_leaves_no_trace(drawn, phased, order, random):
    """Within a population; with missing genotypes too. Polarised, for ties go by the first one."""
    alleles, called, ploidy = drawn
    windows, sites, number = alleles.shape
    individuals = number // ploidy
    first = random.randint(1, individuals - 1)
    samples = make_samples({"north": first, "south": individuals - first}, ploidy)
    north, south = list(range(first)), list(range(first, individuals))
    random.shuffle(north)
    random.shuffle(south)
    moved = np.concatenate([np.arange(ploidy) + ploidy * one for one in north + south])
    positions, mask = np.zeros((windows, sites)), np.ones((windows, sites), bool)
    seen, encoded = make_observation(phased=phased, polarised=True), make_encoding(order=order)

    def encode_matrices(order_of_alleles):
        called_in_order = None if called is None else called[:, :, order_of_alleles]
        some = alleles[:, :, order_of_alleles]
        return encoding.encode_windows(
            some, called_in_order, positions, mask, samples, encoded, seen
        )

    straight, shuffled = encode_matrices(np.arange(number)), encode_matrices(moved)
    for ours, theirs in zip(straight.arrays, shuffled.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    # Populations stay apart.
    north_alleles = slice(0, first * ploidy)
    before = np.sort(alleles[:, :, north_alleles].sum(axis=2))
    np.testing.assert_array_equal(
        np.sort(straight.haplotypes[:, :, north_alleles].sum(axis=2)), before
    )
