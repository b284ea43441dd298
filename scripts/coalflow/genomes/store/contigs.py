"""Contigs: usable sites in memory."""

import dataclasses

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
