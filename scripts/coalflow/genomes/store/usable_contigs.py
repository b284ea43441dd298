"""Contigs whose usable sites are read from the disk, some at a time."""

import dataclasses
import functools
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import Samples
from coalflow.genomes.genotypes.inbreeding import STRETCH, expect_heterozygotes
from coalflow.genomes.store.contig_store import MIXED
from coalflow.genomes.store.contigs import Contig
from coalflow.genomes.store.site_counts import SiteCounts, add_counts
from coalflow.genomes.store.stored_contigs import StoredContig, Stretch, read_mixed
from coalflow.windows.masks import Mask

DIPLOID = 2
_AT_ONCE = 100 * STRETCH  # sites


@dataclasses.dataclass(frozen=True)
class SiteRules:
    """Which sites of a store can be observed.

    Attributes
    ----------
    keep_missing : bool
        Whether genotypes may be missing.
    minimum_allele_count : int
        How often the rarer allele must be called.
    mask : Mask, optional
        Where sites can be seen.
    """

    keep_missing: bool
    minimum_allele_count: int
    mask: Mask | None = None


class UsableContig:
    """A contig, and which of its sites can be used.

    Parameters
    ----------
    stored : StoredContig
    length : int
        Its bases.
    ploidies : ndarray of int64, shape (individuals,)
    draws : sequence of sequence of int
        The indices of the individuals whose haplotypes are read together.
    samples : Samples
        Whose haplotypes these are.
    rules : SiteRules
    regions : ndarray of int64, shape (2 * regions,), optional
        The edges of the regions that are read, as in a mask; None where all of the contig is.

    Attributes
    ----------
    name : str
    length : int
    samples : Samples
    ploidies : ndarray of int64, shape (individuals,)
    regions : ndarray of int64, optional
    sites : int
        How many sites are usable.
    counts : SiteCounts
    """

    def __init__(
        self,
        stored: StoredContig,
        length: int,
        ploidies: npt.NDArray[np.int64],
        draws: Sequence[Sequence[int]],
        samples: Samples,
        rules: SiteRules,
        regions: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self.name, self.length = stored.name, length
        self.samples, self.regions = samples, regions
        self._stretches = stored.stretches
        self.ploidies, self._rules = ploidies, rules
        self._draws = [np.array(draw, dtype=np.int64) for draw in draws]
        self._find_usable = functools.lru_cache(maxsize=2)(self._compute_usable)
        counting = [self._count(index) for index in range(len(self._stretches))]
        self.counts = add_counts([counts for counts, _, _ in counting])
        # Of each stretch: how many usable sites lie before it, and the position of its last site.
        self._before = np.cumsum([0, *(usable for _, usable, _ in counting)])
        self._last = np.array([last for _, _, last in counting], dtype=np.int64)

    @property
    def sites(self) -> int:
        """How many sites are usable; of several draws, in all individuals together."""
        return int(self._before[-1])

    @property
    def draws(self) -> int:
        """How many sets of individuals there are."""
        return len(self._draws)

    def count_sites_before(self, bases: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return how many usable sites lie before each base, counted from 0; int64 (bases,)."""
        bases = np.asarray(bases, dtype=np.int64)
        stretch_of = np.searchsorted(self._last, bases, side="right")
        before = self._before[stretch_of].copy()
        for index in np.unique(stretch_of[stretch_of < len(self._stretches)]):
            here = stretch_of == index
            positions = self._stretches[index].read("positions")[self._find_usable(int(index))]
            # A position counts from 1, so it is before the base of the same number from 0.
            before[here] += np.searchsorted(positions, bases[here], side="right")
        return before

    def read_positions(self, first: int, last: int) -> npt.NDArray[np.int64]:
        """Return the positions of usable sites, counted from 1; ``last`` is not one of them."""
        parts = [np.empty(0, dtype=np.int64)]
        for stretch, rows in self._find_rows(first, last):
            start = stretch.first + int(rows[0])
            end = stretch.first + int(rows[-1]) + 1
            parts.append(stretch.store.arrays["positions"].read(start, end)[rows - rows[0]])
        return np.concatenate(parts)

    def read_sites(self, first: int, last: int, draw: int = 0) -> Contig:
        """Return usable sites as a contig in memory; ``last`` is not one of them.

        Parameters
        ----------
        first, last : int
            From 0 to ``sites``.
        draw : int
            Which individuals. Where there are several draws, sites that do not vary among these
            individuals, or that cannot be observed in them, are left out.
        """
        who = self._draws[draw]
        ploidies = self.ploidies[who]
        there = np.arange(max(int(ploidies.max(initial=1)), 1)) < ploidies[:, None]
        parts = [
            self._read(stretch, rows, who, there) for stretch, rows in self._find_rows(first, last)
        ]
        haplotypes = np.concatenate(
            [np.empty((0, int(there.sum())), dtype=np.uint8), *(alleles for alleles, _ in parts)]
        )
        called = np.concatenate(
            [np.empty((0, int(there.sum())), dtype=np.uint8), *(known for _, known in parts)]
        )
        piece = Contig(
            name=self.name,
            positions=self.read_positions(first, last),
            haplotypes=haplotypes,
            called=called,
            samples=self.samples,
        )
        if self.draws > 1:
            piece = piece.select(self._can_be_observed(haplotypes, called))
        return piece if self._rules.keep_missing else dataclasses.replace(piece, called=None)

    def _find_rows(self, first: int, last: int) -> list[tuple[Stretch, npt.NDArray[np.int64]]]:
        """Return the stretches that hold some usable sites, and their rows in it."""
        found: list[tuple[Stretch, npt.NDArray[np.int64]]] = []
        if first >= last:
            return found
        start = int(np.searchsorted(self._before, first, side="right")) - 1
        for index in range(start, len(self._stretches)):
            before = int(self._before[index])
            if before >= last:
                break
            rows = np.flatnonzero(self._find_usable(index))[max(first - before, 0) : last - before]
            if len(rows):
                found.append((self._stretches[index], rows))
        return found

    def _read(
        self,
        stretch: Stretch,
        rows: npt.NDArray[np.int64],
        who: npt.NDArray[np.int64],
        there: npt.NDArray[np.bool_],
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Return alleles of some sites, and which are called, uint8 (sites, haplotypes) each."""
        start, end = stretch.first + int(rows[0]), stretch.first + int(rows[-1]) + 1
        alleles = stretch.store.read_haplotypes(start, end)[rows - rows[0]][:, who]
        more = there.shape[1] - alleles.shape[2]
        alleles = np.pad(alleles, ((0, 0), (0, 0), (0, max(more, 0))))[:, :, : there.shape[1]]
        haplotypes = alleles.reshape(len(rows), -1)[:, there.ravel()]
        known = stretch.store.read_called(start, end)
        if known is None:
            return haplotypes, np.ones_like(haplotypes)
        individuals = np.repeat(np.arange(len(who)), there.sum(axis=1))
        called = known[rows - rows[0]][:, who][:, individuals]
        return haplotypes & called, called

    def _can_be_observed(
        self, haplotypes: npt.NDArray[np.uint8], called: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.bool_]:
        """Return which sites can be observed in the individuals of one of several draws."""
        number = np.count_nonzero(called, axis=1)
        copies = np.count_nonzero(haplotypes, axis=1)
        common = np.minimum(copies, number - copies) >= self._rules.minimum_allele_count
        return common & (self._rules.keep_missing | (number == called.shape[1]))

    @property
    def are_diploid(self) -> bool:
        """Whether all individuals are."""
        return bool((self.ploidies == DIPLOID).all())

    def iterate_stretches(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield the haplotypes of a hundred usable sites at a time, uint8 (sites, haplotypes)."""
        for first in range(0, self.sites, _AT_ONCE):
            piece = self.read_sites(first, min(first + _AT_ONCE, self.sites)).haplotypes
            for start in range(0, len(piece), STRETCH):
                yield piece[start : start + STRETCH]

    # Which sites are usable ----------------------------------------------------------------

    def _compute_usable(self, index: int) -> npt.NDArray[np.bool_]:
        """Return which sites of a stretch are usable."""
        stretch = self._stretches[index]
        observable, _ = self._judge(stretch)
        return observable & self._fits(stretch) & self._is_accessible(stretch.read("positions"))

    def _judge(self, stretch: Stretch) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Return which sites can be observed, and which could if genotypes were not missing."""
        if self.draws > 1:  # judged for each draw
            every = np.ones(len(stretch), dtype=np.bool_)
            return every, every
        complete = np.ones(len(stretch), dtype=np.bool_)
        if not self._rules.keep_missing:
            complete = stretch.read("missing") == 0
        return complete & (stretch.read("rarer") >= self._rules.minimum_allele_count), complete

    def _is_accessible(self, positions: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """Return which sites are within the mask."""
        if self._rules.mask is None:
            return np.ones(len(positions), dtype=np.bool_)
        return self._rules.mask.covers(self.name, np.asarray(positions, dtype=np.int64) - 1)

    def _fits(self, stretch: Stretch) -> npt.NDArray[np.bool_]:
        """Return at which sites individuals have the ploidy that they have on the contig."""
        ploidy, mixed = read_mixed(stretch)
        contig = self.ploidies
        fitting = np.zeros(len(stretch), dtype=np.bool_)
        differ = ploidy == MIXED
        fitting[differ] = ((mixed == contig) | (mixed == 0)).all(axis=1)
        for one in np.unique(ploidy[~differ]):
            rows = np.flatnonzero(ploidy == one)
            if (contig == one).all():
                fitting[rows] = True
                continue
            start, end = stretch.first + int(rows[0]), stretch.first + int(rows[-1]) + 1
            known = stretch.store.read_called(start, end)
            if known is not None:  # those of another ploidy may not be called
                fitting[rows] = ~known[rows - rows[0]][:, contig != one].any(axis=1)
        return fitting

    def _count(self, index: int) -> tuple[SiteCounts, int, int]:
        """Return what is counted in a stretch, its usable sites, and its last position."""
        stretch = self._stretches[index]
        positions = stretch.read("positions")
        observable, complete = self._judge(stretch)
        fits = self._fits(stretch)
        fitting = observable & fits
        usable = fitting & self._is_accessible(positions)
        odd = positions[observable & ~fits]
        dropped = {
            "missing_genotypes": ~complete,
            "allele_too_rare": complete & ~observable,
            "other_ploidy": observable & ~fits,
            "outside_mask": fitting & ~usable,
        }
        inside = positions[fitting]
        heterozygotes = stretch.read("heterozygotes")[fitting]
        missing = stretch.read("missing").astype(np.int64)
        counts = SiteCounts(
            dropped=Counter({reason: int(each.sum()) for reason, each in dropped.items()}),
            fitting=len(inside),
            heterozygous=int(np.count_nonzero(heterozygotes)),
            unphased=int(np.count_nonzero(stretch.read("unphased")[fitting])),
            heterozygotes=float(heterozygotes.sum()),
            expected_heterozygotes=expect_heterozygotes(
                stretch.read("rarer")[fitting].astype(np.int64),
                missing[fitting],
                len(self.ploidies),
            ),
            alleles=int(np.count_nonzero(usable)) * int(self.ploidies.sum()),
            missing=self._count_missing(stretch, usable, missing),
            first_odd=int(odd[0]) if len(odd) else None,
            span=(int(inside[0]), int(inside[-1])) if len(inside) else None,
        )
        return counts, int(np.count_nonzero(usable)), int(positions[-1])

    def _count_missing(
        self,
        stretch: Stretch,
        usable: npt.NDArray[np.bool_],
        missing: npt.NDArray[np.int64],
    ) -> int:
        """Return how many alleles are not called at usable sites."""
        if (self.ploidies == self.ploidies[0]).all():
            return int(missing[usable].sum()) * int(self.ploidies[0])
        known = stretch.store.read_called(stretch.first, stretch.last)
        if known is None:
            return 0
        return int(((1 - known[usable].astype(np.int64)) * self.ploidies).sum())
