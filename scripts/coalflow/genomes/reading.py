"""Genomes: files to contigs of usable sites."""

import dataclasses
import pathlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NoReturn

import numpy as np

from coalflow.config.fields.section import Section
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.observing import GenomeOptions
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.genomes.contigs import Contig, list_unnamed_contigs, select_accessible
from coalflow.genomes.dropped import explain_dropped
from coalflow.genomes.genotypes.assembly import AssembledContig, ContigAssembly
from coalflow.genomes.genotypes.inbreeding import are_inbred
from coalflow.genomes.genotypes.individuals import (
    Choice,
    Chosen,
    choose_individuals,
    refuse_without_genotypes,
)
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy, list_names
from coalflow.genomes.genotypes.sites import (
    CODES,
    REASONS,
    JudgedBlock,
    Rules,
    judge_block,
    take_haplotypes,
)
from coalflow.genomes.vcf_files import VariantFile
from coalflow.genomes.vcf_sites import iterate_blocks


class GenomeDescription(Section):
    """What was read of a file."""

    samples: tuple[str, ...]
    """Names of the individuals that are used, in the order of their haplotypes."""
    samples_in_file: int
    """How many individuals the file has."""
    chosen: Choice = "all"
    """Whether all individuals are used, or they are named in the config, or drawn."""
    records: int
    sites_used: int
    missing: float
    """Fraction of alleles at usable sites that were not called."""
    accessible: float | None
    """Fraction of bases within the mask, where there is one."""
    dropped: dict[str, int]
    """How many records are not used for which reason."""
    failed_filters: dict[str, int] = {}
    """How many records are not used since they have this name in FILTER."""
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


def read_genome(
    path: str | pathlib.Path,
    samples: Samples,
    observation: Observation,
    options: GenomeOptions,
    most_records: int | None = None,
) -> tuple[list[Contig], GenomeDescription]:
    """Read the haplotypes of individuals from a VCF or BCF file.

    Sites are kept that have two alleles of one base each among the individuals that are used, that
    passed their filters, and that can be observed: within the mask, both alleles common enough, all
    genotypes called unless some may be missing. A genotype of which a part is missing is missing.
    Of records that repeat each other one is kept, of those that contradict each other none. Contigs
    are left out on which the individuals do not have the haplotypes that nets read.

    Parameters
    ----------
    path : path
    samples : Samples
        Who is observed, and read by nets.
    observation : Observation
        As in simulations. Its mask is ignored unless ``options`` say that it applies.
    options : GenomeOptions
        Who is used, and what of the file.
    most_records : int, optional
        After how many records reading ends.

    Returns
    -------
    list of Contig
        In the order of the file.
    GenomeDescription
        Who is used, and how many records were dropped and why.

    Raises
    ------
    CoalflowError
        If the file is missing, damaged, not sorted or not VCF; if its individuals are not as many
        as needed, or not phased but should be, or inbred; if none of its records can be used; if
        the mask does not fit it.
    """
    in_file = VariantFile(path).names
    chosen = choose_individuals(path, in_file, samples, options, observation.phased)
    counts: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    expected = ExpectedPloidy(options.genotypes, chosen.names)
    rules = Rules(
        filters=options.genotypes.accepted,
        ancestral=options.ancestral,
        keep_missing=observation.can_be_missing,
        minimum_allele_count=observation.minimum_allele_count,
    )
    judged = iterate_judged(path, chosen.names, rules, expected, counts, failed, most_records)
    assembled = list(_assemble_contigs(judged, chosen, samples, observation, expected))
    for each in assembled:
        counts.update(each.dropped)
    contigs = [each.contig for each in assembled if each.contig is not None]
    left_out = {each.name: each.left_out for each in assembled if each.left_out}
    _refuse_unusable(path, assembled, chosen.names, counts, left_out, rules)
    if most_records is None or counts["records"] < most_records:
        _refuse_unknown_contigs(path, assembled, expected)
    _refuse_unsuitable(path, assembled, expected, observation)
    accessible, unnamed = None, []
    if options.masked and observation.mask is not None:
        unnamed = list_unnamed_contigs(contigs, observation.mask)
        contigs, counts["outside_mask"], accessible = select_accessible(
            contigs, observation.mask, path
        )
    called = [contig.called for contig in contigs if contig.called is not None]
    missing = sum(int((alleles == 0).sum()) for alleles in called)
    return contigs, GenomeDescription(
        samples=tuple(chosen.names),
        samples_in_file=len(in_file),
        chosen=chosen.how,
        records=counts["records"],
        sites_used=sum(len(contig.positions) for contig in contigs),
        missing=missing / max(sum(contig.haplotypes.size for contig in contigs), 1),
        accessible=accessible,
        dropped={reason: counts[reason] for reason in REASONS},
        failed_filters=dict(failed),
        left_out=left_out,
        odd_ploidy={each.name: each.odd for each in assembled if each.odd},
        not_in_mask=tuple(unnamed),
        phased=_are_phased(assembled),
        heterozygotes_of_haploids=counts["heterozygotes_of_haploids"],
    )


def _are_phased(assembled: Sequence[AssembledContig]) -> bool | None:
    """Return whether all heterozygotes are phased along contigs; None where there are none."""
    if not any(each.heterozygous for each in assembled):
        return None
    return not any(each.unphased or each.phase_set for each in assembled)


def iterate_judged(
    path: str | pathlib.Path,
    names: Sequence[str],
    rules: Rules,
    expected: ExpectedPloidy,
    counts: Counter[str],
    failed: Counter[str],
    most_records: int | None = None,
) -> Iterator[JudgedBlock]:
    """Yield the records of a file, judged block by block.

    Parameters
    ----------
    path : path
    names : sequence of str
        The individuals that are used.
    rules : Rules
    expected : ExpectedPloidy
        Of these individuals.
    counts : Counter
        Gets the number of ``records``, of ``heterozygotes_of_haploids``, and how many are not used
        for which reason.
    failed : Counter
        Gets how many records have which name in FILTER that is not accepted.
    most_records : int, optional
        After how many records reading ends.
    """
    for block in iterate_blocks(path, names, rules.ancestral, most_records):
        alleles, lost = take_haplotypes(block.alleles, expected.on(block.contig))
        judged = judge_block(dataclasses.replace(block, alleles=alleles), rules)
        counts["records"] += len(block)
        counts["ancestral_given"] += sum(map(bool, block.ancestral))
        counts["heterozygotes_of_haploids"] += lost
        counts.update(judged.count())
        for row in (judged.reasons == CODES["filtered"]).nonzero()[0]:
            accepted: Collection[str] = rules.filters or ()
            failed.update(name for name in block.filters[row] or (".",) if name not in accepted)
        yield judged


def _assemble_contigs(
    judged: Iterator[JudgedBlock],
    chosen: Chosen,
    samples: Samples,
    observation: Observation,
    expected: ExpectedPloidy,
) -> Iterator[AssembledContig]:
    assembly: ContigAssembly | None = None
    fate = (samples, observation.phased, observation.can_be_missing)
    for block in judged:
        contig = block.block.contig
        if assembly is None or assembly.name != contig:
            if assembly is not None:
                yield assembly.finish(*fate)
            assembly = ContigAssembly(contig, chosen, expected.on(contig))
        assembly.add(block)
    if assembly is not None:
        yield assembly.finish(*fate)


# What is refused --------------------------------------------------------------------------------


def _refuse_unusable(
    path: str | pathlib.Path,
    assembled: Sequence[AssembledContig],
    names: Sequence[str],
    counts: Counter[str],
    left_out: dict[str, str],
    rules: Rules,
) -> None:
    """Refuse a file none of whose records can be used, and say why."""
    if any(each.contig is not None for each in assembled):
        return
    records = counts["records"]
    if records == counts["no_genotypes"]:
        refuse_without_genotypes(path, records > 0)
    if rules.ancestral not in (None, "REF") and not counts["ancestral_given"]:
        raise CoalflowError(
            f"{path}: has no INFO field {rules.ancestral} for the ancestral allele: none of its "
            f"{records:,} records has it"
        )
    dropped = {reason: counts[reason] for reason in REASONS}
    why = explain_dropped(records, dropped, left_out)
    called = np.any([each.called for each in assembled], axis=0)
    silent = [name for name, any_called in zip(names, called, strict=True) if not any_called]
    if silent:
        why += f". Nothing at all is called of {list_names(silent)}"
    raise CoalflowError(f"{path}: none of its records can be used. {why}")


def _refuse_unknown_contigs(
    path: str | pathlib.Path, assembled: Sequence[AssembledContig], expected: ExpectedPloidy
) -> None:
    contigs = [each.name for each in assembled]
    for name in expected.contigs:
        if name not in contigs:
            message = describe_unknown(name, "contigs", contigs)
            raise CoalflowError(f"{path}: genomes.<name>.ploidy {message}")


def _refuse_unsuitable(
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
