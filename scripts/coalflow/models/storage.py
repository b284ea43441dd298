"""Trained models on disk: weights, and a card that holds all that is needed to use them.

A net is ``model.safetensors``, a baseline ``model.skops``: neither format can run code. The card is
next to it. :func:`load_model` gives all kinds of models the same interface.
"""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import zipfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import safetensors
import safetensors.torch
import scipy.special
import torch

from coalflow.config.schema.encoding import Encoding
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_bytes, replace_atomically
from coalflow.evaluation.cards import Card, FeatureInput, ModelFile, NetInput
from coalflow.evaluation.predictions import Interval
from coalflow.models import batches, nets
from coalflow.models.card_files import read_card, refuse_model, write_card
from coalflow.models.estimator_archive import dump_estimator, load_estimator
from coalflow.models.nets.net import FirstLayer, Net
from coalflow.models.training import losses
from coalflow.statistics import features
from coalflow.windows.packed_windows import Windows

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

NET_FILE = "model.safetensors"
BASELINE_FILE = "model.skops"
FILES = {"net": NET_FILE, "baseline": BASELINE_FILE}
# All that a foreign or damaged file makes safetensors, PyTorch and skops raise.
UNUSABLE = (
    CoalflowError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    zipfile.BadZipFile,
    safetensors.SafetensorError,
)

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


# Predictions --------------------------------------------------------------------------------------


def predict_with_net(
    net: Net, windows: Windows, card: Card, device: torch.device | str = "cpu"
) -> Predicted:
    """Return what a net predicts, as :class:`Model` does.

    Parameters
    ----------
    net : Net
        It is on the device.
    windows : Windows
    card : Card
        The net's.
    device : torch.device
    """
    inputs = batches.DeviceWindows(windows, card.view.encoding, device, net.first_layer)
    (outputs,) = batches.predict_in_batches([net], inputs)
    return read_prediction(outputs.cpu(), card)


def compute_outputs(models: Sequence[Model], windows: Windows) -> list[torch.Tensor]:
    """Return the raw outputs of nets, float32 (windows, outputs).

    Windows are made numbers once for all nets that begin alike, such as restarts.

    Parameters
    ----------
    models : sequence of Model
        Each has a net.
    windows : Windows
    """
    alike: dict[tuple[Encoding, FirstLayer | None], dict[int, Net]] = {}
    for index, model in enumerate(models):
        assert model.net is not None
        kind = model.card.view.encoding, model.net.first_layer
        alike.setdefault(kind, {})[index] = model.net
    outputs: dict[int, torch.Tensor] = {}
    for (encoding, first_layer), nets_by_index in alike.items():
        inputs = batches.DeviceWindows(windows, encoding, "cpu", first_layer)
        names = ", ".join(models[index].name for index in nets_by_index)
        computed = batches.predict_in_batches(
            list(nets_by_index.values()), inputs, shown=f"batches of windows read by {names}"
        )
        outputs |= zip(nets_by_index, computed, strict=True)
    return [outputs[index] for index in range(len(models))]


def read_prediction(outputs: torch.Tensor, card: Card) -> Predicted:
    """Return what the raw outputs of a net predict, as :class:`Model` does.

    Parameters
    ----------
    outputs : Tensor of float32, shape (windows, outputs)
    card : Card
        The net's.
    """
    if card.scaling is None:
        return scipy.special.softmax(outputs.numpy().astype(np.float64), axis=1)
    return card.scaling.restore(_get_loss(card).read_prediction(outputs))


def read_interval(outputs: torch.Tensor, card: Card) -> Interval | None:
    """Return the two ends of the 90 % intervals of a net, float64 (windows, targets) each.

    None where it does not say how certain it is.

    Parameters
    ----------
    outputs, card
        As in :func:`read_prediction`.
    """
    if card.scaling is None or (read := _get_loss(card).read_interval) is None:
        return None
    low, high = read(outputs)
    return card.scaling.restore(low), card.scaling.restore(high)


def _get_loss(card: Card) -> losses.NumberLoss:
    assert card.net is not None  # it is a net's card
    return losses.NUMBER_LOSSES[card.net.recipe.loss]


def predict_with_baseline(
    estimator: BaseEstimator, statistics: pd.DataFrame, card: Card
) -> Predicted:
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
        return estimator.predict_proba(values)
    # Some of scikit-learn's regressors return one target without its axis.
    return card.scaling.restore(estimator.predict(values).reshape(len(values), -1))


# Files --------------------------------------------------------------------------------------------


def save_net(folder: pathlib.Path, net: Net, card: Card) -> None:
    """Write a net and its card.

    Parameters
    ----------
    folder : Path
        The model's.
    net : Net
    card : Card

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    weights = {name: tensor.cpu().contiguous() for name, tensor in net.state_dict().items()}
    _save(folder, NET_FILE, safetensors.torch.save(weights), card)


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
    _save(folder, BASELINE_FILE, dump_estimator(estimator), card)


def _save(folder: pathlib.Path, name: str, content: bytes, card: Card) -> None:
    with replace_atomically(folder / name) as temporary:
        temporary.write_bytes(content)
    file = ModelFile(name=name, sha256=hashlib.sha256(content).hexdigest())
    write_card(folder, card.model_copy(update={"file": file}))


def load_model(folder: pathlib.Path) -> Model:
    """Return the model in a folder.

    Raises
    ------
    CoalflowError
        If there is none, or if it is damaged or incomplete.
    """
    card = read_card(folder)
    try:
        if card.file is None:
            raise ValueError("its card has no file")
        if card.file.name != FILES.get(card.kind):
            raise ValueError(f"its card names {card.file.name!r} as its file")
        content = read_bytes(folder / card.file.name)
        if hashlib.sha256(content).hexdigest() != card.file.sha256:
            raise ValueError("its model is not the file that belongs to its card")
        if list(card.scales or {}) != ([] if card.targets.has_classes else card.targets.names):
            raise ValueError("the scales of its card do not belong to its targets")
        return {"net": _load_net, "baseline": _load_baseline}[card.kind](card, content)
    except UNUSABLE as error:
        raise refuse_model(folder, _describe_briefly(error)) from None


def _load_net(card: Card, content: bytes) -> Model:
    if card.net is None or not isinstance(card.input, NetInput):
        raise ValueError("its card is not that of a net")
    outputs = losses.count_outputs(card.net.recipe.loss, card.targets)
    net = nets.build_net(card.model, card.input, outputs)
    net.load_state_dict(safetensors.torch.load(content))
    if not all(tensor.isfinite().all() for tensor in net.state_dict().values()):
        raise ValueError("its weights are not all finite")
    return Model(card, lambda windows: predict_with_net(net, windows, card), net)


def _load_baseline(card: Card, content: bytes) -> Model:
    if not isinstance(card.input, FeatureInput):
        raise ValueError("its card is not that of a baseline")
    chosen = card.input
    estimator = load_estimator(content, is_classifier=card.targets.has_classes)
    # A whole estimator can still be one of other statistics or targets, or not fitted.
    with np.errstate(all="ignore"):
        tried = predict_with_baseline(estimator, pd.DataFrame(1.0, [0], list(chosen.names)), card)
    if tried.shape != (1, len(card.targets.classes or card.targets.names)):
        raise ValueError("it does not predict the targets of its card")

    def predict_from_features(statistics: pd.DataFrame) -> Predicted:
        return predict_with_baseline(estimator, statistics, card)

    def summarise_and_predict(windows: Windows) -> Predicted:
        view = card.view
        return predict_from_features(
            features.summarise_windows(windows, chosen, view.samples, view.observation)
        )

    return Model(card, summarise_and_predict, predict_from_features=predict_from_features)


def _describe_briefly(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
