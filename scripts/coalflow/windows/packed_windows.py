"""Encoded windows, kept as bits until a batch is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import EVERYONE

#: Names of populations, each with its number of rows, in the order of rows.
Populations: TypeAlias = tuple[tuple[str, int], ...]
Rows: TypeAlias = slice | npt.NDArray[np.int64] | npt.NDArray[np.bool_] | list[int]


def order_rows(populations: Populations, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the indices of rows, in another order of their populations, (rows,).

    Parameters
    ----------
    populations : tuple of (str, int)
        How many rows each has, in the order of the rows.
    names : sequence of str
        The populations in the other order.

    Examples
    --------
    >>> order_rows((("EUR", 2), ("AFR", 3)), ["AFR", "EUR"]).tolist()
    [2, 3, 4, 0, 1]
    """
    ends = np.cumsum([number for _, number in populations])
    rows = {
        name: np.arange(end - number, end)
        for (name, number), end in zip(populations, ends, strict=True)
    }
    return np.concatenate([rows[name] for name in names])


@dataclasses.dataclass(frozen=True)
class Windows:
    """Encoded windows.

    Attributes
    ----------
    packed : ndarray of uint8, shape (windows, sites, ceil(haplotypes / 8))
        Alleles as bits, most significant first; 0 in padding.
    positions : ndarray of float32, shape (windows, sites)
        From 0 at the window's left end to 1 at its right; 0 in padding.
    mask : ndarray of bool, shape (windows, sites)
        False where a column is padding.
    number_of_haplotypes : int
    populations : tuple of (str, int)
        The name of each population and its number of rows, in the order of rows. A sample of one
        population without a name is ``all``.
    called_packed : ndarray of uint8, of the shape of ``packed``, optional
        1 where an allele is called, as bits; None where none can be missing. An allele that is not
        called is 0.
    alleles_per_row : int
        How many neighbouring alleles make up what models see as one row: 1 where the phase is
        known, else those of an individual, the copies of 1 first.
    order : tuple of str, optional
        The names of populations in the order in which nets take them, if it is not alphabetical.
    """

    packed: npt.NDArray[np.uint8]
    positions: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]
    number_of_haplotypes: int
    populations: Populations
    called_packed: npt.NDArray[np.uint8] | None = None
    alleles_per_row: int = 1
    order: tuple[str, ...] | None = None

    @classmethod
    def pack(
        cls,
        haplotypes: npt.NDArray[np.uint8],
        positions: npt.NDArray[np.float32],
        mask: npt.NDArray[np.bool_],
        called: npt.NDArray[np.uint8] | None = None,
        alleles_per_row: int = 1,
        populations: Populations = (),
        order: tuple[str, ...] | None = None,
    ) -> Windows:
        """Return windows of alleles that take a byte each.

        Parameters
        ----------
        haplotypes : ndarray of uint8, shape (windows, sites, haplotypes)
        positions, mask, alleles_per_row
            The attributes of the windows.
        called : ndarray of uint8, shape (windows, sites, haplotypes), optional
            1 where an allele is called; None where none can be missing.
        populations : tuple of (str, int), optional
            As the attribute; without it, all rows are of one population.
        order : tuple of str, optional
            As the attribute.

        Examples
        --------
        >>> alleles = np.array([[[0, 1, 1], [1, 0, 0]]], np.uint8)
        >>> windows = Windows.pack(alleles, np.zeros((1, 2), np.float32), np.ones((1, 2), bool))
        >>> windows.shape, windows.packed.tolist()
        ((1, 2, 3), [[[96], [128]]])
        """
        number = haplotypes.shape[2]
        return cls(
            np.packbits(haplotypes, axis=2),
            positions,
            mask,
            number,
            populations or ((EVERYONE, number // alleles_per_row),),
            None if called is None else np.packbits(called, axis=2),
            alleles_per_row,
            order,
        )

    @classmethod
    def empty_like(
        cls,
        windows: Windows,
        number: int,
        allocate: Callable[[tuple[int, ...], Any], npt.NDArray[Any]] = np.empty,
    ) -> Windows:
        """Return a number of windows of the same kind, to be filled.

        Parameters
        ----------
        windows : Windows
        number : int
        allocate : callable
            Makes an array of a shape and a dtype, such as
            :meth:`coalflow.core.files.Room.allocate`.
        """
        arrays = [allocate((number, *array.shape[1:]), array.dtype) for array in windows.arrays]
        return windows._replace_arrays(arrays)

    def __len__(self) -> int:
        return len(self.packed)

    def __getitem__(self, rows: Rows) -> Windows:
        """Return some windows."""
        return self._replace_arrays([array[rows] for array in self.arrays])

    def __setitem__(self, rows: Rows, windows: Windows) -> None:
        for mine, theirs in zip(self.arrays, windows.arrays, strict=True):
            mine[rows] = theirs

    def _replace_arrays(self, arrays: list[npt.NDArray[Any]]) -> Windows:
        packed, positions, mask, *called = arrays
        return dataclasses.replace(
            self,
            packed=packed,
            positions=positions,
            mask=mask,
            called_packed=called[0] if called else None,
        )

    @property
    def arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """The arrays: alleles as bits, positions, mask and, where any can be missing, called."""
        called = () if self.called_packed is None else (self.called_packed,)
        return self.packed, self.positions, self.mask, *called

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of windows, of sites and of haplotypes."""
        windows, sites = self.mask.shape
        return windows, sites, self.number_of_haplotypes

    @property
    def rows(self) -> int:
        """How many haplotypes, or individuals where the phase is not known, models see."""
        return self.number_of_haplotypes // self.alleles_per_row

    @property
    def ordered(self) -> Populations:
        """The populations and their numbers of rows, in the order in which nets take them."""
        numbers = dict(self.populations)
        return tuple((name, numbers[name]) for name in self.order or sorted(numbers))

    @property
    def rows_in_order(self) -> npt.NDArray[np.int64]:
        """The indices of all rows, in the order in which nets take them, (rows,)."""
        return order_rows(self.populations, [name for name, _ in self.ordered])

    @property
    def dosages(self) -> npt.NDArray[np.float32]:
        """Share of alleles 1 in each row, float32 (windows, sites, rows); nan if not called."""
        shares = self.haplotypes.astype(np.float32)
        called = self.called
        if called is not None:
            shares[called == 0] = np.nan
        windows, sites, _ = shares.shape
        return shares.reshape(windows, sites, self.rows, self.alleles_per_row).mean(axis=3)

    @property
    def haplotypes(self) -> npt.NDArray[np.uint8]:
        """Alleles, one a byte, uint8 (windows, sites, haplotypes): eight times the memory."""
        return np.unpackbits(self.packed, axis=2, count=self.number_of_haplotypes)

    @property
    def called(self) -> npt.NDArray[np.uint8] | None:
        """What is called, uint8 (windows, sites, haplotypes), or None where nothing is missing."""
        if self.called_packed is None:
            return None
        return np.unpackbits(self.called_packed, axis=2, count=self.number_of_haplotypes)
