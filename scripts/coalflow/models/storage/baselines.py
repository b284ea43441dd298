"""Baselines on disk, and what they predict."""

from __future__ import annotations

import pathlib

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from coalflow.evaluation.cards import Card, FeatureInput
from coalflow.evaluation.predictions import Prediction
from coalflow.models.storage.estimator_archive import dump_estimator, load_estimator
from coalflow.models.storage.files import save_model
from coalflow.models.storage.model import Model
from coalflow.statistics import features
from coalflow.windows.packed_windows import Windows


def predict_with_baseline(
    estimator: BaseEstimator, statistics: pd.DataFrame, card: Card
) -> Prediction:
    """Return what a fitted baseline predicts, as :class:`Model` does.

    Parameters
    ----------
    estimator : scikit-learn estimator
    statistics : DataFrame
        Summary statistics of windows, those that it reads and maybe others.
    card : Card
        The baseline's.
    """
    assert isinstance(card.input, FeatureInput)  # it is a baseline's card
    values = statistics[list(card.input.names)].to_numpy()
    if card.scaling is None:
        return Prediction(estimator.predict_proba(values))
    # Some of scikit-learn's regressors return one target without its axis.
    return Prediction(card.scaling.restore(estimator.predict(values).reshape(len(values), -1)))


def save_baseline(folder: pathlib.Path, estimator: BaseEstimator, card: Card) -> None:
    """Write a scikit-learn estimator and its card.

    Parameters
    ----------
    folder : Path
        The model's.
    estimator : scikit-learn estimator
    card : Card

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    save_model(folder, dump_estimator(estimator), card)


def make_baseline(card: Card, content: bytes) -> Model:
    """Return a baseline by its card and the bytes of its file.

    Raises
    ------
    Exception
        Whatever skops and scikit-learn raise where they do not belong together.
    """
    if not isinstance(card.input, FeatureInput):
        raise ValueError("its card is not that of a baseline")
    chosen = card.input
    estimator = load_estimator(content, is_classifier=card.targets.has_classes)
    # A whole estimator can still be one of other statistics or targets, or not fitted.
    with np.errstate(all="ignore"):
        tried = predict_with_baseline(estimator, pd.DataFrame(1.0, [0], list(chosen.names)), card)
    if tried.values.shape != (1, len(card.targets.classes or card.targets.names)):
        raise ValueError("it does not predict the targets of its card")

    def predict_from_features(statistics: pd.DataFrame) -> Prediction:
        return predict_with_baseline(estimator, statistics, card)

    def summarise_and_predict(windows: Windows) -> Prediction:
        view = card.view
        return predict_from_features(
            features.summarise_windows(windows, chosen, view.samples, view.observation)
        )

    return Model(card, summarise_and_predict, predict_from_features=predict_from_features)
