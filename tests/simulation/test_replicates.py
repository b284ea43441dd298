"""Replicates of a cell: each is its number's, whatever was made before it."""

import json

import numpy as np
import pytest
from helpers.data import run_settings

from coalflow.config import cell_settings, grid
from coalflow.core.errors import CoalflowError
from coalflow.simulation import replicates
from coalflow.windows import shards

SIMULATION = run_settings()["simulation"]
CELL = grid.cells(SIMULATION)[0]


def settings_of():
    return {
        **cell_settings.told(CELL, SIMULATION, None, {}),
        "trees": [],
        "seed": 11,
    }


def made(path, *numbers):
    gathered = replicates.Replicates(settings_of())
    for number in numbers:
        gathered.add(number)
    gathered.write(path)
    return shards.read_shard(path, CELL.name)


def test_a_replicate_does_not_hang_on_those_before_it(tmp_path):
    both, one = made(tmp_path / "both.npz", 3, 7), made(tmp_path / "one.npz", 7)
    np.testing.assert_array_equal(both.replicate, [3, 7])
    assert both.seed[1] == one.seed[0]
    np.testing.assert_array_equal(both.haplotypes[both.offsets[1] :], one.haplotypes)
    np.testing.assert_array_equal(both.positions[both.offsets[1] :], one.positions)


def test_a_shard_tells_all_that_it_was_made_from(tmp_path):
    shard = made(tmp_path / "one.npz", 0)
    assert shard.meta["settings"] == json.loads(json.dumps(settings_of()))
    assert shard.meta["haplotypes"] == 6
    assert {f"parameter/{name}" for name in CELL.parameters} < set(shard.truth)


def test_what_cannot_be_simulated_is_told_with_cell_and_replicate(monkeypatch):
    def fail(*_):
        raise CoalflowError("the sweep is too weak")

    monkeypatch.setattr(replicates.Scenario, "replicate", fail)
    with pytest.raises(
        CoalflowError, match=f"cell {CELL.name}, replicate 5: the sweep is too weak"
    ):
        replicates.Replicates(settings_of()).add(5)
