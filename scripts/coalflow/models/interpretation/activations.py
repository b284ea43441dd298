"""What the layers of nets make of windows."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from coalflow.core import seeds
from coalflow.evaluation.cards import NetInput
from coalflow.models import nets
from coalflow.models.batches import DeviceWindows
from coalflow.models.nets.net import FirstLayer, Inputs, Net
from coalflow.models.storage.hidden_layers import OUTPUT
from coalflow.models.storage.model import Model
from coalflow.windows.packed_windows import Windows

INPUT, FIRST_LAYER = "input", "first layer"
WINDOWS_FOR_SCALE = 100  # by which a net without training is scaled
MOST_NUMBERS = 8192  # of a layer and a window, that probes read

Numbers: TypeAlias = npt.NDArray[np.float32]


def compute_activations(model: Model, windows: Windows) -> dict[str, npt.NDArray[np.float32]]:
    """Return the activations of the layers that the report shows.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows

    Returns
    -------
    dict of str to ndarray of float32
        By the layers' titles. Layers along the sites have the shape (windows, sites, units), where
        sites may be groups of sites; layers after them have (windows, units).
    """
    return record_shown_layers(model, make_inputs(model, windows))


def make_inputs(model: Model, windows: Windows) -> Inputs:
    """Return windows as a model's net takes them.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows
    """
    return _put_on_device(model, windows).make_batch(slice(None))


def record_shown_layers(model: Model, inputs: Inputs) -> dict[str, npt.NDArray[np.float32]]:
    """Return what :func:`compute_activations` does, of windows as the net takes them.

    Parameters
    ----------
    model : Model
        It has a net.
    inputs : tuple of Tensor
        What :func:`make_inputs` returned.
    """
    assert model.net is not None
    outputs = nets.record_activations(model.net, *inputs)
    return {title: outputs[layer].numpy() for layer, title in model.net.shown.items()}


def collect_layers(
    model: Model, windows: Windows, nets_read: Sequence[Net]
) -> tuple[dict[str, Numbers], list[dict[str, Numbers]]]:
    """Return what nets of one kind are given of windows, and what their layers make of it.

    Windows are read a batch at a time. Where a layer has more than :data:`MOST_NUMBERS` of a
    window, those of neighbouring sites are averaged.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows
    nets_read : sequence of Net
        This net, or others of the same kind.

    Returns
    -------
    given : dict of str to ndarray of float32, shape (windows, numbers)
        ``INPUT``: alleles as they are coded, and positions where the net reads them. Where the net
        begins with a layer without weights, ``FIRST_LAYER``: what that makes of them, of
        haplotypes the mean over all.
    layers : list of dict of str to ndarray of float32, shape (windows, numbers)
        Of each net, the activations by the titles of the layers, in their order; the last is
        ``output``.
    """
    assert model.net is not None
    titles = {**model.net.shown, OUTPUT: OUTPUT}
    plain = DeviceWindows(windows, model.card.view.encoding, "cpu")
    inputs = _put_on_device(model, windows)
    given: dict[str, list[Numbers]] = {}
    layers: list[dict[str, list[Numbers]]] = [{} for _ in nets_read]
    for start in range(0, len(windows), inputs.at_once):
        rows = slice(start, start + inputs.at_once)
        given.setdefault(INPUT, []).append(_flatten_input(model.net, plain.make_batch(rows)))
        batch = inputs.make_batch(rows)
        if model.net.first_layer is not None:
            made = _flatten_summaries(model.net.first_layer, batch)
            given.setdefault(FIRST_LAYER, []).append(made)
        for net, parts in zip(nets_read, layers, strict=True):
            outputs = nets.record_activations(net, *batch)
            for layer, title in titles.items():
                parts.setdefault(title, []).append(_flatten(outputs[layer]))
    return _join(given), [_join(parts) for parts in layers]


def build_untrained_net(model: Model, windows: Windows, seed: int) -> Net:
    """Return a net of the same kind with random weights.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows
        Those by which it is scaled, where it scales what it is given.
    seed : int
        The run's.
    """
    assert model.net is not None and isinstance(model.card.input, NetInput)
    torch.manual_seed(seeds.derive_seed(seed, "untrained net", model.card.model) % 2**63)
    outputs = model.net.get_submodule(OUTPUT)
    assert isinstance(outputs, torch.nn.Linear)
    net = nets.build_net(model.card.model, model.card.input, outputs.out_features)
    net.calibrate(make_inputs(model, windows[:WINDOWS_FOR_SCALE]))
    return net


def _flatten_input(net: Net, batch: Inputs) -> Numbers:
    haplotypes, positions, _ = batch
    parts = [haplotypes, positions] if net.record.reads_positions else [haplotypes]
    return np.concatenate([_flatten(part) for part in parts], axis=1)


def _flatten_summaries(first_layer: FirstLayer, batch: Inputs) -> Numbers:
    averaged = [
        part.mean(1) if "haplotypes" in axes else part
        for part, axes in zip(batch, first_layer.axes, strict=True)
    ]
    return np.concatenate([part.flatten(1).numpy() for part in averaged], axis=1)


def _join(parts: dict[str, list[Numbers]]) -> dict[str, Numbers]:
    return {name: np.concatenate(rows) for name, rows in parts.items()}


def _put_on_device(model: Model, windows: Windows) -> DeviceWindows:
    assert model.net is not None
    return DeviceWindows(windows, model.card.view.encoding, "cpu", model.net.first_layer)


def _flatten(layer: torch.Tensor) -> npt.NDArray[np.float32]:
    """Return the activations of a layer as rows, float32 (windows, numbers)."""
    if layer.dim() == 3 and layer[0].numel() > MOST_NUMBERS:
        groups = max(1, MOST_NUMBERS // layer.shape[2])
        channels_first = layer.transpose(1, 2)
        layer = torch.nn.functional.adaptive_avg_pool1d(channels_first, groups)
    return layer.flatten(1).numpy()
