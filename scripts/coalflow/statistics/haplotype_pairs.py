"""How many alleles the haplotypes of a window differ by, pair by pair, and what that yields.

Where the phase is not known, haplotypes are individuals, and two differ at a site by how many
copies of allele 1 one has more than the other. Alleles that are not called in one of a pair are
left out.

Differences are counted as bits, so they are whole numbers, the same in whatever order windows are
looked at.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.statistics.allele_counts import count_alleles
from coalflow.windows.packed_windows import Windows

WORD = 64  # bits that are compared at a time
WORDS_AT_ONCE = 2**17  # 1 MB an array: more would not stay in a processor's cache

NAMES = (
    "difference to the nearest haplotype",
    "difference of the most distant haplotype",
    "spread of differences",
    "most singletons of one haplotype",
)


def describe_pairs(windows: Windows) -> dict[str, npt.NDArray[np.float64]]:
    """Return what the differences between haplotypes are like.

    The first two are in units of the mean difference of two haplotypes: that of a haplotype to the
    one nearest to it, on average, and that of one haplotype to all others, where it is greatest.
    The third is the standard deviation over the mean. The last is the share of a window's
    singletons that one haplotype carries, and 0 where there are none.

    Parameters
    ----------
    windows : Windows

    Returns
    -------
    dict of str to ndarray of float64, shape (windows,)
        By ``NAMES``; 0 where no haplotypes differ.
    """
    number = len(windows)
    columns = {name: np.zeros(number) for name in NAMES}
    words = -(-windows.shape[1] * windows.alleles_per_row // WORD)
    step = max(1, WORDS_AT_ONCE // (windows.rows**2 * words))
    for begin in range(0, number, step):
        part = slice(begin, begin + step)
        described = _describe(windows[part])
        for name in NAMES:
            columns[name][part] = described[name]
    return columns


def _describe(windows: Windows) -> dict[str, npt.NDArray[np.float64]]:
    """Return the columns of some windows."""
    differences, compared = _count_differences(*_pack_rows(windows))
    # Shares where alleles are missing, else whole numbers, which take less time.
    apart = differences if compared is None else differences / np.maximum(compared, 1)
    rows = windows.rows
    pairs = max(rows * (rows - 1), 1)
    by_row = apart.sum(axis=2, dtype=np.float64)
    squares = np.einsum("wij,wij->w", apart, apart, dtype=np.float64)
    itself = np.arange(rows)
    apart[:, itself, itself] = windows.shape[1] * windows.alleles_per_row
    nearest = apart.min(axis=2).mean(axis=1, dtype=np.float64)
    mean = by_row.sum(axis=1) / pairs
    # Without differences, all is 0.
    unit = np.where(mean > 0, mean, 1)
    values = (
        np.where(mean > 0, nearest, 0) / unit,
        by_row.max(axis=1) / max(rows - 1, 1) / unit,
        np.sqrt(np.maximum(squares / pairs - mean**2, 0)) / unit,
        _find_most_singletons(windows),
    )
    return dict(zip(NAMES, values, strict=True))


def _pack_rows(
    windows: Windows,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64] | None]:
    """Return the alleles of each row as bits, and which are called or None.

    Both are uint64 (windows, rows, words).
    """
    packed = [_pack(windows.haplotypes, windows)]
    called = windows.called
    if called is not None:
        packed.append(_pack(called, windows))
    return packed[0], packed[1] if called is not None else None


def _pack(alleles: npt.NDArray[np.uint8], windows: Windows) -> npt.NDArray[np.uint64]:
    number, sites, _ = windows.shape
    per_row, rows = windows.alleles_per_row, windows.rows
    turned = alleles.reshape(number, sites, rows, per_row).transpose(0, 2, 3, 1)
    bits = np.packbits(np.ascontiguousarray(turned).reshape(number, rows, -1), axis=2)
    words = -(-bits.shape[2] * 8 // WORD)
    padded = np.zeros((number, rows, words * WORD // 8), np.uint8)
    padded[:, :, : bits.shape[2]] = bits
    return padded.view(np.uint64)


def _count_differences(
    alleles: npt.NDArray[np.uint64], called: npt.NDArray[np.uint64] | None
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32] | None]:
    """Return how many alleles differ in each pair of rows, and of how many that are called.

    Both are int32 (windows, rows, rows); the second is None where all are called.
    """
    number, rows, words = alleles.shape
    differences = np.zeros((number, rows, rows), np.int32)
    compared = None if called is None else np.zeros((number, rows, rows), np.int32)
    for word in range(words):
        one = np.ascontiguousarray(alleles[:, :, word])
        differing = one[:, :, None] ^ one[:, None, :]
        if called is not None and compared is not None:
            there = np.ascontiguousarray(called[:, :, word])
            both = there[:, :, None] & there[:, None, :]
            differing &= both
            compared += np.bitwise_count(both)
        differences += np.bitwise_count(differing)
    return differences, compared


def _find_most_singletons(windows: Windows) -> npt.NDArray[np.float64]:
    """Return the share of singletons in the row that has most of them, float64 (windows,)."""
    copies, number = count_alleles(windows)
    window, site = np.nonzero((copies == 1) | ((number - copies == 1) & (copies > 1)))
    bits = windows.packed[window, site]
    is_common = copies[window, site] > 1
    other = ~bits if windows.called_packed is None else ~bits & windows.called_packed[window, site]
    rare = np.where(is_common[:, None], other, bits)
    carried = np.unpackbits(rare, axis=1, count=windows.number_of_haplotypes)
    carrier = carried.argmax(axis=1) // windows.alleles_per_row
    rows, total = windows.rows, len(windows)
    by_row = np.bincount(window * rows + carrier, minlength=total * rows).reshape(total, rows)
    return by_row.max(axis=1) / np.maximum(by_row.sum(axis=1), 1)
