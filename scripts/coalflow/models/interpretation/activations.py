"""What the layers of nets make of windows."""

import numpy as np
import numpy.typing as npt
import torch

from coalflow.core import seeds
from coalflow.evaluation.cards import NetInput
from coalflow.models import nets
from coalflow.models.batches import DeviceWindows
from coalflow.models.nets.net import Inputs, Net
from coalflow.models.storage.hidden_layers import OUTPUT
from coalflow.models.storage.model import Model
from coalflow.windows.packed_windows import Windows

MOST_NUMBERS = 8192  # of a layer and a window, that probes read


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


def collect_input(model: Model, windows: Windows) -> npt.NDArray[np.float32]:
    """Return the numbers that a net is given of each window, float32 (windows, numbers).

    They are alleles as they are coded, and positions where the net reads them; the numbers of
    neighbouring sites are averaged as in :func:`collect_layers`.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows
    """
    assert model.net is not None
    encoding = model.card.view.encoding
    haplotypes, positions, _ = DeviceWindows(windows, encoding, "cpu").make_batch(slice(None))
    parts = [haplotypes, positions] if model.net.record.reads_positions else [haplotypes]
    return np.concatenate([_flatten(part) for part in parts], axis=1)


def collect_first_layer(model: Model, windows: Windows) -> npt.NDArray[np.float32] | None:
    """Return what a net's first layer makes of windows; None if all its layers have weights.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows

    Returns
    -------
    ndarray of float32, shape (windows, numbers)
        Of each haplotype the mean over all, so that their order makes no difference.
    """
    assert model.net is not None
    if model.net.first_layer is None:
        return None
    inputs = make_inputs(model, windows)
    averaged = [
        part.mean(1) if "haplotypes" in axes else part
        for part, axes in zip(inputs, model.net.first_layer.axes, strict=True)
    ]
    return np.concatenate([part.flatten(1).numpy() for part in averaged], axis=1)


def collect_layers(
    model: Model, windows: Windows, net: Net | None = None
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the activations of many windows, a batch at a time, as rows of numbers.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows
    net : Net, optional
        Another of the same kind, such as one that is not trained.

    Returns
    -------
    dict of str to ndarray of float32, shape (windows, numbers)
        By the titles of the layers, in their order; the last is ``output``. Of a layer with more
        than :data:`MOST_NUMBERS`, neighbouring sites are averaged.
    """
    assert model.net is not None
    net = net or model.net
    titles = {**net.shown, OUTPUT: OUTPUT}
    inputs = _put_on_device(model, windows)
    parts: dict[str, list[npt.NDArray[np.float32]]] = {title: [] for title in titles.values()}
    for start in range(0, len(windows), inputs.at_once):
        batch = inputs.make_batch(slice(start, start + inputs.at_once))
        outputs = nets.record_activations(net, *batch)
        for layer, title in titles.items():
            parts[title].append(_flatten(outputs[layer]))
    return {title: np.concatenate(rows) for title, rows in parts.items()}


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
    net.calibrate(make_inputs(model, windows))
    return net


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
