"""Genomes: files to contigs of usable sites."""

import pathlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NoReturn

from coalflow.config.fields.section import Section
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.observing import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.genomes import vcf_files, vcf_sites
from coalflow.genomes.contigs import Contig, make_contig, select_accessible
from coalflow.genomes.individuals import FileIndividuals, choose_individuals
from coalflow.genomes.sites import REASONS, Site, find_reason


class GenomeDescription(Section):
    """What was read of a file."""

    samples: tuple[str, ...]
    """Names of the individuals that are used, in the order of their haplotypes."""
    samples_in_file: int
    """How many individuals the file has."""
    ploidy: int
    """Their haplotypes."""
    records: int
    sites_used: int
    missing: float
    """Fraction of alleles at usable sites that were not called."""
    accessible: float | None
    """Fraction of bases within the mask, where there is one."""
    dropped: dict[str, int]
    """How many records are not used for which reason."""


def read_genome(
    path: str | pathlib.Path,
    samples: Samples,
    observation: Observation,
    options: GenomeOptions,
    most_records: int | None = None,
) -> tuple[list[Contig], GenomeDescription]:
    """Read the haplotypes of individuals from a VCF or BCF file.

    Sites are kept that have two alleles of one base each and can be observed: within the mask, both
    alleles common enough, all chosen genotypes called unless some may be missing. A genotype of
    which a part is missing is missing. Records that share a position are all dropped.

    Parameters
    ----------
    path : path
    samples : Samples
        Who is observed, and read by nets.
    observation : Observation
        As in simulations. Its mask is ignored unless ``options`` say that it applies.
    options : GenomeOptions
        Names of individuals, and which allele is ancestral. Without names, the first individuals
        in the file are used that have as many haplotypes as ``samples``.
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
        as needed, or not phased but should be; if the mask does not fit it.
    """
    in_file = vcf_files.peek_at_file(path, options.ancestral)
    chosen = choose_individuals(path, in_file, samples, options.individuals, observation.phased)
    counts: Counter[str] = Counter()
    sites = vcf_sites.iterate_sites(path, in_file, chosen, options.ancestral, counts, most_records)
    usable = _select_sites(sites, observation, counts)
    if observation.phased and counts["unphased"]:
        _refuse_unphased(path, counts)
    contigs = [
        make_contig(name, usable[name], observation.can_be_missing, samples) for name in usable
    ]
    accessible = None
    if options.masked and observation.mask is not None:
        contigs, counts["outside_mask"], accessible = select_accessible(
            contigs, observation.mask, path
        )
    return contigs, _describe(in_file, chosen, contigs, accessible, counts)


def _describe(
    in_file: FileIndividuals,
    chosen: Iterable[str],
    contigs: Sequence[Contig],
    accessible: float | None,
    counts: Counter[str],
) -> GenomeDescription:
    called = [contig.called for contig in contigs if contig.called is not None]
    missing = sum(int((alleles == 0).sum()) for alleles in called)
    return GenomeDescription(
        samples=tuple(chosen),
        samples_in_file=len(in_file.names),
        ploidy=in_file.ploidy,
        records=counts["records"],
        sites_used=sum(len(contig.positions) for contig in contigs),
        missing=missing / max(sum(contig.haplotypes.size for contig in contigs), 1),
        accessible=accessible,
        dropped={reason: counts[reason] for reason in REASONS},
    )


def _refuse_unphased(path: str | pathlib.Path, counts: Counter[str]) -> NoReturn:
    raise CoalflowError(
        f"{path}: {counts['unphased']:,} of {counts['records']:,} records have unphased "
        "heterozygotes (0/1), and the net was trained on haplotypes. Phase the file, for example "
        "with SHAPEIT or Beagle, or set observation.phased to false: nets then read genotypes, in "
        "simulations too"
    )


def _select_sites(
    sites: Iterable[Site], observation: Observation, counts: Counter[str]
) -> dict[str, list[Site]]:
    """Return the usable sites of each contig; count all others, and records without phase."""
    usable: dict[str, list[Site]] = {}
    keep_missing, fewest = observation.can_be_missing, observation.minimum_allele_count
    for site in sites:
        reason = find_reason(site.alleles, keep_missing, fewest)
        counts["unphased"] += site.is_unphased and reason != "missing_genotypes"
        if reason is None:
            usable.setdefault(site.contig, []).append(site)
        else:
            counts[reason] += 1
    return usable
