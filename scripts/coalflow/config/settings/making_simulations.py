"""Settings of the programs that simulate, and that import simulations."""

from typing import Any

from coalflow.config import import_files
from coalflow.config.grid import Cell
from coalflow.config.schema.distributions import Value
from coalflow.config.settings.run import Run
from coalflow.config.settings.simulating import (
    CellSettings,
    CheckSweepSettings,
    DescribePriorsSettings,
    DrawHistoriesSettings,
    ImportSettings,
    RecombinationMapSettings,
    SimulateGenomeSettings,
    SimulateSettings,
)


class SimulationSettingsMaker(Run):
    """Makes the settings of the programs that simulate, and that import simulations."""

    def _cell(self, cell: Cell) -> dict[str, Any]:
        return {
            "cell": cell.name,
            "parameters": dict(cell.parameters),
            "draws": self.config.simulation.draws,
            "history": self.history(dict(cell.parameters)),
            "samples": self.config.samples,
            "gene_conversion_tract": self.config.simulation.gene_conversion_tract or None,
        }

    def simulate(self, cell: Cell, first: int = 0, count: int = 0) -> SimulateSettings:
        """Return the settings for ``count`` replicates of a cell, from the number ``first`` on."""
        return SimulateSettings(
            **self._cell(cell),
            seed=self.config.seed,
            tree_statistics=self.tree_statistics,
            first=first,
            count=count,
        )

    def simulate_shard(self, cell: Cell, shard: int) -> SimulateSettings:
        """Return the settings for a shard of a cell."""
        return self.simulate(cell, *self.shard_ranges[shard])

    def check_sweep(self, cell: Cell) -> CheckSweepSettings:
        """Return the settings for the check of a cell's sweep."""
        return CheckSweepSettings(**self._cell(cell), seed=self.config.seed)

    def draw_histories(self) -> DrawHistoriesSettings:
        """Return the settings for the picture of the histories."""
        return DrawHistoriesSettings(
            seed=self.config.seed,
            cells=tuple(CellSettings(**self._cell(cell)) for cell in self.cells.values()),
            gridded=tuple(self.config.simulation.axes),
        )

    def describe_priors(self) -> DescribePriorsSettings:
        """Return the settings for the comparison of priors with what was drawn."""
        return DescribePriorsSettings(
            seed=self.config.seed,
            cells={name: dict(cell.parameters) for name, cell in self.cells.items()},
            draws=self.config.simulation.draws,
        )

    def fetch_recombination_map(self) -> RecombinationMapSettings:
        """Return the settings for the download of a map of stdpopsim's."""
        simulation = self.config.simulation
        return RecombinationMapSettings(
            species=simulation.species or "",
            chromosome=simulation.chromosome or "",
            map=simulation.recombination_map or "",
        )

    def simulate_genome(self, genome: str) -> SimulateGenomeSettings:
        """Return the settings for a genome that is simulated; rates default to the run's."""
        simulated = self.config.genomes[genome].simulate
        assert simulated is not None  # or there is a path
        rates = ("mutation_rate", "recombination_rate")
        parameters: dict[str, Value | None] = {
            name: self.config.simulation.single_value(name) for name in rates
        }
        parameters |= simulated.model_dump(exclude_none=True)
        return SimulateGenomeSettings(
            seed=self.config.seed,
            genome=genome,
            parameters={name: value for name, value in parameters.items() if value is not None},
            history=self.history(parameters),
            samples=self.config.samples,
            gene_conversion_tract=self.config.simulation.gene_conversion_tract or None,
        )

    def import_simulations(self, cell: Cell) -> ImportSettings:
        """Return the settings for a cell that was simulated elsewhere."""
        simulation = self.config.simulation
        section = simulation.imported
        assert section is not None  # or the cell is simulated here
        name = str(cell.parameters["class"])
        tables = section.truth.tables or {}
        return ImportSettings(
            cell=cell.name,
            parameters={
                n: v for n, v in cell.parameters.items() if isinstance(v, (int, float, str))
            },
            format=section.format,
            files=section.files[name],
            truth=section.truth.places,
            tables=tables.get(name, ()),
            sequence_length=simulation.sequence_length or 0,
            samples=self.config.samples,
            populations=section.populations,
            subsampling_seed=self.config.seed if section.subsample else None,
            tree_statistics=self.tree_statistics,
            replicates=simulation.replicates,
            shard_size=simulation.shard_size,
        )

    def list_imported_files(self, cell: Cell) -> list[str]:
        """Return all files that an imported cell is read from, tables too."""
        settings = self.import_simulations(cell)
        return [*import_files.expand_patterns(settings.files), *settings.tables]
