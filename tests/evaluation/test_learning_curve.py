"""What more simulations would buy is told from nets trained on parts of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalflow.dataset import loading
from coalflow.dataset.loading import Replicates
from coalflow.evaluation import learning_curve
from coalflow.models import storage

SIZES = np.array([500, 1000, 2000, 4000])


@given(
    floor=st.floats(0, 2),
    scaled=st.floats(0.1, 100),
    power=st.sampled_from(learning_curve.POWERS[::6].tolist()),
)
def test_a_power_law_is_found_again(floor, scaled, power):
    errors = floor + scaled * SIZES**-power
    (fitted,) = learning_curve.fit(SIZES, errors[None])
    expected = floor + scaled * (2.0 * SIZES[-1]) ** -power
    assert fitted[0] + fitted[1] * (2.0 * SIZES[-1]) ** -fitted[2] == pytest.approx(expected)


@given(st.lists(st.floats(0.01, 10), min_size=4, max_size=4))
def test_a_curve_never_rises_and_is_never_negative(errors):
    floor, scaled, power = learning_curve.fit(SIZES, np.array([errors]))[0]
    assert floor >= 0
    assert scaled >= 0
    assert power > 0


def told_net(restart, windows, error, name="a_net"):
    """Return a net whose predictions err by ``error`` on average."""
    card = {
        "model": name,
        "restart": restart,
        "classes": None,
        "target": {"size": {}},
        "scale": {"size": {"log": False, "mean": 0.0, "sd": 1.0}},
        "trained_on": {"replicates": windows},
    }
    noise = np.random.default_rng([restart, windows]).normal(0, error, size=(2000, 1))
    return storage.Model(card, predict=lambda truth: truth + noise)


@pytest.fixture
def validation():
    truth = np.random.default_rng(1).normal(size=(2000, 1))
    return Replicates(truth, truth, pd.DataFrame({"x": truth[:, 0]}))


def curve_of(validation, names=("a_net",), restarts=2):
    """Return the curve of nets whose squared error is .04 + 100 / windows."""
    nets = [
        told_net(restart, windows, np.sqrt(0.04 + 100 / windows), name)
        for name in names
        for windows in SIZES
        for restart in range(restarts)
    ]
    return learning_curve.of_nets(nets, validation, seed=3)


def test_twice_the_windows_are_foretold(validation):
    curve = curve_of(validation)
    trained = curve[curve["kind"] == "trained"]
    assert sorted(zip(trained["windows"], trained["restart"], strict=True)) == [
        (windows, restart) for windows in SIZES for restart in range(2)
    ]
    assert set(curve["metric"]) == {"rmse"}
    (twice,) = curve[curve["windows"] == 8000].to_dict("records")
    assert twice["ci_low"] < np.sqrt(0.04 + 100 / 8000) < twice["ci_high"]
    assert twice["ci_high"] - twice["ci_low"] < 0.1
    (said,) = learning_curve.in_words(curve)
    assert said.startswith("a_net: rmse of size on validation windows is 0.25")
    assert "with 8,000 expect 0.2" in said


def test_each_net_has_a_curve_of_its_own(validation):
    curve = curve_of(validation, names=("one", "other"), restarts=1)
    assert list(curve["net"].unique()) == ["one", "other"]
    assert len(learning_curve.in_words(curve)) == 2


def test_the_same_seed_gives_the_same_curve(validation):
    pd.testing.assert_frame_equal(curve_of(validation), curve_of(validation))


# Parts of the training windows -----------------------------------------------------------------


@pytest.fixture
def table():
    splits = np.array(["train"] * 80 + ["validation"] * 10 + ["test"] * 10)
    return pd.DataFrame({"split": np.random.default_rng(2).permutation(splits), "row": range(100)})


def rows_of(table, split):
    return set(table.loc[table["split"] == split, "row"])


def test_parts_are_nested_and_of_train_alone(table):
    before = rows_of(table, "train")
    for one_in in (1, 2, 4, 8):
        part = loading.keep_part_of_train(table, one_in, seed=5)
        assert len(rows_of(part, "train")) == 80 // one_in
        assert rows_of(part, "train") <= before
        before = rows_of(part, "train")
        for split in ("validation", "test"):
            assert rows_of(part, split) == rows_of(table, split)
        assert part["row"].is_monotonic_increasing


def test_another_seed_takes_other_windows(table):
    one, other = (loading.keep_part_of_train(table, 2, seed) for seed in (5, 6))
    assert rows_of(one, "train") != rows_of(other, "train")
