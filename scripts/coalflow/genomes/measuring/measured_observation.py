"""What a user's file is like, measured, and the observation that follows from it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.config.schema.observation import (
    MissingPerSite,
    Observation,
    WrittenObservation,
)
from coalflow.config.schema.samples import Samples
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, refuse_damaged
from coalflow.genomes.genotypes.judged_records import Tally
from coalflow.genomes.measuring.measured_counts import MeasuredPart, add_parts
from coalflow.genomes.suitability.dropped import explain_dropped


class MeasuredFile(Section):
    """What sequencing left of the truth in a file, measured on all of its individuals.

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


def read_measured(path: str | Path) -> MeasuredPart:
    """Return what was counted in a part of a file.

    Raises
    ------
    CoalflowError
        If the file with it is missing or damaged.
    """
    with refuse_damaged(path):
        return MeasuredPart.model_validate_json(json.dumps(read_json(path)))


def describe_file(path: str, ploidy: int, parts: Sequence[MeasuredPart]) -> MeasuredFile:
    """Return what was measured of a file, of whose parts sites were counted.

    Parameters
    ----------
    path : str
    ploidy : int
        That of simulations.
    parts : sequence of MeasuredPart
        In their order.

    Raises
    ------
    CoalflowError
        If nothing varies, or individuals have another ploidy.
    """
    found = add_parts(parts)
    missing, individuals = np.array(found.missing, dtype=np.int64), len(found.individuals)
    varying = int(missing.sum())
    if varying == 0:
        _refuse_invariant(path, ploidy, found.tally)
    rarer = np.zeros(ploidy * individuals // 2 + 1, dtype=np.int64)
    rarer[: len(found.rarer)] = found.rarer
    not_varying = found.tally.dropped.get("not_varying", 0)
    return MeasuredFile(
        path=path,
        individuals=individuals,
        ploidy=ploidy,
        records=found.tally.records,
        sites=varying + not_varying,
        not_varying=not_varying,
        heterozygous_sites=found.heterozygous,
        unphased_sites=found.unphased,
        phased=found.unphased == 0 and not found.changes_phase_set,
        missing=float(missing @ np.arange(len(missing)) / (varying * individuals)),
        missing_per_site=tuple(missing.tolist()),
        rarer_allele=tuple(rarer[1:].tolist()),
        minimum_allele_count=_find_first(rarer[1:]) + 1,
        dropped={reason: count for reason, count in found.tally.list_reasons().items() if count},
    )


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
