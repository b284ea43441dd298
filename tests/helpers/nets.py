"""Nets of small windows, and random inputs of these."""

import torch

from coalflow.evaluation.cards import NetInput
from coalflow.models import nets

SITES, HAPLOTYPES = 60, 10  # that every net accepts


def make_shape(sites=SITES, haplotypes=HAPLOTYPES, channels=1):
    return NetInput(sites=sites, haplotypes=haplotypes, channels=channels)


def build(name, outputs=1, dropout=None, seed=0, **shape):
    """Return a net with the weights of a seed, for small windows unless ``shape`` differs."""
    torch.manual_seed(seed)
    return nets.build_net(name, make_shape(**shape), outputs, dropout=dropout)


def begin(net, haplotypes, positions, mask):
    """Return what the net's ``forward`` takes of windows whose alleles are 0 and 1."""
    if net.first_layer is None:
        return haplotypes, positions, mask
    return net.first_layer.summarise(haplotypes.clamp(0, 1), positions[:, :, 0], mask)


def predict(net, haplotypes, positions, mask):
    """Return what a net makes of such windows."""
    return net(*begin(net, haplotypes, positions, mask))


def random_numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def random_inputs(windows, padding=0):
    """Return haplotypes, positions and mask; the last sites are padding."""
    mask = torch.ones(windows, SITES, dtype=torch.bool)
    mask[:, SITES - padding :] = False
    positions = torch.linspace(0, 1, SITES).repeat(windows, 1) * mask
    haplotypes = random_numbers(windows, SITES, HAPLOTYPES) * mask[:, :, None]
    return haplotypes, positions[:, :, None], mask
