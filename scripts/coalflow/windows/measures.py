"""How many sites encoded windows have, where there are none, and how many alleles are missing."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from coalflow.windows.packed_windows import Windows

COLUMNS_AT_ONCE = 1_000_000  # of all windows together: about 10 MB


class WindowMeasures(NamedTuple):
    """What is measured of windows, as models see them.

    Attributes
    ----------
    sites : ndarray of int64, shape (windows,)
        How many a model sees.
    gap : ndarray of float64, shape (windows,)
        The longest stretch without a site, as a share of the window. It may be at a window's end,
        but not where there are as many sites as a model reads: others may have been left out there.
    reach : ndarray of float64, shape (windows,)
        From the first site to the last, as a share of the window, where there are as many sites as
        a model reads; else 1.
    missing : ndarray of float64, shape (windows,)
        The share of the alleles at these sites that are not called; nan without sites.
    """

    sites: npt.NDArray[np.int64]
    gap: npt.NDArray[np.float64]
    reach: npt.NDArray[np.float64]
    missing: npt.NDArray[np.float64]


#: The columns of measures in tables of windows.
MEASURES = tuple(f"window:{name}" for name in WindowMeasures._fields)


def measure_windows(
    windows: Windows, ends: npt.NDArray[np.float64] | None = None
) -> WindowMeasures:
    """Return what is measured of windows.

    Parameters
    ----------
    windows : Windows
    ends : ndarray of float64, shape (windows,), optional
        Where those end that are shorter than what a model reads, as a share of that; else 1.

    Examples
    --------
    >>> positions = np.array([[0.1, 0.4, 0.5], [0.25, 0.5, 0]], np.float32)
    >>> mask = np.array([[True, True, True], [True, True, False]])
    >>> windows = Windows.pack(np.zeros((2, 3, 2), np.uint8), positions, mask)
    >>> sites, gap, reach, missing = measure_windows(windows)
    >>> sites.tolist(), gap.round(6).tolist(), reach.round(6).tolist()
    ([3, 2], [0.3, 0.5], [0.4, 1.0])
    """
    number, columns, _ = windows.shape
    measures = WindowMeasures(np.empty(number, np.int64), *np.empty((3, number)))
    ends = np.ones(number) if ends is None else ends
    step = max(1, COLUMNS_AT_ONCE // columns)
    for begin in range(0, number, step):
        rows = slice(begin, begin + step)
        part = windows[rows]
        sites = np.count_nonzero(part.mask, axis=1)
        measures.sites[rows] = sites
        gap, reach = _measure_positions(part.positions, part.mask, ends[rows])
        measures.gap[rows], measures.reach[rows] = gap, reach
        measures.missing[rows] = _measure_missing(part, sites)
    return measures


def _measure_positions(
    positions: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_], ends: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the longest gap of each window, and how far its sites reach."""
    # Padding on the left has the position 0 already, where the window begins.
    first = np.argmax(mask, axis=1)
    is_after = ~mask & (np.arange(mask.shape[1]) >= first[:, None])
    ends = ends.astype(np.float32)
    filled = np.where(is_after, ends[:, None], positions)
    left, right = filled[:, 0], filled[:, -1]
    between = np.diff(filled, axis=1).max(axis=1)
    is_full = mask.all(axis=1)
    gap = np.where(is_full, between, np.maximum(between, np.maximum(left, ends - right)))
    return gap, np.where(is_full, right - left, 1)


def _measure_missing(windows: Windows, sites: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the share of alleles that are not called; nan without sites."""
    alleles = np.where(sites > 0, sites * windows.number_of_haplotypes, np.nan)
    if windows.called_packed is None:
        return 0 * alleles
    # In padding nothing is called.
    called = np.bitwise_count(windows.called_packed).sum(axis=(1, 2), dtype=np.int64)
    return 1 - called / alleles
