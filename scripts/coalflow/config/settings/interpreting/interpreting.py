"""What the programs are given that interpret models."""

from coalflow.config.fields.section import Section
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.view import SimulatedView


class ExplainSettings(Section):
    """What ``explain.py`` is given."""

    windows: tuple[str, ...]
    """Which windows are pictured, as the config has it."""
    genomes: dict[str, GenomeOptions]
    """How the genomes are read that they are in."""
    view: SimulatedView


class ProbeSettings(Section):
    """What ``probe.py`` is given."""

    seed: int
    nets: tuple[str, ...]
    """Folders of the nets."""
    parameters: tuple[str, ...]
    """Scenario parameters that probes look for."""
    most: int
    """How many test windows are used, at most."""
    view: SimulatedView


class PermuteSettings(Section):
    """What ``permute.py`` is given."""

    seed: int
    models: tuple[str, ...]
    """Folders of the models."""
    most: int
    """How many test windows are used, at most."""
    view: SimulatedView


class AttributeSettings(Section):
    """What ``attribute.py`` is given."""

    seed: int
    models: tuple[str, ...]
    """Folders of the models."""
    most: int
    """How many test windows are explained, at most: of each class, where there are classes."""
    view: SimulatedView
