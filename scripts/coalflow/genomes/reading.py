"""Genomes: files to contig stores."""

import pathlib
from collections.abc import Iterable

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.files import explain_unwritable
from coalflow.core.progress import OccasionalLines
from coalflow.genomes.genotypes.judged_records import Tally, iterate_judged
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.genotypes.sites import JudgedBlock, Rules
from coalflow.genomes.plan import GenomePlan
from coalflow.genomes.readers.genome_file import MOST_RECORDS, GenomeFile, Region
from coalflow.genomes.selecting.selected_file import select_from_file
from coalflow.genomes.store.contig_store import StoreWriter


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
    with explain_unwritable(pathlib.Path(path)):
        for region in _list_regions(plan, part):
            judged = iterate_judged(file, names, rules, expected, region, most_records)
            _write_pieces(writer, judged, progress)
    writer.write_store()


def _write_pieces(
    writer: StoreWriter,
    judged: Iterable[tuple[JudgedBlock, Tally]],
    progress: OccasionalLines,
) -> None:
    """Add blocks to a store, a piece for each contig."""
    contig = None
    for block, tally in judged:
        if block.block.contig != contig:
            if contig is not None:
                writer.end()
            contig = block.block.contig
            writer.begin(contig)
        writer.add_block(block, tally)
        progress.say(f"reading contig {contig}, at base {block.block.positions[-1]:,}")
    if contig is not None:
        writer.end()


def _list_regions(plan: GenomePlan, part: int) -> list[Region | None]:
    """Return what a part reads; None stands for the whole file."""
    if plan.in_one_pass:
        return [None] if part == 0 else []
    return [Region(each.contig, each.start, each.end) for each in plan.parts[part]]
