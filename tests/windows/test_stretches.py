"""Which bases and which sites of a window the net sees."""

import numpy as np
import pytest
import scipy.stats
from helpers.data import make_encoding
from helpers.windows import POLARISED, make_shard, observe_all, random_matrices, read_windows

from coalflow.windows import encoding, stretches


def test_the_first_sites_stand_at_the_left():
    matrices = random_matrices([9, 5, 3, 0], 6)
    windows = read_windows(make_shard(matrices), np.arange(4), 5, "first", pad=True)
    for matrix, taken, mask in zip(matrices, windows.haplotypes, windows.mask, strict=True):
        np.testing.assert_array_equal(taken[: len(matrix)], matrix[:5])
        assert mask.tolist() == [True] * len(matrix[:5]) + [False] * (5 - len(matrix[:5]))


def begins(sites=12, seed=1, chosen=range(600), stretch="random"):
    """Return where stretches of 8 sites begin in replicates with this number of sites."""
    site_by_site = np.eye(sites, dtype=np.uint8)  # site i is carried by haplotype i alone
    shard = make_shard([site_by_site] * 600)
    windows = read_windows(shard, np.array(chosen), 8, stretch, pad=True, seed=seed)
    first = windows.haplotypes.argmax(axis=2)[:, 0]
    expected = first[:, None] + np.arange(8)
    np.testing.assert_array_equal(windows.haplotypes.argmax(axis=2), expected)
    return first


def test_a_random_stretch_begins_anywhere_and_everywhere_alike():
    counts = np.bincount(begins(), minlength=5)
    assert len(counts) == 5  # 8 of 12 sites
    assert scipy.stats.chisquare(counts).pvalue > 0.01
    assert set(begins(sites=8)) == {0}


def test_a_random_stretch_belongs_to_the_replicate_and_the_seed():
    whole = begins()
    chosen = [5, 3, 3, 599, 0]
    assert begins(chosen=chosen).tolist() == whole[chosen].tolist()
    other = begins(seed=2)
    assert 0.1 < (other == whole).mean() < 0.3  # by chance a fifth


def test_random_stretches_leave_windows_with_few_sites_in_the_middle():
    matrices = random_matrices([3, 0, 5, 4], 6)
    windows = [
        read_windows(make_shard(matrices), np.arange(4), 5, s, pad=True)
        for s in ("central", "random")
    ]
    for ours, theirs in zip(*(one.arrays for one in windows), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("stretch", "start"), [("first", [0, 0, 0]), ("central", [35, 35, 35]), ("random", None)]
)
def test_bases_are_those_of_the_stretch(stretch, start):
    """Sites at 0, 1, 2, ... of 100 bases; of these 30 are seen."""
    shard = make_shard(random_matrices([100, 100, 100], 6))
    encoded = make_encoding(sites=40, stretch=stretch, pad=True, length=30, seed=1, order="sampled")
    first, count, begin = stretches.choose_stretches(observe_all(shard), encoded)
    if start is None:
        start = begin.tolist()
        assert len(set(start)) == 3
        assert all(0 <= one <= 70 and one == int(one) for one in start)
    assert begin.tolist() == start
    assert count.tolist() == [30] * 3
    assert (first - shard.offsets[:-1]).tolist() == start
    windows = encoding.encode_shard(shard, np.arange(3), encoded, POLARISED)
    for number, matrix in enumerate(windows.haplotypes):
        left = shard.offsets[number] + int(start[number])
        alleles = np.unpackbits(shard.haplotypes[left : left + 30], axis=1, count=6)
        np.testing.assert_array_equal(matrix[windows.mask[number]], alleles)
        placed = windows.positions[number][windows.mask[number]]
        np.testing.assert_array_equal(placed, (np.arange(30) / 30).astype(np.float32))


def test_random_bases_begin_anywhere():
    shard = make_shard([np.ones((4, 6), np.uint8)] * 900)
    encoded = make_encoding(sites=4, stretch="random", pad=True, length=2, seed=4)
    _, _, start = stretches.choose_stretches(observe_all(shard), encoded)
    assert set(start) == {0, 1, 2}
    assert scipy.stats.chisquare(np.bincount(start.astype(int))).pvalue > 0.01


def test_replicates_of_several_lengths_are_cut_to_one():
    shard = make_shard(random_matrices([20, 10], 6))
    shard.truth["parameter/sequence_length"][:] = [20, 10.5]
    encoded = make_encoding(sites=10, stretch="central", pad=True, length=10)
    first, count, start = stretches.choose_stretches(observe_all(shard), encoded)
    assert start.tolist() == [5, 0]
    assert count.tolist() == [10, 10]
    assert first.tolist() == [5, 20]
