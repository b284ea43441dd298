"""How wrong the predicted ancestry of rows is, at each site.

A net's outputs are log odds, float32 (windows, sites, rows). True values are bits, uint8 (windows,
sites, 2 x bytes), as :mod:`coalflow.dataset.site_ancestry` loads them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from coalflow.models.batches import tabulate_bits, unpack_bits


def unpack_truth(truth: Tensor) -> tuple[Tensor, Tensor]:
    """Return what counts and what has the ancestry, float32 (windows, sites, rows or more)."""
    bits = tabulate_bits(truth.device)
    counted, ancestry = (unpack_bits(half.contiguous(), bits) for half in truth.chunk(2, dim=2))
    return counted, ancestry


def compute_site_loss(outputs: Tensor, truth: Tensor) -> Tensor:
    """Return the cross-entropy of each window, the mean over its sites and rows.

    Parameters
    ----------
    outputs : Tensor of float32, shape (windows, sites, rows), or (1, 1, 1) for all alike
    truth : Tensor of uint8, shape (windows, sites, 2 x bytes)

    Returns
    -------
    Tensor of float32, shape (windows, 1)
        0 of a window without sites.
    """
    counted, ancestry = unpack_truth(truth)
    if outputs.numel() > 1:
        counted, ancestry = (array[:, :, : outputs.shape[2]] for array in (counted, ancestry))
    losses = nn.functional.binary_cross_entropy_with_logits(
        outputs.expand_as(ancestry), ancestry, reduction="none"
    )
    sums = (losses * counted).sum(dim=(1, 2)) / counted.sum(dim=(1, 2)).clamp_min(1)
    return sums[:, None]


def find_mean_odds(truth: Tensor) -> Tensor:
    """Return the log odds of ancestry in all windows together, float32 (1, 1, 1)."""
    sums = [torch.stack([array.sum() for array in unpack_truth(part)]) for part in truth.split(100)]
    counted, ancestry = torch.stack(sums).double().sum(dim=0)
    return ((ancestry + 0.5) / (counted - ancestry + 0.5)).log().float().view(1, 1, 1)
