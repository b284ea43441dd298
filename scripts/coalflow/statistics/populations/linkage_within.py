"""Kelly's ZnS, the mean r2 of pairs of sites, among the haplotypes of some populations.

Sites are standardised among these haplotypes, or individuals where the phase is not known. The sum
of r2 over all pairs of sites is then that of the squared products over all pairs of haplotypes,
which are fewer. An allele that is not called counts as the mean of those that are.

Standardised values are rounded to multiples of 2^-20, and squares of sums to multiples of 2^-24, so
that sums are of whole numbers, the same in whatever order they are added up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.windows.packed_windows import Windows

UNIT, UNIT_OF_SQUARES = 2.0**20, 2.0**24
VALUES_AT_ONCE = 2**16  # 512 kB an array: more does not stay in a processor's cache


class RowLinkage:
    """The sites of windows, for the linkage among any of the rows.

    Parameters
    ----------
    windows : Windows
    """

    def __init__(self, windows: Windows) -> None:
        shape = (*windows.mask.shape, windows.rows, windows.alleles_per_row)
        # Uint8 (windows, sites, rows).
        self._copies = windows.haplotypes.reshape(shape).sum(axis=3, dtype=np.uint8)
        called = windows.called
        self._called = None if called is None else called.reshape(shape).min(axis=3)

    def compute_zns(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return Kelly's (1997) ZnS of whole windows.

        Parameters
        ----------
        rows : ndarray of int64
            Those of the haplotypes, two or more.

        Returns
        -------
        ndarray of float64, shape (windows,)
            nan where fewer than two sites vary.
        """
        windows, sites, _ = self._copies.shape
        total, number = np.empty(windows), np.empty(windows)
        step = max(1, VALUES_AT_ONCE // (sites * len(rows)))
        for begin in range(0, windows, step):
            part = slice(begin, begin + step)
            standardised, varies = self._standardise(part, rows)
            products = standardised.transpose(0, 2, 1) @ standardised / UNIT**2
            squares = np.rint(products**2 * UNIT_OF_SQUARES)
            total[part] = squares.sum(axis=(1, 2)) / UNIT_OF_SQUARES
            number[part] = varies.sum(axis=1)
        pairs = number * (number - 1)
        # A site with itself has an r2 of 1; rounding can leave less than nothing.
        r2 = np.maximum(total - number, 0)
        return np.divide(r2, pairs, out=np.full(windows, np.nan), where=pairs > 0)

    def _standardise(
        self, part: slice, rows: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Return sites with a mean of 0 and a sum of squares of 1, and which of them vary.

        The first are whole numbers of units, float64 (windows, sites, rows), 0 where a site does
        not vary; the second is (windows, sites).
        """
        copies = self._copies[part][:, :, rows]
        called, number = None, np.array(len(rows))
        if self._called is not None:
            called = self._called[part][:, :, rows]
            copies *= called
            number = np.maximum(called.sum(axis=2, dtype=np.int64), 1)
        sums = copies.sum(axis=2, dtype=np.int64)
        squares = (copies**2).sum(axis=2, dtype=np.int64)
        # Number times the sum of squares around the mean, a whole number.
        spread = number * squares - sums**2
        varies = spread > 0
        factor = np.where(varies, UNIT * np.sqrt(number / np.maximum(spread, 1)), 0)
        standardised = copies * np.rint(factor)[:, :, None]
        standardised -= np.rint(factor * sums / number)[:, :, None]
        if called is not None:
            standardised *= called
        return standardised, varies
