"""Predictions whose failures are known, with the true parameters of windows."""

import numpy as np
import pandas as pd
import scipy.special
from helpers.data import make_predictands

from coalflow.evaluation import predictions
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.predictions import Prediction

SWEEP = make_predictands("sweep", classes=["neutral", "hard", "soft"])
DIVERSITY = make_predictands("diversity")
TWO = make_predictands("diversity", "fst", logs=["fst"])
PAIR = JudgedModels(("net",), "ridge")
ALONE = JudgedModels(("net",))


def predict_classes(number=600, seed=0, predictands=SWEEP, lean=None):
    """Return predictions of classes by a net and a baseline.

    Sweeps are recognised by the net as well as they are strong; by the baseline all are alike.
    """
    generator = np.random.default_rng(seed)
    classes = np.array(predictands.classes)
    truth = generator.integers(len(classes), size=number)
    strength = np.where(truth == 0, np.nan, 10 ** generator.uniform(-2, -1, size=number))
    table = pd.DataFrame({"cell": "all", "replicate": np.arange(number), "truth": classes[truth]})
    sure = 30 * np.nan_to_num(strength, nan=0.1) if lean is None else np.full(number, lean)
    for name, own in (("net", sure), ("ridge", np.ones(number))):
        logits = generator.normal(size=(number, len(classes)))
        logits += own[:, None] * np.eye(len(classes))[truth]
        prediction = Prediction(scipy.special.softmax(logits, axis=1))
        columns = predictions.tabulate_prediction(name, prediction, predictands.targets)
        table = table.assign(**columns)
    rate = generator.choice([1e-8, 2e-8], size=number)
    drawn = {"selection_coefficient": strength, "recombination_rate": rate, "sweep": classes[truth]}
    return table.assign(**{f"parameter:{name}": values for name, values in drawn.items()})


def predict_numbers(number=400, seed=0, predictands=DIVERSITY, noise=1.0):
    """Return predictions of numbers, by a net that fails in growing populations with a high rate.

    There its error is 4 times as large; it is always too high by a half. The baseline has an error
    of 1 and no bias.
    """
    generator = np.random.default_rng(seed)
    history = generator.choice(["constant", "growth"], size=number)
    rate = generator.choice([1.0, 2.0], size=number)
    fails = (history == "growth") & (rate == 2)
    names = predictands.names
    truth = generator.normal(size=(number, len(names)))
    wrong = noise * np.where(fails, 4.0, 1.0)[:, None] * generator.normal(size=truth.shape) + 0.5
    values = {"truth": truth, "net": truth + wrong}
    values["ridge"] = truth + generator.normal(size=truth.shape)
    table = pd.DataFrame({"cell": "all", "replicate": np.arange(number)})
    for name, columns in values.items():
        for target, column in zip(names, columns.T, strict=True):
            is_log = predictands.targets[target].is_log
            table[f"{name}:{target}"] = 10**column if is_log else column
    return table.assign(**{"parameter:history": history, "parameter:rate": rate})
