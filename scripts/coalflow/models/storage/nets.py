"""Nets on disk, and what they predict."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence

import safetensors.torch
import torch

from coalflow.config.schema.encoding import Encoding
from coalflow.evaluation.cards import Card, NetInput
from coalflow.evaluation.predictions import Prediction, restore_quantiles
from coalflow.models import batches, nets
from coalflow.models.nets.net import FirstLayer, Net
from coalflow.models.storage.files import read_model, save_model
from coalflow.models.storage.model import Model
from coalflow.models.training import losses
from coalflow.windows.packed_windows import Windows


def predict_with_net(
    net: Net, windows: Windows, card: Card, device: torch.device | str = "cpu"
) -> Prediction:
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


def predict_with_nets(models: Mapping[str, Model], windows: Windows) -> dict[str, Prediction]:
    """Return what nets predict, by the names of their models.

    Parameters
    ----------
    models : mapping of str to Model
        Each has a net.
    windows : Windows
    """
    outputs = zip(models.items(), compute_outputs(list(models.values()), windows), strict=True)
    return {name: read_prediction(values, model.card) for (name, model), values in outputs}


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


def read_prediction(outputs: torch.Tensor, card: Card) -> Prediction:
    """Return what the raw outputs of a net predict, with quantiles if it says how certain it is.

    Parameters
    ----------
    outputs : Tensor of float32, shape (windows, outputs)
    card : Card
        The net's.
    """
    if card.scaling is None:
        return Prediction(outputs.double().softmax(dim=1).numpy())
    if card.targets.at_sites is not None:
        return Prediction(outputs.double().numpy())  # shares, as they are
    loss = _get_loss(card)
    values = card.scaling.restore(loss.read_prediction(outputs))
    if loss.read_quantiles is None:
        return Prediction(values)
    quantiles = restore_quantiles(loss.read_quantiles(outputs).numpy(), card.scaling)
    return Prediction(values, quantiles[:, :, 0], quantiles[:, :, -1], quantiles=quantiles)


def _get_loss(card: Card) -> losses.NumberLoss:
    assert card.net is not None  # it is a net's card
    return losses.NUMBER_LOSSES[card.net.recipe.loss]


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
    save_model(folder, safetensors.torch.save(weights), card)


def load_net(folder: pathlib.Path) -> Model:
    """Return the net in a folder.

    Raises
    ------
    CoalflowError
        If there is none, or if it is damaged or incomplete.
    """
    return read_model(folder, {"net": make_net})


def make_net(card: Card, content: bytes) -> Model:
    """Return a net by its card and the bytes of its file.

    Raises
    ------
    Exception
        Whatever safetensors and PyTorch raise where they do not belong together.
    """
    if card.net is None or not isinstance(card.input, NetInput):
        raise ValueError("its card is not that of a net")
    outputs = losses.count_outputs(card.net.recipe.loss, card.targets)
    net = nets.build_net(card.model, card.input, outputs)
    net.load_state_dict(safetensors.torch.load(content))
    if not all(tensor.isfinite().all() for tensor in net.state_dict().values()):
        raise ValueError("its weights are not all finite")
    return Model(card, lambda windows: predict_with_net(net, windows, card), net)
