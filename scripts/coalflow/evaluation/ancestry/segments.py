"""Segments of ancestry: runs of sites of one haplotype, predicted and true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

OVERLAP = 0.5  # the share of a segment's bases that must be right


def count_segments(
    called: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_], bases: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return how many segments windows have, and how many of them are right.

    A predicted segment is right if half of its bases or more have the ancestry; a true one is found
    if half of its bases or more are called.

    Parameters
    ----------
    called, truth : ndarray of bool, shape (windows, sites, rows)
    bases : ndarray of float64, shape (windows, sites)
        How many each site stands for, 0 in padding.

    Returns
    -------
    ndarray of int64, shape (windows, 4)
        Predicted segments, those that are right, true ones, those that are found.

    Examples
    --------
    >>> called = np.array([[[1], [1], [1], [0]]], bool)
    >>> truth = np.array([[[0], [1], [1], [1]]], bool)
    >>> count_segments(called, truth, np.ones((1, 4))).tolist()
    [[1, 1, 1, 1]]
    """
    present = (bases > 0)[:, :, None]
    called, truth = called & present, truth & present
    pairs = (called, truth), (truth, called)
    counted = [_count_right(*pair, bases) for pair in pairs]
    return np.concatenate(counted, axis=1)


def _count_right(
    segments: npt.NDArray[np.bool_], others: npt.NDArray[np.bool_], bases: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return how many runs of sites there are, and how many overlap others by half or more."""
    windows, _, rows = segments.shape
    edges = np.zeros((windows, 1, rows), bool)
    padded = np.concatenate([edges, segments, edges], axis=1).transpose(0, 2, 1).view(np.int8)
    changes = np.diff(padded, axis=2)
    window, row, first = np.nonzero(changes == 1)
    _, _, end = np.nonzero(changes == -1)
    ends = np.cumsum(np.concatenate([np.zeros((windows, 1)), bases], axis=1), axis=1)
    shared = np.where(others, bases[:, :, None], 0.0).cumsum(axis=1)
    shared = np.concatenate([np.zeros((windows, 1, rows)), shared], axis=1)
    length = ends[window, end] - ends[window, first]
    overlap = shared[window, end, row] - shared[window, first, row]
    right = overlap >= OVERLAP * length * (1 - 1e-9)
    counts = [np.bincount(window, weights, minlength=windows) for weights in (None, right)]
    return np.stack(counts, axis=1).astype(np.int64)
