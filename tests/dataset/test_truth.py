"""True values of replicates, as they were drawn or as they came out."""

import numpy as np
import pandas as pd
import pytest

from coalflow.dataset.truth import load_truth
from coalflow.windows.shards import Shard


def make_shard(**truth):
    nothing = np.zeros(0)
    return Shard(nothing, nothing, nothing, nothing, nothing, truth, None)


@pytest.fixture
def shards(monkeypatch):
    """Let a neutral and a swept cell have shards without files."""
    found = {
        "neutral": make_shard(
            **{"parameter/sweep": np.array(["neutral"] * 3), "parameter/rate": np.arange(3)}
        ),
        "hard": make_shard(
            **{
                "parameter/sweep": np.array(["hard"] * 3),
                "parameter/rate": np.arange(3) + 10,
                "parameter/fixation_time": np.array([5.0, 50.0, 500.0]),
                "target/fixation_time": np.array([5.0, 48.0, 500.0]),
                "target/founders": np.array([1.0, -1.0, 2.0]),
                "target/tries": np.array([1.0, 2.0, 3.0]),
                "target/refused_draws": np.zeros(3),
                "target/fst(A,B)": np.ones(3),
            }
        ),
    }
    monkeypatch.setattr("coalflow.dataset.truth.read_shard", lambda path, cell: found[cell])


def test_what_came_of_a_parameter_is_its_true_value(shards, tmp_path):
    rows = [("hard", 1), ("neutral", 2), ("hard", 0)]
    table = pd.DataFrame(rows, columns=["cell", "row"], index=[7, 7, 9]).assign(shard=0)
    truth = load_truth(table, tmp_path)
    assert list(truth) == ["fixation_time", "founders", "rate", "sweep"]
    np.testing.assert_array_equal(truth["fixation_time"], [48, np.nan, 5])
    np.testing.assert_array_equal(truth["founders"], [np.nan, np.nan, 1])
    assert truth["rate"].tolist() == [11, 2, 10]
    assert truth["sweep"].tolist() == ["hard", "neutral", "hard"]
    assert list(truth.index) == [7, 7, 9]
