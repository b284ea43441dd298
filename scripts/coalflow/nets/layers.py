"""Layers that work along the sites of a window, channels last, as in Keras."""

import torch
from torch import nn


class SiteConvolution(nn.Linear):
    """A convolution over sites: (windows, sites, in) to (windows, sites - kernel + 1, out).

    The same as ``nn.Conv1d``, written as one matrix product of neighbouring
    sites, which processors do faster for the short kernels used here.
    """

    def __init__(self, inputs, outputs, kernel):
        super().__init__(kernel * inputs, outputs)
        self.kernel = kernel

    def forward(self, windows):
        """Apply the convolution."""
        reach = windows.shape[1] - self.kernel + 1
        neighbours = [windows[:, shift : shift + reach] for shift in range(self.kernel)]
        return super().forward(torch.cat(neighbours, dim=2))


class SitePooling(nn.Module):
    """One value of each ``size`` neighbouring sites; left-over sites at the end are dropped.

    ``take`` is ``mean`` or ``maximum``.
    """

    def __init__(self, size, take="mean"):
        super().__init__()
        self.size, self.take = size, take

    def forward(self, windows):
        """Apply the pooling: (windows, sites, channels) to (windows, sites // size, channels)."""
        groups = windows.shape[1] // self.size
        grouped = windows[:, : groups * self.size].unflatten(1, (groups, self.size))
        return grouped.mean(dim=2) if self.take == "mean" else grouped.amax(dim=2)
