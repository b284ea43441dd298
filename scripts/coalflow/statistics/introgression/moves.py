"""Moves of lineages between populations, as a simulator records them, back in time."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tskit


@dataclasses.dataclass(frozen=True)
class Moves:
    """Lineages that moved from one population to another, going back in time.

    Attributes
    ----------
    left, right : ndarray of float64, shape (moves,)
        Where in the window, in bases.
    node : ndarray of int32, shape (moves,)
        The node below the lineage: all its descendants there have moved.
    source, dest : ndarray of int32, shape (moves,)
        From which population to which, by their numbers.
    time : ndarray of float64, shape (moves,)
        When, in generations ago.
    populations : tuple of str
        Names of populations by their numbers.
    """

    left: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]
    node: npt.NDArray[np.int32]
    source: npt.NDArray[np.int32]
    dest: npt.NDArray[np.int32]
    time: npt.NDArray[np.float64]
    populations: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.node)

    def keep(self, chosen: npt.NDArray[np.bool_]) -> Moves:
        """Return some of the moves; ``chosen`` is bool (moves,)."""
        arrays = {name: getattr(self, name)[chosen] for name in COLUMNS}
        return dataclasses.replace(self, **arrays)

    def find_population(self, name: str) -> int:
        """Return the number of a population; -1 if no lineage can have been in it."""
        return self.populations.index(name) if name in self.populations else tskit.NULL


COLUMNS = ("left", "right", "node", "source", "dest", "time")


def read_moves(
    tables: tskit.TableCollection, populations: Sequence[str], length: float | None = None
) -> Moves:
    """Return the moves that are recorded in tables.

    Parameters
    ----------
    tables : tskit.TableCollection
    populations : sequence of str
        Their names, by number.
    length : float, optional
        Of the part of the window, from its left end, that is kept, in bases.
    """
    table = tables.migrations
    arrays = {name: getattr(table, name) for name in COLUMNS}
    if length is not None:
        arrays["right"] = np.minimum(arrays["right"], length)
    moves = Moves(**arrays, populations=tuple(populations))
    return moves.keep(moves.left < moves.right)
