"""Haplotypes to the fixed-size matrices that nets and baselines see.

There is one way from alleles to tensors, and simulations and genomes both take
it: choose the sites, observe them, order the haplotypes. Matrices stay 0/1 bytes
until a batch is made; only then does an allele become a number (``value_range``).
"""

import numpy as np

from coalflow.observation import observe

VALUES = {"binary": (0.0, 1.0), "signed": (-1.0, 1.0)}


def middle_sites(shard, replicates, sites, haplotypes):
    """Return the alleles at the middle ``sites`` of replicates of a shard.

    ``replicates`` are indices of replicates with at least that many sites.
    Returns uint8 (len(replicates), sites, haplotypes), in order along the genome.
    """
    first = shard.offsets[replicates] + (shard.sites[replicates] - sites) // 2
    rows = first[:, None] + np.arange(sites)
    return np.unpackbits(shard.haplotypes[rows], axis=2, count=haplotypes)


def encode(haplotypes, encoding, observation):
    """Return windows as models see them: observed, haplotypes in order.

    ``haplotypes`` is uint8 (windows, sites, haplotypes), 1 for the derived or
    alternative allele; so is the result. ``encoding`` and ``observation`` are the
    config's sections.
    """
    seen = observe(haplotypes, observation["polarised"])
    if encoding["order"] == "similarity":
        order = similarity_order(seen)
        seen = np.take_along_axis(seen, order[:, None, :], axis=2)
    return np.ascontiguousarray(seen)


def similarity_order(haplotypes):
    """Return, for each window, an order that puts similar haplotypes beside each other.

    It starts with the haplotype that differs least from all others, and goes on
    with the one that differs least from the last, until none is left. Ties go to
    the earlier haplotype. (After the sorting by similarity of Flagel et al. 2018,
    section "Sorting", here by the simplest greedy rule.)

    Takes uint8 (windows, sites, haplotypes), returns int64 (windows, haplotypes).
    """
    distances = pairwise_differences(haplotypes)
    windows, number = len(haplotypes), haplotypes.shape[2]
    every = np.arange(windows)
    order = np.empty((windows, number), dtype=np.int64)
    order[:, 0] = distances.sum(axis=2).argmin(axis=1)
    taken = np.zeros((windows, number), dtype=bool)
    for place in range(1, number):
        last = order[:, place - 1]
        taken[every, last] = True
        from_last = np.where(taken, np.inf, distances[every, last])
        order[:, place] = from_last.argmin(axis=1)
    return order


def pairwise_differences(haplotypes):
    """Return the number of differing sites of each pair of haplotypes.

    Takes uint8 (windows, sites, haplotypes), returns float32 (windows, haplotypes,
    haplotypes). With alleles as -1 and 1, a product of two haplotypes is sites
    minus twice their differences; sums up to 2^24 are exact in float32.
    """
    signed = haplotypes.astype(np.float32) * 2 - 1
    return (haplotypes.shape[1] - signed.transpose(0, 2, 1) @ signed) / 2
