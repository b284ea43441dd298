"""What the programs that simulate are given."""

from typing import Any

from coalflow.config.fields.section import Section
from coalflow.config.schema.dataset import GivenFiles
from coalflow.config.schema.distributions import ParameterValue, Value
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Epoch
from coalflow.config.schema.targets import StatisticTarget


class GeneFlowKind(Section):
    """A kind of gene flow: pulses and migrations of a demes file, by their paths."""

    on: tuple[str, ...]
    """Those of this kind."""
    off: tuple[str, ...]
    """Those of other kinds alone, which there are not."""


class History(Section):
    """The population history of a cell, or of a simulated genome."""

    graph: dict[str, Any] | None = None
    """The content of a demes file."""
    histories: dict[str, tuple[Epoch, ...]] | None = None
    """Where there is no graph: the epochs of each history that the cell may have."""
    gene_flow: dict[str, GeneFlowKind] | None = None
    """The kinds of gene flow that the cell may have; None where the graph has none."""
    population: str
    """Where sweeps end, and who is sampled unless the samples are of named populations."""
    selected_in: tuple[str, ...] | None = None
    """The populations in which the allele of a sweep is selected; None for all."""


class CellSettings(Section):
    """A cell: all that its replicates have in common."""

    cell: str
    parameters: dict[str, ParameterValue]
    draws: str | None = None
    """The file of joint draws."""
    history: History
    samples: Samples
    gene_conversion_tract: int | float | None = None
    """Mean length in bases, where recombination is by gene conversion; None for crossovers."""


class AncestryTruth(Section):
    """Which stretches of haplotypes are from another population, to be kept in shards."""

    of: str
    """The sampled population."""
    source: str
    """The one that ancestry is from, by gene flow."""
    since: float | None = None
    """In generations ago: earlier gene flow does not count."""


class SimulateSettings(CellSettings):
    """What ``simulate.py`` is given: consecutive replicates of a cell."""

    seed: int
    tree_statistics: tuple[StatisticTarget, ...]
    """What is computed on the trees, which are not kept."""
    without_gene_flow: str | None = None
    """
    The class of windows in which no lineage moved by the gene flow of their kind; None where
    gene flow is not predicted, or by its simulated kind.
    """
    ancestry: AncestryTruth | None = None
    """What is kept of every base of haplotypes; None for nothing."""
    first: int
    count: int


class CheckSweepSettings(CellSettings):
    """What ``check_sweep.py`` is given."""

    seed: int


class PlacedSweep(Section):
    """A sweep in a genome that is simulated."""

    contig: str
    position: int
    """The base of the selected site, counted from 1."""
    population: str
    """Where it ends."""
    parameters: dict[str, Value]
    """Its kind and its other parameters, as cells have them."""


class SimulateGenomeSettings(Section):
    """What ``simulate_genome.py`` is given."""

    seed: int
    genome: str
    parameters: dict[str, ParameterValue]
    contigs: tuple[str, ...]
    sweeps: tuple[PlacedSweep, ...] = ()
    """At most one in each contig."""
    ancestry: AncestryTruth | None = None
    """Which ancestry of haplotypes is written; None for none."""
    history: History
    samples: Samples
    gene_conversion_tract: int | float | None = None
    """Mean length in bases, where recombination is by gene conversion; None for crossovers."""


class DrawHistoriesSettings(Section):
    """What ``draw_histories.py`` is given."""

    seed: int
    cells: tuple[CellSettings, ...]
    gridded: tuple[str, ...]
    """Names of the parameters with several values, which title the histories."""


class DescribePriorsSettings(Section):
    """What ``describe_priors.py`` is given."""

    seed: int
    cells: dict[str, dict[str, ParameterValue]]
    """The parameters of each cell."""
    draws: str | None = None


class RecombinationMapSettings(Section):
    """What ``recombination_map.py`` is given: names in stdpopsim's catalogue."""

    species: str
    chromosome: str
    map: str


class ImportSettings(Section):
    """What ``import_simulations.py`` is given: a cell that was simulated elsewhere."""

    cell: str
    parameters: dict[str, Value]
    format: str
    files: tuple[str, ...]
    """Names and patterns of files."""
    given: str | GivenFiles | None = None
    """What says which replicates are for training, validation and test."""
    truth: dict[str, dict[str, str | int]]
    """Where true values are found: by place, then by name."""
    tables: tuple[str, ...]
    sequence_length: int | float
    samples: Samples
    populations: dict[str, int | str] = {}
    """Names or numbers in the files of populations that the samples name otherwise."""
    subsampling_seed: int | None = None
    """Draws individuals from files that have more; without it, these are refused."""
    tree_statistics: tuple[StatisticTarget, ...]
    ancestry: AncestryTruth | None = None
    """What is kept of every base of haplotypes; None for nothing."""
    without_gene_flow: str | None = None
    """The class of windows in which no lineage moved; None where gene flow is not predicted."""
    replicates: int
    shard_size: int
