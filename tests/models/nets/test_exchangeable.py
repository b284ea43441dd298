"""Nets of any order of haplotypes are those that were published, or have their properties."""

import pytest
import torch
from helpers.nets import build, random_inputs
from torch import nn


def as_conv(layer):
    """Return a layer of ours as one of PyTorch's over (1, kernel) places, channels first."""
    theirs = nn.Conv2d(layer.in_features // layer.kernel, layer.out_features, (1, layer.kernel))
    theirs.weight.copy_(layer.weight.unflatten(1, (layer.kernel, -1)).transpose(1, 2)[:, :, None])
    theirs.bias.copy_(layer.bias if layer.bias is not None else torch.zeros(layer.out_features))
    return theirs


@torch.no_grad()
def test_exchangeable_net_is_the_one_made_of_pytorchs_own_layers():
    net = build("exchangeable", 2).eval()
    haplotypes, positions, mask = random_inputs(3)
    alleles = haplotypes.transpose(1, 2)[:, None]
    features = torch.cat([alleles, positions[:, None, None, :, 0].expand_as(alleles)], dim=1)
    for i in (1, 2):
        features = torch.relu(as_conv(net.get_submodule(f"convolution_{i}"))(features))
    features = features.amax(dim=2).transpose(1, 2).flatten(1)
    for i in (1, 2):
        features = torch.relu(net.get_submodule(f"dense_{i}")(features))
    expected = net.output(features)
    torch.testing.assert_close(net(haplotypes, positions, mask), expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_spidna_is_the_one_made_of_pytorchs_own_layers():
    """What is in common becomes further channels of each haplotype, as in the paper."""
    net = build("spidna", 2).train()
    haplotypes, positions, mask = random_inputs(3)

    def normalised(features):
        return nn.BatchNorm2d(features.shape[1])(features)

    alleles = as_conv(net.convolution_alleles)(haplotypes.transpose(1, 2)[:, None])
    places = as_conv(net.convolution_positions)(positions[:, None, None, :, 0])
    places = torch.relu(normalised(places)).expand_as(alleles)
    features = torch.cat([torch.relu(normalised(alleles)), places], dim=1)
    expected = 0
    for i in range(1, net.blocks + 1):
        block = net.get_submodule(f"block_{i}")
        own, common = normalised(features).split(50, dim=1)
        answer = as_conv(block.convolution_own)(own) + as_conv(block.convolution_common)(common)
        mean = answer.mean(dim=2, keepdim=True)
        expected = expected + net.output[i - 1](mean.mean(dim=(2, 3)))
        features = torch.cat([answer, mean.expand_as(answer)], dim=1)
        features = torch.relu(nn.functional.max_pool2d(features, (1, 2)))
    torch.testing.assert_close(net(haplotypes, positions, mask), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("sites", "blocks"), [(5, 1), (9, 1), (10, 2), (40, 4), (400, 7)])
def test_spidna_has_as_many_blocks_as_fit(sites, blocks):
    assert build("spidna", sites=sites).blocks == blocks


@pytest.mark.parametrize("name", ["spidna", "dilated_residual", "axial_transformer"])
def test_padding_at_the_right_end_changes_nothing(name):
    """The same sites in a row of 60 columns and, without padding, in one of 48."""
    net = build(name, 2).eval()
    inputs = random_inputs(3, padding=12)
    longer, shorter = net(*inputs), net(*(array[:, :-12] for array in inputs))
    if name == "spidna":  # its convolutions see the first site of the padding, as 0
        assert (longer - shorter).abs().max() < 0.1 * shorter.std()
    else:
        torch.testing.assert_close(longer, shorter, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["exchangeable", "spidna", "axial_transformer"])
def test_doubling_all_haplotypes_changes_nothing(name):
    net = build(name, 2).eval()
    haplotypes, positions, mask = random_inputs(3, padding=5)
    once, twice = (
        net(these, positions, mask) for these in (haplotypes, haplotypes.repeat(1, 1, 2))
    )
    torch.testing.assert_close(once, twice, rtol=1e-4, atol=1e-5)
