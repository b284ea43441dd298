"""The records of a file, judged block by block, and what is counted meanwhile."""

import dataclasses
import pathlib
from collections import Counter
from collections.abc import Iterator, Sequence

from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.genotypes.sites import (
    CODES,
    REASONS,
    JudgedBlock,
    Rules,
    judge_block,
    take_haplotypes,
)
from coalflow.genomes.vcf_sites import iterate_blocks


@dataclasses.dataclass
class Tally:
    """What is counted while a file is read.

    Attributes
    ----------
    records : int
    with_ancestral : int
        How many of them have an ancestral allele.
    heterozygotes_of_haploids : int
        How many genotypes are missing since they are heterozygous, but of haploids.
    dropped : Counter
        How many records are not used for which reason.
    failed_filters : Counter
        How many are not used since they have this name in FILTER.
    """

    records: int = 0
    with_ancestral: int = 0
    heterozygotes_of_haploids: int = 0
    dropped: Counter[str] = dataclasses.field(default_factory=Counter)
    failed_filters: Counter[str] = dataclasses.field(default_factory=Counter)

    def list_reasons(self) -> dict[str, int]:
        """Return how many records are not used for each reason, also if none is."""
        return {reason: self.dropped[reason] for reason in REASONS}


def iterate_judged(
    path: str | pathlib.Path,
    names: Sequence[str],
    rules: Rules,
    expected: ExpectedPloidy,
    tally: Tally,
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
    tally : Tally
        Counts them.
    most_records : int, optional
        After how many records reading ends.

    Raises
    ------
    CoalflowError
        If the file is damaged, or its records are not sorted.
    """
    accepted = rules.filters or ()
    for block in iterate_blocks(path, names, rules.ancestral, most_records):
        alleles, lost = take_haplotypes(block.alleles, expected.on(block.contig))
        judged = judge_block(dataclasses.replace(block, alleles=alleles), rules)
        tally.records += len(block)
        tally.with_ancestral += sum(map(bool, block.ancestral))
        tally.heterozygotes_of_haploids += lost
        tally.dropped.update(judged.count())
        for row in (judged.reasons == CODES["filtered"]).nonzero()[0]:
            names_in_record = block.filters[row] or (".",)
            tally.failed_filters.update(name for name in names_in_record if name not in accepted)
        yield judged
