"""Contig stores to contigs of usable sites, and what is not used of a genome."""

import dataclasses
import pathlib
from collections import Counter
from collections.abc import Sequence

from coalflow.config.fields.section import Section
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.genomes.genotypes.contig_ploidy import ContigPloidy, decide_ploidy
from coalflow.genomes.genotypes.individuals import Choice
from coalflow.genomes.genotypes.judged_records import Tally, add_tallies
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.plan import GenomePlan
from coalflow.genomes.selecting.selection import read_regions
from coalflow.genomes.store.contig_store import open_store
from coalflow.genomes.store.stored_contigs import StoredContig, gather_contigs
from coalflow.genomes.store.usable_contigs import SiteRules, UsableContig
from coalflow.genomes.suitability.refused import (
    refuse_outside_mask,
    refuse_unknown_contigs,
    refuse_unsuitable,
    refuse_unusable,
)
from coalflow.windows import masks


class GenomeDescription(Section):
    """What was read of a file."""

    format: str
    samples: tuple[str, ...]
    """Names of the individuals that are used, in the order of their haplotypes."""
    not_painted: tuple[str, ...] = ()
    """
    Where haplotypes are painted, names of the individuals of their population who are in no draw.
    """
    samples_in_file: int
    """How many individuals the file has."""
    chosen: Choice = "all"
    """Whether all individuals are used, or they are named in the config, or drawn."""
    has_ancestral: bool = False
    """Whether its records have the ancestral base in the field that VCF reserves for it."""
    draws: int = 1
    """How many sets of individuals are used, one after the other."""
    records: int
    sites_used: int
    missing: float
    """Fraction of alleles at usable sites that were not called."""
    accessible: float | None = None
    """Fraction of bases within the mask, where there is one."""
    dropped: dict[str, int]
    """How many records are not used for which reason."""
    failed_filters: dict[str, int] = {}
    """How many records are not used since they have this name in FILTER."""
    lengths: dict[str, int] = {}
    """Bases of the contigs that are used, in their order."""
    without_records: tuple[str, ...] = ()
    """Contigs that the file names, and of which it has no record."""
    not_read: tuple[str, ...] = ()
    """Contigs that the config does not select."""
    left_out: dict[str, str] = {}
    """Contigs of which nothing is used, and why."""
    odd_ploidy: dict[str, str] = {}
    """Sites that are not used since their ploidy differs from that of the contig, by contig."""
    not_in_mask: tuple[str, ...] = ()
    """Contigs with usable sites that the mask never names."""
    phased: bool | None = None
    """Whether all heterozygotes are phased, all along contigs; None without heterozygotes."""
    heterozygotes_of_haploids: int = 0
    """How many genotypes are missing since they are heterozygous, but of haploids."""


@dataclasses.dataclass(frozen=True)
class OpenedContig:
    """A contig, whether it is used or not.

    Attributes
    ----------
    stored : StoredContig
    ploidy : ContigPloidy
    usable : UsableContig
    """

    stored: StoredContig
    ploidy: ContigPloidy
    usable: UsableContig

    @property
    def is_used(self) -> bool:
        """Whether the individuals have the haplotypes that nets read."""
        return self.ploidy.left_out is None

    @property
    def phase_change(self) -> str | None:
        """Where somebody first changes to another phase set, in words."""
        change = self.stored.phase_change
        if change is None:
            return None
        return f"{change.individual} at {self.stored.name}:{change.position}"

    def describe_odd(self) -> str | None:
        """Return in words which sites have another ploidy than the contig; None without any."""
        odd, first = self.usable.counts.dropped["other_ploidy"], self.usable.counts.first_odd
        if first is None:
            return None
        return f"{odd:,} {'site' if odd == 1 else 'sites'}, the first at {first:,}"

    def count_dropped(self) -> Counter[str]:
        """Return how many sites are not used for which reason, next to what a reader dropped."""
        counts = self.usable.counts
        if self.is_used:
            return counts.dropped
        kept = {
            reason: counts.dropped[reason] for reason in ("missing_genotypes", "allele_too_rare")
        }
        return Counter(**kept, contig_left_out=counts.fitting + counts.dropped["other_ploidy"])


@dataclasses.dataclass(frozen=True)
class UsableGenome:
    """A genome of which sites are read from the disk.

    Attributes
    ----------
    contigs : tuple of UsableContig
        Those with records, and on which individuals have the haplotypes that nets read, in the
        order of the file. They may have no usable site.
    description : GenomeDescription
    """

    contigs: tuple[UsableContig, ...]
    description: GenomeDescription

    @property
    def draws(self) -> int:
        """How many sets of individuals are used, one after the other."""
        return self.description.draws


def open_genome(
    parts: Sequence[str | pathlib.Path],
    plan: GenomePlan,
    samples: Samples,
    observation: Observation,
    options: GenomeOptions,
) -> UsableGenome:
    """Open a genome whose parts were read.

    Parameters
    ----------
    parts : sequence of path
        The contig stores.
    plan : GenomePlan
    samples : Samples
        Who is observed, and read by nets.
    observation : Observation
        As in simulations; the mask of the genome is that of its options.
    options : GenomeOptions

    Raises
    ------
    CoalflowError
        If a store is missing or damaged; if individuals are not phased but should be, or inbred; if
        none of the records can be used; if the mask does not fit.
    """
    samples = samples.fewer(plan.fewer)
    expected = ExpectedPloidy(options.genotypes, plan.individuals)
    mask = None if options.mask is None else masks.read_mask(options.mask)
    rules = SiteRules(observation.can_be_missing, observation.minimum_allele_count, mask)
    stored = gather_contigs(
        [open_store(path) for path in parts], [contig.name for contig in plan.contigs]
    )
    lengths = {contig.name: contig.length for contig in plan.contigs}
    regions = read_regions(options.selection, plan.path, lengths)
    opened = []
    for contig in stored:
        ploidy = _decide_ploidy(contig, plan, samples, observation.phased, expected)
        length = max(lengths.get(contig.name) or 0, contig.last_position)
        read = None if regions is None else regions.edges.get(contig.name)
        usable = UsableContig(contig, length, ploidy.ploidies, plan.draws, samples, rules, read)
        opened.append(OpenedContig(contig, ploidy, usable))
    tally = _count_all(opened)
    refuse_unusable(plan, opened, tally, options.ancestral_field)
    refuse_unknown_contigs(plan.path, [contig.name for contig in stored], expected)
    refuse_unsuitable(plan.path, opened, expected, observation)
    used = [each.usable for each in opened if each.is_used]
    description = _describe(plan, opened, tally)
    if mask is not None:
        refuse_outside_mask(plan.path, used, mask, observation)
        description = _describe_mask(description, used, mask)
    return UsableGenome(tuple(used), description)


def _decide_ploidy(
    contig: StoredContig,
    plan: GenomePlan,
    samples: Samples,
    phased: bool,
    expected: ExpectedPloidy,
) -> ContigPloidy:
    """Return the ploidy of individuals on a contig."""
    return decide_ploidy(
        contig.votes,
        expected.on(contig.name),
        plan.individuals,
        plan.draws,
        plan.numbers,
        samples,
        phased,
    )


def _describe_mask(
    description: GenomeDescription, used: Sequence[UsableContig], mask: masks.Mask
) -> GenomeDescription:
    """Add how much is accessible, and which contigs the mask never names."""
    named = [contig.name for contig in used if contig.counts.fitting]
    changed = {
        "accessible": _compute_accessible(used, mask),
        "not_in_mask": tuple(masks.find_unnamed_contigs(mask, named)),
    }
    return description.model_copy(update=changed)


def _count_all(opened: Sequence[OpenedContig]) -> Tally:
    """Return what was counted in all contigs together."""
    dropped = [Tally(dropped=dict(each.count_dropped())) for each in opened]
    return add_tallies([*(each.stored.tally for each in opened), *dropped])


def _describe(plan: GenomePlan, opened: Sequence[OpenedContig], tally: Tally) -> GenomeDescription:
    """Return who is used, and what is not."""
    used = [each for each in opened if each.is_used]
    counts = [each.usable.counts for each in used]
    odd = {each.stored.name: each.describe_odd() for each in used}
    read = {each.stored.name for each in opened}
    return GenomeDescription(
        format=plan.format,
        samples=plan.individuals,
        samples_in_file=plan.in_file,
        chosen=plan.how,
        has_ancestral=plan.has_ancestral,
        draws=len(plan.draws),
        records=tally.records,
        sites_used=sum(each.usable.sites for each in used),
        missing=sum(each.missing for each in counts) / max(sum(c.alleles for c in counts), 1),
        dropped=tally.list_reasons(),
        failed_filters=tally.failed_filters,
        lengths={each.usable.name: each.usable.length for each in used},
        without_records=tuple(each.name for each in plan.contigs if each.name not in read),
        not_read=plan.not_read,
        left_out={
            each.stored.name: each.ploidy.left_out for each in opened if each.ploidy.left_out
        },
        odd_ploidy={name: words for name, words in odd.items() if words},
        phased=_are_phased(used),
        heterozygotes_of_haploids=tally.heterozygotes_of_haploids,
    )


def _are_phased(used: Sequence[OpenedContig]) -> bool | None:
    """Return whether all heterozygotes are phased along contigs; None where there are none."""
    if not any(each.usable.counts.heterozygous for each in used):
        return None
    return not any(each.usable.counts.unphased or each.stored.phase_change for each in used)


def _compute_accessible(used: Sequence[UsableContig], mask: masks.Mask) -> float | None:
    """Return the accessible fraction of the bases from each contig's first site to its last."""
    accessible, bases = 0.0, 0
    for contig in used:
        if contig.counts.span is None:
            continue
        start, end = contig.counts.span[0] - 1, contig.counts.span[1]
        accessible += mask.covered_share(contig.name, start, end) * (end - start)
        bases += end - start
    return accessible / bases if bases else None
