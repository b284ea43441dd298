"""What the config selects of a genome's file, read as if it were a file of its own."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.genomes import AncestralFasta
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.genome_file import MOST_RECORDS, GenomeFile, Region
from coalflow.genomes.selecting.ancestral import AncestralSequence, fill_ancestral
from coalflow.genomes.selecting.selection import Selection, make_selection, refuse_missing


def select_from_file(file: GenomeFile, options: GenomeOptions, compare: bool = True) -> GenomeFile:
    """Return a file without what the config does not select, and with its ancestral bases.

    Records outside the chosen contigs and regions are as if they were not there: they are not
    counted, whether the file can seek or not.

    Parameters
    ----------
    file : GenomeFile
    options : GenomeOptions
    compare : bool
        Whether lengths of ancestral sequences are compared with those of the file, once: it takes
        seconds for a genome of which the FASTA file has no index.

    Raises
    ------
    CoalflowError
        If the selection, or the FASTA file with ancestral bases, does not fit the file.
    """
    selection = make_selection(options.selection, file)
    sequence = None
    if isinstance(options.ancestral, AncestralFasta):
        sequence = AncestralSequence(options.ancestral, file.path)
        if compare:
            sequence.refuse_unfit([each for each in file.contigs if selection.includes(each.name)])
    if selection.is_whole and sequence is None:
        return file
    return SelectedFile(file, selection, sequence)


class SelectedFile(GenomeFile):
    """The selected records of a file.

    Parameters
    ----------
    file : GenomeFile
    selection : Selection
    sequence : AncestralSequence, optional
        Where ancestral bases are, if they are not in the file.
    """

    def __init__(
        self, file: GenomeFile, selection: Selection, sequence: AncestralSequence | None
    ) -> None:
        self._file, self._sequence = file, sequence
        self.selection = selection
        self.format, self.path = file.format, file.path  # type: ignore[misc]
        self.individuals, self.populations = file.individuals, file.populations
        self.contigs = [each for each in file.contigs if selection.includes(each.name)]
        self.can_seek = file.can_seek

    def read_blocks(
        self,
        individuals: Sequence[str],
        ancestral: str | None = None,
        region: Region | None = None,
        most_records: int = MOST_RECORDS,
    ) -> Iterator[RecordBlock]:
        """Yield records in blocks; see :class:`GenomeFile`."""
        in_file = None if self._sequence else ancestral
        regions = [None] if region is None else self.selection.list_regions(region)
        found: dict[str, None] = {}
        for each in regions:
            for block in self._file.read_blocks(individuals, in_file, each, most_records):
                found[block.contig] = None
                # A base counts from 0, a position from 1; 0 is a telomere, next to the first base.
                bases = np.maximum(block.positions - 1, 0)
                selected = _take(block, self.selection.covers(block.contig, bases))
                if not len(selected):
                    continue
                if self._sequence and ancestral is not None:
                    selected = fill_ancestral(selected, self._sequence)
                yield selected
        if region is None:
            refuse_missing(self.selection, found, self.path)

    def list_fields(self) -> list[str]:
        """Return what the first records have of individuals; see :class:`GenomeFile`."""
        return self._file.list_fields()


def _take(block: RecordBlock, kept: npt.NDArray[np.bool_]) -> RecordBlock:
    """Return some of the records of a block."""
    if kept.all():
        return block
    rows = np.flatnonzero(kept)
    taken: dict[str, Any] = {}
    for field in dataclasses.fields(block):
        values = getattr(block, field.name)
        if isinstance(values, np.ndarray):
            taken[field.name] = values[rows]
        elif isinstance(values, list):
            taken[field.name] = [values[row] for row in rows]
    return dataclasses.replace(block, **taken)
