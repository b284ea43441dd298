"""The ploidy of individuals, known from the first records of each contig."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.genomes.genotypes.carried import ABSENT
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.genome_file import MOST_POSITION, GenomeFile, Region

PEEKED = 100  # called records of a contig


def peek_at_ploidies(
    file: GenomeFile, names: Sequence[str]
) -> Iterator[tuple[str, npt.NDArray[np.int8]]]:
    """Yield the ploidy of individuals on each contig that has records.

    What comes later in a contig is not read if the file can seek.

    Parameters
    ----------
    file : GenomeFile
    names : sequence of str

    Yields
    ------
    str
        The contig.
    ndarray of int8, shape (individuals,)
        The most frequent ploidy in the first hundred records with called genotypes; 0 for
        individuals without any.
    """
    if not file.can_seek:
        blocks = file.read_blocks(names)
        for contig, on_contig in itertools.groupby(blocks, key=lambda block: block.contig):
            yield contig, _vote(on_contig, len(names))
        return
    for each in file.contigs:
        region = Region(each.name, 0, MOST_POSITION)
        blocks = file.read_blocks(names, region=region, most_records=PEEKED)
        first = next(blocks, None)
        if first is not None:
            yield each.name, _vote(itertools.chain([first], blocks), len(names))


def _vote(blocks: Iterable[RecordBlock], individuals: int) -> npt.NDArray[np.int8]:
    """Return the ploidy of individuals in most of the first records."""
    votes = np.zeros((individuals, 1), dtype=np.int64)
    wanted = PEEKED
    for block in blocks:
        called = np.flatnonzero((block.alleles >= 0).any(axis=(1, 2)))[:wanted]
        alleles = block.alleles[called]
        ploidies = np.where((alleles >= 0).any(axis=2), (alleles != ABSENT).sum(axis=2), 0)
        more = max(alleles.shape[2] + 1 - votes.shape[1], 0)
        votes = np.pad(votes, ((0, 0), (0, more)))
        for ploidy in range(1, alleles.shape[2] + 1):
            votes[:, ploidy] += (ploidies == ploidy).sum(axis=0)
        wanted -= len(called)
        if wanted == 0:
            break
    return votes.argmax(axis=1).astype(np.int8)
