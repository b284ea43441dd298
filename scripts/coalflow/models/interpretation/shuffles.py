"""Windows shuffled, so that one kind of information is lost and all others are left.

A shuffled window is encoded like any other: where the config orders haplotypes by similarity, they
are ordered once more. Only where their order itself is shuffled are they left as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.settings.view import View
from coalflow.core import seeds
from coalflow.models.interpretation.theory import list_frequency_classes
from coalflow.statistics.allele_counts import count_alleles
from coalflow.windows.encoding import encode_windows
from coalflow.windows.packed_windows import Populations, Windows

ALLELES_AT_ONCE = 2_000_000  # shuffled at a time: about 50 MB


@dataclasses.dataclass(frozen=True)
class Alignment:
    """Windows with their alleles one a byte, to be changed.

    Attributes
    ----------
    haplotypes : ndarray of uint8, shape (windows, sites, haplotypes)
    called : ndarray of uint8, of the same shape, or None
        1 where an allele is called; None where all are.
    positions : ndarray of float64, shape (windows, sites)
        From 0 to 1; 0 in padding.
    mask : ndarray of bool, shape (windows, sites)
        False in padding.
    alleles_per_row, populations, order
        As in :class:`coalflow.windows.packed_windows.Windows`.
    """

    haplotypes: npt.NDArray[np.uint8]
    called: npt.NDArray[np.uint8] | None
    positions: npt.NDArray[np.float64]
    mask: npt.NDArray[np.bool_]
    alleles_per_row: int = 1
    populations: Populations = ()
    order: tuple[str, ...] | None = None

    @classmethod
    def unpack(cls, windows: Windows) -> Alignment:
        """Return windows as they are."""
        return cls(
            windows.haplotypes,
            windows.called,
            windows.positions.astype(np.float64),
            windows.mask,
            windows.alleles_per_row,
            windows.populations,
            windows.order,
        )

    def change_alleles(
        self, change: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]
    ) -> Alignment:
        """Return windows with a change made to alleles, and to where they are called."""
        called = None if self.called is None else change(self.called)
        return dataclasses.replace(self, haplotypes=change(self.haplotypes), called=called)

    def encode(self, view: View) -> Windows:
        """Return windows as models see them."""
        return encode_windows(
            self.haplotypes,
            self.called,
            self.positions,
            self.mask,
            view.samples,
            view.encoding,
            view.observation,
        )

    def keep_order(self) -> Windows:
        """Return windows whose haplotypes are left in their order."""
        masked = np.where(self.mask, self.positions, 0).astype(np.float32)
        return Windows.pack(
            self.haplotypes,
            masked,
            self.mask,
            self.called,
            self.alleles_per_row,
            self.populations,
            self.order,
        )


#: Takes windows, how models see them, and a generator; returns them shuffled.
Shuffle: TypeAlias = Callable[[Alignment, View, np.random.Generator], Windows]


def shuffle_windows(windows: Windows, name: str, view: View, seed: int) -> Windows:
    """Return windows shuffled in one way.

    Parameters
    ----------
    windows : Windows
    name : str
        A key of :data:`SHUFFLES`.
    view : View
        How models see windows.
    seed : int
        The run's.
    """
    generator = seeds.derive_generator(seed, "shuffled", name)
    _, sites, haplotypes = windows.shape
    step = max(1, ALLELES_AT_ONCE // (sites * haplotypes))
    shuffled = Windows.empty_like(windows, len(windows))
    for begin in range(0, len(windows), step):
        rows = slice(begin, begin + step)
        shuffled[rows] = SHUFFLES[name](Alignment.unpack(windows[rows]), view, generator)
    return shuffled


def _shuffle_haplotypes(
    alignment: Alignment, view: View, generator: np.random.Generator
) -> Windows:
    """Put the haplotypes of each population in a random order, the same at all sites."""
    windows = len(alignment.mask)
    order = _draw_order((windows, 1), alignment, view, generator)
    return alignment.change_alleles(lambda alleles: _reorder(alleles, order)).keep_order()


def _shuffle_alleles(alignment: Alignment, view: View, generator: np.random.Generator) -> Windows:
    """Deal the alleles of each site out to the haplotypes of each population at random."""
    order = _draw_order(alignment.mask.shape, alignment, view, generator)
    return alignment.change_alleles(lambda alleles: _reorder(alleles, order)).encode(view)


def _shuffle_sites(alignment: Alignment, view: View, generator: np.random.Generator) -> Windows:
    """Put the sites of a window in a random order, and leave their positions as they are."""
    chosen = _exchange(alignment.mask.astype(np.int64), generator)
    return alignment.change_alleles(lambda alleles: _take_sites(alleles, chosen)).encode(view)


def _shuffle_within_classes(
    alignment: Alignment, view: View, generator: np.random.Generator
) -> Windows:
    """Exchange the alleles of sites of the same class of frequency."""
    classes = find_frequency_classes(alignment.encode(view)) + 1
    chosen = _exchange(np.where(alignment.mask, classes, -1), generator)
    return alignment.change_alleles(lambda alleles: _take_sites(alleles, chosen)).encode(view)


def _shuffle_positions(alignment: Alignment, view: View, generator: np.random.Generator) -> Windows:
    """Put the distances between neighbouring sites in a random order."""
    mask, positions = alignment.mask, alignment.positions
    follows = mask & np.pad(mask[:, :-1], ((0, 0), (1, 0)))
    gaps = np.diff(positions, axis=1, prepend=0) * follows
    chosen = _exchange(follows.astype(np.int64), generator)
    shuffled = np.take_along_axis(gaps, chosen, axis=1) * follows
    first = np.where(mask & ~follows, positions, 0)
    moved = np.where(mask, np.cumsum(first + shuffled, axis=1), 0)
    return dataclasses.replace(alignment, positions=moved.clip(0, 1)).encode(view)


#: What is lost, by what is shuffled.
SHUFFLES: dict[str, Shuffle] = {
    "order of haplotypes": _shuffle_haplotypes,
    "alleles of each site among haplotypes": _shuffle_alleles,
    "order of sites": _shuffle_sites,
    "sites of the same frequency": _shuffle_within_classes,
    "distances between sites": _shuffle_positions,
}


def find_frequency_classes(windows: Windows) -> npt.NDArray[np.int64]:
    """Return to which class of frequency each site belongs, int64 (windows, sites).

    They are the indices of :func:`coalflow.models.interpretation.theory.list_frequency_classes`;
    -1 for padding and for sites that do not vary.

    Parameters
    ----------
    windows : Windows
    """
    haplotypes = windows.number_of_haplotypes
    copies, number = count_alleles(windows)
    class_of = np.full(haplotypes + 1, -1)
    for index, members in enumerate(list_frequency_classes(haplotypes).values()):
        class_of[members] = index
    scaled = np.rint(copies * haplotypes / np.maximum(number, 1)).astype(np.int64)
    varies = windows.mask & (copies > 0) & (copies < number)
    return np.where(varies, class_of[scaled.clip(1, haplotypes - 1)], -1)


def _draw_order(
    shape: tuple[int, ...], alignment: Alignment, view: View, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return random orders of haplotypes within each population, int64 (..., haplotypes).

    The haplotypes of an individual stay together where the phase is not known.
    """
    per_row = alignment.alleles_per_row
    population = np.repeat(np.arange(len(view.samples.haplotypes)), view.samples.haplotypes)
    rows = population[::per_row]
    order = (rows + generator.random((*shape, len(rows)))).argsort(axis=-1)
    order = order[..., None] * per_row + np.arange(per_row)
    return order.reshape(*shape, -1)


def _reorder(alleles: npt.NDArray[np.uint8], order: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    return np.take_along_axis(alleles, order, axis=2)


def _take_sites(
    alleles: npt.NDArray[np.uint8], chosen: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    return np.take_along_axis(alleles, chosen[:, :, None], axis=1)


def _exchange(groups: npt.NDArray[Any], generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return which site each is replaced by, of the same group of its window.

    Both are int64 (windows, sites).
    """
    places = groups.argsort(axis=1, kind="stable")
    drawn = (groups + generator.random(groups.shape)).argsort(axis=1)
    chosen = np.empty_like(places)
    np.put_along_axis(chosen, places, drawn, axis=1)
    return chosen
