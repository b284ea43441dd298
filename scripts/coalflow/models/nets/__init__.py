"""Nets by name. One module per family; each class is one :class:`coalflow.models.nets.net.Net`."""

import torch

from coalflow.core.errors import CoalflowError, suggest_nearest
from coalflow.models.nets import coalflow, exchangeable, flagel, residual, transformer

NETS = {
    "coalflow": coalflow.Coalflow,
    "flagel_tajimas_d": flagel.TajimasD,
    "flagel_theta": flagel.Theta,
    "flagel_recombination": flagel.Recombination,
    "flagel_introgression": flagel.Introgression,
    "flagel_demography": flagel.Demography,
    "flagel_sweeps": flagel.Sweeps,
    "exchangeable": exchangeable.Exchangeable,
    "spidna": exchangeable.SPIDNA,
    "dilated_residual": residual.DilatedResidual,
    "axial_transformer": transformer.AxialTransformer,
}


def build_net(name, sites, haplotypes, outputs, channels=1, dropout=None):
    """Return a new net; its weights come from PyTorch's global generator.

    ``channels`` are those of the positions. ``dropout`` is one rate for all its dropout
    layers, None for those of its authors. Raises CoalflowError for an unknown name, and
    where the net cannot take windows of that shape.
    """
    if name not in NETS:
        near = suggest_nearest(name, NETS)
        raise CoalflowError(
            f"there is no net named {name!r}; the nets are: {', '.join(NETS)}{near}"
        )
    kind = NETS[name]
    if sites < kind.fewest_sites or haplotypes < 1:
        raise CoalflowError(
            f"{name} cannot take windows of {sites} sites and {haplotypes} haplotypes: it needs "
            f"{kind.fewest_sites} sites or more, of one haplotype or more. Raise encoding.sites"
        )
    net = kind(sites, haplotypes, outputs, channels)
    for layer, published in net.dropout.items():
        net.get_submodule(layer).p = published if dropout is None else dropout
    return net


def make_blank_windows(sites, haplotypes, channels=1):
    """Return one window for a net, to see what shapes come of it."""
    return (
        torch.zeros(1, sites, haplotypes),
        torch.zeros(1, sites, channels),
        torch.ones(1, sites, dtype=torch.bool),
    )


def record_activations(net, haplotypes, positions=None, mask=None):
    """Return what comes out of each layer, by the layer's name, in the order of the layers."""
    outputs = {}
    hooks = [
        layer.register_forward_hook(
            lambda layer, inputs, output, name=name: outputs.__setitem__(name, output)
        )
        for name, layer in net.named_children()
    ]
    try:
        with torch.no_grad():
            net.eval()(haplotypes, positions, mask)
    finally:
        for hook in hooks:
            hook.remove()
    return outputs


def group_parameters(net, weight_decay=0.0):
    """Return the net's weights for :class:`torch.optim.Adam`, in groups of one decay each.

    Layers that a net penalises have the decay that ``l2`` comes to: the gradient of ``l2``
    times the squared weights is 2 ``l2`` times the weights. ``weight_decay``, which is decoupled
    from the gradient, is of all other matrices; biases and scales of norms have none.
    """
    penalised = {f"{layer}.weight" for layer in net.penalised}
    # Decay, and whether it is decoupled.
    none, penalty, decay = (0.0, False), (2 * net.l2, False), (weight_decay, weight_decay > 0)
    groups = {none: [], penalty: [], decay: []}
    for name, weights in net.named_parameters():
        kind = penalty if name in penalised else decay if weights.dim() > 1 else none
        groups[kind].append(weights)
    return [
        {"params": params, "weight_decay": decay, "decoupled_weight_decay": decoupled}
        for (decay, decoupled), params in groups.items()
        if params
    ]


def tabulate_shapes(net, sites, haplotypes, channels=1):
    """Return the net as a text table: each layer's output shape and number of weights."""
    outputs = record_activations(net, *make_blank_windows(sites, haplotypes, channels))
    rows = [("layer", "output shape", "weights"), ("haplotypes", str((sites, haplotypes)), "0")]
    if "positions" in net.inputs:
        rows.append(("positions", str((sites, channels)), "0"))
    for name, layer in net.named_children():
        shape = tuple(outputs[name].shape[1:])
        rows.append((name, str(shape), f"{count_weights(layer):,}"))
    rows.append(("in all", "", f"{count_weights(net):,}"))
    wide = max(18, *(len(name) + 1 for name, _, _ in rows))
    return "\n".join(f"{name:<{wide}}{shape:<16}{weights:>10}" for name, shape, weights in rows)


def count_weights(module):
    """Return how many numbers training adjusts."""
    return sum(parameter.numel() for parameter in module.parameters())
