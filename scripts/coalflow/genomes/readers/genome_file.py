"""The interface that the files of all formats have."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from coalflow.genomes.genotypes.sites import RecordBlock

MOST_RECORDS = 1000  # of a block
MOST_POSITION = 2**31 - 1  # beyond any contig that is read


@dataclasses.dataclass(frozen=True)
class FileContig:
    """A contig that a file names.

    Attributes
    ----------
    name : str
    length : int, optional
        Its bases, where the file has their number.
    """

    name: str
    length: int | None = None


@dataclasses.dataclass(frozen=True)
class Region:
    """A stretch of a contig.

    Attributes
    ----------
    contig : str
    start, end : int
        Bases as in BED: counted from 0, the end not included.
    """

    contig: str
    start: int
    end: int


class GenomeFile(abc.ABC):
    """A file with the genotypes of individuals at positions along contigs.

    Attributes
    ----------
    format : str
        What the format is called in messages.
    path : str
    individuals : list of str
        The names of all individuals, in the order of the file.
    populations : mapping of str to tuple of str
        The individuals of each population, where the file says it; empty where it does not.
    contigs : list of FileContig
        Those that the file names ahead of its records. It may have records on others, and none on
        some of these.
    can_seek : bool
        Whether a region is read without reading all that comes before it.
    """

    format: ClassVar[str]
    path: str
    individuals: list[str]
    populations: Mapping[str, tuple[str, ...]] = {}
    contigs: list[FileContig]
    can_seek: bool

    @abc.abstractmethod
    def read_blocks(
        self,
        individuals: Sequence[str],
        ancestral: str | None = None,
        region: Region | None = None,
        most_records: int = MOST_RECORDS,
    ) -> Iterator[RecordBlock]:
        """Yield records in blocks, each of one contig, with all records of each position.

        Parameters
        ----------
        individuals : sequence of str
            Those whose genotypes are wanted, in the order that they are to have in blocks.
        ancestral : str, optional
            The INFO field with the ancestral base, or ``REF``; None where it is not wanted.
        region : Region, optional
            Only records whose position is in it. The file must be able to seek.
        most_records : int
            After how many records a block ends, though not between records of one position. There
            may be fewer, so that a block with many individuals fits into memory.

        Raises
        ------
        CoalflowError
            If the file is damaged, or its records are not sorted.
        """

    def list_fields(self) -> list[str]:
        """Return what the first records have of individuals, such as ``GT``."""
        return ["GT"]
