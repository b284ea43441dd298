"""Haplotypes to the fixed-size windows that nets and baselines see.

There is one way from alleles to tensors, and simulations and genomes both take
it: choose the sites, observe them, order the haplotypes. Alleles stay 0/1 bytes
until a batch is made; only then does an allele become a number (``VALUES``).

Without padding, a window is as long as from its first encoded site to its last.
With ``encoding.pad`` it is a stretch of ``simulation.sequence_length`` bases. It
may then hold fewer sites than the net reads: its sites stand in the middle, and
``mask`` tells them from the padding on both sides.
"""

import dataclasses

import numpy as np

from coalflow.observation import observe

VALUES = {"binary": (0.0, 1.0), "signed": (-1.0, 1.0)}


@dataclasses.dataclass(frozen=True)
class Windows:
    """Encoded windows.

    ``haplotypes`` is uint8 (windows, sites, haplotypes), ``positions`` float32
    (windows, sites) from 0 at the window's left end to 1 at its right, ``mask`` bool
    (windows, sites), False where a column is padding; alleles and positions are 0 there.
    """

    haplotypes: np.ndarray
    positions: np.ndarray
    mask: np.ndarray

    @classmethod
    def empty(cls, windows, sites, haplotypes):
        """Return windows of that shape, to be filled."""
        return cls(
            np.empty((windows, sites, haplotypes), dtype=np.uint8),
            np.empty((windows, sites), dtype=np.float32),
            np.empty((windows, sites), dtype=bool),
        )

    def __len__(self):
        return len(self.haplotypes)

    def __getitem__(self, rows):
        """Return some windows; ``rows`` is a slice or an array of indices."""
        return Windows(*(array[rows] for array in self.arrays))

    def __setitem__(self, rows, windows):
        for mine, theirs in zip(self.arrays, windows.arrays, strict=True):
            mine[rows] = theirs

    @property
    def arrays(self):
        """The three arrays, in the order in which nets take them."""
        return self.haplotypes, self.positions, self.mask


def of_shard(shard, replicates, encoding, observation):
    """Return replicates of a shard as :class:`Windows`.

    ``replicates`` are their indices; without padding each has ``encoding["sites"]``
    sites or more. ``encoding`` and ``observation`` are the config's sections. The
    shard is unpacked at the chosen sites only.
    """
    rows, mask = middle_sites(shard.offsets[replicates], shard.sites[replicates], encoding["sites"])
    packed = _gather(shard.haplotypes, rows, mask)
    haplotypes = np.unpackbits(packed, axis=2, count=shard.meta["haplotypes"])
    positions = _gather(shard.positions, rows, mask)
    if encoding["pad"]:
        start, length = 0.0, shard.truth["parameter/sequence_length"][replicates, None]
    else:
        start, length = _span(positions)
    return encode(haplotypes, (positions - start) / length, mask, encoding, observation)


def of_contig(contig, tiles, encoding, observation):
    """Return windows of a :class:`coalflow.genomes.Contig` as :class:`Windows`.

    ``tiles`` are the :class:`coalflow.genomes.Tiles` that say where they lie.
    """
    rows, mask = middle_sites(tiles.first, tiles.count, encoding["sites"])
    haplotypes = _gather(contig.haplotypes, rows, mask)
    positions = _gather(contig.positions, rows, mask)
    if encoding["pad"]:
        # A VCF counts bases from 1.
        start, length = tiles.start[:, None] + 1, (tiles.end - tiles.start)[:, None]
    else:
        start, length = _span(positions)
    return encode(haplotypes, (positions - start) / length, mask, encoding, observation)


def middle_sites(first, count, sites):
    """Return which sites stand in which column of each window, and the mask.

    Window i has the sites ``first[i]`` to ``first[i] + count[i] - 1`` of a list. Of
    more than ``sites`` the middle ones are taken; fewer stand in the middle columns.
    Returns int64 (windows, sites), to be used where the second, bool (windows,
    sites), is True.
    """
    place = (count[:, None] - sites) // 2 + np.arange(sites)
    mask = (place >= 0) & (place < count[:, None])
    return first[:, None] + place, mask


def _gather(values, rows, mask):
    """Return ``values[rows]``, and 0 where the mask is False."""
    if mask.all():
        return values[rows]
    chosen = np.zeros((*mask.shape, *values.shape[1:]), values.dtype)
    chosen[mask] = values[rows[mask]]
    return chosen


def _span(positions):
    """Return where each window of as many sites as the net reads starts, and its length."""
    return positions[:, :1], positions[:, -1:] - positions[:, :1]


def encode(haplotypes, positions, mask, encoding, observation):
    """Return windows as models see them: observed, haplotypes in order.

    ``haplotypes`` is uint8 (windows, sites, haplotypes), 1 for the derived or alternative
    allele; ``positions`` (windows, sites) from 0 to 1; ``mask`` bool (windows, sites).
    """
    # Padding has the allele 0 in all haplotypes, so it neither folds nor counts as a difference.
    seen = observe(haplotypes, observation["polarised"])
    if encoding["order"] == "similarity":
        order = similarity_order(seen)
        seen = np.take_along_axis(seen, order[:, None, :], axis=2)
    scaled = np.where(mask, positions, 0).astype(np.float32)
    return Windows(np.ascontiguousarray(seen), scaled, mask)


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
