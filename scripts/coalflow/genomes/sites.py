"""Sites of a genome: the alleles of those who were chosen, and why a site is not used."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

MISSING = 2  # in place of an allele, 0 or 1
REASONS = (
    "no_genotypes",
    "other_ploidy",
    "not_two_alleles",
    "not_single_bases",
    "missing_genotypes",
    "not_varying",
    "allele_too_rare",
    "position_repeated",
    "ancestral_unknown",
    "outside_mask",
)


class Site(NamedTuple):
    """A site with two alleles of one base each.

    Attributes
    ----------
    contig : str
    position : int
        In bases, counted from 1.
    alleles : ndarray of uint8, shape (haplotypes,)
        0 or 1, or ``MISSING`` in all haplotypes of a genotype that is not wholly called; at least
        one is called.
    is_unphased : bool
        Whether a heterozygote is not phased.
    """

    contig: str
    position: int
    alleles: npt.NDArray[np.uint8]
    is_unphased: bool


def find_reason(
    alleles: npt.NDArray[np.uint8], keep_missing: bool, minimum_allele_count: int
) -> str | None:
    """Return why a site is not used, one of ``REASONS``, or None.

    Parameters
    ----------
    alleles : ndarray of uint8, shape (haplotypes,)
        As in :class:`Site`.
    keep_missing : bool
        Whether genotypes may be missing.
    minimum_allele_count : int
        How often the rarer allele must be called.

    Examples
    --------
    >>> find_reason(np.array([0, 1, MISSING, MISSING], dtype=np.uint8), False, 1)
    'missing_genotypes'
    >>> find_reason(np.array([0, 1, 0, 0], dtype=np.uint8), False, 2)
    'allele_too_rare'
    """
    called = alleles != MISSING
    if not called.all():
        if not keep_missing:
            return "missing_genotypes"
        alleles = alleles[called]
    copies = int(alleles.sum())
    rarer = min(copies, len(alleles) - copies)
    if rarer == 0:
        return "not_varying"
    return "allele_too_rare" if rarer < minimum_allele_count else None
