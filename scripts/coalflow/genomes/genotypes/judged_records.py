"""The records of a file, judged block by block, and what is counted meanwhile."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.genotypes.sites import (
    CODES,
    REASONS,
    JudgedBlock,
    RecordBlock,
    Rules,
    judge_block,
    take_haplotypes,
)
from coalflow.genomes.readers.genome_file import MOST_RECORDS, GenomeFile, Region


class Tally(Section):
    """What was counted while records were read."""

    records: int = 0
    with_ancestral: int = 0
    """How many of them have an ancestral allele."""
    heterozygotes_of_haploids: int = 0
    """How many genotypes are missing since they are heterozygous, but of haploids."""
    dropped: dict[str, int] = {}
    """How many records are not used for which reason."""
    failed_filters: dict[str, int] = {}
    """How many are not used since they have this name in FILTER."""

    def list_reasons(self) -> dict[str, int]:
        """Return how many records are not used for each reason, also if none is."""
        return {reason: self.dropped.get(reason, 0) for reason in REASONS}


def add_tallies(tallies: Iterable[Tally]) -> Tally:
    """Return what was counted in several stretches together."""
    records = with_ancestral = heterozygotes = 0
    dropped: Counter[str] = Counter()
    failed_filters: Counter[str] = Counter()
    for tally in tallies:
        records += tally.records
        with_ancestral += tally.with_ancestral
        heterozygotes += tally.heterozygotes_of_haploids
        dropped.update(tally.dropped)
        failed_filters.update(tally.failed_filters)
    return Tally(
        records=records,
        with_ancestral=with_ancestral,
        heterozygotes_of_haploids=heterozygotes,
        dropped=dict(dropped),
        failed_filters=dict(sorted(failed_filters.items())),
    )


def iterate_judged(
    file: GenomeFile,
    names: Sequence[str],
    rules: Rules,
    expected: ExpectedPloidy,
    region: Region | None = None,
    most_records: int = MOST_RECORDS,
) -> Iterator[tuple[JudgedBlock, Tally]]:
    """Yield the records of a file, judged block by block, and what was counted in each block.

    Parameters
    ----------
    file : GenomeFile
    names : sequence of str
        The individuals that are used.
    rules : Rules
    expected : ExpectedPloidy
        Of these individuals.
    region, most_records
        As in :meth:`coalflow.genomes.readers.genome_file.GenomeFile.read_blocks`.

    Raises
    ------
    CoalflowError
        If the file is damaged, or its records are not sorted.
    """
    for block in file.read_blocks(names, rules.ancestral, region, most_records):
        yield judge_records(block, rules, expected.on(block.contig))


def judge_records(
    block: RecordBlock, rules: Rules, expected: npt.NDArray[np.int8]
) -> tuple[JudgedBlock, Tally]:
    """Return the records of a block, judged, and what was counted in it.

    Parameters
    ----------
    block : RecordBlock
    rules : Rules
    expected : ndarray of int8, shape (individuals,)
        The ploidy of each on its contig, 0 where it is that of the file.
    """
    accepted = rules.filters or ()
    alleles, lost = take_haplotypes(block.alleles, expected)
    judged = judge_block(dataclasses.replace(block, alleles=alleles), rules)
    failed: Counter[str] = Counter()
    for row in (judged.reasons == CODES["filtered"]).nonzero()[0]:
        names_in_record = block.filters[row] or (".",)
        failed.update(name for name in names_in_record if name not in accepted)
    tally = Tally(
        records=len(block),
        with_ancestral=sum(map(bool, block.ancestral)),
        heterozygotes_of_haploids=lost,
        dropped={reason: count for reason, count in judged.count().items() if count},
        failed_filters=dict(failed),
    )
    return judged, tally
