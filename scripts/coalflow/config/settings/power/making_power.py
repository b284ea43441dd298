"""Settings of the programs that measure which sweeps a scan finds."""

import functools
from collections.abc import Iterable

from coalflow.config import grid
from coalflow.config.grid import Cell
from coalflow.config.registry.parameters import CATEGORICAL, NEUTRAL, SWEEP_PARAMETERS
from coalflow.config.schema.simulated.genomes import KINDS
from coalflow.config.settings.power.measuring import PowerSettings
from coalflow.config.settings.references.making_references import ReferenceSettingsMaker
from coalflow.config.settings.simulating import SimulateSettings

POWER = "power"  # what the names of the blocks' streams of random numbers begin with
UNINFORMATIVE = (*CATEGORICAL, "position", "offset", "distance")  # the site is always in the middle


class PowerSettingsMaker(ReferenceSettingsMaker):
    """Makes the settings of the programs that measure which sweeps a scan finds."""

    @functools.cached_property
    def power_cells(self) -> dict[str, Cell]:
        """The cells of the blocks in which sweeps are looked for, by name: neutral ones too."""
        null = {name: self.cells[name] for name in self.null_cells}
        swept = {name: cell for name, cell in self.cells.items() if cell.sweep in KINDS}
        return {**swept, **null}

    def why_no_power(self) -> str | None:
        """Return why it cannot be measured which sweeps a scan finds, or None."""
        if self.config.simulation.imported:
            return "simulations are imported, so none can be simulated with a sweep in the middle"
        if len(self.power_cells) == len(self.null_cells):
            return f"no cell has a sweep in the window (simulation.grid.sweep: {', '.join(KINDS)})"
        if not self.block_ranges:
            return "the null has no blocks: significance.windows is 0, or windows differ in length"
        if any(self.window_length(cell) is None for cell in self.power_cells.values()):
            return "windows differ in length within cells"
        return None

    def power_ranges(self, cell: str) -> list[tuple[int, int]]:
        """Return first block and number of blocks of each shard of a cell."""
        is_null = cell in self.null_cells
        alike = sum((name in self.null_cells) == is_null for name in self.power_cells)
        blocks = -(-self.config.power.blocks // alike)
        size = max(1, self.config.simulation.shard_size // self.config.significance.block)
        return grid.list_shard_ranges(blocks, size)

    def simulate_power(self, cell: Cell, shard: int) -> SimulateSettings:
        """Return the settings for a shard of blocks, with the site of a sweep in the middle."""
        block = self.simulate_block(cell, *self.power_ranges(cell.name)[shard], POWER)
        if not cell.is_swept:
            return block
        length = block.parameters["sequence_length"]
        assert isinstance(length, (int, float))  # that of a block is always one number
        return block.model_copy(update={"parameters": {**block.parameters, "position": length / 2}})

    def power(self, models: Iterable[str]) -> PowerSettings:
        """Return the settings for the measurement, with models named by their folders."""
        config = self.config
        differing = {*config.simulation.prior}
        differing |= {name for name, values in config.simulation.axes.items() if len(values) > 1}
        return PowerSettings(
            models=tuple(models),
            packed=(*config.models.nets, *config.baselines),
            kinds={
                name: NEUTRAL if name in self.null_cells else cell.sweep
                for name, cell in self.power_cells.items()
            },
            shards={name: len(self.power_ranges(name)) for name in self.power_cells},
            parameters=tuple(
                name for name in SWEEP_PARAMETERS if name in differing and name not in UNINFORMATIVE
            ),
            swept=config.power.swept,
            options=self.make_reference().options,
        )
