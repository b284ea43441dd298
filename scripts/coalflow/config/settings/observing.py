"""What the programs that look at genomes are given."""

from coalflow.config.fields.section import Section
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.genomes import ScanFormat
from coalflow.config.schema.observation import LikeFile, WrittenObservation
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions


class MeasureContigsSettings(Section):
    """What ``measure_contigs.py`` is given."""

    like: LikeFile
    ploidy: int
    """That of simulations."""
    part: int
    """Which part of the file is read."""
    parts: int
    """How many parts there are."""


class MeasureObservationSettings(Section):
    """What ``measure_observation.py`` is given."""

    observation: WrittenObservation
    samples: Samples
    """Who is simulated."""
    parts: int = 0
    """How many parts of the file that simulations resemble were counted; 0 without one."""


class PlanGenomeSettings(Section):
    """What ``plan_genome.py`` is given."""

    options: GenomeOptions
    samples: Samples
    """Who is observed."""
    phased: bool | None = None
    """Whether nets read haplotypes; None where that is measured on a file."""
    parts: int
    """How many jobs read the genome."""


class ReadContigsSettings(Section):
    """What ``read_contigs.py`` is given."""

    options: GenomeOptions
    part: int
    """Which part of the genome is read."""


class ObserveGenomeSettings(Section):
    """What ``observe_genome.py`` is given."""

    options: GenomeOptions
    samples: Samples
    """Who is simulated."""
    encoding: Encoding
    """What nets read."""
    block_length: int = 0
    """Bases of the longest block of the null; 0 without blocks."""
    block_windows: int = 1
    """How many windows side by side are as long as a block."""
    show: tuple[str, ...] = ()
    """Contigs of which pictures are drawn."""
    show_regions: tuple[str, ...] = ()
    """Regions of which pictures are drawn."""
    genes: str | None = None
    """The file with its genes."""
    painted: str | None = None
    """The population whose haplotypes are painted, if any are."""


class ScanSettings(Section):
    """What ``scan.py`` is given."""

    options: GenomeOptions
    samples: Samples
    """Who is simulated."""
    models: tuple[str, ...]
    """Folders of the models."""
    packed: tuple[str, ...]
    """Nets and baselines, whose folders have what genomes are compared with."""
    part: int
    """Which part of the genome's windows is scanned."""
    parts: int
    """How many parts there are."""


class JoinScanSettings(Section):
    """What ``join_scan.py`` is given."""

    parts: int
    """How many parts of the genome were scanned."""
    model: str
    """Folder of any of the models."""
    packed: tuple[str, ...]
    """Nets and baselines, whose folders have what genomes are compared with."""
    genes: str | None = None
    """The file with the genes of the genome."""
    step: int | None = None
    """From one window to the next, in bases or sites; None of the user's own windows."""


class DrawContigsSettings(JoinScanSettings):
    """What ``draw_contigs.py`` is given."""

    pictures: dict[str, str]
    """What the picture of each contig is called."""


class DrawRegionsSettings(JoinScanSettings):
    """What ``draw_regions.py`` is given."""

    options: GenomeOptions
    samples: Samples
    """Who is simulated."""
    top: int
    """How many of the regions that stand out most are drawn."""
    named: tuple[str, ...] = ()
    """Further regions that are drawn."""


class ExportScanSettings(JoinScanSettings):
    """What ``export_scan.py`` is given."""

    format: ScanFormat
