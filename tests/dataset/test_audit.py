"""The description of a data set: its counts, its tests, and its audit for leaks."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from helpers.data import make_config, make_targets, prepare_split, simulate_shards

from coalflow.config import grid
from coalflow.dataset import audit, loading, split_names, splits
from coalflow.windows.packed_windows import Windows

TARGET = "tajimas_d"
TARGETS = make_targets(TARGET)
AUDIT = ["shared_replicates", "shared_seeds", "shared_matrices"]
NO_LEAK = dict.fromkeys(split_names.SPLITS, 0)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a real split table with some rows left out, and the matrices of the others."""
    # 12 sites of 10 haplotypes: two windows that happen to be the same are unlikely.
    config = make_config(replicates=120, shard_size=50, sites=12, samples=5)
    folder = tmp_path_factory.mktemp("shards")
    simulate_shards(folder, config)
    settings, view = prepare_split(config)
    table = splits.make_split_table(folder, settings, view)
    used = table[table["split"] != split_names.EXCLUDED].reset_index(drop=True)
    assert 0 < len(used) < len(table)
    return table, loading.load_windows(used, folder, view)


def select_all(described, column):
    """Return a column of the rows for all cells together, by split."""
    rows = described[described["cell"] == split_names.ALL]
    return rows.set_index("split").loc[list(split_names.SPLITS), column].to_dict()


def audited(table, windows):
    described = audit.describe_dataset(table, TARGETS, windows)
    return {column: select_all(described, column) for column in AUDIT}


def with_haplotypes(windows, haplotypes):
    """Return windows with other alleles."""
    return dataclasses.replace(windows, packed=np.packbits(haplotypes, axis=2))


def first_rows(table, split, number):
    """Return the index labels of the first replicates of a split."""
    return table.index[table["split"] == split][:number].tolist()


def find_rows(table, labels):
    """Return the indices of rows of the table among the matrices."""
    used = table.index[table["split"] != split_names.EXCLUDED]
    return [used.get_loc(label) for label in labels]


# Counts --------------------------------------------------------------------------------------


def test_rows_are_cells_by_splits_and_all_together(run):
    described = audit.describe_dataset(run[0], TARGETS, run[1])
    cells = ["population_size=1000", "population_size=500", split_names.ALL]
    names = [*split_names.SPLITS, split_names.EXCLUDED]
    expected = [(cell, split) for cell in cells for split in names]
    assert list(zip(described["cell"], described["split"], strict=True)) == expected


def test_counts_and_moments_are_those_of_the_table(run):
    table, matrices = run
    for row in audit.describe_dataset(table, TARGETS, matrices).itertuples():
        part = table[table["split"] == row.split]
        if row.cell != split_names.ALL:
            part = part[part["cell"] == row.cell]
        sites, target = part["sites"].to_numpy(), part[TARGET].to_numpy()
        assert row.replicates == len(part) > 0
        assert (row.sites_min, row.sites_max) == (sites.min(), sites.max())
        assert row.sites_mean == pytest.approx(sites.mean())
        left_out = row.split == split_names.EXCLUDED
        assert row.too_few_sites == (len(part) if left_out else 0)
        assert row.target_undefined == 0
        if left_out:
            assert np.isnan([row.tajimas_d_min, row.tajimas_d_mean, row.tajimas_d_sd]).all()
        else:
            assert (row.tajimas_d_min, row.tajimas_d_max) == (target.min(), target.max())
            assert row.tajimas_d_mean == pytest.approx(target.mean())
            assert row.tajimas_d_sd == pytest.approx(target.std(ddof=1))


def test_reasons_are_counted_apart(run):
    table = run[0].copy()
    left_out = table.index[table["split"] == split_names.EXCLUDED]
    table.loc[left_out[:3], "reason"] = split_names.TARGET_UNDEFINED
    described = audit.describe_dataset(table, TARGETS, run[1]).set_index(["cell", "split"])
    row = described.loc[(split_names.ALL, split_names.EXCLUDED)]
    assert (row["target_undefined"], row["too_few_sites"]) == (3, len(left_out) - 3)


def test_a_run_with_one_cell_is_not_taken_for_all_cells(run):
    table = run[0].assign(cell=grid.name_cell({}))
    described = audit.describe_dataset(table, TARGETS, run[1])
    assert len(described) == 8
    assert not described.duplicated(["cell", "split"]).any()


def test_classes_are_counted_and_not_averaged(run):
    table, windows = run[0].copy(), run[1]
    table["sweep"] = np.where(table["cell"] == "population_size=500", "a", "b")
    described = audit.describe_dataset(table, make_targets("sweep", classes=["b", "a"]), windows)
    assert not [column for column in described if column.startswith("sweep_")]
    for row in described[described["cell"] == split_names.ALL].itertuples():
        part = table[table["split"] == row.split]
        assert row.of_a == (part["sweep"] == "a").sum()
        assert row.of_b == (part["sweep"] == "b").sum()
        assert row.of_a + row.of_b == row.replicates
    in_cell = described[described["cell"] == "population_size=500"]
    assert (in_cell["of_b"] == 0).all()
    assert select_all(described, "cells_p")["train"] > 0.01


def test_drawn_parameters_are_compared_between_the_splits(run):
    table, windows = run[0].copy(), run[1]
    table["strength"] = np.random.default_rng(1).random(len(table))
    table.loc[::3, "strength"] = np.nan  # cells that have no such parameter
    described = audit.describe_dataset(table, TARGETS, windows, drawn=["strength"])
    assert select_all(described, "strength_p")["test"] > 0.01
    table.loc[table["split"] == "test", "strength"] += 1
    described = audit.describe_dataset(table, TARGETS, windows, drawn=["strength"])
    assert select_all(described, "strength_p")["test"] < 0.001
    assert select_all(described, "strength_p")["validation"] > 0.01
    assert select_all(described, "strength_ks")["test"] > 0.3


def test_windows_with_fewer_and_with_more_sites_are_counted(run):
    table, windows = run
    sites = windows.mask.shape[1]
    described = audit.describe_dataset(table, TARGETS, windows)
    row = described[(described["cell"] == split_names.ALL) & (described["split"] == "train")]
    train = table[table["split"] == "train"]
    assert row["padded"].item() == 0  # these were left out
    assert row["trimmed"].item() == (train["sites"] > sites).sum() > 0
    padded = table.assign(split="train", reason="")
    everything = Windows.empty_like(windows, len(table))
    for array in everything.arrays:
        array[:] = 0
    row = audit.describe_dataset(
        padded.assign(tajimas_d=0.0, split=np.resize(split_names.SPLITS, len(table))),
        TARGETS,
        everything,
    )
    whole = row[row["cell"] == split_names.ALL]
    assert whole["padded"].sum() == (table["sites"] < sites).sum() > 0
    # Windows without a site are all alike, which is not a leak.
    assert whole.loc[whole["split"] != split_names.EXCLUDED, "shared_matrices"].eq(0).all()


# Leaks ---------------------------------------------------------------------------------------


def test_a_real_table_has_no_leak(run):
    table, matrices = run
    owners = {}
    used = table.loc[table["split"] != split_names.EXCLUDED, "split"]
    for split, matrix in zip(used, matrices.haplotypes, strict=True):
        owners.setdefault(matrix.tobytes(), set()).add(split)
    assert all(len(names) == 1 for names in owners.values())
    assert audited(table, matrices) == dict.fromkeys(AUDIT, NO_LEAK)


def test_a_seed_in_two_splits_is_counted(run):
    table = run[0].copy()
    first, second = first_rows(table, "train", 2)
    (tested,) = first_rows(table, "test", 1)
    table.loc[[second, tested], "seed"] = table.loc[first, "seed"]
    counted = audited(table, run[1])
    assert counted["shared_seeds"] == {"train": 2, "validation": 0, "test": 1}
    assert counted["shared_replicates"] == counted["shared_matrices"] == NO_LEAK


def test_large_seeds_that_differ_in_the_last_bit_are_distinguished(run):
    # As floats, both would be 2^64.
    table = run[0].copy()
    table.loc[first_rows(table, "train", 1), "seed"] = np.uint64(2**64 - 1)
    table.loc[first_rows(table, "test", 1), "seed"] = np.uint64(2**64 - 2)
    assert audited(table, run[1])["shared_seeds"] == NO_LEAK


def test_a_replicate_in_two_splits_is_counted(run):
    table = run[0].copy()
    (trained,), (validated,) = first_rows(table, "train", 1), first_rows(table, "validation", 1)
    columns = ["cell", "replicate"]
    table.loc[validated, columns] = table.loc[trained, columns]
    counted = audited(table, run[1])
    assert counted["shared_replicates"] == {"train": 1, "validation": 1, "test": 0}
    assert counted["shared_seeds"] == counted["shared_matrices"] == NO_LEAK


def test_the_same_number_in_another_cell_is_not_a_leak(run):
    table, _ = run
    numbers = {split: set(table.loc[table["split"] == split, "replicate"]) for split in NO_LEAK}
    assert numbers["train"] & numbers["test"]
    assert audited(table, run[1])["shared_replicates"] == NO_LEAK


def test_a_matrix_in_three_splits_is_counted(run):
    table, matrices = run[0], run[1].haplotypes.copy()
    planted = {"train": 3, "validation": 1, "test": 2}
    labels = [
        label for split, number in planted.items() for label in first_rows(table, split, number)
    ]
    rows = find_rows(table, labels)
    matrices[rows] = matrices[rows[0]]
    counted = audited(table, with_haplotypes(run[1], matrices))
    assert counted["shared_matrices"] == planted
    assert counted["shared_seeds"] == counted["shared_replicates"] == NO_LEAK


def test_a_matrix_that_differs_in_one_allele_is_another(run):
    table, matrices = run[0], run[1].haplotypes.copy()
    trained, tested = find_rows(table, first_rows(table, "train", 1) + first_rows(table, "test", 1))
    for site, haplotype in ((0, 0), (-1, -1)):
        matrices[tested] = matrices[trained]
        assert audited(table, with_haplotypes(run[1], matrices))["shared_matrices"]["test"] == 1
        matrices[tested, site, haplotype] ^= 1
        assert audited(table, with_haplotypes(run[1], matrices))["shared_matrices"] == NO_LEAK


def test_drawn_names_are_compared_by_how_often_they_are(run):
    table, windows = run[0].copy(), run[1]
    table["history"] = np.where(np.random.default_rng(1).random(len(table)) < 0.5, "a", "b")
    described = audit.describe_dataset(table, TARGETS, windows, drawn=["history"])
    assert select_all(described, "history_p")["test"] > 0.01
    assert np.isnan(select_all(described, "history_ks")["test"])
    table.loc[table["split"] == "test", "history"] = "c"
    described = audit.describe_dataset(table, TARGETS, windows, drawn=["history"])
    assert select_all(described, "history_p")["test"] < 0.001


def test_repeats_within_a_split_are_not_a_leak(run):
    table, matrices = run[0].copy(), run[1].haplotypes.copy()
    labels = first_rows(table, "test", 3)
    table.loc[labels, ["cell", "replicate", "seed"]] = table.loc[
        labels[0], ["cell", "replicate", "seed"]
    ].to_list()
    matrices[find_rows(table, labels)] = matrices[find_rows(table, labels[:1])]
    windows = with_haplotypes(run[1], matrices)
    assert audited(table, windows) == dict.fromkeys(AUDIT, NO_LEAK)


def test_replicates_that_are_left_out_cannot_leak(run):
    table = run[0].copy()
    (trained,), (left_out,) = (
        first_rows(table, "train", 1),
        first_rows(table, split_names.EXCLUDED, 1),
    )
    columns = ["cell", "replicate", "seed"]
    table.loc[left_out, columns] = table.loc[trained, columns]
    assert audited(table, run[1]) == dict.fromkeys(AUDIT, NO_LEAK)


# Tests ---------------------------------------------------------------------------------------


def test_columns_of_tests_are_scipys(run):
    table, matrices = run
    described = audit.describe_dataset(table, TARGETS, matrices)
    values = {split: table.loc[table["split"] == split, TARGET] for split in split_names.SPLITS}
    for split in ("validation", "test"):
        expected = scipy.stats.ks_2samp(values["train"], values[split])
        assert select_all(described, "tajimas_d_ks")[split] == expected.statistic
        assert select_all(described, "tajimas_d_p")[split] == expected.pvalue
    assert np.isnan(select_all(described, "tajimas_d_ks")["train"])
    assert np.isnan(select_all(described, "tajimas_d_p")["train"])
    counts = [
        [
            ((table["cell"] == cell) & (table["split"] == split)).sum()
            for split in split_names.SPLITS
        ]
        for cell in ("population_size=500", "population_size=1000")
    ]
    expected = scipy.stats.chi2_contingency(counts).pvalue
    assert select_all(described, "cells_p") == pytest.approx(
        dict.fromkeys(split_names.SPLITS, expected)
    )


def test_a_single_cell_needs_no_test_of_cells(run):
    table = run[0][run[0]["cell"] == "population_size=1000"]
    matrices = run[1][find_rows(run[0], table.index[table["split"] != split_names.EXCLUDED])]
    assert np.isnan(
        select_all(audit.describe_dataset(table, TARGETS, matrices), "cells_p")["train"]
    )


def test_rows_of_single_cells_have_neither_tests_nor_audit(run):
    described = audit.describe_dataset(run[0], TARGETS, run[1])
    single = described[described["cell"] != split_names.ALL]
    assert single[["cells_p", "tajimas_d_ks", "tajimas_d_p", *AUDIT]].isna().all(axis=None)


def test_a_fair_split_passes_its_tests(run):
    described = audit.describe_dataset(run[0], TARGETS, run[1])
    assert min(select_all(described, "cells_p").values()) > 0.01
    assert pd.Series(select_all(described, "tajimas_d_p")).min() > 0.01


def test_a_shifted_split_gets_a_small_p(run):
    table = run[0].copy()
    before = select_all(audit.describe_dataset(table, TARGETS, run[1]), "tajimas_d_p")
    table.loc[table["split"] == "test", TARGET] += 2 * table[TARGET].std()
    after = select_all(audit.describe_dataset(table, TARGETS, run[1]), "tajimas_d_p")
    assert after["test"] < 1e-3
    assert after["validation"] == before["validation"]


def test_a_split_that_prefers_a_cell_gets_a_small_p(run):
    table = run[0].copy()
    table.loc[table["split"] == "test", "cell"] = "population_size=500"
    described = audit.describe_dataset(table, TARGETS, run[1])
    assert select_all(described, "cells_p")["train"] < 1e-4
