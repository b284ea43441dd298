"""How a genome is read, and cut into windows: what several programs are given of it."""

import glob
from collections.abc import Iterator

from coalflow.config.fields.section import Section
from coalflow.config.schema.genomes import (
    CONTIG,
    NO_MASK,
    AncestralFasta,
    Genome,
    GenomeSelection,
    GenotypeRules,
    GivenAncestral,
    GivenIndividuals,
    SampledPanel,
)


class GenomeOptions(Section):
    """How a genome is read, and cut into windows."""

    individuals: GivenIndividuals | None = None
    """Who is used; None for anybody in the file."""
    seed: int
    """That of the run, with which they are drawn where there are more than nets read."""
    draws: int = 1
    """How many times they are drawn."""
    fewest: int | None = None
    """How many haplotypes all models can do with, if these are fewer than they see."""
    genotypes: GenotypeRules = GenotypeRules()
    """Which genotypes of the file are used, and how many haplotypes they are."""
    selection: GenomeSelection = GenomeSelection()
    """Which parts of the file are read."""
    ancestral: GivenAncestral | None = None
    """``REF``, an INFO field, or a FASTA file; None where the ancestral allele is not known."""
    mask: str | None = None
    """A BED file of the parts of this genome where sites can be seen; None for all of it."""
    simulated: bool = False
    """Whether the workflow simulated it, so that nothing about it is worth a remark."""
    windows: str | None = None
    """A BED file of the windows; None where there is one at every step."""
    length: int | None = None
    """Bases of a window; None where it has as many sites as nets read."""
    step: int
    """From the start of one window to the start of the next, in bases, or in sites."""


def find_mask(genome: Genome, mask: str | None) -> str | None:
    """Return the mask of a genome; None without one.

    Parameters
    ----------
    genome : Genome
    mask : str, optional
        That of the observation. It does not apply to a genome that is simulated.
    """
    if genome.path is None or genome.mask == NO_MASK:
        return None
    return genome.mask or mask


def list_files_read(genome: Genome) -> Iterator[str]:
    """Yield the files that decide what is read of a genome, besides its own, and the mask.

    They are those with names of individuals, their sexes and populations, names of contigs,
    regions and ancestral alleles.
    """
    given = genome.samples
    listed = [given, genome.sexes, genome.contigs, genome.exclude, genome.regions]
    if isinstance(given, SampledPanel):
        listed.append(given.panel)
    yield from (file for file in listed if isinstance(file, str))
    if isinstance(genome.ancestral, AncestralFasta):
        yield from expand_contigs(genome.ancestral.fasta)


def expand_contigs(path: str) -> list[str]:
    """Return the files of a name in which ``{contig}`` may stand for the name of a contig."""
    if CONTIG not in path:
        return [path]
    return sorted(glob.glob("*".join(map(glob.escape, path.split(CONTIG)))))
