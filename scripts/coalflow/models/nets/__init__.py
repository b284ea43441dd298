"""Nets by name: how they are built and looked into. One module per family of nets."""

import importlib

import torch
from torch import nn

from coalflow.config.registry.nets import NETS
from coalflow.core.errors import CoalflowError, suggest_nearest
from coalflow.evaluation.cards import NetInput
from coalflow.models.nets.layers import Dropout
from coalflow.models.nets.net import Inputs, Net

LOADED_BY_NAME = "coalflow.models.nets"  # see coalflow.core.digests


def find_net_class(name: str) -> type[Net]:
    """Return the class of a net, from the module that its record names.

    Parameters
    ----------
    name : str

    Raises
    ------
    CoalflowError
        If no net has this name.
    """
    if name not in NETS:
        near = suggest_nearest(name, NETS)
        raise CoalflowError(f"no net is named {name!r}; the nets are: {', '.join(NETS)}{near}")
    return _import_class(f"{NETS[name].module}.{NETS[name].class_name}")


def _import_class(path: str) -> type[Net]:
    """Return a class by its module in this package and its name."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"{LOADED_BY_NAME}.{module}"), name)


def build_net(name: str, shape: NetInput, outputs: int, dropout: float | None = None) -> Net:
    """Return a new net; its weights come from PyTorch's global generator.

    Parameters
    ----------
    name : str
    shape : NetInput
        The shape of its windows.
    outputs : int
        How many numbers it predicts.
    dropout : float, optional
        One rate for all its dropout layers. Without it, those of its authors.

    Raises
    ------
    CoalflowError
        If no net has this name, or if it cannot take windows of this shape.
    """
    net_class, record = find_net_class(name), NETS[name]
    if shape.sites < record.fewest_sites or shape.haplotypes < 1:
        raise CoalflowError(
            f"{name} cannot take windows of {shape.sites} sites and {shape.haplotypes} haplotypes: "
            f"it needs {record.fewest_sites} sites or more, of one haplotype or more. "
            "Raise encoding.sites"
        )
    if shape.ancestry_of is not None:
        net_class = _import_class(record.class_of_ancestry)
    elif shape.populations and record.class_of_several:
        net_class = _import_class(record.class_of_several)
    net = net_class(shape, outputs)
    net.record = record
    for layer_name, published in net.dropout.items():
        layer = net.get_submodule(layer_name)
        assert isinstance(layer, Dropout)
        layer.p = published if dropout is None else dropout
    return net


def make_blank_windows(shape: NetInput) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return haplotypes, positions and mask of one window, to see which shapes a net makes of it.

    Parameters
    ----------
    shape : NetInput
    """
    return (
        torch.zeros(1, shape.sites, shape.haplotypes),
        torch.zeros(1, shape.sites, shape.channels),
        torch.ones(1, shape.sites, dtype=torch.bool),
    )


def record_activations(net: nn.Module, *inputs: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return what comes out of each layer, by the layer's name, in the order of the layers.

    Parameters
    ----------
    net : Net
        It is in the mode of evaluation afterwards.
    *inputs : Tensor
        Windows, as its ``forward`` takes them.
    """
    outputs: dict[str, torch.Tensor] = {}
    hooks = [
        layer.register_forward_hook(
            lambda layer, inputs, output, name=name: outputs.__setitem__(name, output)
        )
        for name, layer in net.named_children()
    ]
    try:
        with torch.no_grad():
            net.eval()(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return outputs


def group_parameters(net: Net, weight_decay: float = 0.0) -> list[dict]:
    """Return the net's weights for :class:`torch.optim.Adam`, in groups with one decay each.

    Layers that a net penalises have the decay that is equivalent to ``l2``: the gradient of ``l2``
    times the squared weights is 2 ``l2`` times the weights. All other matrices have
    ``weight_decay``; biases and scales of norms have none.

    Parameters
    ----------
    net : Net
    weight_decay : float
        Decoupled from the gradient.
    """
    penalised = {f"{layer}.weight" for layer in net.penalised}
    # Decay, and whether it is decoupled.
    none, penalty, decay = (0.0, False), (2 * net.l2, False), (weight_decay, weight_decay > 0)
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {none: [], penalty: [], decay: []}
    for name, weights in net.named_parameters():
        kind = penalty if name in penalised else decay if weights.dim() > 1 else none
        groups[kind].append(weights)
    return [
        {"params": params, "weight_decay": decay, "decoupled_weight_decay": decoupled}
        for (decay, decoupled), params in groups.items()
        if params
    ]


def tabulate_shapes(net: Net, shape: NetInput) -> str:
    """Return the net as a text table: the output shape and the number of weights of each layer.

    Parameters
    ----------
    net : Net
    shape : NetInput
        The shape of its windows.
    """
    haplotypes, positions, mask = make_blank_windows(shape)
    inputs: Inputs = haplotypes, positions, mask
    if net.first_layer is not None:
        inputs = net.first_layer.summarise(haplotypes, positions[:, :, 0], mask, shape.populations)
    outputs = record_activations(net, *inputs)
    rows = [
        ("layer", "output shape", "weights"),
        ("haplotypes", str((shape.sites, shape.haplotypes)), "0"),
    ]
    if net.record.reads_positions:
        rows.append(("positions", str((shape.sites, shape.channels)), "0"))
    for name, layer in net.named_children():
        size = tuple(outputs[name].shape[1:])
        rows.append((name, str(size), f"{count_weights(layer):,}"))
    rows.append(("in all", "", f"{count_weights(net):,}"))
    width = max(18, *(len(name) + 1 for name, _, _ in rows))
    return "\n".join(f"{name:<{width}}{size:<16}{weights:>10}" for name, size, weights in rows)


def count_weights(module: nn.Module) -> int:
    """Return how many numbers training adjusts.

    Parameters
    ----------
    module : Module
        A net or a layer.

    Examples
    --------
    >>> count_weights(nn.Linear(3, 2))
    8
    """
    return sum(parameter.numel() for parameter in module.parameters())
