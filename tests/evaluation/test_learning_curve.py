"""The gain from more simulations is estimated from nets trained on parts of them."""

import numpy as np
import pandas as pd
import pytest
from helpers.cards import make_card
from helpers.data import PROPERTY, make_predictands
from hypothesis import given
from hypothesis import strategies as st

from coalflow.dataset.loading import Replicates
from coalflow.evaluation import learning_curve

SIZES = np.array([500, 1000, 2000, 4000])
SIZE = make_predictands("population_size")


@PROPERTY
@given(
    floor=st.floats(0, 2),
    scaled=st.floats(0.1, 100),
    power=st.sampled_from(learning_curve.POWERS[::6].tolist()),
)
def test_the_parameters_of_a_power_law_are_found(floor, scaled, power):
    errors = floor + scaled * SIZES**-power
    (fitted,) = learning_curve.fit_power_laws(SIZES, errors[None])
    expected = floor + scaled * (2.0 * SIZES[-1]) ** -power
    assert fitted[0] + fitted[1] * (2.0 * SIZES[-1]) ** -fitted[2] == pytest.approx(expected)


@PROPERTY
@given(st.lists(st.floats(0.01, 10), min_size=4, max_size=4))
def test_a_curve_never_rises_and_is_never_negative(errors):
    floor, scaled, power = learning_curve.fit_power_laws(SIZES, np.array([errors]))[0]
    assert floor >= 0
    assert scaled >= 0
    assert power > 0


def make_noisy_net(card, truth, error):
    """Return a net whose predictions are wrong by ``error`` on average."""
    seed = [card.restart, card.trained_on.replicates]
    noise = np.random.default_rng(seed).normal(0, error, size=truth.shape)
    return learning_curve.TrainedNet(card, truth + noise)


@pytest.fixture
def validation():
    truth = np.random.default_rng(1).normal(size=(2000, 1))
    return Replicates(truth, truth, pd.DataFrame({"x": truth[:, 0]}))


def tabulate(validation, names=("a_net",), restarts=2):
    """Return the curve of nets whose squared error is .04 + 100 / windows."""
    nets = [
        make_noisy_net(
            make_card(f"{name}/{restart}", "net", SIZE, replicates=int(windows)),
            validation.target,
            np.sqrt(0.04 + 100 / windows),
        )
        for name in names
        for windows in SIZES
        for restart in range(restarts)
    ]
    return learning_curve.tabulate_learning_curve(nets, validation, seed=3)


def test_the_error_with_twice_the_windows_is_estimated(validation):
    curve = tabulate(validation)
    trained = curve[curve["kind"] == "trained"]
    assert sorted(zip(trained["windows"], trained["restart"], strict=True)) == [
        (windows, restart) for windows in SIZES for restart in range(2)
    ]
    assert set(curve["metric"]) == {"rmse"}
    (twice,) = curve[curve["windows"] == 8000].to_dict("records")
    assert twice["ci_low"] < np.sqrt(0.04 + 100 / 8000) < twice["ci_high"]
    assert twice["ci_high"] - twice["ci_low"] < 0.1
    (line,) = learning_curve.describe_learning_curve(curve)
    assert line.startswith("a_net: rmse of population_size on validation windows is 0.25")
    assert "with 8,000 expect 0.2" in line


def test_each_net_has_a_curve_of_its_own(validation):
    curve = tabulate(validation, names=("a_net", "another"), restarts=1)
    assert list(curve["net"].unique()) == ["a_net", "another"]
    assert len(learning_curve.describe_learning_curve(curve)) == 2


def test_the_same_seed_gives_the_same_curve(validation):
    pd.testing.assert_frame_equal(tabulate(validation), tabulate(validation))
