"""How a genome is read: whose genotypes, and which stretches by which job."""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from coalflow.config.fields.section import Section
from coalflow.config.genomes.parts import name_part
from coalflow.config.schema.genomes import GenomeSelection
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.files import read_json, refuse_damaged
from coalflow.genomes.genotypes.individuals import Choice, choose_individuals
from coalflow.genomes.genotypes.sites import BASES
from coalflow.genomes.readers.genome_file import MOST_POSITION, FileContig, GenomeFile, Region
from coalflow.genomes.selecting.selected_file import select_from_file
from coalflow.genomes.store.readable_contigs import ReadableContig

ANCESTRAL = "AA"  # the field that VCF reserves for the ancestral allele
PEEKED = 100  # records, among which one has that field if the file has it


class PlannedContig(Section):
    """A contig that the file names, and its bases where the file has their number."""

    name: str
    length: int | None = None


class PlannedRegion(Section):
    """A stretch of a contig; bases as in BED."""

    contig: str
    start: int
    end: int


class GenomePlan(Section):
    """How a genome is read."""

    path: str
    format: str
    in_file: int
    """How many individuals the file has."""
    individuals: tuple[str, ...]
    """Those whose genotypes are kept."""
    draws: tuple[tuple[int, ...], ...]
    """Which of them are used together, in the order of their haplotypes; one draw or several."""
    numbers: tuple[int, ...]
    """How many individuals of a draw are of each population."""
    left_over: dict[str, tuple[str, ...]] = {}
    """Of each population, those who might have been drawn, and are in no draw."""
    fewer: dict[str, int] = {}
    """How many individuals of each population they are to nets, where these do with fewer."""
    has_ancestral: bool
    """Whether one of its first records has the ancestral base."""
    how: Choice
    """Whether ``all`` of the file are used, or they are ``named`` in the config, or ``drawn``."""
    contigs: tuple[PlannedContig, ...]
    """Those that the file names ahead of its records, in its order, as far as they are read."""
    not_read: tuple[str, ...] = ()
    """The others."""
    parts: tuple[tuple[PlannedRegion, ...], ...]
    """What each job reads."""
    in_one_pass: bool
    """Whether the first job reads the whole file: it is the only one, or no other can."""

    def list_draws(self, population: int) -> tuple[tuple[int, ...], ...]:
        """Return those of a population in each draw; ``population`` is its index."""
        ends = [0, *itertools.accumulate(self.numbers)]
        return tuple(draw[ends[population] : ends[population + 1]] for draw in self.draws)

    def find_bounds(self, contigs: Iterable[ReadableContig]) -> dict[str, int]:
        """Return how many bases contigs may have: any number where the file does not say.

        Parameters
        ----------
        contigs : iterable of ReadableContig
            Those that are used.
        """
        known = {contig.name: contig.length for contig in self.contigs}
        return {contig.name: known.get(contig.name) or MOST_POSITION for contig in contigs}


def plan_genome(
    file: GenomeFile,
    samples: Samples,
    options: GenomeOptions,
    phased: bool | None,
    parts: int,
) -> GenomePlan:
    """Return how a genome is read by a number of jobs.

    Parameters
    ----------
    file : GenomeFile
    samples : Samples
        What nets read.
    options : GenomeOptions
    phased : bool, optional
        Whether nets read haplotypes; None where it is not known yet.
    parts : int
        How many jobs there are. Where the file cannot be read by regions, the first has it all.

    Raises
    ------
    CoalflowError
        If its individuals are not those that nets read, if it does not have what is selected of
        it, if ancestral sequences are those of another genome, or if the file is damaged.
    """
    in_file = file.contigs
    file = select_from_file(file, options)
    selected = {each.name for each in file.contigs}
    chosen = choose_individuals(file, samples, options, phased)
    contigs = tuple(PlannedContig(name=each.name, length=each.length) for each in file.contigs)
    # All of a file takes less time in one go than by its index.
    in_one_pass = not file.can_seek or (parts == 1 and options.selection == GenomeSelection())
    return GenomePlan(
        path=file.path,
        format=file.format,
        in_file=len(file.individuals),
        individuals=tuple(chosen.names),
        draws=tuple(map(tuple, chosen.draws)),
        numbers=tuple(chosen.numbers),
        left_over={name: tuple(names) for name, names in chosen.left_over.items()},
        fewer=dict(chosen.samples.individuals) if chosen.samples != samples else {},
        has_ancestral=_has_ancestral(file),
        how=chosen.how,
        contigs=contigs,
        not_read=tuple(each.name for each in in_file if each.name not in selected),
        parts=((),) * parts if in_one_pass else _cut_into_parts(file, chosen.names, parts),
        in_one_pass=in_one_pass,
    )


def read_plan(path: str | Path) -> GenomePlan:
    """Return the plan in a file, checked.

    Raises
    ------
    CoalflowError
        If the file is missing, or is not as it was written.
    """
    with refuse_damaged(path):
        return GenomePlan.model_validate_json(json.dumps(read_json(path)))


def list_parts(folder: str | Path, plan: GenomePlan) -> list[Path]:
    """Return the contig stores of a genome in a folder."""
    return [Path(folder) / f"{name_part(part)}.npz" for part in range(len(plan.parts))]


def list_regions(file: GenomeFile, part: int, parts: int) -> list[Region | None]:
    """Return what one of several jobs reads of a whole file; None stands for all of it.

    Parameters
    ----------
    file : GenomeFile
    part, parts : int
        Which of how many.
    """
    if not file.can_seek or parts == 1:
        return [None] if part == 0 else []
    planned = _cut_into_parts(file, file.individuals, parts)[part]
    return [Region(each.contig, each.start, each.end) for each in planned]


def _cut_into_parts(
    file: GenomeFile, names: Sequence[str], parts: int
) -> tuple[tuple[PlannedRegion, ...], ...]:
    """Cut what is read of a file into stretches of about as many bases for each job."""
    contigs = [each for each in file.contigs if _has_records(file, names, each.name)]
    cut: list[list[PlannedRegion]] = [[] for _ in range(parts)]
    for part, region in _cut(contigs, parts):
        planned = PlannedRegion(contig=region.contig, start=region.start, end=region.end)
        cut[part].append(planned)
    return tuple(map(tuple, cut))


def _cut(contigs: Sequence[FileContig], parts: int) -> Iterator[tuple[int, Region]]:
    """Yield stretches of contigs, and which part each belongs to.

    Where the length of a contig is not known, all contigs stay whole.
    """
    lengths = [contig.length for contig in contigs if contig.length]
    if len(lengths) < len(contigs):
        for index, contig in enumerate(contigs):
            yield index * parts // len(contigs), Region(contig.name, 0, MOST_POSITION)
        return
    ends = [*itertools.accumulate(lengths, initial=0)]
    edges = [ends[-1] * part // parts for part in range(parts + 1)]
    for contig, begin, end in zip(contigs, ends, ends[1:], strict=False):
        for part in range(parts):
            first, last = max(begin, edges[part]), min(end, edges[part + 1])
            if first < last:
                # Records beyond the length that the file gives are read with the last stretch.
                stop = MOST_POSITION if last == end else last - begin
                yield part, Region(contig.name, first - begin, stop)


def _has_ancestral(file: GenomeFile) -> bool:
    """Return whether one of the first records has an ancestral base, declared or not."""
    first = next(file.read_blocks(file.individuals[:1], ANCESTRAL, most_records=PEEKED), None)
    return first is not None and any(text in BASES for text in first.ancestral)


def _has_records(file: GenomeFile, names: Sequence[str], contig: str) -> bool:
    """Return whether a file has a record on a contig."""
    blocks = file.read_blocks(names[:1], None, Region(contig, 0, MOST_POSITION), 1)
    return next(blocks, None) is not None
