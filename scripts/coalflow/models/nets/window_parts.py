"""The parts of a window that the first layer of coalflow's net distinguishes."""

import functools

import torch
from torch.nn.functional import pad

PARTS = 11
COLUMNS = PARTS + 1  # of weights: a multiple of four, so the last one is 0; see multiply
TERMS = 128  # of a matrix product that are summed at a time


def weigh_parts(positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return how much each site counts in each part.

    Parameters
    ----------
    positions : Tensor of float32, shape (..., sites)
        From 0 to 1.
    mask : Tensor of bool, shape (..., sites)
        False for sites that do not count.

    Returns
    -------
    Tensor of float32, shape (..., sites, COLUMNS)
        A site between the middles of two parts counts in both, more in the nearer.
    """
    middles = torch.arange(COLUMNS, dtype=positions.dtype, device=positions.device)
    in_units_of_parts = (positions * PARTS - 0.5).clamp_(0, PARTS - 1).masked_fill_(~mask, -1)
    return (in_units_of_parts[..., None] - middles).abs_().neg_().add_(1).clamp_min_(0)


def multiply(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the matrix product of each window, the same bits whatever else is in the batch.

    With columns in multiples of four, sums of MKL do not depend on where in memory a matrix begins,
    and if few terms are summed at a time, not on how many zeros follow them.

    Parameters
    ----------
    left : Tensor of float32, shape (..., rows, terms)
    right : Tensor of float32, shape (..., terms, columns)
    """
    columns = right.shape[-1]
    if columns % 4:
        right = pad(right, (0, -columns % 4))
    blocks = zip(left.split(TERMS, dim=-1), right.split(TERMS, dim=-2), strict=True)
    return functools.reduce(torch.add, (a @ b for a, b in blocks))[..., :columns]
