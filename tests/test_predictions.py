import numpy as np
import pandas as pd

from coalflow import predictions

CLASSES = ["hard", "neutral", "soft"]


def test_numbers_are_one_column():
    values = np.array([0.5, -1.0])
    made = predictions.columns("ridge", values, None)
    assert list(made) == ["ridge"]
    assert np.array_equal(predictions.of_model(pd.DataFrame(made), "ridge", None), values)


def test_classes_are_the_most_probable_and_each_probability():
    probabilities = np.array([[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    made = predictions.columns("net/0", probabilities, CLASSES)
    assert list(made) == ["net/0", "net/0:hard", "net/0:neutral", "net/0:soft"]
    assert made["net/0"].tolist() == ["neutral", "soft"]
    assert np.array_equal(predictions.of_model(pd.DataFrame(made), "net/0", CLASSES), probabilities)


def test_truth_is_a_number_or_the_number_of_a_class():
    table = pd.DataFrame({"truth": ["soft", "hard", "soft"]})
    assert predictions.truth(table, CLASSES).tolist() == [2, 0, 2]
    assert predictions.truth(pd.DataFrame({"truth": [1.5, 2.0]}), None).tolist() == [1.5, 2.0]
