"""Stretches of haplotypes from another population: there and back, painted, and damaged."""

import numpy as np
import pytest
from helpers.data import make_samples

from coalflow.core.errors import CoalflowError
from coalflow.windows.ancestry import Runs, collect_ancestry, read_ancestry
from coalflow.windows.shards import ShardMeta, ShardWriter, read_shard

HAPLOTYPES, REPLICATES = 6, 3
META = ShardMeta(cell="all", samples=make_samples(HAPLOTYPES // 2))


def make_runs(*rows):
    """Return runs of (haplotype, left, right)."""
    haplotype, left, right = np.array(rows, float).reshape(-1, 3).T
    return Runs(haplotype.astype(np.int32), left, right)


RUNS = [make_runs((0, 0, 10), (0, 12, 20), (4, 5, 6)), make_runs(), make_runs((5, 0, 50))]


def write(path, runs=RUNS):
    writer = ShardWriter()
    for index in range(REPLICATES):
        alleles = np.eye(HAPLOTYPES, dtype=bool)
        writer.add_alleles(alleles, 8.0 * np.arange(HAPLOTYPES), index, index)
        if runs:
            writer.add_ancestry(runs[index])
    writer.write(path, {"target/any": np.zeros(REPLICATES)}, META)


def test_runs_are_read_as_they_were_written(tmp_path):
    write(tmp_path / "shard.npz")
    shard = read_shard(tmp_path / "shard.npz")
    assert list(shard.truth) == ["target/any"]
    for index, expected in enumerate(RUNS):
        for one, other in zip(shard.ancestry.select_replicate(index), expected, strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


def test_a_shard_has_none_unless_it_is_added(tmp_path):
    write(tmp_path / "plain.npz", None)
    assert read_shard(tmp_path / "plain.npz").ancestry is None
    with np.load(tmp_path / "plain.npz") as arrays:
        assert not any(name.startswith("ancestry/") for name in arrays)


def test_chosen_replicates_sites_and_haplotypes_are_painted():
    ancestry = read_ancestry(collect_ancestry(RUNS), REPLICATES, HAPLOTYPES)
    positions = np.array([[0.0, 5, 9, 10, 11, 12, 19.5, 20, np.nan]] * 3)
    painted = ancestry.paint(np.array([2, 0, 1]), positions, np.array([5, 0]))
    assert painted.shape == (3, 9, 2)
    assert painted[0].tolist() == [[True, False]] * 8 + [[False, False]]
    assert painted[1, :, 1].tolist() == [True] * 3 + [False] * 2 + [True] * 2 + [False] * 2
    assert not painted[1, :, 0].any()
    assert not painted[2].any()


def test_a_window_without_sites_is_painted():
    ancestry = read_ancestry(collect_ancestry(RUNS), REPLICATES, HAPLOTYPES)
    assert ancestry.paint(np.array([0]), np.zeros((1, 0)), np.arange(6)).shape == (1, 0, 6)


DAMAGE = {
    "no offsets": ({"offsets": None}, "does not have all of ancestry/haplotype, ancestry/left"),
    "another type": ({"left": np.zeros(4, np.float32)}, "ancestry/left is not a list of float64"),
    "too few offsets": ({"offsets": np.array([0, 4])}, "offsets do not fit its replicates"),
    "offsets that fall": ({"offsets": np.array([0, 3, 2, 4])}, "offsets do not fit its"),
    "ends beyond": ({"offsets": np.array([0, 3, 3, 5])}, "offsets do not fit its replicates"),
    "an empty run": ({"right": np.array([10.0, 12, 6, 50])}, "are not ends of stretches"),
    "too few ends": ({"right": np.array([10.0])}, "are not ends of stretches"),
    "another haplotype": (
        {"haplotype": np.array([0, 0, 4, 6], np.int32)},
        "ancestry/haplotype does not fit its samples",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_refused(name, tmp_path, monkeypatch):
    changes, message = DAMAGE[name]
    arrays = collect_ancestry(RUNS)
    for key, value in changes.items():
        if value is None:
            del arrays[f"ancestry/{key}"]
        else:
            arrays[f"ancestry/{key}"] = value
    monkeypatch.setattr("coalflow.windows.shards.collect_ancestry", lambda runs: arrays)
    write(tmp_path / "damaged.npz")
    with pytest.raises(CoalflowError, match=message):
        read_shard(tmp_path / "damaged.npz")
