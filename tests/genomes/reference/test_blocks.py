"""Blocks of the null: they are read like contigs, and encoded as windows are."""

import dataclasses

import msprime
import numpy as np
import pytest
from helpers.data import make_encoding, make_observation, make_samples
from helpers.genomes import make_options
from helpers.windows import make_shard_of_trees

from coalflow.genomes.reference.blocks import read_blocks
from coalflow.genomes.windows.laid_windows import lay_windows
from coalflow.windows import shards
from coalflow.windows.encoding import encode_contig, encode_shard

LENGTH = 2_000
INDIVIDUALS = 6


@pytest.fixture(scope="module")
def trees():
    return [
        msprime.sim_mutations(
            msprime.sim_ancestry(
                INDIVIDUALS,
                population_size=1e4,
                sequence_length=5 * LENGTH,
                recombination_rate=1e-8,
                random_seed=seed,
            ),
            rate=2e-7,
            model=msprime.BinaryMutationModel(),
            discrete_genome=False,
            random_seed=seed,
        )
        for seed in (1, 2)
    ]


@pytest.fixture
def path(trees, tmp_path):
    shard = make_shard_of_trees(trees, make_samples(INDIVIDUALS))
    writer = shards.ShardWriter()
    for number, one in enumerate(trees):
        writer.add(one, number + 3, int(shard.seed[number]))
    meta = shards.ShardMeta(cell="null/a=1", samples=make_samples(INDIVIDUALS))
    writer.write(tmp_path / "00000.npz", dict(shard.truth), meta)
    return tmp_path / "00000.npz"


def test_blocks_are_named_and_as_long_as_their_replicates(path):
    blocks = read_blocks([path], make_observation())
    assert [block.name for block in blocks.blocks] == ["a=1/3", "a=1/4"]
    assert blocks.bases == 10 * LENGTH
    for block in blocks.blocks:
        assert block.positions.min() >= 1 and block.positions.max() <= 5 * LENGTH


@pytest.mark.parametrize("changes", [{}, {"genotype_error": 0.05, "missing": 0.1}])
def test_windows_of_a_block_are_those_of_the_replicate(path, changes):
    """A window of the whole block has the alleles that a simulated window has."""
    observation = make_observation(**changes)
    encoding = make_encoding(sites=60, pad=True, length=5 * LENGTH, order="sampled")
    (block, _), mask = read_blocks([path], observation).blocks, None
    assert mask is None
    window = lay_windows(block, encoding, make_options(step=5 * LENGTH, length=5 * LENGTH))
    by_block = encode_contig(block.read_sites(0, block.sites), window, encoding, observation)
    shard = shards.read_shard(path)
    by_shard = encode_shard(shard, np.array([0]), encoding, observation)
    np.testing.assert_array_equal(by_block.packed, by_shard.packed)
    np.testing.assert_array_equal(by_block.mask, by_shard.mask)
    np.testing.assert_allclose(by_block.positions, by_shard.positions, atol=1.01 / (5 * LENGTH))
    if by_shard.called_packed is not None:
        np.testing.assert_array_equal(by_block.called_packed, by_shard.called_packed)


def test_windows_count_the_sites_between_their_ends(path, trees):
    block = read_blocks([path], make_observation()).blocks[0]
    encoding = make_encoding(sites=20, pad=True, length=LENGTH)
    windows = lay_windows(block, encoding, make_options(step=LENGTH // 2, length=LENGTH))
    positions = np.floor(trees[0].sites_position)
    expected = [
        ((positions >= start) & (positions < end)).sum()
        for start, end in zip(windows.start, windows.end, strict=True)
    ]
    assert windows.count.tolist() == expected


def test_only_sites_within_the_mask_are_seen_and_it_is_cut_alike(path, tmp_path):
    bed = tmp_path / "mask.bed"
    stretches = [(begin, begin + 700) for begin in range(100, 30_000, 1_300)]
    bed.write_text("".join(f"1\t{begin}\t{end}\n" for begin, end in stretches))
    blocks = read_blocks([path], make_observation(mask=str(bed)))
    everything = read_blocks([path], make_observation())
    for block, whole in zip(blocks.blocks, everything.blocks, strict=True):
        inside = blocks.mask.covers(block.name, whole.positions - 1)
        assert 0 < len(block.positions) < len(whole.positions)
        np.testing.assert_array_equal(block.positions, whole.positions[inside])
        share = blocks.mask.covered_share(block.name, 0, block.length)
        assert share == pytest.approx(700 / 1_300, abs=0.05)


def test_truth_comes_along(path):
    block = read_blocks([path], make_observation()).blocks[0]
    assert block.truth == {"parameter/sequence_length": 5.0 * LENGTH}
    assert dataclasses.replace(block, name="b").regions is None
