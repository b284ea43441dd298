"""Settings of the programs that simulate, and that import simulations."""

from typing import Any

from coalflow.config import import_files
from coalflow.config.grid import Cell
from coalflow.config.schema.distributions import MapRate, ParameterValue
from coalflow.config.settings.run import Run
from coalflow.config.settings.simulating import (
    CellSettings,
    CheckSweepSettings,
    DescribePriorsSettings,
    DrawHistoriesSettings,
    ImportSettings,
    PlacedSweep,
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
            without_gene_flow=self.without_gene_flow,
            ancestry=self.ancestry,
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
        given: dict[str, ParameterValue | None] = {
            name: self.config.simulation.single_value(name)
            for name in ("mutation_rate", "recombination_rate", "gene_flow")
        }
        if self.takes_map(genome):
            simulation = self.config.simulation
            file = self.recombination_map or simulation.recombination_map or ""
            given["recombination_rate"] = MapRate(map=file, chromosome=simulation.chromosome)
        given |= simulated.model_dump(exclude_none=True, exclude={"contigs", "sweeps"})
        parameters = {name: value for name, value in given.items() if value is not None}
        sweeps = simulated.sweeps or ()
        kind = {"sweep": sweeps[0].kind} if sweeps else {}
        history = self.history({**parameters, **kind})
        return SimulateGenomeSettings(
            seed=self.config.seed,
            genome=genome,
            parameters=parameters,
            contigs=simulated.contig_names,
            ancestry=self.ancestry,
            sweeps=tuple(
                PlacedSweep(
                    contig=str(sweep.number),
                    position=sweep.position,
                    population=sweep.population or history.population,
                    parameters=sweep.list_parameters(),
                )
                for sweep in sweeps
            ),
            history=history,
            samples=self.config.samples,
            gene_conversion_tract=self.config.simulation.gene_conversion_tract or None,
        )

    def takes_map(self, genome: str) -> bool:
        """Tell whether a genome is simulated along the run's recombination map."""
        simulated = self.config.genomes[genome].simulate
        has_map = self.config.simulation.recombination_map is not None
        return has_map and simulated is not None and simulated.recombination_rate is None

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
            given=self.config.split.given,
            truth=section.truth.places,
            tables=tables.get(name, ()),
            sequence_length=simulation.sequence_length or 0,
            samples=self.config.samples,
            populations=section.populations,
            subsampling_seed=self.config.seed if section.subsample else None,
            tree_statistics=self.tree_statistics,
            ancestry=self.ancestry,
            without_gene_flow=self.without_gene_flow,
            replicates=simulation.replicates,
            shard_size=simulation.shard_size,
        )

    def list_imported_files(self, cell: Cell) -> list[str]:
        """Return all files that an imported cell is read from, tables too."""
        settings = self.import_simulations(cell)
        return [*import_files.expand_patterns(settings.files), *settings.tables]
