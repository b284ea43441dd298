"""Haplotypes to the fixed-size windows that nets and baselines see.

There is one way from alleles to tensors, and simulations and genomes both take
it: choose the sites, observe them, order the haplotypes. Alleles stay bits until
a batch is made; only then does an allele become a number (``VALUES``). So many
windows need no more memory than these bits, their sites' positions and one batch.

Without padding, a window is as long as from its first encoded site to its last.
With ``encoding.pad`` it is a stretch of ``encoding.length`` bases. It may then hold
fewer sites than the net reads, and ``mask`` tells these from the padding.

Where there is more than the net reads, ``encoding.stretch`` says which part it sees.
That goes for bases, where a simulated window is longer than ``encoding.length``, and
then for the sites among these bases:

- ``central``: the middle ones. Fewer sites than the net reads stand in the middle,
  with padding on both sides;
- ``first``: those at the left end. Fewer sites stand at the left, padding behind them;
- ``random``: a stretch that begins anywhere, all beginnings equally likely; fewer
  sites stand in the middle. Its random numbers belong to the window, so it is the
  same among any other windows: they come from ``encoding.seed`` and the replicate's
  seed, and in a genome from ``encoding.seed``, the contig's name and where the
  window starts.
"""

import dataclasses

import numpy as np

from coalflow import seeds
from coalflow.observation import observe

VALUES = {"binary": (0.0, 1.0), "signed": (-1.0, 1.0)}
ALLELES_AT_ONCE = 1_000_000  # what is worked on at a time: some 20 MB, more would be no faster


@dataclasses.dataclass(frozen=True)
class Windows:
    """Encoded windows.

    ``packed`` is uint8 (windows, sites, ceil(haplotypes / 8)), alleles as bits, most
    significant first; ``positions`` float32 (windows, sites) from 0 at the window's
    left end to 1 at its right; ``mask`` bool (windows, sites), False where a column is
    padding; alleles and positions are 0 there.
    """

    packed: np.ndarray
    positions: np.ndarray
    mask: np.ndarray
    number_of_haplotypes: int

    @classmethod
    def of(cls, haplotypes, positions, mask):
        """Pack haplotypes, uint8 (windows, sites, haplotypes), into windows."""
        return cls(np.packbits(haplotypes, axis=2), positions, mask, haplotypes.shape[2])

    @classmethod
    def empty(cls, windows, sites, haplotypes):
        """Return windows of that shape, to be filled."""
        return cls(
            np.empty((windows, sites, -(-haplotypes // 8)), dtype=np.uint8),
            np.empty((windows, sites), dtype=np.float32),
            np.empty((windows, sites), dtype=bool),
            haplotypes,
        )

    def __len__(self):
        return len(self.packed)

    def __getitem__(self, rows):
        """Return some windows; ``rows`` is a slice or an array of indices."""
        return Windows(*(array[rows] for array in self.arrays), self.number_of_haplotypes)

    def __setitem__(self, rows, windows):
        for mine, theirs in zip(self.arrays, windows.arrays, strict=True):
            mine[rows] = theirs

    @property
    def arrays(self):
        """The three arrays: alleles as bits, positions, mask."""
        return self.packed, self.positions, self.mask

    @property
    def shape(self):
        """Number of windows, of sites and of haplotypes."""
        return (*self.mask.shape, self.number_of_haplotypes)

    @property
    def haplotypes(self):
        """Alleles, one a byte, uint8 (windows, sites, haplotypes): eight times the memory."""
        return np.unpackbits(self.packed, axis=2, count=self.number_of_haplotypes)


def of_shard(shard, replicates, encoding, observation):
    """Return replicates of a shard as :class:`Windows`.

    ``replicates`` are their indices; without padding each has ``encoding["sites"]``
    sites or more. ``encoding`` and ``observation`` are the config's sections. The
    shard is unpacked at the chosen sites only.
    """
    number = shard.meta["haplotypes"]
    first, count, start = stretches(shard, encoding)

    def alleles(rows, mask):
        return np.unpackbits(_gather(shard.haplotypes, rows, mask), axis=2, count=number)

    return _encode_stretches(
        shard.positions,
        alleles,
        number,
        (first[replicates], count[replicates], start[replicates]),
        _fractions(encoding, "sites", shard.seed[replicates]),
        encoding,
        observation,
    )


def of_contig(contig, tiles, encoding, observation):
    """Return windows of a :class:`coalflow.genomes.Contig` as :class:`Windows`.

    ``tiles`` are the :class:`coalflow.genomes.Tiles` that say where they lie. A tile is
    as long as what the net reads, in bases with padding and else in sites, so only
    with padding can it hold more sites than the net reads.
    """
    names = [f"{contig.name}:{start}" for start in tiles.start.tolist()]
    return _encode_stretches(
        contig.positions,
        lambda rows, mask: _gather(contig.haplotypes, rows, mask),
        contig.haplotypes.shape[1],
        (tiles.first, tiles.count, tiles.start + 1),  # a VCF counts bases from 1
        _fractions(encoding, "sites", names),
        encoding,
        observation,
    )


def stretches(shard, encoding):
    """Return which sites of each replicate lie within the bases that the net sees.

    Without padding these are all of the replicate; with it ``encoding["length"]`` of
    them. Returns int64 (replicates,) the first of these sites, int64 (replicates,) how
    many they are, and float64 (replicates,) the first of these bases.
    """
    start = np.zeros(len(shard.seed))
    if not encoding["pad"]:
        return shard.offsets[:-1], shard.sites, start
    spare = shard.truth["parameter/sequence_length"] - encoding["length"]
    if not spare.any():
        return shard.offsets[:-1], shard.sites, start
    if encoding["stretch"] == "central":
        start = np.floor(spare / 2)
    elif encoding["stretch"] == "random":
        start = np.floor(_fractions(encoding, "bases", shard.seed) * (np.floor(spare) + 1))
    before = _sites_before(shard, start)
    after = _sites_before(shard, start + encoding["length"])
    return shard.offsets[:-1] + before, after - before, start


def _sites_before(shard, base):
    """Return how many sites each replicate has before a base, int64 (replicates,)."""
    is_before = shard.positions < np.repeat(base, shard.sites)
    before = np.zeros(len(is_before) + 1, dtype=np.int64)
    np.cumsum(is_before, out=before[1:])
    return np.diff(before[shard.offsets])


def _fractions(encoding, of_what, names):
    """Return where in [0, 1) a random stretch of sites or bases begins in each window.

    Returns None where stretches are not random.
    """
    if encoding["stretch"] != "random":
        return None
    return seeds.fractions(encoding["seed"], "stretch", of_what, names=names)


def choose_sites(first, count, encoding, fractions=None):
    """Return which sites stand in which column of each window, and the mask.

    Window i has the sites ``first[i]`` to ``first[i] + count[i] - 1`` of a list.
    ``encoding["stretch"]`` says which ``encoding["sites"]`` of them are taken, see the
    module; ``fractions``, float64 (windows,) in [0, 1), where random stretches begin.
    Returns int64 (windows, sites), to be used where the second, bool (windows,
    sites), is True.
    """
    spare = count - encoding["sites"]
    left = spare // 2
    if encoding["stretch"] == "first":
        left = np.zeros_like(spare)
    elif encoding["stretch"] == "random":
        left = np.where(spare > 0, (fractions * (spare + 1)).astype(np.int64), left)
    place = left[:, None] + np.arange(encoding["sites"])
    mask = (place >= 0) & (place < count[:, None])
    return first[:, None] + place, mask


def _encode_stretches(positions, alleles, number, where, fractions, encoding, observation):
    """Encode stretches of a list of sites, some windows at a time.

    ``positions`` (all sites,) are in bases; ``alleles`` is a function of the two results of
    :func:`choose_sites` that returns uint8 (windows, sites, haplotypes); ``where`` is what
    :func:`stretches` returns.
    """
    first, count, start = where
    windows = Windows.empty(len(first), encoding["sites"], number)
    at_once = max(1, ALLELES_AT_ONCE // (encoding["sites"] * number))
    for begin in range(0, len(windows), at_once):
        part = slice(begin, begin + at_once)
        drawn = None if fractions is None else fractions[part]
        rows, mask = choose_sites(first[part], count[part], encoding, drawn)
        placed = _gather(positions, rows, mask)
        if encoding["pad"]:
            left, length = start[part, None], encoding["length"]
        else:
            left, length = placed[:, :1], placed[:, -1:] - placed[:, :1]
        scaled = (placed - left) / length
        windows[part] = encode(alleles(rows, mask), scaled, mask, encoding, observation)
    return windows


def _gather(values, rows, mask):
    """Return ``values[rows]``, and 0 where the mask is False."""
    if mask.all():
        return values[rows]
    chosen = np.zeros((*mask.shape, *values.shape[1:]), values.dtype)
    chosen[mask] = values[rows[mask]]
    return chosen


def encode(haplotypes, positions, mask, encoding, observation):
    """Return windows as models see them: observed, haplotypes in order.

    ``haplotypes`` is uint8 (windows, sites, haplotypes), 1 for the derived or alternative
    allele; ``positions`` (windows, sites) from 0 to 1; ``mask`` bool (windows, sites).
    """
    # Padding has the allele 0 in all haplotypes, so it neither folds nor counts as a difference.
    seen = observe(haplotypes, observation["polarised"])
    if encoding["order"] in ORDERS:
        # Haplotypes as rows: numpy sorts and packs rows several times as fast as columns.
        rows = np.ascontiguousarray(seen.transpose(0, 2, 1))
        order = ORDERS[encoding["order"]](rows)
        rows = rows[np.arange(len(rows))[:, None], order]
        seen = np.ascontiguousarray(rows.transpose(0, 2, 1))
    return Windows.of(seen, np.where(mask, positions, 0).astype(np.float32), mask)


# Orders of haplotypes ----------------------------------------------------------------------
#
# Each takes uint8 (windows, haplotypes, sites) and returns int64 (windows, haplotypes), which
# haplotype comes first, second, ... The window that comes of it does not depend on the order
# in which haplotypes were sampled.


def similarity_order(haplotypes):
    """Order haplotypes so that similar ones stand beside each other.

    The first is the one that differs least from all others; then comes, again and again,
    the one that differs least from the last, of those that are left. Where haplotypes tie,
    in either, the first by :func:`order_of_alleles` is taken. (After the sorting by
    similarity of Flagel, Brandvain and Schrider 2019, whose program begins with the same
    haplotype, but orders all others by how much they differ from that one alone.)
    """
    order, words, _ = order_of_alleles(haplotypes)
    windows, number, sites = haplotypes.shape
    every = np.arange(windows)
    place = np.take_along_axis(_differences_from_all(haplotypes), order, axis=1).argmin(axis=1)
    places = np.empty((windows, number), dtype=np.int64)
    away_for_good = np.zeros((windows, number), dtype=np.int32)
    for step in range(number):
        places[:, step] = place
        away_for_good[every, place] = sites + 1
        differing = np.bitwise_count(words ^ words[:, every, place][:, :, None])
        away = differing.sum(axis=0, dtype=np.int32) + away_for_good
        place = away.argmin(axis=1)
    return np.take_along_axis(order, places, axis=1)


def _differences_from_all(haplotypes):
    """Return how much each haplotype differs from all others together.

    Takes uint8 (windows, haplotypes, sites); returns float64 (windows, haplotypes), whole
    numbers, which are exact in whatever order they are added up.
    """
    copies = haplotypes.sum(axis=1, dtype=np.float64)
    # With allele 1 it differs from the haplotypes without, with allele 0 from the ``copies``.
    weights = haplotypes.shape[1] - 2 * copies
    more = (haplotypes.astype(np.float64) @ weights[:, :, None])[:, :, 0]
    return more + copies.sum(axis=1, keepdims=True)


def frequency_order(haplotypes):
    """Order haplotypes by how many in the window are the same, the commonest first.

    After the sorting of rows in ImaGene (Torada et al. 2019). Equally common ones stand
    by :func:`order_of_alleles`, so those that are the same are always side by side.
    """
    order, _, new = order_of_alleles(haplotypes)
    windows, number = order.shape
    kind = np.cumsum(new, axis=1) - 1 + number * np.arange(windows)[:, None]
    copies = np.bincount(kind.ravel(), minlength=windows * number)[kind]
    return np.take_along_axis(order, (-copies).argsort(axis=1, kind="stable"), axis=1)


def order_of_alleles(haplotypes):
    """Order haplotypes by their alleles, site by site from the left, 0 before 1.

    Returns that order; the haplotypes in it, as bits, uint64 (words, windows, haplotypes);
    and bool (windows, haplotypes), which of them differ from the one before. The first does.
    """
    bits = np.packbits(haplotypes, axis=2)
    # Eight bytes as one number, the first byte weighing most: numbers in the order of alleles.
    filled = np.ascontiguousarray(np.pad(bits, [(0, 0), (0, 0), (0, -bits.shape[2] % 8)]))
    words = np.moveaxis(filled.view(">u8"), 2, 0).astype(np.uint64, order="C")
    order = np.lexsort(words[::-1], axis=1)
    words = np.take_along_axis(words, order[None], axis=2)
    new = np.ones(order.shape, dtype=bool)
    new[:, 1:] = (words[:, :, 1:] != words[:, :, :-1]).any(axis=0)
    return order, words, new


ORDERS = {"similarity": similarity_order, "frequency": frequency_order}
