"""Genomes: files to contigs of usable sites."""

import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

from coalflow.config.fields.section import Section
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.genomes.contigs import Contig, list_unnamed_contigs, select_accessible
from coalflow.genomes.genotypes.assembly import AssembledContig, ContigAssembly
from coalflow.genomes.genotypes.individuals import Choice, Chosen, choose_individuals
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.genotypes.sites import JudgedBlock, Rules
from coalflow.genomes.judged_records import Tally, iterate_judged
from coalflow.genomes.refused import refuse_unknown_contigs, refuse_unsuitable, refuse_unusable
from coalflow.genomes.vcf_files import VariantFile


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
    accessible: float | None = None
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
        As in simulations, but for the mask, which is that of ``options``.
    options : GenomeOptions
        Who is used, and what of the file.
    most_records : int, optional
        After how many records reading ends.

    Returns
    -------
    list of Contig
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
    expected = ExpectedPloidy(options.genotypes, chosen.names)
    rules, tally = _make_rules(observation, options), Tally()
    judged = iterate_judged(path, chosen.names, rules, expected, tally, most_records)
    assembled = list(_assemble_contigs(judged, chosen, samples, observation, expected))
    for each in assembled:
        tally.dropped.update(each.dropped)
    refuse_unusable(path, assembled, chosen.names, tally, rules)
    if most_records is None or tally.records < most_records:
        refuse_unknown_contigs(path, assembled, expected)
    refuse_unsuitable(path, assembled, expected, observation)
    contigs = [each.contig for each in assembled if each.contig is not None]
    described = _describe(in_file, chosen, assembled, tally)
    if options.mask is not None:
        unnamed = list_unnamed_contigs(contigs, options.mask)
        contigs, outside, accessible = select_accessible(contigs, options.mask, path)
        described["dropped"]["outside_mask"] = outside
        described |= {"accessible": accessible, "not_in_mask": tuple(unnamed)}
    return contigs, GenomeDescription(**described, **_describe_sites(contigs))


def _make_rules(observation: Observation, options: GenomeOptions) -> Rules:
    return Rules(
        filters=options.genotypes.accepted,
        ancestral=options.ancestral,
        keep_missing=observation.can_be_missing,
        minimum_allele_count=observation.minimum_allele_count,
    )


def _describe(
    in_file: Sequence[str], chosen: Chosen, assembled: Sequence[AssembledContig], tally: Tally
) -> dict[str, Any]:
    """Return who is used, and what is not."""
    return {
        "samples": tuple(chosen.names),
        "samples_in_file": len(in_file),
        "chosen": chosen.how,
        "records": tally.records,
        "dropped": tally.list_reasons(),
        "failed_filters": dict(tally.failed_filters),
        "left_out": {each.name: each.left_out for each in assembled if each.left_out},
        "odd_ploidy": {each.name: each.odd for each in assembled if each.odd},
        "phased": _are_phased(assembled),
        "heterozygotes_of_haploids": tally.heterozygotes_of_haploids,
    }


def _describe_sites(contigs: Sequence[Contig]) -> dict[str, Any]:
    """Return how many sites there are, and the fraction of alleles that are missing."""
    called = [contig.called for contig in contigs if contig.called is not None]
    missing = sum(int((alleles == 0).sum()) for alleles in called)
    return {
        "sites_used": sum(len(contig.positions) for contig in contigs),
        "missing": missing / max(sum(contig.haplotypes.size for contig in contigs), 1),
    }


def _are_phased(assembled: Sequence[AssembledContig]) -> bool | None:
    """Return whether all heterozygotes are phased along contigs; None where there are none."""
    if not any(each.heterozygous for each in assembled):
        return None
    return not any(each.unphased or each.phase_set for each in assembled)


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
        assembly.collect(block)
    if assembly is not None:
        yield assembly.finish(*fate)
