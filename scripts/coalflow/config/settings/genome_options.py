"""How a genome is read, and cut into windows: what several programs are given of it."""

from coalflow.config.fields.section import Section
from coalflow.config.schema.genomes import GenotypeRules


class GenomeOptions(Section):
    """How a genome is read, and cut into windows."""

    individuals: tuple[str, ...] | dict[str, tuple[str, ...]] | None = None
    """Names of those to use; None to draw them."""
    seed: int
    """That of the run, with which they are drawn."""
    genotypes: GenotypeRules = GenotypeRules()
    """Which genotypes of the file are used, and how many haplotypes they are."""
    mask: str | None = None
    """A BED file of the parts of this genome where sites can be seen; None for all of it."""
    simulated: bool = False
    """Whether the workflow simulated it, so that nothing about it is worth a remark."""
    ancestral: str | None = None
    """``REF`` or an INFO field; None where the ancestral allele is not known."""
    length: int | None = None
    """Bases of a window; None where it has as many sites as nets read."""
    step: int
    """From the start of one window to the start of the next, in bases, or in sites."""
