"""What the programs that look at genomes are given."""

from coalflow.config.fields.section import Section
from coalflow.config.schema.genomes import GenotypeRules
from coalflow.config.schema.observation import WrittenObservation
from coalflow.config.schema.samples import Samples


class MeasureObservationSettings(Section):
    """What ``measure_observation.py`` is given."""

    observation: WrittenObservation
    samples: Samples
    """Who is simulated."""


class GenomeOptions(Section):
    """How a genome is read, and cut into windows."""

    individuals: tuple[str, ...] | dict[str, tuple[str, ...]] | None = None
    """Names of those to use; None to draw them."""
    seed: int
    """That of the run, with which they are drawn."""
    genotypes: GenotypeRules = GenotypeRules()
    """Which genotypes of the file are used, and how many haplotypes they are."""
    masked: bool
    """Whether the mask applies; it does not fit a genome that was simulated."""
    ancestral: str | None = None
    """``REF`` or an INFO field; None where the ancestral allele is not known."""
    length: int | None = None
    """Bases of a window; None where it has as many sites as nets read."""
    step: int
    """From the start of one window to the start of the next, in bases, or in sites."""


class ObserveGenomeSettings(Section):
    """What ``observe_genome.py`` is given."""

    options: GenomeOptions
    samples: Samples
    """Who is simulated."""
    sites: int


class ScanSettings(Section):
    """What ``scan.py`` is given."""

    options: GenomeOptions
    samples: Samples
    """Who is simulated."""
    models: tuple[str, ...]
    """Folders of the models."""
