"""The interface that all kinds of trained models have."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from coalflow.evaluation.cards import Card
from coalflow.evaluation.predictions import Prediction
from coalflow.windows.packed_windows import Windows

if TYPE_CHECKING:
    from coalflow.models.nets.net import Net


class Predict(Protocol):
    """What a model predicts of windows."""

    def __call__(self, windows: Windows) -> Prediction:
        """Return a prediction for each window."""


@dataclasses.dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes
    ----------
    card : Card
    predict : callable
        Maps windows, :class:`coalflow.windows.packed_windows.Windows`, to what is predicted.
    net : Net, optional
        The PyTorch net, if it is one.
    predict_from_features : callable, optional
        Of a baseline: maps a table of summary statistics (:mod:`coalflow.statistics.features`),
        where there is one already, to the same prediction.
    members : tuple of str
        Of an ensemble, the names of the models whose mean it predicts.
    """

    card: Card
    predict: Predict
    net: Net | None = None
    predict_from_features: Callable[[pd.DataFrame], Prediction] | None = None
    members: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The model's name, with the restart where there are several."""
        return self.card.name


def predict(model: Model, windows: Windows, features: pd.DataFrame | None = None) -> Prediction:
    """Return what a model predicts.

    Parameters
    ----------
    model : Model
    windows : Windows
    features : DataFrame, optional
        Their summary statistics. Without it, a baseline computes those that it reads.
    """
    if model.predict_from_features is None or features is None:
        return model.predict(windows)
    return model.predict_from_features(features)
