"""Contigs, put together from the sites of their blocks, as far as their ploidy is as nets read."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import Samples
from coalflow.genomes.contigs import Contig
from coalflow.genomes.genotypes.individuals import Chosen
from coalflow.genomes.genotypes.phase_sets import PhaseSets
from coalflow.genomes.genotypes.ploidy import describe_ploidy
from coalflow.genomes.genotypes.sites import CODES, MISSING, NO_HAPLOTYPE, JudgedBlock


@dataclasses.dataclass(frozen=True)
class AssembledContig:
    """What is left of a contig.

    Attributes
    ----------
    name : str
    contig : Contig, optional
        None if it has no usable site.
    ploidies : list of int
        Of the individuals that are used.
    called : list of bool
        Whether anything is called of each of them.
    dropped : Counter
        How many sites are not used for which reason.
    unphased, heterozygous : int
        At how many of its sites somebody is heterozygous and not phased, or at all.
    left_out : str, optional
        In words, why none of the contig is used.
    odd : str, optional
        In words, which records are left out since their ploidy differs from that of the contig.
    phase_set : str, optional
        In words, where an individual changes to another phase set.
    """

    name: str
    contig: Contig | None
    ploidies: list[int]
    called: list[bool]
    dropped: Counter[str]
    unphased: int = 0
    heterozygous: int = 0
    left_out: str | None = None
    odd: str | None = None
    phase_set: str | None = None


@dataclasses.dataclass(frozen=True)
class _Part:
    """The usable sites of one block; arrays as in :class:`JudgedBlock`."""

    positions: npt.NDArray[np.int64]
    alleles: npt.NDArray[np.uint8]
    ploidies: npt.NDArray[np.int8]
    unphased: npt.NDArray[np.bool_]
    heterozygous: npt.NDArray[np.bool_]


class ContigAssembly:
    """Collects the blocks of one contig.

    Parameters
    ----------
    name : str
    chosen : Chosen
        The individuals that are used.
    expected : ndarray of int8, shape (individuals,)
        Their ploidy on this contig; 0 where it is that of most records.
    """

    def __init__(self, name: str, chosen: Chosen, expected: npt.NDArray[np.int8]) -> None:
        self.name = name
        self._chosen = chosen
        self._expected = expected
        self._votes = np.zeros((len(expected), 1), dtype=np.int64)
        self._phase = PhaseSets(name, chosen.names)
        self._parts: list[_Part] = []

    def collect(self, judged: JudgedBlock) -> None:
        """Add the sites of a block."""
        shown = judged.ploidies[~np.isin(judged.reasons, _NOT_LOOKED_AT)]
        most = judged.alleles.shape[2]
        more = max(most + 1 - self._votes.shape[1], 0)
        self._votes = np.pad(self._votes, ((0, 0), (0, more)))
        for ploidy in range(1, most + 1):
            self._votes[:, ploidy] += (shown == ploidy).sum(axis=0)
        rows = judged.usable
        if not len(rows):
            return
        heterozygous, phased = judged.heterozygous[rows], judged.block.phased[rows]
        ploidies = judged.ploidies[rows]
        if (ploidies == ploidies[0]).all():
            ploidies = ploidies[:1]
        self._parts.append(
            _Part(
                judged.block.positions[rows],
                judged.alleles[rows],
                ploidies,
                np.any(heterozygous & ~phased, axis=1),
                np.any(heterozygous, axis=1),
            )
        )
        self._phase.follow(judged, rows)

    def finish(self, samples: Samples, phased: bool, keep_missing: bool) -> AssembledContig:
        """Return the contig.

        Parameters
        ----------
        samples : Samples
            What nets read.
        phased : bool
            Whether they read haplotypes. Otherwise they read individuals, whose ploidy must agree.
        keep_missing : bool
            Whether alleles may be missing.
        """
        in_file = self._votes.argmax(axis=1)
        ploidies = np.where(self._expected > 0, self._expected, in_file)
        # Of somebody who is never called.
        others = ploidies[ploidies > 0]
        if len(others):
            ploidies = np.where(ploidies > 0, ploidies, np.bincount(others).argmax())
        left_out = self._refuse(ploidies, in_file, samples, phased)
        known = (ploidies.tolist(), (in_file > 0).tolist())
        sites = sum(len(part.positions) for part in self._parts)
        if left_out or not sites:
            dropped = Counter({"contig_left_out": sites})
            return AssembledContig(self.name, None, *known, dropped, left_out=left_out)
        fitting = [
            ((part.ploidies == ploidies) | (part.ploidies == 0)).all(axis=1)
            & np.ones(len(part.positions), dtype=np.bool_)
            for part in self._parts
        ]
        positions = _join([part.positions for part in self._parts], fitting)
        odd = self._describe_odd(fitting)
        dropped = Counter({"other_ploidy": sites - len(positions)})
        if not len(positions):
            return AssembledContig(self.name, None, *known, dropped, odd=odd)
        matrices = [_select_haplotypes(part.alleles, ploidies) for part in self._parts]
        haplotypes, called = _join(matrices, fitting), None
        if keep_missing:
            called = (haplotypes != MISSING).astype(np.uint8)
            haplotypes &= called
        contig = Contig(self.name, positions, haplotypes, called, samples)
        unphased = int(_join([part.unphased for part in self._parts], fitting).sum())
        heterozygous = int(_join([part.heterozygous for part in self._parts], fitting).sum())
        return AssembledContig(
            self.name,
            contig,
            *known,
            dropped,
            unphased,
            heterozygous,
            odd=odd,
            phase_set=self._phase.change,
        )

    def _refuse(
        self,
        ploidies: npt.NDArray[np.int64],
        in_file: npt.NDArray[np.int64],
        samples: Samples,
        phased: bool,
    ) -> str | None:
        """Return in words why the individuals are not what nets read on this contig, or None."""
        names = self._chosen.names
        if not in_file.any():
            return None  # nothing is called at all, which is another reason
        if ((in_file > 0) & (ploidies != in_file)).any():
            written = describe_ploidy(in_file.tolist(), names)
            given = describe_ploidy(ploidies.tolist(), names)
            return f"{written} in the file, {given} by the ploidy that is given for it"
        described = describe_ploidy(ploidies.tolist(), names)
        if not phased and (ploidies != samples.ploidy).any():
            return (
                f"{described}; without phase the net reads individuals of ploidy {samples.ploidy}"
            )
        ends = [*itertools.accumulate(self._chosen.numbers)]
        counts = [int(part.sum()) for part in np.split(ploidies, ends[:-1])]
        if counts == samples.haplotypes:
            return None
        found, wanted = (" and ".join(map(str, each)) for each in (counts, samples.haplotypes))
        return f"{described}, {found} haplotypes; the net reads {wanted}"

    def _describe_odd(self, fitting: Sequence[npt.NDArray[np.bool_]]) -> str | None:
        odd = np.concatenate(
            [part.positions[~kept] for part, kept in zip(self._parts, fitting, strict=True)]
        )
        if not len(odd):
            return None
        return f"{len(odd):,} {'site' if len(odd) == 1 else 'sites'}, the first at {odd[0]:,}"


_NOT_LOOKED_AT = [CODES[reason] for reason in ("filtered", "no_genotypes", "position_0")]


def _join(
    arrays: Sequence[npt.NDArray[Any]], fitting: Sequence[npt.NDArray[np.bool_]]
) -> npt.NDArray[Any]:
    """Return the fitting rows of several arrays as one."""
    return np.concatenate([array[kept] for array, kept in zip(arrays, fitting, strict=True)])


def _select_haplotypes(
    alleles: npt.NDArray[np.uint8], ploidies: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    """Return the alleles of all haplotypes of individuals, uint8 (sites, haplotypes)."""
    more = max(int(ploidies.max()) - alleles.shape[2], 0)
    padded = np.pad(alleles, ((0, 0), (0, 0), (0, more)), constant_values=NO_HAPLOTYPE)
    there = np.arange(padded.shape[2]) < ploidies[:, None]
    # A lone "." is a genotype that was not called, of any ploidy.
    return np.minimum(padded[:, there], MISSING)
