"""The interface that all kinds of trained models have."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.cards import Card
from coalflow.windows.packed_windows import Windows

if TYPE_CHECKING:
    from coalflow.models.nets.net import Net

#: Numbers in the targets' own units, float64 (windows, targets); or the probabilities of classes,
#: float64 (windows, classes).
Predicted: TypeAlias = npt.NDArray[np.float64]


class Predict(Protocol):
    """What a model predicts of windows."""

    def __call__(self, windows: Windows) -> Predicted:
        """Return a prediction for each window."""


@dataclasses.dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes
    ----------
    card : Card
    predict : callable
        Maps windows, :class:`coalflow.windows.packed_windows.Windows`, to what is predicted:
        float64 (windows, targets) in the targets' own units, or the probabilities of classes,
        float64 (windows, classes).
    net : Net, optional
        The PyTorch net, if it is one.
    predict_from_features : callable, optional
        Of a baseline: maps a table of summary statistics (:mod:`coalflow.statistics.features`),
        where there is one already, to the same predictions.
    members : tuple of str
        Of an ensemble, the names of the models whose mean it predicts.
    """

    card: Card
    predict: Predict
    net: Net | None = None
    predict_from_features: Callable[[pd.DataFrame], Predicted] | None = None
    members: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The model's name, with the restart where there are several."""
        return self.card.name


def predict(model: Model, windows: Windows, features: pd.DataFrame | None = None) -> Predicted:
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
