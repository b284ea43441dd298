"""Layers that work along the sites of a window, channels last, as in Keras.

``windows`` has any number of dimensions before the sites: (windows, sites, channels), or
(windows, haplotypes, sites, channels) where each haplotype is read by itself.
"""

import functools
from typing import Literal, TypeAlias

import torch
from torch import nn

#: How several values become one.
Pooling: TypeAlias = Literal["mean", "maximum"]


class SiteConvolution(nn.Linear):
    """A convolution over sites.

    The same as ``nn.Conv1d``, written as one matrix product of neighbouring sites, which
    processors do faster for the short kernels used here.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    kernel : int
        How many sites it reads at a time.
    dilation : int
        How far apart these are.
    bias : bool
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, dilation: int = 1, bias: bool = True
    ) -> None:
        super().__init__(kernel * inputs, outputs, bias)
        self.kernel, self.dilation = kernel, dilation

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Apply the convolution to ``windows``, (..., sites, inputs).

        Returns
        -------
        Tensor, shape (..., sites - (kernel - 1) x dilation, outputs)
        """
        reach = windows.shape[-2] - (self.kernel - 1) * self.dilation
        starts = range(0, self.kernel * self.dilation, self.dilation)
        neighbours = [windows[..., start : start + reach, :] for start in starts]
        return super().forward(torch.cat(neighbours, dim=-1))


class SitePooling(nn.Module):
    """One value of neighbouring sites; left-over sites at the end are dropped.

    Parameters
    ----------
    size : int
        How many sites become one.
    pooling : {"mean", "maximum"}
    """

    def __init__(self, size: int, pooling: Pooling = "mean") -> None:
        super().__init__()
        self.size, self.pooling = size, pooling

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Pool ``windows``, (..., sites, channels), to (..., sites // size, channels)."""
        groups = windows.shape[-2] // self.size
        grouped = windows[..., : groups * self.size, :].unflatten(-2, (groups, self.size))
        if self.pooling == "mean":
            return grouped.mean(dim=-2)
        # As fast as amax, and its gradient is faster.
        return functools.reduce(torch.maximum, grouped.unbind(-2))


class Dropout(nn.Dropout):
    """PyTorch's dropout, more than twice as fast on a processor, where random numbers cost most.

    64 random bits serve four numbers, so rates are rounded to 1 / 65,536.
    """

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Drop each number of ``windows`` with the probability p, raise the others by 1 / (1 - p).

        ``windows`` is of any shape.
        """
        if not self.training or self.p == 0 or windows.device.type != "cpu":
            return super().forward(windows)
        count = windows.numel()
        drawn = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(2**63), None)
        bits = drawn.view(torch.int16)[:count].view(windows.shape)
        kept = bits >= round(self.p * 2**16) - 2**15
        return windows * (kept.to(windows.dtype) * (1 / (1 - self.p)))


class HaplotypePooling(nn.Module):
    """One value of all haplotypes, whatever their number and order.

    Parameters
    ----------
    pooling : {"mean", "maximum"}
    """

    def __init__(self, pooling: Pooling = "mean") -> None:
        super().__init__()
        self.pooling = pooling

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Return (windows, sites, channels), pooled from ``windows``.

        ``windows`` is (windows, haplotypes, sites, channels).
        """
        return windows.mean(dim=1) if self.pooling == "mean" else windows.amax(dim=1)


class MaskedNormalisation(nn.BatchNorm1d):
    """Batch normalisation of channels that does not count padding, and leaves 0 there."""

    running_mean: torch.Tensor
    running_var: torch.Tensor
    num_batches_tracked: torch.Tensor
    momentum: float

    def forward(  # type: ignore[override]
        self, windows: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Normalise windows.

        Parameters
        ----------
        windows : Tensor of float32, shape (..., sites, channels)
        mask : Tensor of bool, broadcast to shape (..., sites)
            False where there is padding.

        Returns
        -------
        Tensor of float32, shape (..., sites, channels)
        """
        if self.training and mask.all():  # the same, three times as fast
            return super().forward(windows.flatten(end_dim=-2)).view_as(windows)
        present = mask[..., None].to(windows.dtype)
        windows = windows.float() * present  # sums in low precision would be wrong
        if self.training:
            count = mask.expand(windows.shape[:-1]).sum().clamp(min=1)
            mean, variance = self._update_moments(windows, count)
        else:
            mean, variance = self.running_mean, self.running_var
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return torch.addcmul(self.bias - mean * scale, windows, scale) * present

    def _update_moments(
        self, windows: torch.Tensor, count: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and variance of each channel, and move the running ones towards them.

        ``windows`` has 0 where there is padding; ``count`` is how many sites it has elsewhere.
        """
        dimensions = tuple(range(windows.dim() - 1))
        mean = windows.sum(dim=dimensions) / count
        variance = (windows.square().sum(dim=dimensions) / count - mean.square()).clamp(min=0)
        with torch.no_grad():
            unbiased = variance * count / (count - 1).clamp(min=1)
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
        return mean, variance


def clear_padding(windows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return windows with 0 where there is padding.

    Parameters
    ----------
    windows : Tensor, shape (..., sites, channels)
    mask : Tensor of bool, broadcast to shape (..., sites)
        False where there is padding.

    Examples
    --------
    >>> clear_padding(torch.ones(1, 3, 1), torch.tensor([[True, True, False]])).flatten().tolist()
    [1.0, 1.0, 0.0]
    """
    return windows.masked_fill(~mask[..., None], 0.0)


def add_positions(
    haplotypes: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Return each haplotype by itself, with the positions as further channels of its alleles.

    Parameters
    ----------
    haplotypes : Tensor of float32, shape (windows, sites, haplotypes)
    positions : Tensor of float32, shape (windows, sites, channels)
    mask : Tensor of bool, shape (windows, sites)
        False where there is padding.

    Returns
    -------
    Tensor of float32, shape (windows, haplotypes, sites, 1 + channels)
        0 where there is padding.
    """
    alleles = haplotypes.transpose(1, 2)[..., None]
    repeated = positions[:, None].expand(-1, alleles.shape[1], -1, -1)
    return clear_padding(torch.cat([alleles, repeated], dim=3), mask[:, None])


def average_sites(windows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return means over sites, without padding; 0 where all is padding.

    Parameters
    ----------
    windows : Tensor of float32, shape (..., sites, channels)
    mask : Tensor of bool, broadcast to shape (..., sites)
        False where there is padding.

    Returns
    -------
    Tensor of float32, shape (..., channels)

    Examples
    --------
    >>> windows = torch.tensor([[[1.0], [3.0], [8.0]]])
    >>> average_sites(windows, torch.tensor([[True, True, False]])).tolist()
    [[2.0]]
    """
    present = mask[..., None].to(windows.dtype)
    return (windows * present).sum(dim=-2) / present.sum(dim=-2).clamp(min=1)
