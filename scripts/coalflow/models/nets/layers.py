"""Layers that work along the sites of a window, channels last, as in Keras.

``windows`` has any number of dimensions before the sites: (windows, sites, channels), or
(windows, haplotypes, sites, channels) where each haplotype is read by itself.
"""

import functools

import torch
from torch import nn


class SiteConvolution(nn.Linear):
    """A convolution over sites: (..., sites, in) to (..., fewer sites, out).

    The same as ``nn.Conv1d``, written as one matrix product of sites that are ``dilation``
    apart, which processors do faster for the short kernels used here. There are
    (kernel - 1) x dilation fewer sites after it.
    """

    def __init__(self, inputs, outputs, kernel, dilation=1, bias=True):
        super().__init__(kernel * inputs, outputs, bias)
        self.kernel, self.dilation = kernel, dilation

    def forward(self, windows):
        """Apply the convolution."""
        reach = windows.shape[-2] - (self.kernel - 1) * self.dilation
        starts = range(0, self.kernel * self.dilation, self.dilation)
        neighbours = [windows[..., start : start + reach, :] for start in starts]
        return super().forward(torch.cat(neighbours, dim=-1))


class SitePooling(nn.Module):
    """One value of each ``size`` neighbouring sites; left-over sites at the end are dropped.

    ``take`` is ``mean`` or ``maximum``.
    """

    def __init__(self, size, take="mean"):
        super().__init__()
        self.size, self.take = size, take

    def forward(self, windows):
        """Apply the pooling: (..., sites, channels) to (..., sites // size, channels)."""
        groups = windows.shape[-2] // self.size
        grouped = windows[..., : groups * self.size, :].unflatten(-2, (groups, self.size))
        if self.take == "mean":
            return grouped.mean(dim=-2)
        # As fast as amax, and its gradient is faster.
        return functools.reduce(torch.maximum, grouped.unbind(-2))


class Dropout(nn.Dropout):
    """PyTorch's dropout, more than twice as fast on a processor, where drawing is what it costs.

    One draw of 64 random bits serves four numbers, so rates are rounded to 1 / 65,536.
    """

    def forward(self, windows):
        """Drop each number with the probability ``p``, and raise the others by 1 / (1 - p)."""
        if not self.training or self.p == 0 or windows.device.type != "cpu":
            return super().forward(windows)
        number = windows.numel()
        drawn = torch.empty(-(-number // 4), dtype=torch.int64).random_(-(2**63), None)
        bits = drawn.view(torch.int16)[:number].view(windows.shape)
        kept = bits >= round(self.p * 2**16) - 2**15
        return windows * (kept.to(windows.dtype) * (1 / (1 - self.p)))


class HaplotypePooling(nn.Module):
    """One value of all haplotypes, whatever their number and order; ``take`` as above."""

    def __init__(self, take="mean"):
        super().__init__()
        self.take = take

    def forward(self, windows):
        """Return (windows, sites, channels) of (windows, haplotypes, sites, channels)."""
        return windows.mean(dim=1) if self.take == "mean" else windows.amax(dim=1)


class MaskedNormalisation(nn.BatchNorm1d):
    """Batch normalisation of channels that does not count padding, and leaves 0 there."""

    def forward(self, windows, mask):
        """Normalise (..., sites, channels); ``mask``, which fits (..., sites), is True at sites."""
        if self.training and mask.all():  # the same, three times as fast
            return super().forward(windows.flatten(end_dim=-2)).view_as(windows)
        told = mask[..., None].to(windows.dtype)
        windows = windows.float() * told  # sums of few bits would be wrong
        if self.training:
            number = mask.expand(windows.shape[:-1]).sum().clamp(min=1)
            mean, variance = self._moments(windows, number)
        else:
            mean, variance = self.running_mean, self.running_var
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return torch.addcmul(self.bias - mean * scale, windows, scale) * told

    def _moments(self, windows, number):
        """Return mean and variance of each channel, and let the running ones follow them.

        ``windows`` has 0 where there is padding; ``number`` is how many sites it has elsewhere.
        """
        dimensions = tuple(range(windows.dim() - 1))
        mean = windows.sum(dim=dimensions) / number
        variance = (windows.square().sum(dim=dimensions) / number - mean.square()).clamp(min=0)
        with torch.no_grad():
            unbiased = variance * number / (number - 1).clamp(min=1)
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
        return mean, variance


def beside(haplotypes, positions, mask):
    """Return each haplotype by itself, with the positions beside its alleles.

    float32 (windows, haplotypes, sites, 1 + channels), 0 where there is padding, whatever
    stands there.
    """
    alleles = haplotypes.transpose(1, 2)[..., None]
    places = positions[:, None].expand(-1, alleles.shape[1], -1, -1)
    return torch.cat([alleles, places], dim=3).masked_fill(~mask[:, None, :, None], 0.0)


def mean_of_sites(windows, mask):
    """Return (..., channels), means of (..., sites, channels) without padding; 0 if all is padding.

    ``mask``, which fits (..., sites), is True at sites.
    """
    told = mask[..., None].to(windows.dtype)
    return (windows * told).sum(dim=-2) / told.sum(dim=-2).clamp(min=1)
