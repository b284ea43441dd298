"""How a genome is read, and cut into windows: what several programs are given of it."""

from __future__ import annotations

from coalflow.config.fields.section import Section
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.genomes import (
    AncestralFasta,
    Genome,
    GenomeSelection,
    GenotypeRules,
    GivenAncestral,
    GivenIndividuals,
)

IN_FASTA = "FASTA"  # in place of an INFO field


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

    @property
    def ancestral_field(self) -> str | None:
        """``REF``, or the field with the ancestral allele; None where it is not known."""
        return IN_FASTA if isinstance(self.ancestral, AncestralFasta) else self.ancestral

    def for_reading(self) -> GenomeOptions:
        """Return the options without those of windows and masks, on which no reading depends."""
        changed = {"mask": None, "windows": None, "length": None, "step": 1}
        return self.model_copy(update=changed)

    def for_alleles(self) -> GenomeOptions:
        """Return the options on which it depends what is read of those who are chosen."""
        return GenomeOptions(
            seed=0,
            step=1,
            genotypes=self.genotypes,
            selection=self.selection,
            ancestral=self.ancestral,
        )


def make_genome_options(
    genome: Genome,
    encoding: Encoding,
    seed: int,
    fewest: int | None,
    mask: str | None,
) -> GenomeOptions:
    """Return the options of a genome; windows overlap by half unless ``step`` says otherwise.

    Parameters
    ----------
    genome : Genome
        As it is written.
    encoding : Encoding
        What nets read.
    seed, fewest
        As in :class:`GenomeOptions`.
    mask : str, optional
        The mask where the genome names none.
    """
    length = encoding.length if encoding.pad else None
    return GenomeOptions(
        individuals=genome.samples,
        seed=seed,
        draws=genome.draws or 1,
        fewest=fewest,
        genotypes=genome.rules_alone(),
        selection=genome.selection_alone(),
        mask=genome.find_mask(mask),
        simulated=genome.path is None,
        ancestral=genome.ancestral,
        windows=genome.windows,
        length=length,
        step=genome.step or max(1, (length or encoding.sites) // 2),
    )
