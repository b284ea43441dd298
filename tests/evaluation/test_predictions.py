"""Predictions, intervals and true values as columns, and back."""

import numpy as np
import pandas as pd
from helpers.data import make_targets

from coalflow.evaluation import predictions

CLASSES = ["hard", "neutral", "soft"]
SWEEP = make_targets("sweep", classes=CLASSES)
NUMBERS = make_targets("diversity", "fst")


def test_every_number_is_a_column():
    values = np.array([[0.5, 2.0], [-1.0, 3.0]])
    columns = predictions.tabulate_predictions("ridge", values, NUMBERS)
    assert list(columns) == ["ridge:diversity", "ridge:fst"]
    table = pd.DataFrame(columns)
    assert np.array_equal(predictions.select_predictions(table, "ridge", NUMBERS), values)


def test_classes_are_the_most_probable_and_each_probability():
    probabilities = np.array([[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    columns = predictions.tabulate_predictions("net/0", probabilities, SWEEP)
    assert list(columns) == ["net/0", "net/0:hard", "net/0:neutral", "net/0:soft"]
    assert columns["net/0"].tolist() == ["neutral", "soft"]
    table = pd.DataFrame(columns)
    assert np.array_equal(predictions.select_predictions(table, "net/0", SWEEP), probabilities)


def test_truth_is_numbers_or_the_index_of_a_class():
    table = pd.DataFrame({"sweep": ["soft", "hard", "soft"], "fst": [1.5, 2.0, 3.0]})
    truth = pd.DataFrame(predictions.tabulate_truth(table, SWEEP))
    assert truth.columns.tolist() == ["truth"]
    assert predictions.select_truth(truth, SWEEP).tolist() == [2, 0, 2]
    table = table.assign(diversity=[1, 2, 3])
    truth = pd.DataFrame(predictions.tabulate_truth(table, NUMBERS))
    assert truth.columns.tolist() == ["truth:diversity", "truth:fst"]
    expected = [[1.0, 1.5], [2.0, 2.0], [3.0, 3.0]]
    assert predictions.select_truth(truth, NUMBERS).tolist() == expected


def test_intervals_are_columns_next_to_the_predictions():
    interval = np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[4.0, 5.0], [6.0, 7.0]])
    table = pd.DataFrame(predictions.tabulate_interval("net/0", interval, NUMBERS))
    names = [f"net/0:{name}:{end}" for name in ("diversity", "fst") for end in ("low", "high")]
    assert table.columns.tolist() == names
    found = predictions.select_interval(table, "net/0", NUMBERS)
    assert all(map(np.array_equal, found, interval))
    assert predictions.select_interval(table, "ridge", NUMBERS) is None
