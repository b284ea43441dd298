"""Cards and predictions of models that nobody trained."""

import numpy as np
import pandas as pd
import scipy.special
from helpers.data import make_encoding, make_observation, make_samples

from coalflow.config.schema.training import Recipe
from coalflow.config.settings.view import View
from coalflow.evaluation import predictions
from coalflow.evaluation.cards import (
    Card,
    FeatureInput,
    NetInput,
    NetTraining,
    SimulatedWindows,
    TrainedOn,
)

SIMULATED_WINDOWS = SimulatedWindows(p=0.001, gap=0.5, sites=3, reach=0.8, missing=0.1)


def make_card(name, kind, predictands, validation=None, replicates=100):
    """Return the card of a model with a name such as ``net/0`` or ``ridge``."""
    model, _, restart = name.partition("/")
    is_net = kind != "baseline"
    training = NetTraining(recipe=Recipe(), inputs=(), weights=1, best_epoch=1, device="cpu")
    return Card(
        format=1,
        kind=kind,
        model=model,
        restart=int(restart) if restart else None,
        input=NetInput(sites=8, haplotypes=6, channels=1) if is_net else FeatureInput(names=()),
        view=View(
            observation=make_observation(),
            encoding=make_encoding(),
            samples=make_samples(),
            targets=predictands.targets,
        ),
        scales=predictands.scaling and predictands.scaling.scales,
        trained_on=TrainedOn(
            replicates=replicates, targets={}, parameters={}, windows=SIMULATED_WINDOWS
        ),
        net=training if is_net else None,
        validation=validation or {},
    )


def make_cards(predictands, errors):
    """Return the cards of models by name, with their errors on validation windows.

    Names with a restart are nets, all others baselines.
    """
    metric = "log_loss" if predictands.classes else "rmse"
    target = predictands.targets.first
    return {
        name: make_card(
            name, "net" if "/" in name else "baseline", predictands, {target: {metric: error}}
        )
        for name, error in errors.items()
    }


def draw_numbers(number, seed=0):
    """Return true values and predictions that are right by three quarters of the variance."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(2.0, 3.0, size=number)
    return truth, truth + generator.normal(0.0, 1.5, size=number)


def predict_numbers(number=60, cells=3, seed=0, **noise):
    """Return predictions of test windows; ``noise`` has each model's standard error."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(size=number)
    table = {"cell": np.repeat([f"c{n}" for n in range(cells)], number // cells)}
    table["truth:diversity"] = truth
    for name, sd in noise.items():
        table[f"{name}:diversity"] = truth + generator.normal(0.0, sd, size=number)
    return pd.DataFrame(table)


def draw_classes(number, seed=0, sharpness=1.0):
    """Return the indices of three classes, and probabilities that lean towards the true ones."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(3, size=number)
    logits = generator.normal(size=(number, 3)) + sharpness * np.eye(3)[truth]
    return truth, scipy.special.softmax(logits, axis=1)


def predict_classes(targets, number=600, **sharpness):
    """Return predictions of test windows, each cell of one class.

    ``sharpness`` says how far each model's probabilities lean towards the true class.
    """
    truth, _ = draw_classes(number)
    true_classes = np.array(targets.classes)[truth]
    table = pd.DataFrame({"cell": true_classes, "truth": true_classes})
    for seed, (name, lean) in enumerate(sharpness.items(), start=1):
        logits = np.random.default_rng(seed).normal(size=(number, 3)) + lean * np.eye(3)[truth]
        predicted = scipy.special.softmax(logits, axis=1)
        table = table.assign(
            **predictions.tabulate_prediction(name, predictions.Prediction(predicted), targets)
        )
    return table
