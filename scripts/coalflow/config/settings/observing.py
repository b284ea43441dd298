"""What the programs that look at genomes are given."""

from coalflow.config.fields.section import Section
from coalflow.config.schema.observation import WrittenObservation
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions


class MeasureObservationSettings(Section):
    """What ``measure_observation.py`` is given."""

    observation: WrittenObservation
    samples: Samples
    """Who is simulated."""


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
