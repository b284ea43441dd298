"""Haplotypes to the fixed-size windows that nets and baselines see.

There is one way from alleles to tensors, and simulations and genomes both take
it: choose among the sites that are seen, code their alleles, order the haplotypes.
Alleles stay bits until a batch is made; only then does an allele become a number
(``VALUES``). So many windows need no more memory than these bits, their sites'
positions and one batch.

Where the phase is lost, models see individuals in place of haplotypes: of an
individual's alleles at a site, sorted, all that is told is how many are 1.

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

from coalflow.core import seeds
from coalflow.windows import observation as observing

VALUES = {"binary": (0.0, 1.0), "signed": (-1.0, 1.0)}
ALLELES_AT_ONCE = 1_000_000  # what is worked on at a time: some 20 MB, more would be no faster


@dataclasses.dataclass(frozen=True)
class Windows:
    """Encoded windows.

    ``packed`` is uint8 (windows, sites, ceil(haplotypes / 8)), alleles as bits, most
    significant first; ``positions`` float32 (windows, sites) from 0 at the window's
    left end to 1 at its right; ``mask`` bool (windows, sites), False where a column is
    padding; alleles and positions are 0 there. ``called_packed`` are bits like the alleles, 1
    where an allele was called, or None where nothing can be missing; an allele that was
    not called is 0. ``alleles_per_row`` neighbouring ones make up what models see as one
    row: 1 where the phase is known, else an individual's, the copies of 1 first.
    """

    packed: np.ndarray
    positions: np.ndarray
    mask: np.ndarray
    number_of_haplotypes: int
    called_packed: np.ndarray = None
    alleles_per_row: int = 1

    @classmethod
    def of(cls, haplotypes, positions, mask, called=None, alleles_per_row=1):
        """Pack haplotypes, uint8 (windows, sites, haplotypes), into windows."""
        return cls(
            np.packbits(haplotypes, axis=2),
            positions,
            mask,
            haplotypes.shape[2],
            None if called is None else np.packbits(called, axis=2),
            alleles_per_row,
        )

    @classmethod
    def empty_like(cls, windows, number, empty=np.empty):
        """Return as many windows of the same kind, to be filled; ``empty`` makes arrays."""
        arrays = [empty((number, *array.shape[1:]), array.dtype) for array in windows.arrays]
        return windows._with(arrays)

    def __len__(self):
        return len(self.packed)

    def __getitem__(self, rows):
        """Return some windows; ``rows`` is a slice or an array of indices."""
        return self._with([array[rows] for array in self.arrays])

    def __setitem__(self, rows, windows):
        for mine, theirs in zip(self.arrays, windows.arrays, strict=True):
            mine[rows] = theirs

    def _with(self, arrays):
        packed, positions, mask, *called = arrays
        more = self.number_of_haplotypes, *(called or [None]), self.alleles_per_row
        return Windows(packed, positions, mask, *more)

    @property
    def arrays(self):
        """The arrays: alleles as bits, positions, mask and, where any can be missing, called."""
        called = () if self.called_packed is None else (self.called_packed,)
        return self.packed, self.positions, self.mask, *called

    @property
    def shape(self):
        """Number of windows, of sites and of haplotypes."""
        return (*self.mask.shape, self.number_of_haplotypes)

    @property
    def rows(self):
        """How many haplotypes, or individuals where the phase is lost, models see."""
        return self.number_of_haplotypes // self.alleles_per_row

    @property
    def dosages(self):
        """Alleles 1 in each row, of them all, float32 (windows, sites, rows); nan if not called."""
        shares = self.haplotypes.astype(np.float32)
        if self.called_packed is not None:
            shares[self.called == 0] = np.nan
        windows, sites, _ = shares.shape
        return shares.reshape(windows, sites, self.rows, self.alleles_per_row).mean(axis=3)

    @property
    def haplotypes(self):
        """Alleles, one a byte, uint8 (windows, sites, haplotypes): eight times the memory."""
        return np.unpackbits(self.packed, axis=2, count=self.number_of_haplotypes)

    @property
    def called(self):
        """What was called, uint8 (windows, sites, haplotypes), or None where nothing is missing."""
        if self.called_packed is None:
            return None
        return np.unpackbits(self.called_packed, axis=2, count=self.number_of_haplotypes)


def encode_shard(shard, replicates, encoding, observation):
    """Return replicates of a shard as :class:`Windows`.

    ``replicates`` are their indices; without padding each has ``encoding["sites"]``
    sites or more that are seen (:func:`sites_seen`). ``encoding`` is the config's section,
    ``observation`` one of :mod:`coalflow.windows.observation`. The shard is unpacked at the
    chosen sites only, unless the observation changes which sites are seen.
    """
    seen, places = observing.observe_replicates(shard, replicates, observation)
    first, count, start = choose_stretches(seen, encoding)
    number = seen.sampled.number

    def alleles(bits, rows, mask):
        return np.unpackbits(_gather(bits, rows, mask), axis=2, count=number)

    return _encode_stretches(
        seen,
        alleles,
        (first[places], count[places], start[places]),
        _fractions(encoding, "sites", seen.seed[places]),
        encoding,
        observation,
    )


def encode_contig(contig, tiles, encoding, observation):
    """Return windows of a :class:`coalflow.genomes.reading.Contig` as :class:`Windows`.

    ``tiles`` are the :class:`coalflow.genomes.reading.Tiles` that say where they lie. A tile is
    as long as what the net reads, in bases with padding and else in sites, so only
    with padding can it hold more sites than the net reads.
    """
    names = [f"{contig.name}:{start}" for start in tiles.start.tolist()]
    return _encode_stretches(
        contig,
        _gather,
        (tiles.first, tiles.count, tiles.start + 1),  # a VCF counts bases from 1
        _fractions(encoding, "sites", names),
        encoding,
        observation,
    )


def count_observed_sites(shard, replicates, encoding, observation):
    """Return how many sites of each replicate are seen among the bases that the net sees.

    ``replicates`` are indices; returns int64 (replicates,).
    """
    seen, places = observing.observe_replicates(shard, replicates, observation)
    _, count, _ = choose_stretches(seen, encoding)
    return count[places]


def choose_stretches(seen, encoding):
    """Return which sites of each replicate lie within the bases that the net sees.

    ``seen`` are :class:`coalflow.windows.observation.Seen`. Without padding these are all of the
    replicate; with it those in ``encoding["length"]`` bases. Returns int64 (replicates,)
    the first of these sites, int64 (replicates,) how many they are, and float64
    (replicates,) the first of these bases.
    """
    start = np.zeros(len(seen.seed))
    if not encoding["pad"]:
        return seen.offsets[:-1], seen.sites, start
    spare = seen.length - encoding["length"]
    if not spare.any():
        return seen.offsets[:-1], seen.sites, start
    if encoding["stretch"] == "central":
        start = np.floor(spare / 2)
    elif encoding["stretch"] == "random":
        start = np.floor(_fractions(encoding, "bases", seen.seed) * (np.floor(spare) + 1))
    before = _sites_before(seen, start)
    after = _sites_before(seen, start + encoding["length"])
    return seen.offsets[:-1] + before, after - before, start


def _sites_before(seen, base):
    """Return how many sites each replicate has before a base, int64 (replicates,)."""
    is_before = seen.positions < np.repeat(base, seen.sites)
    before = np.zeros(len(is_before) + 1, dtype=np.int64)
    np.cumsum(is_before, out=before[1:])
    return np.diff(before[seen.offsets])


def _fractions(encoding, of_what, names):
    """Return where in [0, 1) a random stretch of sites or bases begins in each window.

    Returns None where stretches are not random.
    """
    if encoding["stretch"] != "random":
        return None
    return seeds.derive_fractions(encoding["seed"], "stretch", of_what, names=names)


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


def _encode_stretches(seen, alleles, where, fractions, encoding, observation):
    """Encode stretches of a list of sites, some windows at a time.

    ``seen`` has the sites: ``positions`` (all sites,) in bases, ``haplotypes``, ``called`` and
    ``sampled``. ``alleles`` is a function of ``haplotypes`` or ``called`` and the two
    results of :func:`choose_sites` that returns uint8 (windows, sites, haplotypes);
    ``where`` is what :func:`stretches` returns.
    """
    first, count, start = where
    windows = None
    at_once = max(1, ALLELES_AT_ONCE // (encoding["sites"] * seen.sampled.number))
    for begin in range(0, max(len(first), 1), at_once):
        part = slice(begin, begin + at_once)
        drawn = None if fractions is None else fractions[part]
        rows, mask = choose_sites(first[part], count[part], encoding, drawn)
        placed = _gather(seen.positions, rows, mask)
        if encoding["pad"]:
            left, length = start[part, None], encoding["length"]
        else:
            left, length = placed[:, :1], placed[:, -1:] - placed[:, :1]
        scaled = (placed - left) / length
        haplotypes = alleles(seen.haplotypes, rows, mask)
        called = None if seen.called is None else alleles(seen.called, rows, mask)
        some = encode_windows(haplotypes, called, scaled, mask, seen.sampled, encoding, observation)
        if windows is None:
            windows = Windows.empty_like(some, len(first))
        windows[part] = some
    return windows


def _gather(values, rows, mask):
    """Return ``values[rows]``, and 0 where the mask is False."""
    if mask.all():
        return values[rows]
    chosen = np.zeros((*mask.shape, *values.shape[1:]), values.dtype)
    chosen[mask] = values[rows[mask]]
    return chosen


def encode_windows(haplotypes, called, positions, mask, sampled, encoding, observation):
    """Return windows as models see them: alleles coded, haplotypes or individuals in order.

    ``haplotypes`` is uint8 (windows, sites, haplotypes), 1 for the derived or alternative
    allele; ``called`` the same, 1 where an allele was called, or None; ``positions``
    (windows, sites) from 0 to 1; ``mask`` bool (windows, sites); ``sampled`` is a
    :class:`coalflow.windows.observation.Sampled`. Populations stand one after the other, and
    the order goes within each.
    """
    # Padding has the allele 0 in all haplotypes, so it neither folds nor counts as a difference.
    seen = observing.code_alleles(haplotypes, called, observation, sampled.ploidy)
    together = 1 if observation["phased"] else sampled.ploidy
    if encoding["order"] in ORDERS:
        # Haplotypes as rows: numpy sorts and packs rows several times as fast as columns.
        rows = _as_rows(seen)
        called_rows = None if called is None else _as_rows(called)
        order = _order_within(_told_apart(rows, called_rows, together), sampled, together, encoding)
        seen = _reordered(rows, order, together)
        called = None if called is None else _reordered(called_rows, order, together)
    placed = np.where(mask, positions, 0).astype(np.float32)
    return Windows.of(seen, placed, mask, called, together)


def _as_rows(alleles):
    return np.ascontiguousarray(alleles.transpose(0, 2, 1))


def _reordered(rows, order, together):
    """Return rows of haplotypes in an order of individuals, (windows, sites, haplotypes)."""
    if together > 1:
        order = (order[:, :, None] * together + np.arange(together)).reshape(len(order), -1)
    rows = rows[np.arange(len(rows))[:, None], order]
    return np.ascontiguousarray(rows.transpose(0, 2, 1))


def _told_apart(rows, called, together):
    """Return bits that tell haplotypes or individuals apart, uint8 (windows, rows, bits).

    Their number of differing bits is how much two of them differ. An allele that was not called
    differs by half from either allele: each allele is two bits then, 00, 11, or 10 for none.
    """
    if called is not None:
        rows = np.concatenate([rows | (called ^ 1), rows], axis=2)
    windows, number, bits = rows.shape
    return rows.reshape(windows, number // together, together * bits)


def _order_within(told_apart, sampled, together, encoding):
    """Return the order of haplotypes or individuals, those of one population after the other."""
    order, first = [], 0
    for haplotypes in sampled.haplotypes:
        end = first + haplotypes // together
        order.append(ORDERS[encoding["order"]](told_apart[:, first:end]) + first)
        first = end
    return order[0] if len(order) == 1 else np.concatenate(order, axis=1)


# Orders of haplotypes ----------------------------------------------------------------------
#
# Each takes uint8 (windows, haplotypes, sites) and returns int64 (windows, haplotypes), which
# haplotype comes first, second, ... The window that comes of it does not depend on the order
# in which haplotypes were sampled. Where the phase is lost or genotypes are missing, individuals
# stand for haplotypes and the bits of :func:`_told_apart` for sites.


def order_by_similarity(haplotypes):
    """Order haplotypes so that similar ones stand beside each other.

    The first is the one that differs least from all others; then comes, again and again,
    the one that differs least from the last, of those that are left. Where haplotypes tie,
    in either, the first by :func:`order_of_alleles` is taken. (After the sorting by
    similarity of Flagel, Brandvain and Schrider 2019, whose program begins with the same
    haplotype, but orders all others by how much they differ from that one alone.)
    """
    order, words, _ = order_haplotypes(haplotypes)
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


def order_by_frequency(haplotypes):
    """Order haplotypes by how many in the window are the same, the commonest first.

    After the sorting of rows in ImaGene (Torada et al. 2019). Equally common ones stand
    by :func:`order_of_alleles`, so those that are the same are always side by side.
    """
    order, _, new = order_haplotypes(haplotypes)
    windows, number = order.shape
    kind = np.cumsum(new, axis=1) - 1 + number * np.arange(windows)[:, None]
    copies = np.bincount(kind.ravel(), minlength=windows * number)[kind]
    return np.take_along_axis(order, (-copies).argsort(axis=1, kind="stable"), axis=1)


def order_haplotypes(haplotypes):
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


ORDERS = {"similarity": order_by_similarity, "frequency": order_by_frequency}
