"""Parts of the training windows."""

import numpy as np
import pandas as pd
import pytest

from coalflow.dataset.training_parts import keep_part_of_train


@pytest.fixture
def table():
    splits = ["train"] * 80 + ["validation"] * 10 + ["test"] * 10
    shuffled = np.random.default_rng(1).permutation(splits)
    return pd.DataFrame({"row": np.arange(100), "split": shuffled})


def select_rows(table, split):
    return set(table.loc[table["split"] == split, "row"])


def test_parts_are_nested_and_of_train_alone(table):
    before = select_rows(table, "train")
    for one_in in (1, 2, 4, 8):
        part = keep_part_of_train(table, one_in, seed=5)
        assert len(select_rows(part, "train")) == 80 // one_in
        assert select_rows(part, "train") <= before
        before = select_rows(part, "train")
        for split in ("validation", "test"):
            assert select_rows(part, split) == select_rows(table, split)
        assert part["row"].is_monotonic_increasing


def test_another_seed_takes_other_windows(table):
    ours, theirs = (keep_part_of_train(table, 2, seed) for seed in (5, 6))
    assert select_rows(ours, "train") != select_rows(theirs, "train")
