"""How many bases have which predicted log odds of ancestry, with the ancestry and without it.

All scores of bases follow from these counts: a curve of precision and recall, calibration, the log
loss. They are kept for each window, so that windows can be resampled.

Below, ``counts`` are float64 (..., 2, BINS): bases of haplotypes without and with the ancestry, in
``BINS`` classes of log odds. The unit of bases does not matter.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

LOWEST, HIGHEST, BINS = -20.0, 20.0, 800  # log odds; what is beyond counts in the outermost class
#: The log odds in the middle of each class.
MIDDLES = LOWEST + (np.arange(BINS) + 0.5) * (HIGHEST - LOWEST) / BINS

Counts: TypeAlias = npt.NDArray[np.float64]


def measure_bases(
    positions: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return which share of a window each site stands for: the bases that are nearest to it.

    Parameters
    ----------
    positions : ndarray of float32, shape (windows, sites)
        From 0 to 1.
    mask : ndarray of bool, shape (windows, sites)
        False where there is padding, which stands for nothing.

    Returns
    -------
    ndarray of float64, shape (windows, sites)

    Examples
    --------
    >>> measure_bases(np.array([[0.2, 0.6, 0]], np.float32), np.array([[True, True, False]]))
    array([[0.4, 0.6, 0. ]])
    """
    bases = np.zeros(mask.shape)
    for window, present in enumerate(mask):
        places = positions[window, present].astype(np.float64).round(6)
        if len(places):
            bases[window, present] = np.diff(np.r_[0.0, (places[1:] + places[:-1]) / 2, 1.0])
    return bases


def count_odds(
    odds: npt.NDArray[np.floating], truth: npt.NDArray[np.bool_], bases: npt.NDArray[np.float64]
) -> Counts:
    """Return the counts of each window, float64 (windows, 2, BINS).

    Parameters
    ----------
    odds : ndarray of floats, shape (windows, sites, rows)
        Predicted log odds.
    truth : ndarray of bool, shape (windows, sites, rows)
    bases : ndarray of float64, shape (windows, sites)
        How much each site counts.
    """
    scaled = (odds - LOWEST) * (BINS / (HIGHEST - LOWEST))
    column = np.clip(scaled, 0, BINS - 1).astype(np.int64)
    window = np.arange(len(odds))[:, None, None]
    index = (2 * window + truth) * BINS + column
    weights = np.broadcast_to(bases[:, :, None], index.shape)
    counts = np.bincount(index.ravel(), weights.ravel(), minlength=2 * BINS * len(odds))
    return counts.astype(np.float64).reshape(-1, 2, BINS)


def compute_curve(
    counts: Counts,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return precision and recall of calling all bases from each class of log odds upwards.

    Parameters
    ----------
    counts : ndarray of float64, shape (..., 2, BINS)

    Returns
    -------
    precision, recall : ndarray of float64, shape (..., BINS)
        By the lowest class that is called. Precision is 1 where nothing is called; recall is nan
        where nothing has the ancestry.
    """
    called = np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]
    false, true = called[..., 0, :], called[..., 1, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(false + true > 0, true / (false + true), 1.0)
        recall = true / true[..., :1]
    return precision, recall


def compute_average_precision(counts: Counts) -> npt.NDArray[np.float64]:
    """Return the average precision: the area below the curve of precision and recall.

    Parameters
    ----------
    counts : ndarray of float64, shape (..., 2, BINS)

    Returns
    -------
    ndarray of float64, shape (...)

    Examples
    --------
    >>> counts = np.zeros((2, BINS))
    >>> counts[0, 0], counts[1, -1] = 90, 10  # nothing is mistaken
    >>> float(compute_average_precision(counts))
    1.0
    """
    precision, recall = compute_curve(counts)
    ends = np.zeros_like(recall[..., :1]), np.ones_like(recall[..., :1])
    recall, precision = (
        np.concatenate([values, end], axis=-1)
        for values, end in zip((recall, precision), ends, strict=True)
    )
    # Bases of a class of log odds are mixed, so precision changes evenly from one to the next.
    means = (precision[..., 1:] + precision[..., :-1]) / 2
    return (means * (recall[..., :-1] - recall[..., 1:])).sum(axis=-1)


def choose_threshold(counts: Counts) -> int:
    """Return the lowest class that is called where F1 is highest.

    Parameters
    ----------
    counts : ndarray of float64, shape (2, BINS)
        Of validation windows.
    """
    precision, recall = compute_curve(counts)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return int(np.nan_to_num(f1).argmax())


def compute_log_loss(counts: Counts) -> npt.NDArray[np.float64]:
    """Return the log loss, float64 (...), of ``counts`` of calibrated log odds."""
    losses = np.stack([np.logaddexp(0, MIDDLES), np.logaddexp(0, -MIDDLES)])
    return (counts * losses).sum(axis=(-2, -1)) / counts.sum(axis=(-2, -1))


def compute_calibration_error(counts: Counts, classes: int = 10) -> npt.NDArray[np.float64]:
    """Return by how much predicted probabilities are off on average.

    Bases are divided by their predicted probability into classes of equal width.

    Parameters
    ----------
    counts : ndarray of float64, shape (..., 2, BINS)
    classes : int

    Returns
    -------
    ndarray of float64, shape (...)
        The mean over bases of how far the mean probability of their class is from the share of it
        that has the ancestry.
    """
    total, true, predicted = sum_by_probability(counts, classes)
    return np.abs(true - predicted).sum(axis=-1) / total.sum(axis=-1)


def sum_by_probability(
    counts: Counts, classes: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the bases in classes of predicted probability, of equal width.

    Parameters
    ----------
    counts : ndarray of float64, shape (..., 2, BINS)
    classes : int

    Returns
    -------
    total, true, predicted : ndarray of float64, shape (..., classes)
        All bases, those with the ancestry, and the sum of their predicted probabilities.
    """
    probability = 1 / (1 + np.exp(-MIDDLES))
    is_in_class = np.eye(classes)[np.minimum((probability * classes).astype(int), classes - 1)]
    total = counts.sum(axis=-2)
    return total @ is_in_class, counts[..., 1, :] @ is_in_class, (total * probability) @ is_in_class
