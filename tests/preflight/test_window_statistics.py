"""The statistics of windows by which genomes and simulations are compared."""

import numpy as np
import pytest
from helpers.data import make_encoding, make_observation, make_samples
from helpers.models import varied_matrices, windows_of

from coalflow.genomes.contigs import Contig
from coalflow.preflight.genome_windows import Genome
from coalflow.preflight.window_statistics import (
    SITES,
    SPAN,
    describe_genome_windows,
    describe_pilot_windows,
    describe_windows,
)
from coalflow.windows.shards import Shard, ShardMeta

PADDED = make_encoding(pad=True, length=1000)


def shard_of(matrices):
    """Return a shard with replicates of 1,000 bases whose sites are 10 bases apart."""
    number, sites, haplotypes = matrices.shape
    return Shard(
        haplotypes=np.packbits(matrices.reshape(-1, haplotypes), axis=1),
        positions=np.tile(10.0 * np.arange(sites), number),
        offsets=sites * np.arange(number + 1),
        replicate=np.arange(number),
        seed=np.arange(number, dtype=np.uint64),
        truth={"parameter/sequence_length": np.full(number, 1000)},
        meta=ShardMeta(cell="a", samples=make_samples(haplotypes // 2)),
    )


def test_statistics_by_hand():
    """Two haplotypes of four are the same; sites with 1, 2 and 3 copies."""
    matrix = np.array([[[1, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 1]]], dtype=np.uint8)
    row = describe_windows(windows_of(matrix), SITES, [7]).iloc[0]
    assert row[SITES] == 7
    assert row["share of singletons"] == pytest.approx(2 / 3)
    assert row["diversity per site"] == pytest.approx((3 / 6 + 4 / 6 + 3 / 6) / 3)
    assert row["haplotypes"] == 3
    assert row["H1"] == pytest.approx(0.25**2 + 0.25**2 + 0.5**2)
    assert row["share of sites in the middle fifth"] == pytest.approx(1 / 3)


def test_statistics_are_finite_where_nothing_varies():
    matrices = np.zeros((2, 4, 6), dtype=np.uint8)
    table = describe_windows(windows_of(matrices), SITES, [0, 0])
    assert np.isfinite(table.to_numpy()).all()


def test_pilot_windows_that_the_net_cannot_read_are_left_out():
    short, long = (shard_of(varied_matrices(3, seed=1, sites=sites)) for sites in (7, 12))
    table, cells = describe_pilot_windows(
        {"short": short, "long": long}, make_encoding(), make_observation()
    )
    assert cells.tolist() == ["long"] * 3
    assert table[SPAN].tolist() == [70] * 3  # the central 8 of 12 sites
    table, cells = describe_pilot_windows({"short": short}, make_encoding(), make_observation())
    assert (len(table), len(cells)) == (0, 0)


def test_padded_windows_are_all_described_with_all_their_sites():
    short, long = (shard_of(varied_matrices(3, seed=1, sites=sites)) for sites in (7, 12))
    table, cells = describe_pilot_windows(
        {"short": short, "long": long}, PADDED, make_observation()
    )
    assert cells.tolist() == ["short"] * 3 + ["long"] * 3
    assert table[SITES].tolist() == [7] * 3 + [12] * 3


def test_windows_of_a_genome_have_the_same_columns():
    alleles = varied_matrices(1, seed=2, sites=200)[0]
    contig = Contig("1", 10 * np.arange(1, 201), alleles, None, make_samples(3))
    genome = Genome("mine", [contig], None)
    table = describe_genome_windows(genome, None, make_encoding(), make_observation())
    assert table[SPAN].tolist() == [71] * 25
    padded = describe_genome_windows(genome, 1000, PADDED, make_observation())
    assert padded[SITES].tolist() == [100]
    pilot, _ = describe_pilot_windows(
        {"a": shard_of(varied_matrices(3, seed=1, sites=12))}, make_encoding(), make_observation()
    )
    assert list(table) == list(pilot)
