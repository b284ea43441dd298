"""What a user's file is like, measured, and the observation that follows from it."""

from collections.abc import Iterator
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.config.schema.observation import (
    LikeFile,
    MissingPerSite,
    Observation,
    WrittenObservation,
)
from coalflow.config.schema.samples import Samples
from coalflow.core.errors import CoalflowError
from coalflow.genomes.dropped import explain_dropped
from coalflow.genomes.genotypes.carried import MISSING
from coalflow.genomes.genotypes.phase_sets import PhaseSets
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.genotypes.sites import JudgedBlock, Rules
from coalflow.genomes.judged_records import Tally, add_tallies, iterate_judged
from coalflow.genomes.readers.formats import open_genome_file


class MeasuredFile(Section):
    """What sequencing left of the truth in a VCF or BCF file, measured on all of its individuals.

    Sites are those with two alleles of one base each and at least one called genotype. Missing
    genotypes and rarer alleles are counted at varying sites alone, where both alleles are called:
    they are compared with simulated sites, which vary.
    """

    path: str
    individuals: int
    ploidy: int
    records: int
    sites: int
    not_varying: int
    """Records in which all called alleles are the same."""
    heterozygous_sites: int
    """Sites with a called heterozygote."""
    unphased_sites: int
    """Sites with a heterozygote that is not phased."""
    phased: bool
    """Whether there are no such sites, nor several phase sets of an individual on a contig."""
    missing: float
    """Fraction of genotypes that are not called, in whole or in part, at varying sites."""
    missing_per_site: tuple[int, ...]
    """At how many varying sites 0, 1, 2, ... genotypes are not called."""
    rarer_allele: tuple[int, ...]
    """At how many varying sites the rarer allele is called 1, 2, ... times."""
    minimum_allele_count: int
    """The fewest times that the rarer allele of a varying site is called."""
    dropped: dict[str, int] = {}
    """How many records are not measured for which reason."""


def measure_file(like: LikeFile, ploidy: int) -> MeasuredFile:
    """Measure phase, missing genotypes and rare alleles of all individuals of a file.

    Genotyping errors and wrong ancestral alleles cannot be measured on one file.

    Parameters
    ----------
    like : LikeFile
        A VCF or BCF file. Records in which somebody is called with another ploidy are not measured,
        such as those of X and Y.
    ploidy : int
        That of simulations.

    Raises
    ------
    CoalflowError
        If the file cannot be read or used, or its individuals have another ploidy.
    """
    path = like.path
    file = open_genome_file(path)
    names, tallies = file.individuals, []
    found = _Counts(len(names), ploidy)
    phases: dict[str, PhaseSets] = {}
    rules, expected = Rules(filters=like.accepted), ExpectedPloidy(like, names)
    for judged, counted in iterate_judged(file, names, rules, expected):
        rows, other_ploidy = found.count(judged)
        tallies += [counted, Tally(dropped={"other_ploidy": other_ploidy})]
        phases.setdefault(judged.block.contig, PhaseSets(names)).follow(judged, rows)
    tally = add_tallies(tallies)
    varying = int(found.missing.sum())
    if varying == 0:
        _refuse_invariant(path, ploidy, tally)
    not_varying = tally.dropped.get("not_varying", 0)
    return MeasuredFile(
        path=path,
        individuals=len(names),
        ploidy=ploidy,
        records=tally.records,
        sites=varying + not_varying,
        not_varying=not_varying,
        heterozygous_sites=found.heterozygous,
        unphased_sites=found.unphased,
        phased=found.unphased == 0 and not any(one.change for one in phases.values()),
        missing=float(found.missing @ np.arange(len(found.missing)) / (varying * len(names))),
        missing_per_site=tuple(np.trim_zeros(found.missing, "b").tolist()),
        rarer_allele=tuple(found.rarer[1:].tolist()),
        minimum_allele_count=_find_first(found.rarer[1:]) + 1,
        dropped={reason: count for reason, count in tally.list_reasons().items() if count},
    )


class _Counts:
    """What is counted at varying sites.

    Attributes
    ----------
    missing, rarer : ndarray of int64
        At how many sites 0, 1, 2, ... genotypes are not called; and the rarer allele is.
    heterozygous, unphased : int
        At how many sites somebody is heterozygous, and not phased.
    """

    def __init__(self, individuals: int, ploidy: int) -> None:
        self._ploidy = ploidy
        self.missing = np.zeros(individuals + 1, dtype=np.int64)
        self.rarer = np.zeros(ploidy * individuals // 2 + 1, dtype=np.int64)
        self.heterozygous = self.unphased = 0

    def count(self, judged: JudgedBlock) -> tuple[npt.NDArray[np.int64], int]:
        """Count the sites of a block at which nobody has another ploidy.

        Returns
        -------
        ndarray of int64
            Their indices.
        int
            How many others there are.
        """
        rows = judged.usable
        fitting = np.isin(judged.ploidies[rows], (0, self._ploidy)).all(axis=1)
        rows = rows[fitting]
        alleles = judged.alleles[rows]
        called = (alleles < MISSING).any(axis=2)
        copies = (alleles == 1).sum(axis=(1, 2))
        np.add.at(self.missing, (~called).sum(axis=1), 1)
        np.add.at(self.rarer, np.minimum(copies, self._ploidy * called.sum(axis=1) - copies), 1)
        heterozygous = judged.heterozygous[rows]
        self.heterozygous += int(heterozygous.any(axis=1).sum())
        self.unphased += int(np.any(heterozygous & ~judged.block.phased[rows], axis=1).sum())
        return rows, int((~fitting).sum())


def _refuse_invariant(path: str, ploidy: int, tally: Tally) -> NoReturn:
    """Refuse a file without any varying site of the ploidy of simulations."""
    if tally.dropped.get("other_ploidy"):
        raise CoalflowError(
            f"{path}: its individuals have another ploidy than {ploidy}, which simulation.ploidy "
            "is: change that, set observation.like.ploidy, or give observation.like another file"
        )
    raise CoalflowError(
        f"{path}: none of its {tally.records:,} records is a site with two alleles of one base "
        "each that varies, so nothing can be measured. "
        f"{explain_dropped(tally.records, tally.dropped, {})}; or give observation.like another "
        "file"
    )


def _find_first(counts: npt.NDArray[np.int64]) -> int:
    """Return the first index at which a count is not 0."""
    return int(np.flatnonzero(counts)[0])


def complete_observation(
    written: WrittenObservation, measured: MeasuredFile | None, samples: Samples
) -> tuple[Observation, list[str]]:
    """Return the observation with nothing left open, and remarks on what could not be measured.

    Parameters
    ----------
    written : WrittenObservation
        The config's section. It takes precedence over what is measured.
    measured : MeasuredFile, optional
        The file that simulations resemble. Without it, everything is written.
    samples : Samples
        Who is simulated.

    Returns
    -------
    Observation
    list of str
        A sentence each; none where no file was measured.

    Raises
    ------
    CoalflowError
        If the file has fewer individuals than are observed and some of its genotypes are missing:
        how many are missing in more individuals cannot be drawn from it.
    """
    fewer = written.individuals if isinstance(written.individuals, dict) else {}
    observed = samples.fewer(fewer).number_of_individuals
    filled = written.model_dump(exclude_none=True, exclude={"like", "individuals"})
    filled["individuals"] = fewer
    if measured is None:
        return Observation(**filled), []
    filled.setdefault("phased", measured.phased)
    if "missing" not in filled:
        filled["missing"] = _resemble_missing(measured, observed)
    if "minimum_allele_count" not in filled:
        # Alleles that are rare in all individuals of a file may be rarer in some of them.
        same = observed == measured.individuals
        filled["minimum_allele_count"] = measured.minimum_allele_count if same else 1
    return Observation(**filled), list(_remark(written, measured, observed))


def _resemble_missing(measured: MeasuredFile, observed: int) -> MissingPerSite:
    if observed > measured.individuals and measured.missing > 0:
        raise CoalflowError(
            f"observation.like has {measured.individuals} individuals, but {observed} are "
            "observed, and how many of these are missing cannot be drawn from it. Lower "
            "simulation.samples or observation.individuals, or give observation.missing"
        )
    return MissingPerSite(individuals=measured.individuals, per_site=measured.missing_per_site)


def _remark(written: WrittenObservation, measured: MeasuredFile, observed: int) -> Iterator[str]:
    """Yield what a file does not show, and which keys say it."""
    yield "Genotyping errors cannot be measured on a file: see observation.genotype_error."
    if written.polarised:
        yield (
            "Wrong ancestral alleles cannot be measured on a file: see "
            "observation.polarisation_error."
        )
    fewest = measured.minimum_allele_count
    if written.minimum_allele_count is None and fewest > 1 and observed != measured.individuals:
        yield (
            f"In the {measured.individuals} individuals of the file each allele occurs {fewest} "
            f"times or more, as if rarer ones had been left out. {observed} individuals are "
            "observed, in which they may be rarer, so no site is left out for that reason: see "
            "observation.minimum_allele_count."
        )
