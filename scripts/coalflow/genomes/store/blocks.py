"""Blocks of the null: long simulated replicates that are read like contigs."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import Samples
from coalflow.genomes.store.contigs import Contig


@dataclasses.dataclass(frozen=True)
class Block:
    """A long replicate that is read like a contig.

    Attributes
    ----------
    name : str
        Its cell and its index there, such as ``neutral/12``.
    length : int
        Bases.
    positions : ndarray of int64, shape (sites,)
        Of its observed sites, counted from 1.
    packed, called_packed : ndarray of uint8, shape (sites, ceil(haplotypes / 8))
        Alleles as bits, and where they are called; the latter is None where all are.
    samples : Samples
        Whose haplotypes these are.
    truth : mapping of str to number or text
        Its parameters and true values, by their names in shards.
    sites : int
        How many sites are observed.
    """

    name: str
    length: int
    positions: npt.NDArray[np.int64]
    packed: npt.NDArray[np.uint8]
    called_packed: npt.NDArray[np.uint8] | None
    samples: Samples
    truth: dict[str, float | str] = dataclasses.field(default_factory=dict)
    sites: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sites", len(self.positions))

    @property
    def regions(self) -> None:
        """None: all of it is read."""
        return

    def count_sites_before(self, bases: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return how many sites lie before each base, counted from 0; int64 (bases,)."""
        # A position counts from 1, so it is before the base of the same number from 0.
        return np.searchsorted(self.positions, np.asarray(bases, np.int64), side="right")

    def read_positions(self, first: int, last: int) -> npt.NDArray[np.int64]:
        """Return the positions of sites, counted from 1; ``last`` is not one of them."""
        return self.positions[first:last]

    def read_sites(self, first: int, last: int, draw: int = 0) -> Contig:
        """Return sites as a contig in memory; ``last`` is not one of them."""
        called = (
            None if self.called_packed is None else self._unpack(self.called_packed[first:last])
        )
        return Contig(
            self.name,
            self.positions[first:last],
            self._unpack(self.packed[first:last]),
            called,
            self.samples,
        )

    def _unpack(self, bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        return np.unpackbits(bits, axis=1, count=self.samples.number_of_haplotypes)
