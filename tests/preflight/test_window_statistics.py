"""The statistics of windows by which genomes and simulations are compared."""

import numpy as np
import pytest
from helpers.data import make_encoding, make_observation, make_samples
from helpers.models import varied_matrices, windows_of

from coalflow.preflight.compared_windows import ComparedWindows
from coalflow.preflight.window_statistics import describe_genome_windows, describe_pilot_windows
from coalflow.statistics.window_statistics import SITES, SPAN
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


def test_pilot_windows_that_the_net_cannot_read_are_left_out():
    short, long = (shard_of(varied_matrices(3, seed=1, sites=sites)) for sites in (7, 12))
    pilot = describe_pilot_windows(
        {"short": short, "long": long}, make_encoding(), make_observation()
    )
    assert pilot.cells.tolist() == ["long"] * 3
    assert pilot.table[SPAN].tolist() == [70] * 3  # the central 8 of 12 sites
    assert pilot.longest_gap == pytest.approx(8 / 7)
    pilot = describe_pilot_windows({"short": short}, make_encoding(), make_observation())
    assert (len(pilot.table), len(pilot.cells), pilot.longest_gap) == (0, 0, np.inf)


def test_padded_windows_that_have_a_site_are_described_with_all_their_sites():
    short, long = (shard_of(varied_matrices(3, seed=1, sites=sites)) for sites in (7, 12))
    empty = shard_of(varied_matrices(3, seed=1, sites=1)[:, :0])
    pilot = describe_pilot_windows(
        {"short": short, "long": long, "empty": empty}, PADDED, make_observation()
    )
    assert pilot.cells.tolist() == ["short"] * 3 + ["long"] * 3
    assert pilot.table[SITES].tolist() == [7] * 3 + [12] * 3
    assert pilot.longest_gap == pytest.approx(12 * 0.89)  # after the last of 12 sites


def test_windows_of_a_genome_have_the_same_columns():
    encoded = windows_of(varied_matrices(2, seed=2, sites=8))
    windows = ComparedWindows(encoded, np.array([9, 8]), np.array([50, 71]), ["1", "2"], 2, 2, 0)
    table = describe_genome_windows(windows, make_encoding())
    assert table[SPAN].tolist() == [50, 71]
    assert list(table.index) == ["1", "2"]
    assert describe_genome_windows(windows, PADDED)[SITES].tolist() == [9, 8]
    shards = {"a": shard_of(varied_matrices(3, seed=1, sites=12))}
    pilot = describe_pilot_windows(shards, make_encoding(), make_observation())
    assert list(table) == list(pilot.table)
