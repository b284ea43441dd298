"""Replicates of a cell: each depends on its index alone, not on those simulated before it."""

import json

import numpy as np
import pytest
from helpers.data import make_config

from coalflow.config.settings.making import SettingsMaker
from coalflow.core.errors import CoalflowError
from coalflow.simulation import replicates
from coalflow.windows import shards

MAKER = SettingsMaker(make_config())
CELL = next(iter(MAKER.cells.values()))
SETTINGS = MAKER.simulate(CELL)


def simulate(path, *indices):
    simulated = replicates.Replicates(SETTINGS)
    for index in indices:
        simulated.add(index)
    simulated.write(path)
    return shards.read_shard(path, CELL.name)


def test_a_replicate_does_not_depend_on_those_before_it(tmp_path):
    both, single = simulate(tmp_path / "both.npz", 3, 7), simulate(tmp_path / "single.npz", 7)
    np.testing.assert_array_equal(both.replicate, [3, 7])
    assert both.seed[1] == single.seed[0]
    np.testing.assert_array_equal(both.haplotypes[both.offsets[1] :], single.haplotypes)
    np.testing.assert_array_equal(both.positions[both.offsets[1] :], single.positions)


def test_a_shard_keeps_all_settings_that_it_was_simulated_with(tmp_path):
    shard = simulate(tmp_path / "single.npz", 0)
    assert type(SETTINGS).model_validate_json(json.dumps(shard.meta.settings)) == SETTINGS
    assert shard.samples == SETTINGS.samples
    assert {f"parameter/{name}" for name in CELL.parameters} < set(shard.truth)


def test_an_error_names_cell_and_replicate(monkeypatch):
    def fail(*_):
        raise CoalflowError("the sweep is too weak")

    monkeypatch.setattr(replicates.CellSimulator, "simulate_replicate", fail)
    with pytest.raises(
        CoalflowError, match=f"cell {CELL.name}, replicate 5: the sweep is too weak"
    ):
        replicates.Replicates(SETTINGS).add(5)
