"""What sequencing leaves of the truth, the same for simulations and for real data."""

import numpy as np


def observe(haplotypes, polarised):
    """Return haplotypes as they would be seen.

    ``haplotypes`` is uint8 (windows, sites, haplotypes), 1 for one of the two
    alleles: the derived one in simulations, the alternative one in a VCF. With
    ``polarised`` they come back as they are. Otherwise nobody knows which allele
    is ancestral, and 1 becomes the rarer allele at every site; where both are
    equally frequent, it becomes the one that the first haplotype does not have.
    """
    if polarised:
        return haplotypes
    copies = haplotypes.sum(axis=2, dtype=np.int64)
    number = haplotypes.shape[2]
    tied = 2 * copies == number
    flipped = (2 * copies > number) | (tied & (haplotypes[:, :, 0] == 1))
    return haplotypes ^ flipped[:, :, None].astype(np.uint8)
