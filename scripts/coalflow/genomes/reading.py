"""Genomes: files to contig stores, and stores to contigs of usable sites."""

import pathlib
import tempfile

from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.progress import OccasionalLines
from coalflow.genomes.genotypes.judged_records import iterate_judged
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.genotypes.sites import Rules
from coalflow.genomes.opening import GenomeDescription, open_genome
from coalflow.genomes.plan import GenomePlan, plan_genome
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.readers.genome_file import MOST_RECORDS, GenomeFile, Region
from coalflow.genomes.selecting.selected_file import select_from_file
from coalflow.genomes.store.contig_store import StoreWriter
from coalflow.genomes.store.contigs import Contig


def read_part(
    file: GenomeFile,
    plan: GenomePlan,
    part: int,
    options: GenomeOptions,
    path: str | pathlib.Path,
    most_records: int = MOST_RECORDS,
) -> None:
    """Read a part of a genome, and write its usable sites as a contig store.

    Parameters
    ----------
    file : GenomeFile
    plan : GenomePlan
    part : int
        Which of its parts.
    options : GenomeOptions
        What of the file is used.
    path : path
        The store.
    most_records : int
        Of a block; it does not change what is written.

    Raises
    ------
    CoalflowError
        If the file is damaged or not sorted, or the disk is full.
    """
    names = list(plan.individuals)
    expected = ExpectedPloidy(options.genotypes, names)
    rules = Rules(filters=options.genotypes.accepted, ancestral=options.ancestral_field)
    file = select_from_file(file, options, compare=False)
    writer, progress = StoreWriter(path, names), OccasionalLines()
    for region in _list_regions(plan, part):
        contig = None
        for judged, tally in iterate_judged(file, names, rules, expected, region, most_records):
            if judged.block.contig != contig:
                if contig is not None:
                    writer.end()
                contig = judged.block.contig
                writer.begin(contig)
            writer.add_block(judged, tally)
            progress.say(f"reading contig {contig}, at base {judged.block.positions[-1]:,}")
        if contig is not None:
            writer.end()
    writer.write_store()


def _list_regions(plan: GenomePlan, part: int) -> list[Region | None]:
    """Return what a part reads; None stands for the whole file."""
    if plan.in_one_pass:
        return [None] if part == 0 else []
    return [Region(each.contig, each.start, each.end) for each in plan.parts[part]]


def read_genome(
    path: str | pathlib.Path,
    samples: Samples,
    observation: Observation,
    options: GenomeOptions,
) -> tuple[list[Contig], GenomeDescription]:
    """Read a small genome at once: the sites of all contigs that have some, in memory.

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
        As in simulations; the mask of the genome is that of its options.
    options : GenomeOptions
        Who is used, and what of the file.

    Returns
    -------
    list of Contig
    GenomeDescription
        Who is used, and how many records were dropped and why.

    Raises
    ------
    CoalflowError
        If the file is missing, damaged, not sorted or of no known format; if its individuals are
        not as many as needed, or not phased but should be, or inbred; if none of its records can be
        used; if the mask does not fit it.
    """
    file = open_genome_file(path)
    plan = plan_genome(file, samples, options, observation.phased, parts=1)
    with tempfile.TemporaryDirectory() as folder:
        store = pathlib.Path(folder) / "genome.npz"
        read_part(file, plan, 0, options, store)
        genome = open_genome([store], plan, samples, observation, options)
        contigs = [contig.read_sites(0, contig.sites) for contig in genome.contigs if contig.sites]
    return contigs, genome.description
