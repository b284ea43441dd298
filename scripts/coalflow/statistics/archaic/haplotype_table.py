"""Statistics of each haplotype of a population: those of ArchIE, for ancestry from elsewhere.

A haplotype from another population has alleles that an outgroup, a population without such
ancestry, does not have; it is far from most others, and its rare alleles are next to each other.

Where the phase is not known, rows are individuals, and their numbers of copies take the place of
alleles. Alleles that are not called count as 0, as the ancestral allele.

References
----------
Durvasula and Sankararaman (2019).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from coalflow.statistics.archaic.s_star import compute_s_star
from coalflow.windows.packed_windows import Windows

COPIES_AT_ONCE = 2**20  # about 10 MB; more would not be faster


@dataclasses.dataclass(frozen=True)
class HaplotypeTable:
    """Statistics of the rows of windows.

    Attributes
    ----------
    names : tuple of str
    values : ndarray of float32, shape (windows, rows, statistics)
    """

    names: tuple[str, ...]
    values: npt.NDArray[np.float32]


def describe_haplotypes(
    windows: Windows,
    lengths: npt.NDArray[np.integer] | npt.NDArray[np.floating],
    target: str,
    outgroup: str,
) -> HaplotypeTable:
    """Return statistics of the haplotypes of a population.

    Parameters
    ----------
    windows : Windows
        Whose derived alleles are 1.
    lengths : ndarray, shape (windows,)
        How many bases lie between the positions 0 and 1 of each.
    target, outgroup : str
        Names of populations: whose haplotypes these are, and by which alleles are private.

    Returns
    -------
    HaplotypeTable
        In the order of the target's rows:

        - ``sites_with_1_copies`` and so on: how many of its derived alleles have that many copies
          in the target;
        - ``distance_1`` and so on: the Euclidean distances to the others of the target, in
          ascending order;
        - ``distance_mean``, ``distance_variance``, ``distance_skew`` and ``distance_kurtosis``: the
          moments of these, with that to itself, 0, among them;
        - ``nearest_in_outgroup``: the smallest distance to the outgroup;
        - ``private_sites``: how many of its derived alleles the outgroup does not have;
        - ``s_star`` (:mod:`coalflow.statistics.archaic.s_star`).
    """
    number, sites, haplotypes = windows.shape
    step = max(1, COPIES_AT_ONCE // (sites * haplotypes))
    names: tuple[str, ...] = ()
    parts = []
    for begin in range(0, number, step):
        part = slice(begin, begin + step)
        described = dict(
            _describe(windows[part], np.asarray(lengths, float)[part], target, outgroup)
        )
        names = tuple(described)
        parts.append(np.stack(list(described.values()), axis=2).astype(np.float32))
    return HaplotypeTable(names, np.concatenate(parts))


def _describe(
    windows: Windows, lengths: npt.NDArray[np.float64], target: str, outgroup: str
) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Yield the name of each statistic and its values, float64 (windows, rows)."""
    shape = (*windows.mask.shape, windows.rows, windows.alleles_per_row)
    copies = windows.haplotypes.reshape(shape).sum(axis=3, dtype=np.uint8)
    own, theirs = (copies[:, :, _find_rows(windows, name)] for name in (target, outgroup))
    for index, counts in enumerate(_count_by_copies(own, windows.alleles_per_row)):
        yield f"sites_with_{index + 1}_copies", counts
    distances = np.sort(_measure_distances(own, own), axis=2)
    for index in range(1, distances.shape[2]):
        yield f"distance_{index}", distances[:, :, index]
    yield from _compute_moments(distances)
    yield "nearest_in_outgroup", _measure_distances(own, theirs).min(axis=2)
    is_private = ~theirs.any(axis=2)
    is_carried = (own > 0) & is_private[:, :, None]
    yield "private_sites", is_carried.sum(axis=1).astype(np.float64)
    positions = windows.positions * lengths[:, None]
    yield "s_star", compute_s_star(own, positions, is_private)


def _find_rows(windows: Windows, population: str) -> slice:
    end = 0
    for name, rows in windows.populations:
        end += rows
        if name == population:
            return slice(end - rows, end)
    raise KeyError(population)


def _count_by_copies(copies: npt.NDArray[np.uint8], ploidy: int) -> npt.NDArray[np.float64]:
    """Return how many derived alleles of each row have 1, 2, ... copies in all of them.

    Returns float64 (copies, windows, rows).
    """
    windows, _, rows = copies.shape
    most = rows * ploidy
    window, site, row = np.nonzero(copies)
    number = copies.sum(axis=2, dtype=np.int64)[window, site]
    place = (number - 1) * windows * rows + window * rows + row
    counts = np.bincount(place, minlength=most * windows * rows)
    return counts.reshape(most, windows, rows).astype(np.float64)


def _measure_distances(
    own: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float64]:
    """Return the Euclidean distances of rows to others, float64 (windows, rows, others)."""
    # Whole numbers, which float32 holds exactly.
    first, second = (rows.astype(np.float32) for rows in (own, others))
    products = first.transpose(0, 2, 1) @ second
    squares = (first**2).sum(axis=1)[:, :, None] + (second**2).sum(axis=1)[:, None, :]
    return np.sqrt((squares - 2 * products).astype(np.float64))


def _compute_moments(
    distances: npt.NDArray[np.float64],
) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Yield mean, variance, skew and excess kurtosis, 0 where all are the same."""
    mean = distances.mean(axis=2)
    apart = distances - mean[:, :, None]
    variance = (apart**2).mean(axis=2)
    varies = variance > 0
    unit = np.where(varies, variance, 1)
    yield "distance_mean", mean
    yield "distance_variance", variance
    yield "distance_skew", (apart**3).mean(axis=2) / unit**1.5
    yield "distance_kurtosis", np.where(varies, (apart**4).mean(axis=2) / unit**2 - 3, 0)
