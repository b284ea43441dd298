"""Genes along a genome, and which of them regions overlap."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from coalflow.core.errors import CoalflowError
from coalflow.core.shown_names import shorten_name
from coalflow.genomes.selecting.name_lists import show_names, suggest_contig


class Gene(NamedTuple):
    """A gene.

    Attributes
    ----------
    name : str
    start, end : int
        Bases, counted from 0, the end not included.
    strand : str
        ``+``, ``-``, or ``.`` where it is not known.
    coding : bool
        Whether the file says that it codes for a protein.
    """

    name: str
    start: int
    end: int
    strand: str
    coding: bool


@dataclasses.dataclass(frozen=True)
class ContigGenes:
    """The genes of a contig, by their starts.

    Attributes
    ----------
    listed : tuple of Gene
    starts, ends : ndarray of int64, shape (genes,)
    """

    listed: tuple[Gene, ...]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    @classmethod
    def sort(cls, genes: Iterable[Gene]) -> "ContigGenes":
        """Return genes of a contig, of any order."""
        listed = tuple(sorted(genes, key=lambda gene: (gene.start, gene.end, gene.name)))
        ends = np.array([(gene.start, gene.end) for gene in listed], dtype=np.int64).reshape(-1, 2)
        return cls(listed, ends[:, 0], ends[:, 1])


@dataclasses.dataclass(frozen=True)
class Genes:
    """The genes of a genome.

    Attributes
    ----------
    path : str
        The file that they were read from.
    contigs : mapping of str to ContigGenes
    """

    path: str
    contigs: Mapping[str, ContigGenes]

    def within(self, contig: str, start: int, end: int) -> list[Gene]:
        """Return the genes that overlap a stretch, by their starts.

        Parameters
        ----------
        contig : str
        start, end : int
            Bases, counted from 0, the end not included.
        """
        genes = self.contigs.get(contig)
        if genes is None:
            return []
        return [genes.listed[row] for row in np.flatnonzero(_overlap(genes, start, end))]

    def find_overlapping(self, contig: str, start: int, end: int) -> list[str]:
        """Return the names of the genes that overlap a stretch, each once; see :meth:`within`."""
        return list(dict.fromkeys(gene.name for gene in self.within(contig, start, end)))

    def find_nearest(self, contig: str, start: int, end: int) -> tuple[str, int] | None:
        """Return the gene nearest to a stretch, and the bases between them.

        They are 0 where it overlaps the stretch or touches it. Of several, it is the one that
        starts first. None if the contig has no gene.

        Parameters
        ----------
        contig : str
        start, end : int
            Bases, counted from 0, the end not included.
        """
        genes = self.contigs.get(contig)
        if genes is None or not genes.listed:
            return None
        distances = np.maximum(np.maximum(genes.starts - end, start - genes.ends), 0)
        row = int(np.argmin(distances))
        return genes.listed[row].name, int(distances[row])

    def refuse_unfit(self, lengths: Mapping[str, int], path: str) -> None:
        """Refuse genes that are not those of a genome.

        Parameters
        ----------
        lengths : mapping of str to int
            Bases of the contigs that are scanned.
        path : str
            The file of the genome, or its name.

        Raises
        ------
        CoalflowError
            If none of these contigs has a gene, or a gene begins beyond the end of its contig.
        """
        if not self.contigs.keys() & lengths.keys():
            named = next(iter(lengths), "")
            raise CoalflowError(
                f"{self.path}: has genes on contigs {show_names(self.contigs)}, but the contigs of "
                f"{path} are {show_names(lengths)}{_suggest(named, self.contigs)}: genes must be "
                "of the same assembly, with contigs of the same names"
            )
        for contig, length in lengths.items():
            genes = self.contigs.get(contig)
            if genes is not None and genes.listed and genes.starts[-1] >= length:
                gene = genes.listed[-1]
                raise CoalflowError(
                    f"{self.path}: gene {shorten_name(gene.name)} begins at base "
                    f"{gene.start + 1:,} of contig {shorten_name(contig)}, which has {length:,} in "
                    f"{path}: name a file of the same assembly"
                )


def _overlap(genes: ContigGenes, start: int, end: int) -> npt.NDArray[np.bool_]:
    return (genes.starts < end) & (genes.ends > start)


def _suggest(name: str, known: Mapping[str, object]) -> str:
    """Return what the file with genes may call a contig, in brackets."""
    suggested = suggest_contig(name, known).removeprefix("; did you mean ").removesuffix("?")
    return f" ({name} may be its {suggested})" if suggested else ""
