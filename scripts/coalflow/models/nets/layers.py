"""Layers that work along the sites of a window, channels last, as in Keras.

``windows`` has any number of dimensions before the sites: (windows, sites, channels), or
(windows, haplotypes, sites, channels) where each haplotype is read by itself.
"""

from typing import Literal, TypeAlias

import numpy as np
import torch
from torch import nn

#: How several values become one.
Pooling: TypeAlias = Literal["mean", "maximum"]


class SiteConvolution(nn.Linear):
    """A convolution over sites.

    The same as ``nn.Conv1d``. Its weights are those of a dense layer that reads neighbouring sites
    together; how the sum is taken depends on :func:`is_convolved`, and only rounding with it.

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
        if is_convolved(windows, self.kernel):
            kernel = _put_channels_first(self.weight.unflatten(1, (self.kernel, -1)))
            channels = _put_channels_first(windows.flatten(end_dim=-3))
            sums = nn.functional.conv2d(channels, kernel, self.bias, dilation=(1, self.dilation))
            return _put_channels_last(sums).unflatten(0, windows.shape[:-2])
        reach = windows.shape[-2] - (self.kernel - 1) * self.dilation
        starts = range(0, self.kernel * self.dilation, self.dilation)
        neighbours = [windows[..., start : start + reach, :] for start in starts]
        return super().forward(torch.cat(neighbours, dim=-1))


def is_convolved(windows: torch.Tensor, kernel: int) -> bool:
    """Tell whether PyTorch's convolution is faster than one matrix product of neighbouring sites.

    Measured with PyTorch 2.13 on one core with AVX-512, forwards and backwards, for all layers of
    the nets here: oneDNN's convolution of channels-last numbers, which copies nothing, is 1.0 to
    1.6 times as fast as the product for whole batches of windows, 1.7 to 3.5 times where
    each haplotype is read by itself, and 1.0 to 1.4 times in bfloat16. In small layers its
    preparation costs more than it saves (.8 to 1.0). On a GPU the product is kept,
    which gives the same bits every time.

    Parameters
    ----------
    windows : Tensor, shape (..., sites, inputs)
    kernel : int
    """
    if windows.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    return windows.numel() * kernel > FEW_NUMBERS or windows.shape[:-1].numel() > FEW_SITES


FEW_NUMBERS = 200_000  # that a convolution reads, each as often as it is read
FEW_SITES = 5_000  # of all windows and haplotypes together


class SitePooling(nn.Module):
    """One value of every two neighbouring sites; a left-over site at the end is dropped.

    Parameters
    ----------
    pooling : {"mean", "maximum"}
    """

    def __init__(self, pooling: Pooling = "mean") -> None:
        super().__init__()
        self.pooling = pooling

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Pool ``windows``, (..., sites, channels), to (..., sites // 2, channels)."""
        if windows.device.type != "cpu":
            # There, gradients of PyTorch's pooling may be summed in another order each time.
            pairs = windows[..., : windows.shape[-2] // 2 * 2, :].unflatten(-2, (-1, 2))
            return pairs.mean(-2) if self.pooling == "mean" else torch.maximum(*pairs.unbind(-2))
        pool = nn.functional.avg_pool2d if self.pooling == "mean" else nn.functional.max_pool2d
        pooled = pool(_put_channels_first(windows.flatten(end_dim=-3)), (1, 2))
        return _put_channels_last(pooled).unflatten(0, windows.shape[:-2])


def _put_channels_first(windows: torch.Tensor) -> torch.Tensor:
    """Return (windows, channels, 1, sites), in memory as it was: (windows, sites, channels)."""
    return windows.movedim(2, 1).unsqueeze(2)


def _put_channels_last(windows: torch.Tensor) -> torch.Tensor:
    """Return (windows, sites, channels) of (windows, channels, 1, sites)."""
    return windows.squeeze(2).movedim(1, 2)


class Dropout(nn.Dropout):
    """PyTorch's dropout, several times as fast on a processor, where random numbers cost most.

    64 random bits serve four numbers, so rates are rounded to 1 / 65,536.
    """

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Drop each number of ``windows`` with the probability p, raise the others by 1 / (1 - p).

        ``windows`` is of any shape.
        """
        if not self.training or self.p == 0 or windows.device.type != "cpu":
            return super().forward(windows)
        count = windows.numel()
        seed = int(torch.randint(2**63 - 1, ()).item())
        drawn = torch.from_numpy(np.random.SFC64(seed).random_raw(-(-count // 4)).view(np.int16))
        # Compared into numbers, not bools, which would take much longer.
        factors = torch.empty(windows.shape, dtype=windows.dtype)
        torch.ge(drawn[:count].view(windows.shape), round(self.p * 2**16) - 2**15, out=factors)
        return windows * factors.mul_(1 / (1 - self.p))


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
