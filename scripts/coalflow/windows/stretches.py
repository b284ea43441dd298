"""Which bases and which sites of a window the net sees, where there are more than it reads.

``encoding.stretch`` decides. It applies to bases, where a simulated window is longer than
``encoding.length``, and then to the sites among these bases:

- ``central``: the middle ones. Fewer sites than the net reads are in the middle, with padding on
  both sides;
- ``first``: those at the left end. Fewer sites are at the left, with padding after them;
- ``random``: a stretch that begins anywhere, all beginnings equally likely; fewer sites are in the
  middle. Its random numbers belong to the window, so it is the same among any other windows: they
  come from ``encoding.seed`` and the replicate's seed, and in a genome from ``encoding.seed``, the
  contig's name and where the window starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.encoding import Encoding
from coalflow.core import seeds
from coalflow.windows.observation import ObservedSites


class WindowBounds(Protocol):
    """Windows among sites, int64 (windows,) each (:mod:`coalflow.genomes.windows.laid_windows`)."""

    @property
    def first(self) -> npt.NDArray[np.int64]:
        """Index of the first site."""

    @property
    def count(self) -> npt.NDArray[np.int64]:
        """Number of sites."""

    @property
    def start(self) -> npt.NDArray[np.int64]:
        """The first base, counted from 0."""

    @property
    def end(self) -> npt.NDArray[np.int64]:
        """The base after the last."""


def choose_stretches(
    observed: ObservedSites, encoding: Encoding
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return which sites of each replicate are within the bases that the net sees.

    Without padding these are all of the replicate's, with it those in ``encoding.length`` bases.

    Parameters
    ----------
    observed : ObservedSites
    encoding : Encoding

    Returns
    -------
    first : ndarray of int64, shape (replicates,)
        Index of the first of these sites.
    count : ndarray of int64, shape (replicates,)
        Number of these sites.
    start : ndarray of float64, shape (replicates,)
        The first of these bases, from the replicate's left end.
    """
    start = np.zeros(len(observed.seed))
    if not encoding.pad:
        return observed.offsets[:-1], observed.sites, start
    assert encoding.length is not None and observed.length is not None  # windows are padded
    spare = observed.length - encoding.length
    if not spare.any():
        return observed.offsets[:-1], observed.sites, start
    if encoding.stretch == "central":
        start = np.floor(spare / 2)
    elif encoding.stretch == "random":
        fractions = draw_beginnings(encoding, "bases", observed.seed)
        start = np.floor(fractions * (np.floor(spare) + 1))
    before = _count_sites_before(observed, start)
    after = _count_sites_before(observed, start + encoding.length)
    return observed.offsets[:-1] + before, after - before, start


def choose_own_stretches(
    positions: npt.NDArray[Any], bounds: WindowBounds, names: Iterable[str], encoding: Encoding
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return which sites of each window of a genome are within the bases that the net sees.

    Only windows that the user lists can be longer than what a net sees.

    Parameters
    ----------
    positions : ndarray of int64, shape (sites,)
        Counted from 1.
    bounds : WindowBounds
    names : iterable of str
        A name for each window.
    encoding : Encoding

    Returns
    -------
    first, count : ndarray of int64, shape (windows,)
        Index of the first of these sites, and their number.
    start : ndarray of int64, shape (windows,)
        The first of these bases, counted from 1.
    """
    first, count, start = bounds.first.copy(), bounds.count.copy(), bounds.start + 1
    if not encoding.pad:
        return first, count, start
    assert encoding.length is not None  # windows are padded
    spare = np.maximum(bounds.end - bounds.start - encoding.length, 0)
    if not spare.any():
        return first, count, start
    if encoding.stretch == "central":
        start += spare // 2
    elif encoding.stretch == "random":
        start += (draw_beginnings(encoding, "bases", names) * (spare + 1)).astype(np.int64)
    for window in np.flatnonzero(spare):
        here = positions[first[window] : first[window] + count[window]]
        ends = start[window], start[window] + encoding.length
        before, after = np.searchsorted(here, ends)
        first[window] += before
        count[window] = after - before
    return first, count, start


def _count_sites_before(
    observed: ObservedSites, base: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return how many sites each replicate has before a base, int64 (replicates,)."""
    is_before = observed.positions < np.repeat(base, observed.sites)
    before = np.zeros(len(is_before) + 1, dtype=np.int64)
    np.cumsum(is_before, out=before[1:])
    return np.diff(before[observed.offsets])


def choose_sites(
    first: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
    encoding: Encoding,
    beginnings: npt.NDArray[np.float64] | None = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return which site is in which column of each window, and the mask.

    Parameters
    ----------
    first, count : ndarray of int64, shape (windows,)
        Window i has the sites ``first[i]`` to ``first[i] + count[i] - 1`` of a list;
        ``encoding.sites`` of them are taken.
    encoding : Encoding
    beginnings : ndarray of float64, shape (windows,), optional
        Where random stretches begin, as :func:`draw_beginnings` returns it.

    Returns
    -------
    sites : ndarray of int64, shape (windows, columns)
        Indices, to be used where the mask is True.
    mask : ndarray of bool, shape (windows, columns)
        False where the column is padding.

    Examples
    --------
    >>> encoding = Encoding(sites=4, stretch="central", pad=True)
    >>> sites, mask = choose_sites(np.array([0, 10]), np.array([8, 2]), encoding)
    >>> sites[0].tolist(), sites[1][mask[1]].tolist(), mask[1].tolist()
    ([2, 3, 4, 5], [10, 11], [False, True, True, False])
    """
    spare = count - encoding.sites
    left = spare // 2
    if encoding.stretch == "first":
        left = np.zeros_like(spare)
    elif encoding.stretch == "random":
        assert beginnings is not None
        left = np.where(spare > 0, (beginnings * (spare + 1)).astype(np.int64), left)
    within = left[:, None] + np.arange(encoding.sites)
    mask = (within >= 0) & (within < count[:, None])
    return first[:, None] + within, mask


def draw_beginnings(
    encoding: Encoding, unit: str, names: Iterable[str | int]
) -> npt.NDArray[np.float64] | None:
    """Return where a random stretch begins in each window; None where stretches are not random.

    Parameters
    ----------
    encoding : Encoding
    unit : str
        ``"sites"`` or ``"bases"``, whose stretches are independent.
    names : iterable of str or int
        A name for each window.

    Returns
    -------
    ndarray of float64, shape (windows,), or None
        Random numbers in [0, 1), the share of all beginnings that are further left.
    """
    if encoding.stretch != "random":
        return None
    return seeds.derive_fractions(encoding.seed, "stretch", unit, names=names)
