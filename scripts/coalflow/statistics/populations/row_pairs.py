"""Pairs of haplotypes, within populations and between them.

Where the phase is not known, individuals take the place of haplotypes.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt


class RowPairs:
    """All pairs of rows, those within a population or between two of them next to each other.

    Attributes
    ----------
    first, second : ndarray of int64, shape (pairs,)
        The rows of each pair.
    between : slice
        The pairs of different populations, which come first.
    rows : dict of str to slice
        The rows of each population.

    Examples
    --------
    >>> pairs = RowPairs({"A": slice(0, 2), "B": slice(2, 4)})
    >>> list(zip(pairs.first.tolist(), pairs.second.tolist()))
    [(0, 2), (0, 3), (1, 2), (1, 3), (0, 1), (2, 3)]
    >>> pairs.find("A", "B"), pairs.find("A")
    (slice(0, 4, None), slice(4, 5, None))
    """

    def __init__(self, rows: Mapping[str, slice]) -> None:
        self.rows = dict(rows)
        indices = {name: np.arange(part.start, part.stop) for name, part in rows.items()}
        blocks = {
            (one, other): (
                indices[one].repeat(len(indices[other])),
                np.tile(indices[other], len(indices[one])),
            )
            for one, other in itertools.combinations(rows, 2)
        }
        self.between = slice(0, sum(len(first) for first, _ in blocks.values()))
        for name, own in indices.items():
            left, right = np.triu_indices(len(own), 1)
            blocks[name, name] = own[left], own[right]
        self.first, self.second = (
            np.concatenate(each) for each in zip(*blocks.values(), strict=True)
        )
        ends = itertools.accumulate(len(first) for first, _ in blocks.values())
        edges = itertools.pairwise([0, *ends])
        self._blocks = {of: slice(*edge) for of, edge in zip(blocks, edges, strict=True)}

    @classmethod
    def from_haplotypes(cls, slices: Mapping[str, slice], alleles_per_row: int) -> Self:
        """Return the pairs of rows that consist of some neighbouring haplotypes each.

        Parameters
        ----------
        slices : mapping of str to slice
            The haplotypes of each population.
        alleles_per_row : int
        """
        return cls(
            {
                name: slice(chosen.start // alleles_per_row, chosen.stop // alleles_per_row)
                for name, chosen in slices.items()
            }
        )

    def __len__(self) -> int:
        return len(self.first)

    def count_rows(self, name: str) -> int:
        """Return how many rows a population has."""
        return self.rows[name].stop - self.rows[name].start

    def find(self, one: str, other: str | None = None) -> slice:
        """Return which pairs are within a population, or between it and a later one."""
        return self._blocks[one, one if other is None else other]

    def arrange_between(
        self, values: npt.NDArray[np.float32], one: str, other: str
    ) -> npt.NDArray[np.float32]:
        """Return the values of pairs of two populations, (windows, rows of one, of the other).

        Parameters
        ----------
        values : ndarray of float32, shape (windows, pairs)
        one, other : str
            In any order.
        """
        if (one, other) not in self._blocks:
            return self.arrange_between(values, other, one).transpose(0, 2, 1)
        shape = self.count_rows(one), self.count_rows(other)
        return values[:, self.find(one, other)].reshape(len(values), *shape)

    def arrange_within(
        self, values: npt.NDArray[np.float32], name: str, itself: float
    ) -> npt.NDArray[np.float32]:
        """Return the values of a population's pairs, (windows, rows, rows).

        Parameters
        ----------
        values : ndarray of float32, shape (windows, pairs)
        name : str
        itself : float
            The value of a row with itself.
        """
        rows = self.count_rows(name)
        square = np.full((len(values), rows, rows), itself, np.float32)
        left, right = np.triu_indices(rows, 1)
        square[:, left, right] = square[:, right, left] = values[:, self.find(name)]
        return square
