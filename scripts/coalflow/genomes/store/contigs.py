"""Contigs: usable sites in memory, and what all contigs have whose sites can be read."""

import dataclasses
from typing import Protocol

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import Samples


@dataclasses.dataclass(frozen=True)
class Contig:
    """The usable sites of one contig.

    Attributes
    ----------
    name : str
    positions : ndarray of int64, shape (sites,)
        In bases, counted from 1 as in a VCF.
    haplotypes : ndarray of uint8, shape (sites, haplotypes)
        1 for the alternative allele, or for the derived one where the ancestral allele is known; 0
        where an allele was not called.
    called : ndarray of uint8, shape (sites, haplotypes), optional
        1 where an allele was called; None where all were.
    samples : Samples
        Whose haplotypes these are.
    """

    name: str
    positions: npt.NDArray[np.int64]
    haplotypes: npt.NDArray[np.uint8]
    called: npt.NDArray[np.uint8] | None
    samples: Samples

    def select(self, kept: npt.NDArray[np.bool_]) -> "Contig":
        """Return the contig with some of its sites; ``kept`` is bool (sites,)."""
        return dataclasses.replace(
            self,
            positions=self.positions[kept],
            haplotypes=self.haplotypes[kept],
            called=None if self.called is None else self.called[kept],
        )


class ReadableContig(Protocol):
    """A contig that windows are cut from: of a genome's store, or a block of the null."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def length(self) -> int:
        """Its bases."""

    @property
    def samples(self) -> Samples:
        """Whose haplotypes are read."""

    @property
    def regions(self) -> npt.NDArray[np.int64] | None:
        """The edges of the regions that are read, as in a mask; None where all of it is."""

    @property
    def sites(self) -> int:
        """How many sites are usable."""

    def count_sites_before(self, bases: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return how many usable sites lie before each base, counted from 0."""

    def read_positions(self, first: int, last: int) -> npt.NDArray[np.int64]:
        """Return the positions of usable sites, counted from 1; ``last`` is not one of them."""

    def read_sites(self, first: int, last: int, draw: int = 0) -> Contig:
        """Return usable sites as a contig in memory; ``last`` is not one of them."""
