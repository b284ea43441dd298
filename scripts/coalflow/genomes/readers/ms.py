"""The output of ms, and of programs like it, as a genome: each replicate is a contig."""

import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.block_edges import limit_records
from coalflow.genomes.readers.genome_file import MOST_RECORDS, FileContig, GenomeFile, Region
from coalflow.genomes.readers.simulated_sites import (
    form_phased_block,
    place_on_bases,
    refuse_field,
)
from coalflow.imports.ms_command import read_command
from coalflow.imports.ms_format import list_commands, read_ms

TEXTS: tuple[str, ...] = ("0", "1")
COMMAND, FIRST = "the command line says", "the first replicate has"


class MsFile(GenomeFile):
    """A file in ms's format, plain or gzipped.

    Its replicates are contigs, named by their numbers, and its haplotypes are haploid individuals,
    named by theirs. Positions are shares of a length that its command line says: the second value
    of ``-r``, or discoal's third number.

    Parameters
    ----------
    path : path

    Raises
    ------
    CoalflowError
        If the file is damaged, not in ms's format, or without a length.
    """

    format = "ms"

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = str(path)
        commands = list_commands(path)
        if not commands:
            next(read_ms(path, None))  # which says what is there instead
        lengths = [self._read_length(command, number) for number, command in enumerate(commands, 1)]
        self.contigs = [FileContig(str(each), length) for each, length in enumerate(lengths, 1)]
        command = read_command(commands[0])
        self._haplotypes, self._source = (command and command.haplotypes) or 0, COMMAND
        if not self._haplotypes:
            numbers = (block.alleles.shape[1] for block in read_ms(path, None))
            self._haplotypes, self._source = next(filter(None, numbers), 0), FIRST
        self.individuals = [str(number) for number in range(1, self._haplotypes + 1)]
        sizes = (command and command.populations) or ()
        if sum(sizes) == self._haplotypes:
            ends = np.cumsum((0, *sizes))
            self.populations = {
                f"pop_{number}": tuple(self.individuals[start:end])
                for number, (start, end) in enumerate(zip(ends[:-1], ends[1:], strict=True), 1)
            }
        self.can_seek = False

    def _read_length(self, line: str, number: int) -> int:
        command = read_command(line)
        if command is None or command.sites is None or command.sites < 1:
            raise CoalflowError(
                f"{self.path}: replicate {number}: no command line says how many bases it has, of "
                "which positions are shares: make the first line the command, with -r, such as "
                "`ms 20 1 -t 50 -r 0 100000` for 20 haplotypes of 100,000 bases"
            )
        return int(np.ceil(command.sites))

    def read_blocks(
        self,
        individuals: Sequence[str],
        ancestral: str | None = None,
        region: Region | None = None,
        most_records: int = MOST_RECORDS,
    ) -> Iterator[RecordBlock]:
        """Yield sites as records in blocks; see :class:`GenomeFile`."""
        refuse_field(self.path, ancestral)
        columns = np.array([int(name) - 1 for name in individuals])
        most = limit_records(most_records, len(individuals))
        replicates = read_ms(self.path, self._haplotypes, self._source)
        for contig, replicate in zip(self.contigs, replicates, strict=True):
            length = contig.length or 1
            bases = place_on_bases(replicate.positions * length, length, self.path)
            for start in range(0, len(bases), most):
                rows = slice(start, start + most)
                alleles = np.ascontiguousarray(replicate.alleles[rows, columns]).astype(np.int8)
                texts = [TEXTS] * len(alleles)
                yield form_phased_block(
                    contig.name, bases[rows], alleles[:, :, None], texts, ancestral
                )
