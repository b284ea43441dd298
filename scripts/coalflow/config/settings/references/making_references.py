"""Settings of the programs that simulate the null, and make what genomes are compared with."""

import functools

from coalflow.config import grid
from coalflow.config.grid import Cell
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.making_simulations import SimulationSettingsMaker
from coalflow.config.settings.references.reference import MakeReferenceSettings
from coalflow.config.settings.simulating import SimulateSettings

NULL = "null"  # what the names of the blocks' streams of random numbers begin with


class ReferenceSettingsMaker(SimulationSettingsMaker):
    """Makes the settings of the programs that simulate the null, and that make references."""

    def window_length(self, cell: Cell) -> int | None:
        """Return the bases of a cell's windows; None where they differ between its replicates."""
        encoding = self.config.encoding
        if encoding.pad and encoding.length is not None:
            return encoding.length
        length = cell.parameters.get("sequence_length", self.config.simulation.sequence_length)
        return int(length) if isinstance(length, (int, float)) else None

    @functools.cached_property
    def block_ranges(self) -> list[tuple[int, int]]:
        """First block and number of blocks of each shard of a cell of the null; none without any.

        A shard has about as many bases as one of windows.
        """
        section, simulation = self.config.significance, self.config.simulation
        cells = [self.cells[name] for name in self.null_cells]
        if not section.windows or simulation.imported or not cells:
            return []
        if any(self.window_length(cell) is None for cell in cells):
            return []
        blocks = -(-section.windows // (section.block * len(cells)))
        return grid.list_shard_ranges(blocks, max(1, simulation.shard_size // section.block))

    @property
    def block_length(self) -> int:
        """Bases of the longest block of the null; 0 without blocks."""
        if not self.block_ranges:
            return 0
        lengths = [self.window_length(self.cells[name]) or 0 for name in self.null_cells]
        return max(lengths) * self.config.significance.block

    def simulate_block(self, cell: Cell, first: int, count: int, stream: str) -> SimulateSettings:
        """Return the settings for blocks: replicates of a cell that are as long as many windows.

        Parameters
        ----------
        cell : Cell
        first, count : int
            Which of its blocks.
        stream : str
            What they are for. Blocks of different streams are independent.
        """
        length = self.window_length(cell)
        assert length is not None  # or there are no blocks
        bases = length * self.config.significance.block
        windows = self.simulate(cell, first, count)
        return windows.model_copy(
            update={
                "cell": f"{stream}/{cell.name}",
                "parameters": {**windows.parameters, "sequence_length": bases},
                "tree_statistics": (),
                "without_gene_flow": None,
                "ancestry": None,
            }
        )

    def simulate_null(self, cell: Cell, shard: int) -> SimulateSettings:
        """Return the settings for a shard of blocks of the null."""
        return self.simulate_block(cell, *self.block_ranges[shard], NULL)

    def make_reference(self) -> MakeReferenceSettings:
        """Return the settings for what genomes are compared with."""
        config = self.config
        lengths = [self.window_length(self.cells[name]) for name in self.cells]
        return MakeReferenceSettings(
            seed=config.seed,
            nets=config.models.nets,
            restarts=config.models.restarts,
            baselines=config.baselines,
            view=self.view,
            significance=config.significance,
            false_alarms=config.novelty.false_alarms,
            class_prior=config.class_prior,
            neutral_classes=self.neutral_classes,
            null_cells=tuple(self.null_cells),
            shards=len(self.block_ranges),
            varies=any(self.cells[name].drawn for name in self.null_cells),
            length=max((length for length in lengths if length is not None), default=1),
            options=self._cut_blocks(),
        )

    def _cut_blocks(self) -> GenomeOptions:
        """Return how blocks are cut into windows: at the smallest step of any genome."""
        encoding, genomes = self.config.encoding, self.config.genomes.values()
        length = encoding.length if encoding.pad else None
        half = max(1, (length or encoding.sites) // 2)
        steps = [genome.step or half for genome in genomes if genome.windows is None]
        return GenomeOptions(seed=self.config.seed, length=length, step=min(steps, default=half))
