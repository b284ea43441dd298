"""What the program is given that makes what genomes are compared with."""

from coalflow.config.fields.section import Section
from coalflow.config.schema.scans.significance import Significance
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.view import SimulatedView


class MakeReferenceSettings(Section):
    """What ``make_reference.py`` is given."""

    seed: int
    nets: tuple[str, ...]
    restarts: int
    baselines: tuple[str, ...]
    view: SimulatedView
    significance: Significance
    false_alarms: float
    class_prior: dict[str, float] | None = None
    neutral_classes: tuple[str, ...] = ()
    """The classes of the target that are the null."""
    null_cells: tuple[str, ...] = ()
    """The cells whose windows are the null."""
    shards: int = 0
    """How many shards of blocks each of them has."""
    varies: bool = False
    """Whether parameters differ between their replicates, because they are drawn."""
    length: int
    """Bases of a window; of windows with a number of sites, those that are simulated."""
    options: GenomeOptions
    """How blocks are cut into windows."""
