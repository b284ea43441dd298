"""Matrices and targets belong to the rows of the table, whatever the order."""

import numpy as np
import pandas as pd
import pytest
from helpers.data import (
    central_rows,
    computed,
    genotypes_again,
    run_settings,
    seen_as,
    simulate_shards,
    targets_of,
)

from coalflow.core.files import Room
from coalflow.core.parquet import write_parquet
from coalflow.dataset import loading, splits
from coalflow.windows.observation import code_alleles

SAMPLES, SITES = 3, 8


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return settings, the folder of shards and the rows that are not excluded."""
    settings = run_settings(replicates=40, shard_size=15, sites=SITES)
    folder = tmp_path_factory.mktemp("shards")
    simulate_shards(folder, settings)
    table = splits.make_split_table(folder, settings)
    return settings, folder, table[table["split"] != splits.EXCLUDED].reset_index(drop=True)


def test_matrices_are_those_of_the_rows(run):
    settings, folder, used = run
    plain = {**settings, "encoding": {**settings["encoding"], "order": "sampled"}}
    loaded = loading.load_replicates(used, folder, plain)
    assert len(loaded) == len(used) > 20
    assert loaded.windows.haplotypes.dtype == np.uint8
    assert loaded.windows.haplotypes.shape == (len(used), SITES, 2 * SAMPLES)
    for row, matrix in zip(used.itertuples(), loaded.windows.haplotypes, strict=True):
        alleles = central_rows(genotypes_again(row, SAMPLES), SITES)
        seen = code_alleles(alleles[None].astype(np.uint8), None, seen_as(), 1)[0]
        np.testing.assert_array_equal(matrix, seen)


def test_the_target_is_that_of_the_matrices(run):
    settings, folder, used = run
    loaded = loading.load_replicates(used, folder, settings)
    np.testing.assert_array_equal(loaded.target, used[["tajimas_d"]])
    np.testing.assert_allclose(
        computed("tajimas_d", loaded.windows), loaded.target[:, 0], rtol=0, atol=1e-12
    )


def test_windows_on_disk_are_those_in_memory(run, tmp_path):
    settings, folder, used = run
    in_memory = loading.load_replicates(used, folder, settings)
    on_disk = loading.load_replicates(used, folder, settings, Room(100, tmp_path).empty)
    assert isinstance(on_disk.windows.packed, np.memmap)
    for ours, theirs in zip(on_disk.windows.arrays, in_memory.windows.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("pad", [False, True])
def test_another_look_draws_errors_anew_where_enough_sites_are_left(run, pad):
    settings, folder, used = run
    settings = {**settings, "observation": seen_as(genotype_error=0.02)}
    settings["encoding"] = {**settings["encoding"], "pad": pad, "length": 100_000}
    rows = splits.make_split_table(folder, settings)
    rows = rows[rows["split"] != splits.EXCLUDED].reset_index(drop=True)
    looks = [loading.load_windows(rows, folder, settings, look) for look in (0, 2, 2, 3)]
    alleles = [windows.haplotypes for windows in looks]
    assert np.array_equal(alleles[1], alleles[2])
    for one, other in ((0, 1), (1, 3)):
        differ = (alleles[one] != alleles[other]).any(axis=(1, 2)).mean()
        assert differ > 0.3
    if not pad:
        assert all(windows.mask.all() for windows in looks)


@pytest.mark.parametrize("classes", [["soft", "hard"], ["hard", "neutral", "soft"]])
def test_classes_are_numbered_in_their_order(run, classes):
    settings, folder, used = run
    named = used.assign(sweep=np.where(used["cell"] == "population_size=500", "hard", "soft"))
    of_classes = {"target": targets_of("sweep"), "classes": classes}
    loaded = loading.load_replicates(named, folder, {**settings, **of_classes})
    assert loaded.classes == classes
    assert [classes[number] for number in loaded.target] == named["sweep"].tolist()
    assert loaded.target.dtype == np.int64


def test_padded_windows_are_those_of_the_rows(run):
    settings, folder, _ = run
    encoded = {**settings["encoding"], "pad": True, "length": 100_000, "order": "sampled"}
    padding = {**settings, "encoding": encoded}
    table = splits.make_split_table(folder, padding)
    used = table[table["split"] != splits.EXCLUDED].reset_index(drop=True)
    assert (used["sites"] < SITES).sum() > 10
    loaded = loading.load_replicates(used, folder, padding).windows
    for row, matrix, mask in zip(used.itertuples(), loaded.haplotypes, loaded.mask, strict=True):
        alleles = genotypes_again(row, SAMPLES)
        assert mask.sum() == min(SITES, len(alleles))
        alleles = central_rows(alleles, mask.sum()).astype(np.uint8)
        np.testing.assert_array_equal(
            matrix[mask], code_alleles(alleles[None], None, seen_as(), 1)[0]
        )


@pytest.mark.parametrize("seed", range(3))
def test_rows_stay_in_the_order_of_the_table(run, seed):
    settings, folder, used = run
    # The index is shuffled too: places in the matrices must not come from it.
    shuffled = used.sample(frac=1, random_state=seed)
    assert (len(set(used["cell"])), len(set(used["shard"]))) == (2, 3)
    in_order = loading.load_replicates(used, folder, settings)
    loaded = loading.load_replicates(shuffled, folder, settings)
    order = shuffled.index.to_numpy()
    assert (order != np.arange(len(order))).any()
    np.testing.assert_array_equal(loaded.windows.haplotypes, in_order.windows.haplotypes[order])
    np.testing.assert_array_equal(loaded.target, in_order.target[order])
    pd.testing.assert_frame_equal(loaded.table, shuffled)


def test_a_row_is_loaded_alike_alone_and_twice(run):
    settings, folder, used = run
    in_order = loading.load_replicates(used, folder, settings)
    chosen = [5, 5, 0]
    loaded = loading.load_replicates(used.iloc[chosen], folder, settings)
    np.testing.assert_array_equal(loaded.windows.haplotypes, in_order.windows.haplotypes[chosen])


@pytest.mark.parametrize("split", splits.SPLITS)
def test_a_split_is_loaded_alone(run, split):
    settings, folder, used = run
    loaded = loading.load_split(used, split, folder, settings)
    rows = np.flatnonzero(used["split"] == split)
    assert 0 < len(rows) < len(used)
    in_order = loading.load_replicates(used, folder, settings)
    np.testing.assert_array_equal(loaded.windows.haplotypes, in_order.windows.haplotypes[rows])
    np.testing.assert_array_equal(loaded.target, in_order.target[rows])
    assert set(loaded.table["split"]) == {split}
    assert loaded.table["seed"].tolist() == used["seed"].iloc[rows].tolist()


def test_excluded_rows_are_in_no_split(run):
    settings, folder, used = run
    table = splits.make_split_table(folder, settings)
    assert (table["split"] == splits.EXCLUDED).any()
    loaded = [loading.load_split(table, split, folder, settings) for split in splits.SPLITS]
    assert sum(len(part) for part in loaded) == len(used)


def test_the_table_is_read_as_it_was_written(run, tmp_path):
    _, _, used = run
    write_parquet(tmp_path / "split.parquet", used)
    read = loading.read_split_table(tmp_path / "split.parquet")
    pd.testing.assert_frame_equal(read, used, check_exact=True)
    assert read["seed"].dtype == np.uint64
