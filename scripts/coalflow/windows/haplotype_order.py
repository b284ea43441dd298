"""The order of haplotypes in a window, within each population.

It does not depend on the order in which haplotypes were sampled, unless it is that order. Where
the phase is not known or genotypes are missing, rows are individuals, or an allele is two bits: see
:func:`mark_differences`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt


def order_rows(
    marks: npt.NDArray[np.uint8], rows: Sequence[int], order: str
) -> npt.NDArray[np.int64]:
    """Return the order of rows, those of one population after those of the other.

    Parameters
    ----------
    marks : ndarray of uint8, shape (windows, rows, bits)
        As :func:`mark_differences` returns them.
    rows : sequence of int
        Number of rows of each population.
    order : str
        A key of ``ORDERS``.

    Returns
    -------
    ndarray of int64, shape (windows, rows)
        Which row comes first, second, ...
    """
    ends = np.cumsum(rows).tolist()
    parts = [
        ORDERS[order](marks[:, end - number : end]) + (end - number)
        for end, number in zip(ends, rows, strict=True)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def mark_differences(
    rows: npt.NDArray[np.uint8], called: npt.NDArray[np.uint8] | None, per_row: int
) -> npt.NDArray[np.uint8]:
    """Return bits by which haplotypes or individuals differ.

    How many bits of two rows differ is how much the rows do. An allele that is not called differs
    by half from either allele: each allele is two bits then, 00, 11, or 10 if not called.

    Parameters
    ----------
    rows, called : ndarray of uint8, shape (windows, haplotypes, sites)
        Alleles, and 1 where they are called; ``called`` is None where all are.
    per_row : int
        Neighbouring haplotypes that make up a row.

    Returns
    -------
    ndarray of uint8, shape (windows, haplotypes // per_row, bits)
    """
    if called is not None:
        rows = np.concatenate([rows | (called ^ 1), rows], axis=2)
    windows, number, bits = rows.shape
    return rows.reshape(windows, number // per_row, per_row * bits)


def order_by_similarity(haplotypes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Order haplotypes so that similar ones are next to each other.

    The first is the one that differs least from all others. The next is, each time, the one that
    differs least from the last, of those that are left. Where haplotypes tie, in either, the first
    by :func:`order_haplotypes` is taken.

    Parameters
    ----------
    haplotypes : ndarray of uint8, shape (windows, haplotypes, sites)

    Returns
    -------
    ndarray of int64, shape (windows, haplotypes)

    References
    ----------
    After the sorting by similarity of Flagel, Brandvain and Schrider (2019), whose program begins
    with the same haplotype, but orders all others by how much they differ from that one alone.
    """
    order, words, _ = order_haplotypes(haplotypes)
    windows, number, sites = haplotypes.shape
    every = np.arange(windows)
    differences = np.take_along_axis(_sum_differences(haplotypes), order, axis=1)
    last = differences.argmin(axis=1)
    chosen = np.empty((windows, number), dtype=np.int64)
    excluded = np.zeros((windows, number), dtype=np.int32)
    for step in range(number):
        chosen[:, step] = last
        excluded[every, last] = sites + 1  # further away than any other can be
        differing = np.bitwise_count(words ^ words[:, every, last][:, :, None])
        last = (differing.sum(axis=0, dtype=np.int32) + excluded).argmin(axis=1)
    return np.take_along_axis(order, chosen, axis=1)


def _sum_differences(haplotypes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return how much each haplotype differs from all others together.

    Takes uint8 (windows, haplotypes, sites); returns float64 (windows, haplotypes), whole
    numbers, which are exact in whatever order they are added up.
    """
    copies = haplotypes.sum(axis=1, dtype=np.float64)
    # With allele 1 it differs from the haplotypes without, with allele 0 from the ``copies``.
    weights = haplotypes.shape[1] - 2 * copies
    more = (haplotypes.astype(np.float64) @ weights[:, :, None])[:, :, 0]
    return more + copies.sum(axis=1, keepdims=True)


def order_by_frequency(haplotypes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Order haplotypes by how many in the window are the same, the most common first.

    Equally common ones are ordered by :func:`order_haplotypes`, so those that are the same are
    always next to each other.

    Parameters
    ----------
    haplotypes : ndarray of uint8, shape (windows, haplotypes, sites)

    Returns
    -------
    ndarray of int64, shape (windows, haplotypes)

    References
    ----------
    After the sorting of rows in ImaGene (Torada et al. 2019).
    """
    order, _, new = order_haplotypes(haplotypes)
    windows, number = order.shape
    kind = np.cumsum(new, axis=1) - 1 + number * np.arange(windows)[:, None]
    copies = np.bincount(kind.ravel(), minlength=windows * number)[kind]
    return np.take_along_axis(order, (-copies).argsort(axis=1, kind="stable"), axis=1)


def order_haplotypes(
    haplotypes: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Order haplotypes by their alleles, site by site from the left, 0 before 1.

    Parameters
    ----------
    haplotypes : ndarray of uint8, shape (windows, haplotypes, sites)

    Returns
    -------
    order : ndarray of int64, shape (windows, haplotypes)
    words : ndarray of uint64, shape (words, windows, haplotypes)
        The haplotypes in this order, as bits.
    new : ndarray of bool, shape (windows, haplotypes)
        Which of them differ from the one before. The first does.

    Examples
    --------
    >>> order, _, new = order_haplotypes(np.array([[[1, 0], [0, 1], [1, 0]]], np.uint8))
    >>> order.tolist(), new.tolist()
    ([[1, 0, 2]], [[True, True, False]])
    """
    bits = np.packbits(haplotypes, axis=2)
    # Eight bytes as one number, the first byte weighing most: numbers in the order of alleles.
    filled = np.ascontiguousarray(np.pad(bits, [(0, 0), (0, 0), (0, -bits.shape[2] % 8)]))
    words = np.moveaxis(filled.view(">u8"), 2, 0).astype(np.uint64, order="C")
    order = np.lexsort(words[::-1], axis=1)
    words = np.take_along_axis(words, order[None], axis=2)
    new = np.ones(order.shape, dtype=bool)
    new[:, 1:] = (words[:, :, 1:] != words[:, :, :-1]).any(axis=0)
    return order, words, new


ORDERS: dict[str, Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.int64]]] = {
    "similarity": order_by_similarity,
    "frequency": order_by_frequency,
}
