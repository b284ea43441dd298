"""What the programs that split, summarise and describe replicates are given."""

from coalflow.config.fields.section import Section
from coalflow.config.schema.dataset import Features, Split
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.judging.hold_out import HoldOut
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.view import SimulatedView


class SplitSettings(Section):
    """What ``split.py`` is given."""

    seed: int
    cells: tuple[str, ...]
    """Names of the cells, in their order."""
    replicates: int
    """Of each cell."""
    shard_size: int
    drawn: tuple[str, ...]
    """Parameters that differ between replicates of a cell, or true values that were imported."""
    split: Split
    hold_out: HoldOut = {}
    """Regions whose replicates no model sees before it is judged."""
    view: SimulatedView


class SummariseSettings(Section):
    """What ``summarise.py`` is given."""

    features: Features
    encoding: Encoding
    samples: Samples
    """Who is simulated."""


class DescribeDatasetSettings(Section):
    """What ``describe_dataset.py`` is given."""

    drawn: tuple[str, ...]
    """As in :class:`SplitSettings`."""
    hold_out: HoldOut = {}
    """As in :class:`SplitSettings`."""
    view: SimulatedView
