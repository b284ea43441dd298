"""Contig stores: the usable sites of a genome, kept on the disk as they were read.

A part of a genome is one ``.npz``, which ``numpy.load(path, allow_pickle=False)`` opens. It is
like a shard (:mod:`coalflow.windows.shards`) whose replicates are pieces of contigs. With C pieces,
M sites in all of them together and n individuals, its arrays are

==================  =======  ===================  ================================================
array               dtype    shape
==================  =======  ===================  ================================================
``haplotypes/K``    uint8    (M, ceil(n / 8))     haplotype K of each individual as bits: 1 for
                                                  the derived allele, or the alternative one
``called``          uint8    (M, ceil(n / 8))     1 where a genotype is called, as bits; not there
                                                  where all are
``positions``       int64    (M,)                 bases, from 1
``rarer``           int32    (M,)                 how often the rarer allele is called
``missing``         int32    (M,)                 how many individuals are not called
``heterozygotes``   int32    (M,)                 how many are heterozygous
``unphased``        bool     (M,)                 whether one of these is not phased
``ploidy``          int8     (M,)                 that of all called individuals, -1 where it
                                                  differs
``mixed``           int8     (D, n)               the ploidy of each, where it differs
``offsets``         int64    (C + 1,)             piece i has the sites offsets[i] to offsets[i+1]
``mixed_offsets``   int64    (C + 1,)             and of these the rows of ``mixed``
``votes``           int64    (C, n, P + 1)        at how many records each individual has which
                                                  ploidy
``phase_sets``      int64    (C, 3, n)            the first phase set of each, the position at
                                                  which it begins, and the last
``meta``            str      (1,)                 JSON, see :class:`StoreMeta`
==================  =======  ===================  ================================================

Every site is kept that has two alleles of one base each among these individuals. What the
observation leaves of them is decided when a store is read, so changing it reads no file again.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.core.errors import CoalflowError
from coalflow.core.files import REMEDY
from coalflow.genomes.genotypes.judged_records import Tally, add_tallies
from coalflow.genomes.genotypes.phase_sets import PhaseChange, PhaseSets
from coalflow.genomes.genotypes.sites import CODES, JudgedBlock
from coalflow.genomes.store.stored_arrays import (
    GrowingArray,
    StoredArray,
    open_arrays,
    write_arrays,
)
from coalflow.windows.array_files import DAMAGE

FORMAT = 1
MIXED = -1  # in place of a ploidy
# Of these records nobody's ploidy is known.
_NOT_LOOKED_AT = [CODES[reason] for reason in ("filtered", "no_genotypes", "position_0")]
_PER_SITE = {
    "positions": np.int64,
    "rarer": np.int32,
    "missing": np.int32,
    "heterozygotes": np.int32,
    "unphased": np.bool_,
    "ploidy": np.int8,
}


class StoredPiece(Section):
    """What is known of a stretch of a contig, next to its sites."""

    contig: str
    last_position: int
    """That of its last record."""
    tally: Tally
    phase_change: PhaseChange | None = None
    """Where somebody first changes to another phase set."""


class StoreMeta(Section):
    """What a store's arrays are."""

    format: int = FORMAT
    individuals: tuple[str, ...]
    pieces: tuple[StoredPiece, ...]
    arrays: tuple[str, ...]
    """The names of all other arrays."""


class StoreWriter:
    """Collects judged blocks on the disk, and writes them as one store.

    Parameters
    ----------
    path : path
        The store.
    individuals : list of str
    """

    def __init__(self, path: str | Path, individuals: list[str]) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._individuals = individuals
        self._row = (-(-len(individuals) // 8),)
        self._arrays = {name: self._grow(dtype) for name, dtype in _PER_SITE.items()}
        self._mixed = self._grow(np.int8, (len(individuals),))
        self._haplotypes = [self._grow(np.uint8, self._row)]
        self._called: GrowingArray | None = None
        self._pieces: list[StoredPiece] = []
        self._offsets, self._mixed_offsets = [0], [0]
        self._votes: list[npt.NDArray[np.int64]] = []
        self._phase_sets: list[npt.NDArray[np.int64]] = []

    def _grow(self, dtype: npt.DTypeLike, row: tuple[int, ...] = ()) -> GrowingArray:
        return GrowingArray(self._path.parent, dtype, row)

    @property
    def _sites(self) -> int:
        """How many sites there are so far."""
        return self._arrays["positions"].rows

    def begin(self, contig: str) -> None:
        """Begin a piece of a contig, to which the blocks belong that come next."""
        self._contig, self._last_position = contig, 0
        self._tallies: list[Tally] = []
        self._phase = PhaseSets(self._individuals)
        self._votes.append(np.zeros((len(self._individuals), 1), dtype=np.int64))

    def add_block(self, judged: JudgedBlock, tally: Tally) -> None:
        """Add the sites of a block, and what was counted in it."""
        self._tallies.append(tally)
        self._last_position = int(judged.block.positions[-1])
        self._count_votes(judged)
        rows = judged.usable
        if not len(rows):
            return
        self._phase.follow(judged, rows)
        heterozygous = judged.heterozygous[rows]
        alleles, ploidies = judged.alleles[rows], judged.ploidies[rows]
        called = alleles[:, :, 0] <= 1
        # A block may have room for more haplotypes than its sites have.
        self._add_haplotypes(alleles[:, :, : ploidies.max()] == 1, called)
        self._add_ploidies(ploidies)
        values = {
            "positions": judged.block.positions[rows],
            "rarer": judged.rarer[rows],
            "missing": np.count_nonzero(~called, axis=1),
            "heterozygotes": np.count_nonzero(heterozygous, axis=1),
            "unphased": (heterozygous & ~judged.block.phased[rows]).any(axis=1),
        }
        for name, value in values.items():
            self._arrays[name].append(value)

    def end(self) -> None:
        """End the piece that was begun."""
        self._pieces.append(
            StoredPiece(
                contig=self._contig,
                last_position=self._last_position,
                tally=add_tallies(self._tallies),
                phase_change=self._phase.change,
            )
        )
        self._phase_sets.append(self._phase.ends)
        self._offsets.append(self._sites)
        self._mixed_offsets.append(self._mixed.rows)

    def write_store(self) -> None:
        """Write the store whole, or not at all.

        Raises
        ------
        CoalflowError
            If the disk is full or cannot be written.
        """
        number = len(self._individuals)
        most = max((votes.shape[1] for votes in self._votes), default=1)
        padded = [np.pad(each, ((0, 0), (0, most - each.shape[1]))) for each in self._votes]
        planes = {f"haplotypes/{slot}": plane for slot, plane in enumerate(self._haplotypes)}
        called = {} if self._called is None else {"called": self._called}
        grown = {**planes, **called, **self._arrays, "mixed": self._mixed}
        whole = {
            "offsets": np.array(self._offsets, dtype=np.int64),
            "mixed_offsets": np.array(self._mixed_offsets, dtype=np.int64),
            "votes": np.array(padded, dtype=np.int64).reshape(-1, number, most),
            "phase_sets": np.array(self._phase_sets, dtype=np.int64).reshape(-1, 3, number),
        }
        meta = StoreMeta(
            individuals=tuple(self._individuals),
            pieces=tuple(self._pieces),
            arrays=(*grown, *whole),
        )
        text = np.array([json.dumps(meta.as_json(), sort_keys=True)])
        write_arrays(self._path, grown, {**whole, "meta": text})
        for array in grown.values():
            array.close()

    def _count_votes(self, judged: JudgedBlock) -> None:
        """Count which ploidy each individual has in the records of a block."""
        shown = judged.ploidies[~np.isin(judged.reasons, _NOT_LOOKED_AT)]
        votes = self._votes[-1]
        more = int(shown.max(initial=0)) + 1 - votes.shape[1]
        votes = np.pad(votes, ((0, 0), (0, max(more, 0))))
        for ploidy in range(1, votes.shape[1]):
            votes[:, ploidy] += np.count_nonzero(shown == ploidy, axis=0)
        self._votes[-1] = votes

    def _add_haplotypes(
        self, derived: npt.NDArray[np.bool_], called: npt.NDArray[np.bool_]
    ) -> None:
        """Add the alleles of sites, bool (sites, individuals, ploidy), and who is called."""
        while len(self._haplotypes) < derived.shape[2]:
            plane = self._grow(np.uint8, self._row)
            plane.append_copies(np.zeros(self._row, np.uint8), self._sites)
            self._haplotypes.append(plane)
        for slot, plane in enumerate(self._haplotypes):
            if slot < derived.shape[2]:
                plane.append(np.packbits(derived[:, :, slot], axis=1))
            else:
                plane.append_copies(np.zeros(self._row, np.uint8), len(derived))
        if self._called is None and not called.all():
            self._called = self._grow(np.uint8, self._row)
            self._called.append_copies(np.packbits(np.ones_like(called[0])), self._sites)
        if self._called is not None:
            self._called.append(np.packbits(called, axis=1))

    def _add_ploidies(self, ploidies: npt.NDArray[np.int8]) -> None:
        """Add the ploidies of individuals at sites, int8 (sites, individuals)."""
        highest = ploidies.max(axis=1)
        differ = ((ploidies != highest[:, None]) & (ploidies != 0)).any(axis=1)
        self._arrays["ploidy"].append(np.where(differ, np.int8(MIXED), highest))
        self._mixed.append(ploidies[differ])


@dataclasses.dataclass(frozen=True)
class Store:
    """A part of a genome, of which sites are read from the disk.

    Attributes
    ----------
    meta : StoreMeta
    arrays : dict of StoredArray
    offsets, mixed_offsets, votes, phase_sets : ndarray
        As in the module's table.
    """

    meta: StoreMeta
    arrays: dict[str, StoredArray]
    offsets: npt.NDArray[np.int64]
    mixed_offsets: npt.NDArray[np.int64]
    votes: npt.NDArray[np.int64]
    phase_sets: npt.NDArray[np.int64]

    def read_haplotypes(self, first: int, last: int) -> npt.NDArray[np.uint8]:
        """Return alleles of sites, uint8 (sites, individuals, ploidy)."""
        number = len(self.meta.individuals)
        planes = [self.arrays[name] for name in self.arrays if name.startswith("haplotypes/")]
        unpacked = np.empty((last - first, number, len(planes)), dtype=np.uint8)
        for slot, plane in enumerate(planes):
            unpacked[:, :, slot] = np.unpackbits(plane.read(first, last), axis=1, count=number)
        return unpacked

    def read_called(self, first: int, last: int) -> npt.NDArray[np.uint8] | None:
        """Return who is called at sites, uint8 (sites, individuals); None if everybody is."""
        if "called" not in self.arrays:
            return None
        packed = self.arrays["called"].read(first, last)
        return np.unpackbits(packed, axis=1, count=len(self.meta.individuals))


def open_store(path: str | Path) -> Store:
    """Return the store in a file, checked.

    Raises
    ------
    CoalflowError
        If the file is missing, cut off, damaged, not a store, or of another format.
    """
    try:
        arrays = open_arrays(path)
        meta = StoreMeta.model_validate_json(str(arrays["meta"].read()[0]))
        if meta.format != FORMAT or {*meta.arrays, "meta"} != set(arrays):
            raise ValueError("it does not hold the arrays that were written")
    except FileNotFoundError:
        raise CoalflowError(f"{path}: there is no such file. Start Snakemake again") from None
    except (*DAMAGE, KeyError) as error:
        problem = " ".join(str(error).split())[:200]
        raise CoalflowError(
            f"{path}: not the whole of what was read of a genome ({problem}). {REMEDY}"
        ) from None
    small = ("offsets", "mixed_offsets", "votes", "phase_sets")
    return Store(meta, arrays, *(arrays[name].read() for name in small))
