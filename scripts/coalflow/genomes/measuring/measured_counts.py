"""What is counted of a file that simulations are to resemble, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.config.schema.genomes import GenotypeRules
from coalflow.genomes.genotypes.carried import MISSING
from coalflow.genomes.genotypes.judged_records import Tally, add_tallies, judge_records
from coalflow.genomes.genotypes.phase_sets import PhaseChange, PhaseSets, find_first_change
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.genotypes.sites import JudgedBlock, RecordBlock, Rules


class MeasuredContig(Section):
    """The phase sets of everybody on a contig, of which other parts may have more."""

    contig: str
    change: PhaseChange | None = None
    """Where somebody first changes to another one."""
    ends: tuple[tuple[int, ...], ...]
    """As of :class:`coalflow.genomes.genotypes.phase_sets.PhaseSets`."""


class MeasuredPart(Section):
    """What is counted in a part of a file, at varying sites of all of its individuals."""

    individuals: tuple[str, ...]
    tally: Tally
    missing: tuple[int, ...]
    """At how many sites 0, 1, 2, ... genotypes are not called."""
    rarer: tuple[int, ...]
    """At how many sites the rarer allele is called 0, 1, 2, ... times."""
    heterozygous: int
    """At how many sites somebody is heterozygous."""
    unphased: int
    """At how many sites somebody is heterozygous, and not phased."""
    changes_phase_set: bool
    """Whether somebody changes to another phase set, along a contig of this part."""
    edges: tuple[MeasuredContig, ...]
    """The first contig and the last, where there are some."""


class MeasuredCounts:
    """Counts the varying sites of a part of a file.

    Parameters
    ----------
    rules : GenotypeRules
        Which records are used.
    individuals : list of str
        All of the file.
    ploidy : int
        That of simulations. Sites at which somebody has another are not counted.
    """

    def __init__(self, rules: GenotypeRules, individuals: Sequence[str], ploidy: int) -> None:
        self._individuals, self._ploidy = list(individuals), ploidy
        self._rules = Rules(filters=rules.accepted)
        self._expected = ExpectedPloidy(rules, individuals)
        self._tally = Tally()
        self._missing = np.zeros(len(individuals) + 1, dtype=np.int64)
        self._rarer = np.zeros(ploidy * len(individuals) // 2 + 1, dtype=np.int64)
        self._heterozygous = self._unphased = 0
        self._edges: list[tuple[str, PhaseSets]] = []
        self._changes_phase_set = False

    def count(self, block: RecordBlock) -> None:
        """Count the sites of the next records, whose individuals are all of the file."""
        judged, tally = judge_records(block, self._rules, self._expected.on(block.contig))
        rows = judged.usable
        ploidies = judged.ploidies[rows]
        fitting = ((ploidies == self._ploidy) | (ploidies == 0)).all(axis=1)
        other_ploidy = Tally(dropped={"other_ploidy": int(np.count_nonzero(~fitting))})
        self._tally = add_tallies([self._tally, tally, other_ploidy])
        self._count_sites(judged, rows[fitting])

    def _count_sites(self, judged: JudgedBlock, rows: npt.NDArray[np.int64]) -> None:
        """Count some sites of a block."""
        called = judged.alleles[:, :, 0][rows] < MISSING
        np.add.at(self._missing, np.count_nonzero(~called, axis=1), 1)
        np.add.at(self._rarer, judged.rarer[rows], 1)
        heterozygous = judged.heterozygous[rows]
        self._heterozygous += int(np.count_nonzero(heterozygous.any(axis=1)))
        unphased = (heterozygous & ~judged.block.phased[rows]).any(axis=1)
        self._unphased += int(np.count_nonzero(unphased))
        phases = self._follow_contig(judged.block.contig)
        phases.follow(judged, rows)
        self._changes_phase_set |= phases.change is not None

    def _follow_contig(self, contig: str) -> PhaseSets:
        """Return the phase sets of a contig; those of the first and the last one are kept."""
        if not self._edges or self._edges[-1][0] != contig:
            self._edges = [*self._edges[:1], (contig, PhaseSets(self._individuals))]
        return self._edges[-1][1]

    def summarise(self) -> MeasuredPart:
        """Return what was counted."""
        return MeasuredPart(
            individuals=tuple(self._individuals),
            tally=self._tally,
            missing=tuple(np.trim_zeros(self._missing, "b").tolist()),
            rarer=tuple(np.trim_zeros(self._rarer, "b").tolist()),
            heterozygous=self._heterozygous,
            unphased=self._unphased,
            changes_phase_set=self._changes_phase_set,
            edges=tuple(
                MeasuredContig(
                    contig=name, change=sets.change, ends=tuple(map(tuple, sets.ends.tolist()))
                )
                for name, sets in self._edges
            ),
        )


def add_parts(parts: Sequence[MeasuredPart]) -> MeasuredPart:
    """Return what was counted in all parts of a file together, in their order."""
    edges: dict[str, list[MeasuredContig]] = {}
    for part in parts:
        for edge in part.edges:
            edges.setdefault(edge.contig, []).append(edge)
    changes = any(_changes_between(parts[0].individuals, pieces) for pieces in edges.values())
    return MeasuredPart(
        individuals=parts[0].individuals,
        tally=add_tallies(part.tally for part in parts),
        missing=_add_counts(part.missing for part in parts),
        rarer=_add_counts(part.rarer for part in parts),
        heterozygous=sum(part.heterozygous for part in parts),
        unphased=sum(part.unphased for part in parts),
        changes_phase_set=changes or any(part.changes_phase_set for part in parts),
        edges=(),
    )


def _changes_between(names: Sequence[str], pieces: Sequence[MeasuredContig]) -> bool:
    """Return whether somebody changes to another phase set along the pieces of a contig."""
    ends = np.array([piece.ends for piece in pieces], dtype=np.int64)
    return find_first_change(names, ends, [piece.change for piece in pieces]) is not None


def _add_counts(counts: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Return the sums of counts of several lengths."""
    listed = list(counts)
    total = np.zeros(max(map(len, listed)), dtype=np.int64)
    for each in listed:
        total[: len(each)] += np.array(each, dtype=np.int64)
    return tuple(total.tolist())
