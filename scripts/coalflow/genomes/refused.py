"""Genomes that cannot be used, since nothing of them is left, or for who their individuals are."""

import pathlib
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from coalflow.config.schema.observation import Observation
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.genomes.dropped import explain_dropped
from coalflow.genomes.genotypes.assembly import AssembledContig
from coalflow.genomes.genotypes.inbreeding import are_inbred
from coalflow.genomes.genotypes.individuals import refuse_without_genotypes
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy, list_names
from coalflow.genomes.genotypes.sites import Rules
from coalflow.genomes.judged_records import Tally


def refuse_unusable(
    path: str | pathlib.Path,
    assembled: Sequence[AssembledContig],
    names: Sequence[str],
    tally: Tally,
    rules: Rules,
) -> None:
    """Refuse a file none of whose records can be used, and say why."""
    if any(each.contig is not None for each in assembled):
        return
    records = tally.records
    if records == tally.dropped["no_genotypes"]:
        refuse_without_genotypes(path, records > 0)
    if rules.ancestral not in (None, "REF") and not tally.with_ancestral:
        raise CoalflowError(
            f"{path}: has no INFO field {rules.ancestral} for the ancestral allele: none of its "
            f"{records:,} records has it"
        )
    left_out = {each.name: each.left_out for each in assembled if each.left_out}
    why = explain_dropped(records, tally.dropped, left_out)
    called = np.any([each.called for each in assembled], axis=0)
    silent = [name for name, any_called in zip(names, called, strict=True) if not any_called]
    if silent:
        why += f". Nothing at all is called of {list_names(silent)}"
    raise CoalflowError(f"{path}: none of its records can be used. {why}")


def refuse_unknown_contigs(
    path: str | pathlib.Path, assembled: Sequence[AssembledContig], expected: ExpectedPloidy
) -> None:
    """Refuse a ploidy of a contig that the file does not have."""
    contigs = [each.name for each in assembled]
    for name in expected.contigs:
        if name not in contigs:
            message = describe_unknown(name, "contigs", contigs)
            raise CoalflowError(f"{path}: genomes.<name>.ploidy {message}")


def refuse_unsuitable(
    path: str | pathlib.Path,
    assembled: Sequence[AssembledContig],
    expected: ExpectedPloidy,
    observation: Observation,
) -> None:
    """Refuse individuals whose haplotypes are not those that nets read."""
    unphased = sum(each.unphased for each in assembled)
    sites = sum(len(each.contig.positions) for each in assembled if each.contig is not None)
    if observation.phased and unphased:
        raise CoalflowError(
            f"{path}: {unphased:,} of {sites:,} usable sites have unphased heterozygotes (0/1), "
            "and the net was trained on haplotypes. Phase the file, for example with SHAPEIT or "
            "Beagle, or set observation.phased to false: nets then read genotypes, in simulations "
            "too"
        )
    changes = [each.phase_set for each in assembled if each.phase_set]
    if observation.phased and changes:
        _refuse_phase_sets(path, changes)
    if are_inbred(each for each in assembled if not expected.on(each.name).any()):
        raise CoalflowError(
            f"{path}: its individuals are homozygous at nearly all sites, as inbred lines are: two "
            "haplotypes of each would come in identical pairs. Set genomes.<name>.ploidy to 1 to "
            "take one haplotype of each, and simulation.ploidy to 1, with as many samples as there "
            "are lines; or set genomes.<name>.ploidy to 2 if they are not inbred"
        )


def _refuse_phase_sets(path: str | pathlib.Path, changes: Sequence[str]) -> NoReturn:
    """Refuse a file whose individuals are phased in several parts."""
    more = f" (and others, on {len(changes):,} contigs)" if len(changes) > 1 else ""
    raise CoalflowError(
        f"{path}: genotypes are phased within phase sets (PS) only, and a new one begins for "
        f"{changes[0]}{more}: haplotypes do not continue there. Phase the file statistically, for "
        "example with SHAPEIT, or set observation.phased to false: nets then read genotypes, in "
        "simulations too"
    )
