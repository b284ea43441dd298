"""Confusion of classes, and the calibration of probabilities."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from helpers.cards import predict_classes
from helpers.data import make_targets

from coalflow.evaluation import classification, predictions

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


def test_calibration_is_the_share_of_predictions_that_are_right():
    generator = np.random.default_rng(2)
    highest = generator.uniform(0.5, 1, size=20_000)
    right = generator.random(20_000) < highest
    probabilities = np.column_stack([highest, np.zeros(20_000), 1 - highest])
    columns = predictions.tabulate_prediction("m", predictions.Prediction(probabilities), SWEEP)
    table = pd.DataFrame({"truth": np.where(right, "soft", "hard"), **columns})
    calibration = classification.tabulate_calibration(table, ["m"], SWEEP)
    assert calibration["from"].tolist() == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])
    assert calibration["windows"].sum() == 20_000
    # 4,000 windows a tenth: SE 0.008 or less, so 0.04 is 5 of them.
    assert (abs(calibration["accuracy"] - calibration["mean_probability"]) < 0.04).all()
