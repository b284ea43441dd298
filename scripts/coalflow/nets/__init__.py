"""Nets by name. One module per family; each function builds one net.

A net takes float32 (windows, sites, haplotypes) and returns (windows, outputs).
It is a ``torch.nn.Sequential`` of named layers, so that a reader, the table of
shapes and the pictures of its activations all walk through the same list.
"""

import torch

from coalflow.errors import CoalflowError
from coalflow.nets import flagel

NETS = {"flagel_tajimas_d": flagel.tajimas_d}


def build(name, sites, haplotypes, dropout):
    """Return a new net; its weights come from PyTorch's global generator.

    Raises CoalflowError for an unknown name, and where the net cannot take windows
    of that shape.
    """
    if name not in NETS:
        raise CoalflowError(f"there is no net named {name!r}; the nets are: {', '.join(NETS)}")
    try:
        net = NETS[name](sites, haplotypes, dropout)
        outputs = activations(net, torch.zeros(1, sites, haplotypes))
        # PyTorch has nothing against layers without a unit.
        fits = all(output.numel() for output in outputs.values())
    except RuntimeError:
        fits = False
    if not fits:
        raise CoalflowError(
            f"{name} cannot take windows of {sites} sites and {haplotypes} haplotypes: they are "
            "too small for its layers. Raise encoding.sites"
        )
    return net


def activations(net, inputs):
    """Return what comes out of each layer, by the layer's name, in order."""
    outputs = {}
    with torch.no_grad():
        for name, layer in net.eval().named_children():
            inputs = layer(inputs)
            outputs[name] = inputs
    return outputs


def table_of_shapes(net, sites, haplotypes):
    """Return the net as a text table: each layer's output shape and number of weights."""
    outputs = activations(net, torch.zeros(1, sites, haplotypes))
    rows = [("layer", "output shape", "weights"), ("input", str((sites, haplotypes)), "0")]
    for name, layer in net.named_children():
        shape = tuple(outputs[name].shape[1:])
        rows.append((name, str(shape), f"{number_of_weights(layer):,}"))
    rows.append(("in all", "", f"{number_of_weights(net):,}"))
    return "\n".join(f"{name:<16}{shape:<16}{weights:>10}" for name, shape, weights in rows)


def number_of_weights(module):
    """Return how many numbers training adjusts."""
    return sum(parameter.numel() for parameter in module.parameters())
