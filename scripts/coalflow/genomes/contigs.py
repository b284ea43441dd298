"""Contigs: the usable sites of a genome, and those of them that lie within a mask."""

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import Samples
from coalflow.core.errors import CoalflowError
from coalflow.windows import masks


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


def list_unnamed_contigs(contigs: Sequence[Contig], mask_path: str) -> list[str]:
    """Return the names of contigs that a mask never names, so that none of their sites is used.

    Raises
    ------
    CoalflowError
        If the mask cannot be read.
    """
    return masks.find_unnamed_contigs(
        masks.read_mask(mask_path), [contig.name for contig in contigs]
    )


def select_accessible(
    contigs: Sequence[Contig], mask_path: str, path: str | pathlib.Path
) -> tuple[list[Contig], int, float | None]:
    """Return what lies within a mask, how many sites do not, and how much is accessible.

    Parameters
    ----------
    contigs : sequence of Contig
        None of them without sites.
    mask_path : str
        A BED file.
    path : path
        The file of the genome, for messages.

    Returns
    -------
    list of Contig
        Those that have a site within the mask.
    int
        The number of sites outside it.
    float or None
        The accessible fraction of the bases from each contig's first site to its last; None where
        there is no contig.

    Raises
    ------
    CoalflowError
        If the mask cannot be read, names none of the contigs, or covers no site.
    """
    mask = masks.read_mask(mask_path)
    masks.refuse_unknown_contigs(mask, [contig.name for contig in contigs], path)
    kept, outside, accessible, bases = [], 0, 0.0, 0
    for contig in contigs:
        start, end = int(contig.positions[0]) - 1, int(contig.positions[-1])
        accessible += mask.covered_share(contig.name, start, end) * (end - start)
        bases += end - start
        within = mask.covers(contig.name, contig.positions - 1)
        outside += int((~within).sum())
        if within.any():
            kept.append(contig.select(within))
    if contigs and not kept:
        raise CoalflowError(
            f"{path}: none of its {outside:,} usable sites lies within the mask {mask.path}. "
            "A mask must list what is accessible; if the file lists what is not, invert "
            "it with bedtools complement"
        )
    return kept, outside, accessible / bases if bases else None
