"""Errors inside, between and beyond what models were trained on."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from helpers.failures import DIVERSITY, SWEEP, predict_classes, predict_numbers

from coalflow.evaluation.failures.hold_out import tabulate_hold_out
from coalflow.evaluation.failures.judged_models import JudgedModels

pytestmark = pytest.mark.usefixtures("capped_bootstraps")
MODELS = JudgedModels(("net",), "ridge")
TRAIN = pd.DataFrame({"size": [1.0, 2.0, 9.0, 10.0], "history": ["constant"] * 4})


def make_predictions():
    """Return predictions inside and held out: the error is 5 beyond a size of 10, and else 1."""
    rng = np.random.default_rng(1)
    inside, held = predict_numbers(300, 1), predict_numbers(400, 2)
    inside["parameter:size"] = rng.choice([1.0, 2.0, 9.0, 10.0], size=300)
    held["parameter:size"] = rng.choice([4.0, 5.0, 12.0, 13.0], size=400)
    inside["parameter:history"] = "constant"
    held["parameter:history"] = np.where(held.index < 350, "constant", "growth")
    error = np.where(held["parameter:size"] > 10, 5.0, 1.0) * rng.choice([-1, 1], 400)
    held["net:diversity"] = held["truth:diversity"] + error
    return inside, held


def test_windows_are_between_or_beyond_by_what_was_trained():
    inside, held = make_predictions()
    hold_out = {"size": (3, 8), "history": ("growth",)}
    held.loc[held.index >= 350, "parameter:size"] = 1.0
    in_region = held[held["parameter:size"].between(3, 8) | (held["parameter:history"] == "growth")]
    in_region = in_region.reset_index(drop=True)
    table = tabulate_hold_out(inside, in_region, hold_out, TRAIN, MODELS, DIVERSITY)
    whole = table[(table["part"] == "all") & (table["model"] == "net")]
    rmse = whole[whole["measure"] == "rmse"].set_index(["where", "group"])
    assert list(rmse.index) == [("inside", "all"), ("between", "size"), ("beyond", "history")]
    assert rmse.loc[("beyond", "history"), "windows"] == 50
    expected = sklearn.metrics.root_mean_squared_error(
        inside["truth:diversity"], inside["net:diversity"]
    )
    assert rmse.loc[("inside", "all"), "value"] == pytest.approx(expected)
    assert rmse.loc[("between", "size"), "value"] == pytest.approx(1)
    parts = table[(table["group"] == "size") & (table["part"] != "all")]
    assert set(parts.loc[parts["where"] == "inside", "from"]) == {1, 2, 9, 10}
    assert set(parts.loc[parts["where"] == "between", "from"]) == {4, 5}
    of_history = table[(table["group"] == "history") & (table["part"] != "all")]
    assert set(zip(of_history["where"], of_history["part"], strict=True)) == {
        ("inside", "constant"),
        ("beyond", "growth"),
    }


def test_no_part_spans_a_region():
    inside, held = make_predictions()
    rng = np.random.default_rng(3)
    inside["parameter:size"] = rng.choice([0, 8], 300) + 2 * rng.random(300)
    table = tabulate_hold_out(inside, held, {"size": (3, 8)}, TRAIN, MODELS, DIVERSITY)
    parts = table[(table["where"] == "inside") & (table["part"] != "all")]
    assert set(parts.loc[parts["to"] > 3, "from"].ge(8)) == {True}
    assert len(set(parts["from"])) == 10


def test_windows_in_two_regions_count_in_neither():
    inside, held = make_predictions()
    held["parameter:history"] = np.where(held["parameter:size"] == 4, "growth", "constant")
    hold_out = {"size": (3, 8), "history": ("growth",)}
    held = held[held["parameter:size"] < 8].reset_index(drop=True)
    table = tabulate_hold_out(inside, held, hold_out, TRAIN, MODELS, DIVERSITY)
    assert set(table["where"]) == {"inside", "between"}
    whole = table[(table["where"] == "between") & (table["part"] == "all")]
    assert set(whole["windows"]) == {(held["parameter:size"] == 5).sum()}


def test_errors_beyond_are_those_beyond():
    inside, held = make_predictions()
    table = tabulate_hold_out(inside, held, {"size": (3, 99)}, TRAIN, MODELS, DIVERSITY)
    rows = table[(table["part"] == "all") & (table["measure"] == "rmse")]
    of_net = rows[rows["model"] == "net"].set_index("where")["value"]
    assert of_net["between"] == pytest.approx(1)
    assert of_net["beyond"] == pytest.approx(5)
    assert set(rows["model"]) == {"net", "ridge"}


def test_all_baselines_are_compared_and_coverage_is_given():
    test = predict_classes(90)
    for name in SWEEP.classes:
        test[f"mean:{name}"] = 1 / 3
    test["mean"] = "neutral"
    test["net:set"] = np.where(np.arange(90) < 81, test["truth"], "")
    train = pd.DataFrame({"recombination_rate": [1e-8]})
    models = JudgedModels(("net",), "ridge", ("mean",))
    hold_out = {"recombination_rate": (2e-8,)}
    table = tabulate_hold_out(
        test[test["parameter:recombination_rate"] < 1.5e-8].reset_index(drop=True),
        test[test["parameter:recombination_rate"] > 1.5e-8].reset_index(drop=True),
        hold_out,
        train,
        models,
        SWEEP,
    )
    assert set(table["model"]) == {"net", "ridge", "mean"}
    coverage = table[(table["measure"] == "coverage_90") & (table["part"] == "all")]
    assert set(coverage["model"]) == {"net"}  # others have no sets
    held = coverage["value"] * coverage["windows"]
    assert held.sum() == 81


def test_a_parameter_that_only_some_windows_have():
    test = predict_classes(100)
    held = test[test["parameter:selection_coefficient"] > 0.05].reset_index(drop=True)
    inside = test[~(test["parameter:selection_coefficient"] > 0.05)].reset_index(drop=True)
    train = pd.DataFrame({"selection_coefficient": [0.01, 0.04, np.nan]})
    hold_out = {"selection_coefficient": (0.05, 0.1)}
    table = tabulate_hold_out(inside, held, hold_out, train, MODELS, SWEEP)
    assert set(table["where"]) == {"inside", "beyond"}
    parts = table[(table["part"] != "all") & (table["where"] == "inside")]
    assert parts["windows"].max() < len(inside)
