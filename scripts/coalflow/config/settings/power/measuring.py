"""What ``power.py`` is given."""

from coalflow.config.fields.section import Section
from coalflow.config.settings.genome_options import GenomeOptions


class PowerSettings(Section):
    """What ``power.py`` is given: models, and the blocks in which they look for sweeps."""

    models: tuple[str, ...]
    """Folders of the models."""
    packed: tuple[str, ...]
    """Nets and baselines, whose folders have what genomes are compared with."""
    kinds: dict[str, str]
    """The cells of the blocks, and the kind of sweep of each; ``neutral`` for none."""
    shards: dict[str, int]
    """How many shards each of them has."""
    parameters: tuple[str, ...]
    """Parameters of sweeps that differ between blocks."""
    swept: float
    """The share of blocks with a sweep in the genome whose regions are found."""
    options: GenomeOptions
    """How blocks are cut into windows."""
