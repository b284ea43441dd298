"""The pilot: the run's own replicates, and cells that share the time fairly."""

import numpy as np
import pytest
from helpers.data import make_config, simulate_shards

from coalflow.config import grid
from coalflow.config.settings.making import SettingsMaker
from coalflow.core.errors import CoalflowError
from coalflow.preflight import pilot
from coalflow.simulation.replicates import Replicates
from coalflow.windows import shards

MAKER = SettingsMaker(make_config(replicates=20, shard_size=20))
KINDS = dict.fromkeys(MAKER.cells, "neutral")


def start(name):
    replicates = Replicates(MAKER.simulate(MAKER.cells[name]))
    return pilot.CellTrial(replicates.add, replicates.write)


def test_replicates_are_those_that_the_run_begins_with(tmp_path):
    simulate_shards(tmp_path, MAKER.config)
    tried = pilot.try_cells(KINDS, start, seed=1, most=7)
    assert list(tried.shards) == sorted(MAKER.cells)
    for cell, shard in tried.shards.items():
        whole = shards.read_shard(tmp_path / cell / grid.name_shard(0))
        np.testing.assert_array_equal(shard.replicate, np.arange(7))
        np.testing.assert_array_equal(shard.seed, whole.seed[:7])
        sites = whole.offsets[7]
        np.testing.assert_array_equal(shard.offsets, whole.offsets[:8])
        np.testing.assert_array_equal(shard.haplotypes, whole.haplotypes[:sites])
        np.testing.assert_array_equal(shard.positions, whole.positions[:sites])


def test_bytes_are_those_of_the_shards_file(tmp_path):
    """But for some kilobytes, which headers and settings take."""
    tried = pilot.try_cells(KINDS, start, seed=1, most=800)
    (cell, *_) = MAKER.cells
    replicates = start(cell)
    for number in range(800):
        replicates.add(number)
    replicates.write(tmp_path / "whole.npz")
    size = (tmp_path / "whole.npz").stat().st_size
    assert 0 < size - 800 * tried.measure_bytes(cell) < 8000 < 0.05 * size


# Sharing the time, on a clock that runs as the replicates say ---------------------------------


class Clock:
    """Replicates of every cell take the seconds that are given; they hold nothing.

    ``busy`` says how many times as long it takes as a processor works.
    """

    def __init__(self, seconds, monkeypatch, busy=1.0):
        self.now, self.seconds, self.log = 0.0, seconds, []
        monkeypatch.setattr(pilot.time, "perf_counter", lambda: busy * self.now)
        monkeypatch.setattr(pilot.time, "process_time", lambda: self.now)
        monkeypatch.setattr(pilot, "_write_and_read", lambda replicates: replicates)

    def start(self, cell):
        def add(number):
            if self.seconds[cell] is None:
                raise CoalflowError(f"{cell} cannot be")
            self.log.append((cell, number))
            self.now += self.seconds[cell]

        return pilot.CellTrial(add, write=None)


def test_cells_share_the_time_fairly(monkeypatch):
    clock = Clock({"slow": 2.0, "fast": 0.1, "middling": 0.5}, monkeypatch)
    tried = pilot.try_cells(dict.fromkeys(clock.seconds, "neutral"), clock.start, 1, 1000, 18.0)
    taken = {cell: seconds.sum() for cell, seconds in tried.seconds.items()}
    assert sum(taken.values()) < 18 + 2
    assert max(taken.values()) - min(taken.values()) <= 2.0 + 1e-9
    assert len(tried.seconds["fast"]) > 40


def test_no_cell_has_a_second_replicate_before_all_have_one(monkeypatch):
    clock = Clock({f"cell{number}": 1.0 for number in range(10)}, monkeypatch)
    tried = pilot.try_cells(dict.fromkeys(clock.seconds, "neutral"), clock.start, 1, 10, 15.0)
    assert all(number == 0 for _, number in clock.log[:10])
    assert tried.cells == 10
    assert all(len(seconds) in (1, 2) for seconds in tried.seconds.values())


def test_many_cells_are_tried_in_a_random_order_that_depends_on_the_seed(monkeypatch):
    names = [f"cell{number:02d}" for number in range(50)]
    orders = []
    for seed in (1, 1, 2):
        clock = Clock(dict.fromkeys(names, 1.0), monkeypatch)
        tried = pilot.try_cells(dict.fromkeys(names, "neutral"), clock.start, seed, 10, 20.0)
        assert len(tried.shards) == 20
        assert tried.cells == 50
        orders.append([cell for cell, _ in clock.log])
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != sorted(orders[0])


def test_a_kind_of_sweep_is_compiled_before_it_is_timed(monkeypatch):
    clock = Clock({"hard": 1.0, "other_hard": 1.0, "neutral": 1.0}, monkeypatch)
    kinds = {"hard": "hard", "other_hard": "hard", "neutral": "neutral"}
    tried = pilot.try_cells(kinds, clock.start, 1, 2, 100.0)
    assert len(clock.log) == 3 * 2 + 1
    assert sum(len(seconds) for seconds in tried.seconds.values()) == 3 * 2


def test_what_is_compiled_takes_nothing_of_the_time(monkeypatch):
    clock = Clock({"hard": 1.0}, monkeypatch)
    tried = pilot.try_cells({"hard": "hard"}, clock.start, 1, 100, 5.0)
    assert len(tried.seconds["hard"]) == 5


def test_a_cell_that_cannot_be_simulated_is_named_and_the_others_are_tried(monkeypatch):
    clock = Clock({"bad": None, "good": 1.0}, monkeypatch)
    tried = pilot.try_cells({"bad": "hard", "good": "neutral"}, clock.start, 1, 3, 10.0)
    assert tried.failures == {"bad": "bad cannot be"}
    assert list(tried.shards) == ["good"]


def test_a_run_of_which_no_cell_can_be_simulated_is_refused(monkeypatch):
    clock = Clock({"bad": None}, monkeypatch)
    with pytest.raises(CoalflowError, match="bad cannot be"):
        pilot.try_cells({"bad": "neutral"}, clock.start, 1, 3, 10.0)


def test_on_a_busy_machine_the_work_is_measured_and_the_time_is_kept(monkeypatch):
    clock = Clock({"a": 1.0, "b": 1.0}, monkeypatch, busy=4.0)
    tried = pilot.try_cells(dict.fromkeys(clock.seconds, "neutral"), clock.start, 1, 100, 40.0)
    assert {cell: seconds.tolist() for cell, seconds in tried.seconds.items()} == {
        "a": [1.0] * 5,
        "b": [1.0] * 5,
    }
    assert tried.elapsed == pytest.approx(40)
