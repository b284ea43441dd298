"""How a genome is read: whose genotypes, and which stretches by which job."""

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from coalflow.config.fields.section import Section
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.genome_parts import name_part
from coalflow.core.files import read_json, refuse_damaged
from coalflow.genomes.genotypes.individuals import Choice, choose_individuals
from coalflow.genomes.readers.genome_file import GenomeFile, Region

MOST_POSITION = 2**31 - 1  # beyond any contig that is read


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
    how: Choice
    """Whether ``all`` of the file are used, or they are ``named`` in the config, or ``drawn``."""
    contigs: tuple[PlannedContig, ...]
    """Those that the file names ahead of its records, in its order."""
    parts: tuple[tuple[PlannedRegion, ...], ...]
    """What each job reads."""
    in_one_pass: bool
    """Whether the first job reads the whole file, since regions of it cannot be read."""


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
        If its individuals are not those that nets read, or the file is damaged.
    """
    chosen = choose_individuals(file.path, file.individuals, samples, options, phased is not False)
    contigs = tuple(PlannedContig(name=each.name, length=each.length) for each in file.contigs)
    return GenomePlan(
        path=file.path,
        format=file.format,
        in_file=len(file.individuals),
        individuals=tuple(chosen.names),
        draws=(tuple(range(len(chosen.names))),),
        numbers=tuple(chosen.numbers),
        how=chosen.how,
        contigs=contigs,
        parts=_cut_into_parts(file, chosen.names, contigs, parts),
        in_one_pass=not file.can_seek,
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


def _cut_into_parts(
    file: GenomeFile, names: Sequence[str], contigs: Sequence[PlannedContig], parts: int
) -> tuple[tuple[PlannedRegion, ...], ...]:
    """Cut a file into stretches of about as many bases for each job."""
    if not file.can_seek:
        return ((),) * parts
    whole = [
        Region(contig.name, 0, MOST_POSITION)
        for contig in contigs
        if _has_records(file, names, contig.name)
    ]
    lengths = {contig.name: contig.length for contig in contigs}
    known = [lengths[region.contig] for region in whole]
    cut: list[list[PlannedRegion]] = [[] for _ in range(parts)]
    for part, region in _cut(whole, known, parts):
        cut[part].append(PlannedRegion(contig=region.contig, start=region.start, end=region.end))
    return tuple(map(tuple, cut))


def _cut(
    regions: Sequence[Region], lengths: Sequence[int | None], parts: int
) -> Iterator[tuple[int, Region]]:
    """Yield stretches of contigs, and which part each belongs to.

    Where a length is not known, contigs stay whole.
    """
    known = [length for length in lengths if length]
    if len(known) < len(lengths):
        for index, region in enumerate(regions):
            yield index * parts // len(regions), region
        return
    ends = [*itertools.accumulate(known, initial=0)]
    edges = [ends[-1] * part // parts for part in range(parts + 1)]
    for region, begin, end in zip(regions, ends, ends[1:], strict=False):
        for part in range(parts):
            first, last = max(begin, edges[part]), min(end, edges[part + 1])
            if first < last:
                # Records beyond the length that the file gives are read with the last stretch.
                stop = region.end if last == end else last - begin
                yield part, Region(region.contig, first - begin, stop)


def _has_records(file: GenomeFile, names: Sequence[str], contig: str) -> bool:
    """Return whether a file has a record on a contig."""
    blocks = file.read_blocks(names[:1], None, Region(contig, 0, MOST_POSITION), 1)
    return next(blocks, None) is not None
