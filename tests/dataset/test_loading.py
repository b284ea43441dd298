"""Matrices and targets belong to the rows of the table, whatever the order."""

import numpy as np
import pandas as pd
import pytest
from helpers.data import (
    central_rows,
    compute,
    genotypes_again,
    make_config,
    make_observation,
    make_targets,
    prepare_split,
    simulate_shards,
)

from coalflow.core.errors import CoalflowError
from coalflow.core.files import Room
from coalflow.core.parquet import write_parquet
from coalflow.dataset import loading, split_names, splits
from coalflow.windows.measures import MEASURES
from coalflow.windows.observation import code_alleles

SAMPLES, SITES = 3, 8


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return settings, view, the folder of shards and the rows that are not excluded."""
    config = make_config(replicates=40, shard_size=15, sites=SITES)
    folder = tmp_path_factory.mktemp("shards")
    simulate_shards(folder, config)
    settings, view = prepare_split(config)
    return settings, view, folder, split_and_select(folder, settings, view)


def split_and_select(folder, settings, view):
    """Return the rows of the split table that are not excluded."""
    table = splits.make_split_table(folder, settings, view)
    return table[table["split"] != split_names.EXCLUDED].reset_index(drop=True)


def change_encoding(view, **changes):
    return view.model_copy(update={"encoding": view.encoding.model_copy(update=changes)})


# Windows -------------------------------------------------------------------------------------


def test_matrices_are_those_of_the_rows(run):
    _, view, folder, used = run
    loaded = loading.load_replicates(used, folder, change_encoding(view, order="sampled"))
    assert len(loaded) == len(used) > 20
    assert loaded.windows.haplotypes.dtype == np.uint8
    assert loaded.windows.haplotypes.shape == (len(used), SITES, 2 * SAMPLES)
    for row, matrix in zip(used.itertuples(), loaded.windows.haplotypes, strict=True):
        alleles = central_rows(genotypes_again(row, SAMPLES), SITES)
        coded = code_alleles(alleles[None].astype(np.uint8), None, make_observation(), 1)[0]
        np.testing.assert_array_equal(matrix, coded)


def test_the_target_is_that_of_the_matrices(run):
    _, view, folder, used = run
    loaded = loading.load_replicates(used, folder, view)
    np.testing.assert_array_equal(loaded.target, used[["tajimas_d"]])
    np.testing.assert_allclose(
        compute("tajimas_d", loaded.windows), loaded.target[:, 0], rtol=0, atol=1e-12
    )


def test_windows_on_disk_are_those_in_memory(run, tmp_path):
    _, view, folder, used = run
    in_memory = loading.load_replicates(used, folder, view)
    on_disk = loading.load_replicates(used, folder, view, Room(100, tmp_path).allocate)
    assert isinstance(on_disk.windows.packed, np.memmap)
    for ours, theirs in zip(on_disk.windows.arrays, in_memory.windows.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("pad", [False, True])
def test_another_look_draws_other_errors_where_enough_sites_are_left(run, pad):
    settings, view, folder, _ = run
    view = view.model_copy(update={"observation": make_observation(genotype_error=0.02)})
    view = change_encoding(view, pad=pad, length=100_000)
    rows = split_and_select(folder, settings, view)
    looks = [loading.load_windows(rows, folder, view, look) for look in (0, 2, 2, 3)]
    alleles = [windows.haplotypes for windows in looks]
    assert np.array_equal(alleles[1], alleles[2])
    for one, other in ((0, 1), (1, 3)):
        differ = (alleles[one] != alleles[other]).any(axis=(1, 2)).mean()
        assert differ > 0.3
    if not pad:
        assert all(windows.mask.all() for windows in looks)


@pytest.mark.parametrize("classes", [("soft", "hard"), ("hard", "neutral", "soft")])
def test_classes_are_numbered_in_their_order(run, classes):
    _, view, folder, used = run
    named = used.assign(sweep=np.where(used["cell"] == "population_size=500", "hard", "soft"))
    view = view.model_copy(update={"targets": make_targets("sweep", classes=classes)})
    loaded = loading.load_replicates(named, folder, view)
    assert loaded.classes == classes
    assert [classes[index] for index in loaded.target] == named["sweep"].tolist()
    assert loaded.target.dtype == np.int64


def test_padded_windows_are_those_of_the_rows(run):
    settings, view, folder, _ = run
    view = change_encoding(view, pad=True, length=100_000, order="sampled")
    used = split_and_select(folder, settings, view)
    assert (used["sites"] < SITES).sum() > 10
    loaded = loading.load_replicates(used, folder, view).windows
    for row, matrix, mask in zip(used.itertuples(), loaded.haplotypes, loaded.mask, strict=True):
        alleles = genotypes_again(row, SAMPLES)
        assert mask.sum() == min(SITES, len(alleles))
        alleles = central_rows(alleles, mask.sum()).astype(np.uint8)
        coded = code_alleles(alleles[None], None, make_observation(), 1)[0]
        np.testing.assert_array_equal(matrix[mask], coded)


@pytest.mark.parametrize("seed", range(3))
def test_rows_stay_in_the_order_of_the_table(run, seed):
    _, view, folder, used = run
    # The index is shuffled too: rows of the matrices must not come from it.
    shuffled = used.sample(frac=1, random_state=seed)
    assert (len(set(used["cell"])), len(set(used["shard"]))) == (2, 3)
    in_order = loading.load_replicates(used, folder, view)
    loaded = loading.load_replicates(shuffled, folder, view)
    order = shuffled.index.to_numpy()
    assert (order != np.arange(len(order))).any()
    np.testing.assert_array_equal(loaded.windows.haplotypes, in_order.windows.haplotypes[order])
    np.testing.assert_array_equal(loaded.target, in_order.target[order])
    pd.testing.assert_frame_equal(loaded.table, shuffled)


def test_a_row_is_loaded_alike_alone_and_twice(run):
    _, view, folder, used = run
    in_order = loading.load_replicates(used, folder, view)
    chosen = [5, 5, 0]
    loaded = loading.load_replicates(used.iloc[chosen], folder, view)
    np.testing.assert_array_equal(loaded.windows.haplotypes, in_order.windows.haplotypes[chosen])


# Splits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", split_names.SPLITS)
def test_a_split_is_loaded_alone(run, split):
    _, view, folder, used = run
    loaded = loading.load_split(used, split, folder, view)
    rows = np.flatnonzero(used["split"] == split)
    assert 0 < len(rows) < len(used)
    in_order = loading.load_replicates(used, folder, view)
    np.testing.assert_array_equal(loaded.windows.haplotypes, in_order.windows.haplotypes[rows])
    np.testing.assert_array_equal(loaded.target, in_order.target[rows])
    assert set(loaded.table["split"]) == {split}
    assert loaded.table["seed"].tolist() == used["seed"].iloc[rows].tolist()


def test_excluded_rows_are_in_no_split(run):
    settings, view, folder, used = run
    table = splits.make_split_table(folder, settings, view)
    assert (table["split"] == split_names.EXCLUDED).any()
    loaded = [loading.load_split(table, split, folder, view) for split in split_names.SPLITS]
    assert sum(len(part) for part in loaded) == len(used)


def test_the_table_is_read_as_it_was_written(run, tmp_path):
    used = run[3]
    write_parquet(tmp_path / "split.parquet", used)
    read = loading.read_split_table(tmp_path / "split.parquet")
    pd.testing.assert_frame_equal(read, used, check_exact=True)
    assert read["seed"].dtype == np.uint64


def test_statistics_are_found_by_cell_and_replicate(run, tmp_path):
    _, view, _, used = run
    written = used[loading.KEYS].assign(seeds=used["seed"].astype(float), rows=used["row"])
    written = written.assign(**dict.fromkeys(MEASURES, 1.0))
    write_parquet(tmp_path / "statistics.parquet", written.sample(frac=1, random_state=1))
    splits = ["test", "train"]
    loaded = loading.load_features(
        tmp_path / "statistics.parquet",
        used,
        splits,
        view.targets,
        lambda names: [name for name in names if name != "rows"],
        np.float32,
    )
    for split, one in zip(splits, loaded, strict=True):
        expected = used[used["split"] == split]
        assert len(one) == len(expected)
        assert list(one.statistics) == ["seeds"]
        np.testing.assert_array_equal(one.statistics["seeds"], expected["seed"].astype(np.float32))
        assert one.statistics["seeds"].dtype == np.float32
        np.testing.assert_array_equal(one.target, expected[["tajimas_d"]])
        # So that it takes no copies.
        values = one.statistics.to_numpy()
        assert values.flags.c_contiguous and not values.flags.owndata


def test_statistics_that_lack_a_replicate_are_refused(run, tmp_path):
    _, view, _, used = run
    write_parquet(tmp_path / "statistics.parquet", used[loading.KEYS].assign(rows=1.0)[1:])
    with pytest.raises(CoalflowError, match=r"statistics.parquet: is not as it was written"):
        loading.load_features(
            tmp_path / "statistics.parquet", used, split_names.SPLITS, view.targets
        )


# Parts of the training windows -----------------------------------------------------------------


@pytest.fixture
def table():
    names = np.array(["train"] * 80 + ["validation"] * 10 + ["test"] * 10)
    return pd.DataFrame({"split": np.random.default_rng(2).permutation(names), "row": range(100)})
