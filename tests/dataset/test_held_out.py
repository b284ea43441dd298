"""Regions that are held out: no replicate of them reaches training or validation."""

import numpy as np
import pandas as pd
import pytest
from helpers.data import make_targets, prepare_split, simulate_shards

from coalflow.config.loading import read_config
from coalflow.core.errors import CoalflowError
from coalflow.dataset import audit, loading, splits
from coalflow.dataset.held_out import find_held_out
from coalflow.dataset.split_names import ALL, EXCLUDED, HELD_OUT, IN_HELD_OUT, SPLITS


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the folder of shards of a run with a prior, and a function that splits them."""
    simulation = {
        "samples": 3,
        "sequence_length": 100_000,
        "recombination_rate": 1.0e-8,
        "grid": {"population_size": [500, 1000]},
        "prior": {"mutation_rate": {"uniform": [2.0e-8, 4.0e-8]}},
        "replicates": 60,
        "shard_size": 60,
    }
    config = read_config(
        {
            "run": "test",
            "seed": 11,
            "simulation": simulation,
            "encoding": {"sites": 8},
            "target": "tajimas_d",
        }
    )
    folder = tmp_path_factory.mktemp("shards")
    simulate_shards(folder, config)
    settings, view = prepare_split(config)

    def split(**hold_out):
        held = settings.model_copy(update={"hold_out": hold_out})
        return splits.make_split_table(folder, held, view)

    return folder, view, split


def test_a_range_is_in_no_split(run):
    _, _, split = run
    table, before = split(mutation_rate=(2.5e-8, 3.0e-8)), split()
    inside = table["mutation_rate"].between(2.5e-8, 3.0e-8)
    used = before["split"] != EXCLUDED
    assert (table.loc[inside & used, "split"] == HELD_OUT).all()
    assert 10 < (inside & used).sum() < 60
    # All others stay where they were.
    assert (table.loc[~(inside & used), "split"] == before.loc[~(inside & used), "split"]).all()
    for name in SPLITS:
        assert not inside[table["split"] == name].any()


def test_a_replicate_in_any_region_is_held_out(run):
    _, _, split = run
    table = split(population_size=(500,), mutation_rate=(3.5e-8, 9e-8))
    learned = table[table["split"].isin(SPLITS)]
    assert set(learned["population_size"]) == {1000}
    assert learned["mutation_rate"].max() < 3.5e-8
    assert set(table.loc[table["split"] == HELD_OUT, "population_size"]) == {500, 1000}


def test_the_audit_counts_what_reached_a_split(run):
    folder, view, split = run
    hold_out = {"mutation_rate": (2.5e-8, 3.0e-8)}
    table = split(**hold_out)
    used = table[table["split"] != EXCLUDED].reset_index(drop=True)
    windows = loading.load_windows(used, folder, view)

    def count(changed):
        described = audit.describe_dataset(
            changed, make_targets("tajimas_d"), windows, ["mutation_rate"], hold_out
        )
        rows = described[described["cell"] == ALL].set_index("split")
        return rows[IN_HELD_OUT].to_dict(), rows

    found, rows = count(table)
    held = (table["split"] == HELD_OUT).sum()
    assert {name: found[name] for name in (*SPLITS, HELD_OUT)} == {
        "train": 0,
        "validation": 0,
        "test": 0,
        HELD_OUT: held,
    }
    assert rows.loc[HELD_OUT, "replicates"] == held
    assert rows.loc["train", "shared_replicates"] == 0
    leaked = table.copy()
    first = leaked.index[leaked["split"] == HELD_OUT][:3]
    leaked.loc[first, "split"] = "train"
    assert count(leaked)[0]["train"] == 3


def test_what_models_load_has_none_of_them(run):
    folder, view, split = run
    table = split(mutation_rate=(2.5e-8, 3.0e-8))
    for name in ("train", "validation"):
        loaded = loading.load_split(table, name, folder, view).table
        assert not loaded["mutation_rate"].between(2.5e-8, 3.0e-8).any()


def test_a_region_without_replicates_is_refused(run):
    _, _, split = run
    with pytest.raises(CoalflowError, match=r"evaluation\.hold_out\.mutation_rate is \[1, 2\]"):
        split(mutation_rate=(1, 2))


def test_if_nothing_is_left_the_message_says_why(run):
    _, _, split = run
    with pytest.raises(CoalflowError, match=r"\d+ \(held out\)"):
        split(mutation_rate=(2.0e-8, 3.99e-8))


def test_a_parameter_that_replicates_do_not_have_holds_out_none():
    table = pd.DataFrame({"distance": [1.0, np.nan, 3.0], "history": ["a", None, "b"]})
    assert find_held_out(table, {"distance": (1, 2)}).tolist() == [True, False, False]
    assert find_held_out(table, {"history": ("b",)}).tolist() == [False, False, True]
    assert find_held_out(table, {"elsewhere": (1,)}).tolist() == [False] * 3
