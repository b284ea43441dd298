import numpy as np
import pandas as pd
from helpers.data import asked_of

from coalflow.evaluation import predictions

CLASSES = ["hard", "neutral", "soft"]
OF_SWEEP = asked_of("sweep", classes=CLASSES)
OF_NUMBERS = asked_of("diversity", "fst")


def test_every_number_is_a_column():
    values = np.array([[0.5, 2.0], [-1.0, 3.0]])
    made = predictions.columns("ridge", values, OF_NUMBERS)
    assert list(made) == ["ridge:diversity", "ridge:fst"]
    assert np.array_equal(predictions.of_model(pd.DataFrame(made), "ridge", OF_NUMBERS), values)


def test_classes_are_the_most_probable_and_each_probability():
    probabilities = np.array([[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    made = predictions.columns("net/0", probabilities, OF_SWEEP)
    assert list(made) == ["net/0", "net/0:hard", "net/0:neutral", "net/0:soft"]
    assert made["net/0"].tolist() == ["neutral", "soft"]
    table = pd.DataFrame(made)
    assert np.array_equal(predictions.of_model(table, "net/0", OF_SWEEP), probabilities)


def test_truth_is_numbers_or_the_number_of_a_class():
    table = pd.DataFrame({"sweep": ["soft", "hard", "soft"], "fst": [1.5, 2.0, 3.0]})
    made = pd.DataFrame(predictions.columns_of_truth(table, OF_SWEEP))
    assert made.columns.tolist() == ["truth"]
    assert predictions.truth(made, OF_SWEEP).tolist() == [2, 0, 2]
    made = pd.DataFrame(predictions.columns_of_truth(table.assign(diversity=[1, 2, 3]), OF_NUMBERS))
    assert made.columns.tolist() == ["truth:diversity", "truth:fst"]
    assert predictions.truth(made, OF_NUMBERS).tolist() == [[1.0, 1.5], [2.0, 2.0], [3.0, 3.0]]


def test_intervals_are_columns_beside_the_predictions():
    low, high = np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[4.0, 5.0], [6.0, 7.0]])
    made = pd.DataFrame(predictions.columns_of_interval("net/0", (low, high), OF_NUMBERS))
    names = [f"net/0:{name}:{end}" for name in ("diversity", "fst") for end in ("low", "high")]
    assert made.columns.tolist() == names
    found = predictions.interval_of_model(made, "net/0", OF_NUMBERS)
    assert all(map(np.array_equal, found, (low, high)))
    assert predictions.interval_of_model(made, "ridge", OF_NUMBERS) is None
