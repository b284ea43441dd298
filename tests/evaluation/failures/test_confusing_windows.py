"""Which windows are confusing, and what is nearest to them."""

import numpy as np
import pandas as pd
from helpers.failures import ALONE, DIVERSITY, PAIR, SWEEP, TWO, predict_classes, predict_numbers

from coalflow.evaluation.failures.confusing_windows import rank_windows, tabulate_confusing
from coalflow.evaluation.failures.nearest_windows import find_nearest_windows


def make_statistics(number, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(number, 3)) * [1, 100, 0]
    return pd.DataFrame(values, columns=["diversity", "h12", "constant"])


def test_of_classes_windows_are_uncertain_or_wrong():
    predicted = predict_classes(200)
    ranked = rank_windows(predicted, PAIR, SWEEP)
    values = predicted[[f"net:{name}" for name in SWEEP.classes]].to_numpy()
    margin = np.sort(values)[:, -1] - np.sort(values)[:, -2]
    assert ranked["uncertain"].index[0] == margin.argmin()
    assert len(ranked["uncertain"]) == 200
    wrong = predicted.index[predicted["net"] != predicted["truth"]]
    assert set(ranked["wrong"].index) == set(wrong)
    assert ranked["wrong"].is_monotonic_decreasing


def test_no_window_is_wrong():
    assert rank_windows(predict_classes(20, lean=50.0), ALONE, SWEEP)["wrong"].empty


def test_of_numbers_errors_and_disagreements_are_ranked():
    predicted = predict_numbers(50, predictands=TWO)
    ranked = rank_windows(predicted, PAIR, TWO)
    plain = predicted["net:diversity"] - predicted["truth:diversity"]
    logs = np.log10(predicted["net:fst"] / predicted["truth:fst"])
    errors = np.sqrt((plain**2 + logs**2) / 2)  # both have a standard deviation of 1 in training
    assert list(ranked["largest_error"].index[:3]) == list(errors.nlargest(3).index)
    np.testing.assert_allclose(ranked["largest_error"].iloc[0], errors.max())
    apart = predict_numbers(50)
    disagreement = (apart["net:diversity"] - apart["ridge:diversity"]).abs()
    found = rank_windows(apart, PAIR, DIVERSITY)["disagreement"]
    assert found.index[0] == disagreement.argmax()
    assert list(rank_windows(apart, ALONE, DIVERSITY)) == ["largest_error"]


def test_the_nearest_windows_of_each_class_are_found():
    test, train = make_statistics(7, 1), make_statistics(40, 2)
    class_of = np.arange(40) % 2
    nearest = find_nearest_windows(test, train, ["neutral", "hard", "soft"], class_of)
    scaled = ((test - train.mean()) / train.std(ddof=0))[["diversity", "h12"]].to_numpy()
    others = ((train - train.mean()) / train.std(ddof=0))[["diversity", "h12"]].to_numpy()
    apart = np.sqrt(((scaled[:, None] - others) ** 2).mean(axis=2))
    for index in range(2):
        of_class = np.where(class_of == index, apart, np.inf)
        np.testing.assert_array_equal(nearest.rows[:, index], of_class.argmin(axis=1))
        np.testing.assert_allclose(nearest.distances[:, index], of_class.min(axis=1))
    assert (nearest.rows[:, 2] == -1).all()
    assert np.isnan(nearest.distances[:, 2]).all()
    three = find_nearest_windows(test, train)
    np.testing.assert_array_equal(three.rows, np.argsort(apart, axis=1)[:, :3])
    assert find_nearest_windows(test, train.iloc[:2]).labels == ("1", "2")


def test_the_table_has_truth_predictions_and_neighbours():
    predicted = predict_classes(30)
    nearest = find_nearest_windows(
        make_statistics(30, 1), make_statistics(20, 2), SWEEP.classes, np.arange(20) % 2
    )
    train = pd.DataFrame({"cell": "all", "replicate": np.arange(100, 120)})
    ranked = rank_windows(predicted, PAIR, SWEEP)
    table = tabulate_confusing(predicted, ranked, PAIR, nearest, train)
    assert table["kind"].value_counts()["uncertain"] == 30
    row, first = table.iloc[0], ranked["uncertain"].index[0]
    assert (row["rank"], row["replicate"], row["truth"]) == (1, first, predicted["truth"][first])
    assert row["ridge:hard"] == predicted["ridge:hard"][first]
    assert row["nearest:hard"] == f"all/{100 + nearest.rows[first, 1]}"
    assert (table["nearest:soft"] == "").all()
    assert not [name for name in table if name.startswith("parameter")]
