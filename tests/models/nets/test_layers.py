"""Layers compute what those of PyTorch do."""

import pytest
import torch
from helpers.nets import HAPLOTYPES, SITES, random_inputs, random_numbers
from torch import nn

from coalflow.models.nets import layers
from coalflow.models.nets.layers import (
    Dropout,
    MaskedNormalisation,
    SiteConvolution,
    SitePooling,
    add_positions,
    average_sites,
)


def copy_weights(ours, theirs):
    inputs = theirs.weight.shape[1]
    with torch.no_grad():
        theirs.weight.copy_(ours.weight.unflatten(1, (-1, inputs)).transpose(1, 2))
        theirs.bias.copy_(ours.bias)


@pytest.fixture(params=[True, False], ids=["convolution", "product"])
def convolved(request, monkeypatch):
    """Both ways to compute a convolution, whatever its size."""
    monkeypatch.setattr(layers, "is_convolved", lambda windows, kernel: request.param)
    return request.param


@pytest.mark.parametrize("kernel", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("inputs", [1, 20])
def test_site_convolution_is_conv1d(kernel, inputs, convolved):
    torch.manual_seed(kernel)
    ours = SiteConvolution(inputs, 16, kernel)
    theirs = nn.Conv1d(inputs, 16, kernel)
    copy_weights(ours, theirs)
    windows = random_numbers(7, 8, inputs, seed=kernel)
    expected = theirs(windows.transpose(1, 2)).transpose(1, 2)
    assert ours(windows).shape == (7, 8 - kernel + 1, 16)
    torch.testing.assert_close(ours(windows), expected, rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize("dilation", [1, 2, 5])
def test_site_convolution_may_be_dilated(dilation, convolved):
    torch.manual_seed(dilation)
    ours = SiteConvolution(4, 6, 3, dilation)
    theirs = nn.Conv1d(4, 6, 3, dilation=dilation)
    copy_weights(ours, theirs)
    windows = random_numbers(7, 12, 4)
    expected = theirs(windows.transpose(1, 2)).transpose(1, 2)
    torch.testing.assert_close(ours(windows), expected, rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize("inputs", [1, 6])
def test_site_convolution_reads_each_haplotype_by_itself(inputs, convolved):
    torch.manual_seed(1)
    layer, windows = SiteConvolution(inputs, 5, 3), random_numbers(3, 4, 9, inputs)
    expected = torch.stack([layer(windows[:, i]) for i in range(4)], dim=1)
    assert layer(windows).shape == (3, 4, 7, 5)
    torch.testing.assert_close(layer(windows), expected, rtol=1e-6, atol=2e-6)


def test_large_convolutions_keep_channels_last():
    layer, windows = SiteConvolution(20, 16, 5), random_numbers(130, 40, 20).requires_grad_()
    assert layers.is_convolved(windows, 5)
    assert not layers.is_convolved(windows[:99, :, :1], 5)
    assert not layers.is_convolved(windows.to("meta"), 5)
    convolved = layer(windows)
    convolved.backward(torch.ones_like(convolved))
    # If they were not, each layer would copy what the one before it computed.
    assert convolved.is_contiguous()
    assert windows.grad.is_contiguous()


@pytest.mark.parametrize("padding", [0, 3, 8])
def test_normalisation_does_not_count_padding(padding):
    generator = torch.Generator().manual_seed(padding)
    windows = torch.randn(4, 5, 8, 6, generator=generator) * 3 + 1
    mask = torch.arange(8).expand(4, 8) < 8 - padding
    mask = mask | (torch.arange(4)[:, None] == 0)  # the first window has no padding
    ours, theirs = MaskedNormalisation(6), nn.BatchNorm1d(6)
    with torch.no_grad():
        for layer in (ours, theirs):
            layer.weight.copy_(torch.arange(1.0, 7.0))
            layer.bias.copy_(torch.arange(6.0))
    present = mask[:, None].expand(4, 5, 8)
    for training in (True, True, False):
        ours.train(training), theirs.train(training)
        expected = torch.zeros_like(windows)
        expected[present] = theirs(windows[present])
        torch.testing.assert_close(ours(windows, mask[:, None]), expected, rtol=1e-4, atol=1e-4)
    for name, buffer in theirs.named_buffers():
        torch.testing.assert_close(ours.get_buffer(name), buffer, rtol=1e-4, atol=1e-4)


def test_positions_are_further_channels_of_each_haplotype():
    haplotypes, positions, mask = random_inputs(2, padding=4)
    features = add_positions(haplotypes + 5.0, positions + 7.0, mask)
    assert features.shape == (2, HAPLOTYPES, SITES, 2)
    assert torch.equal(features[1, 3, :-4, 0], haplotypes[1, :-4, 3] + 5.0)
    assert torch.equal(features[1, 3, :-4, 1], positions[1, :-4, 0] + 7.0)
    assert not features[:, :, -4:].any()


def test_means_of_sites_count_no_padding():
    windows = random_numbers(3, 8, 4)
    mask = torch.arange(8).expand(3, 8) < torch.tensor([[8], [5], [0]])
    means = average_sites(windows, mask)
    torch.testing.assert_close(means[0], windows[0].mean(dim=0))
    torch.testing.assert_close(means[1], windows[1, :5].mean(dim=0))
    assert not means[2].any()


@pytest.mark.parametrize("sites", [3, 4, 7, 8, 39])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_site_pooling_is_that_of_pytorch(sites, dtype):
    windows = random_numbers(5, sites, 4).to(dtype)
    for pooling, theirs in (("mean", nn.AvgPool1d(2)), ("maximum", nn.MaxPool1d(2))):
        expected = theirs(windows.float().transpose(1, 2)).transpose(1, 2)
        pooled = SitePooling(pooling)(windows)
        assert pooled.shape == (5, sites // 2, 4)
        assert pooled.is_contiguous()
        torch.testing.assert_close(pooled, expected.to(dtype), rtol=0, atol=1e-6)


def test_site_pooling_is_of_each_haplotype():
    windows = random_numbers(5, 3, 7, 4)
    for pooling in ("mean", "maximum"):
        pooled = SitePooling(pooling)(windows)
        assert torch.equal(pooled[:, 1], SitePooling(pooling)(windows[:, 1]))


@pytest.mark.parametrize("pooling", ["mean", "maximum"])
def test_layers_learn_as_those_of_pytorch_do(pooling, convolved):
    torch.manual_seed(3)
    ours = nn.Sequential(SiteConvolution(4, 6, 2), SitePooling(pooling))
    their_pooling = nn.AvgPool1d(2) if pooling == "mean" else nn.MaxPool1d(2)
    theirs = nn.Sequential(nn.Conv1d(4, 6, 2), their_pooling)
    copy_weights(ours[0], theirs[0])
    windows = random_numbers(5, 9, 4).requires_grad_()
    (ours(windows) ** 2).sum().backward()
    found, windows.grad = windows.grad, None
    (theirs(windows.transpose(1, 2)) ** 2).sum().backward()
    torch.testing.assert_close(found, windows.grad, rtol=1e-5, atol=1e-5)
    gradient = ours[0].weight.grad.reshape(6, 2, 4).transpose(1, 2)
    torch.testing.assert_close(gradient, theirs[0].weight.grad, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    layer, windows = Dropout(rate), torch.ones(101, 99, 100, requires_grad=True)
    torch.manual_seed(3)
    dropped = layer(windows)
    torch.manual_seed(3)
    assert torch.equal(layer(windows), dropped)
    kept = torch.tensor(1 / (1 - rate))
    assert set(dropped.unique().tolist()) == {0.0, kept.item()}
    # A million numbers: four standard errors are .002 at the most.
    assert (dropped == 0).double().mean().item() == pytest.approx(rate, abs=0.002)
    # Four numbers share a draw, but are independent.
    lost = (dropped == 0).flatten()[: 4 * (windows.numel() // 4)].view(-1, 4).double()
    assert (torch.corrcoef(lost.T) - torch.eye(4)).abs().max() < 0.01
    dropped.sum().backward()
    assert torch.equal(windows.grad, dropped.detach())
    assert layer.eval()(windows) is windows


def test_dropout_of_nothing_and_of_odd_numbers():
    layer = Dropout(0.5)
    assert layer(torch.ones(0, 3)).shape == (0, 3)
    assert layer(torch.ones(3, 1)).shape == (3, 1)
