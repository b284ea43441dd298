"""Genomes that cannot be used, since nothing of them is left, or for who their individuals are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from coalflow.config.schema.observation import Observation
from coalflow.config.settings.genome_options import IN_FASTA
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.genomes.genotypes.inbreeding import are_inbred
from coalflow.genomes.genotypes.individuals import refuse_without_genotypes
from coalflow.genomes.genotypes.judged_records import Tally
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy, list_names
from coalflow.genomes.plan import GenomePlan
from coalflow.genomes.store.usable_contigs import UsableContig
from coalflow.genomes.suitability.dropped import explain_dropped
from coalflow.windows import masks

if TYPE_CHECKING:
    from coalflow.genomes.opening import OpenedContig


def refuse_unusable(
    plan: GenomePlan, opened: Sequence[OpenedContig], tally: Tally, ancestral: str | None
) -> None:
    """Refuse a file none of whose records can be used, and say why."""
    if any(each.is_used and each.usable.counts.fitting for each in opened):
        return
    records = tally.records
    if records == tally.dropped.get("no_genotypes", 0):
        refuse_without_genotypes(plan.path, records > 0)
    if ancestral not in (None, "REF", IN_FASTA) and not tally.with_ancestral:
        raise CoalflowError(
            f"{plan.path}: has no INFO field {ancestral} for the ancestral allele: none of its "
            f"{records:,} records has it"
        )
    left_out = {each.stored.name: each.ploidy.left_out for each in opened if each.ploidy.left_out}
    why = explain_dropped(records, tally.dropped, left_out)
    called = np.any([each.ploidy.called for each in opened], axis=0)
    silent = [name for name, known in zip(plan.individuals, called, strict=True) if not known]
    if silent:
        why += f". Nothing at all is called of {list_names(silent)}"
    raise CoalflowError(f"{plan.path}: none of its records can be used. {why}")


def refuse_unknown_contigs(path: str, contigs: Sequence[str], expected: ExpectedPloidy) -> None:
    """Refuse a ploidy of a contig that the file does not have."""
    for name in expected.contigs:
        if name not in contigs:
            message = describe_unknown(name, "contigs", contigs)
            raise CoalflowError(f"{path}: genomes.<name>.ploidy {message}")


def refuse_unknown_shown(path: str, shown: Sequence[str], contigs: Sequence[str]) -> None:
    """Refuse a contig of which a picture is wanted, if it is not among those that are scanned."""
    for name in shown:
        if name not in contigs:
            message = describe_unknown(name, "contigs that are scanned", contigs)
            raise CoalflowError(f"{path}: genomes.<name>.show {message}")


def refuse_unsuitable(
    path: str,
    opened: Sequence[OpenedContig],
    expected: ExpectedPloidy,
    observation: Observation,
) -> None:
    """Refuse individuals whose haplotypes are not those that nets read."""
    used = [each for each in opened if each.is_used]
    unphased = sum(each.usable.counts.unphased for each in used)
    sites = sum(each.usable.counts.fitting for each in used)
    if observation.phased and unphased:
        raise CoalflowError(
            f"{path}: {unphased:,} of {sites:,} usable sites have unphased heterozygotes (0/1), "
            "and the net was trained on haplotypes. Phase the file, for example with SHAPEIT or "
            "Beagle, or set observation.phased to false: nets then read genotypes, in simulations "
            "too"
        )
    changes = [each.phase_change for each in used if each.phase_change]
    if observation.phased and changes:
        _refuse_phase_sets(path, changes)
    diploid = [
        each.usable
        for each in used
        if each.usable.are_diploid and not expected.on(each.stored.name).any()
    ]
    if are_inbred(
        sum(contig.counts.heterozygotes for contig in diploid),
        sum(contig.counts.expected_heterozygotes for contig in diploid),
        itertools.chain.from_iterable(contig.iterate_stretches() for contig in diploid),
    ):
        raise CoalflowError(
            f"{path}: its individuals are homozygous at nearly all sites, as inbred lines are: two "
            "haplotypes of each would come in identical pairs. Set genomes.<name>.ploidy to 1 to "
            "take one haplotype of each, and simulation.ploidy to 1, with as many samples as there "
            "are lines; or set genomes.<name>.ploidy to 2 if they are not inbred"
        )


def name_mask(path: str, observation: Observation) -> str:
    """Return a genome's mask with the key that gives it.

    Examples
    --------
    >>> name_mask("a.bed", Observation(mask="a.bed")), name_mask("b.bed", Observation())
    ('a.bed (observation.mask)', 'b.bed (genomes.<name>.mask)')
    """
    key = "observation.mask" if path == observation.mask else "genomes.<name>.mask"
    return f"{path} ({key})"


def refuse_outside_mask(
    path: str, used: Sequence[UsableContig], mask: masks.Mask, observation: Observation
) -> None:
    """Refuse a mask that names none of a genome's contigs, or covers none of its sites."""
    with_sites = [contig for contig in used if contig.counts.fitting]
    masks.refuse_unknown_contigs(mask, [contig.name for contig in with_sites], path)
    if not any(contig.sites for contig in with_sites):
        outside = sum(contig.counts.fitting for contig in with_sites)
        raise CoalflowError(
            f"{path}: none of its {outside:,} usable sites lies within the mask "
            f"{name_mask(mask.path, observation)}. A mask must list what is accessible; if it "
            "lists what is not, invert it with bedtools complement"
        )


def _refuse_phase_sets(path: str, changes: Sequence[str]) -> NoReturn:
    """Refuse a file whose individuals are phased in several parts."""
    more = f" (and others, on {len(changes):,} contigs)" if len(changes) > 1 else ""
    raise CoalflowError(
        f"{path}: genotypes are phased within phase sets (PS) only, and a new one begins for "
        f"{changes[0]}{more}: haplotypes do not continue there. Phase the file statistically, for "
        "example with SHAPEIT, or set observation.phased to false: nets then read genotypes, in "
        "simulations too"
    )
