"""Which classes are confused with which."""

import numpy as np
import sklearn.metrics
from helpers.cards import predict_classes
from helpers.data import make_targets

from coalflow.evaluation import classification

CLASSES = ("soft", "neutral", "hard")
SWEEP = make_targets("sweep", classes=CLASSES)


def test_confusion_is_that_of_scikit_learn_with_all_classes():
    table = predict_classes(SWEEP, 200, **{"net/0": 1.0, "mean": 0.0})
    table["mean"] = "neutral"  # so that two classes are never predicted
    confusion = classification.tabulate_confusion(table, ["net/0", "mean"], CLASSES)
    for name, part in confusion.groupby("model"):
        counts = part["count"].to_numpy().reshape(3, 3)
        expected = sklearn.metrics.confusion_matrix(table["truth"], table[name], labels=CLASSES)
        np.testing.assert_array_equal(counts, expected)
        fractions = part["fraction"].to_numpy().reshape(3, 3)
        np.testing.assert_allclose(fractions, counts / counts.sum(axis=1, keepdims=True))
        assert part["true_class"].tolist() == np.repeat(CLASSES, 3).tolist()
        assert part["predicted_class"].tolist() == list(CLASSES) * 3
