"""What each program is given, made from the config.

The Snakefile, ``snakemake check``, tests and benchmarks all take settings from here.
"""

import dataclasses
import functools
import json
import os
from collections.abc import Iterable
from typing import Any

from coalflow.config import grid, import_files
from coalflow.config.defaults import FACTORS_OF_THETA
from coalflow.config.grid import Cell
from coalflow.config.histories import contents
from coalflow.config.schema.distributions import Distribution, ParameterValue, Value
from coalflow.config.schema.parameters import NEUTRAL
from coalflow.config.schema.section import Section
from coalflow.config.schema.targets import StatisticTarget
from coalflow.config.schema.whole import Config
from coalflow.config.settings.learning import (
    CompareRestartsSettings,
    DescribeDatasetSettings,
    EvaluateSettings,
    ExplainSettings,
    FitBaselineSettings,
    ProposeRecipesSettings,
    SearchSettings,
    SplitSettings,
    SummariseSettings,
    TrainSettings,
)
from coalflow.config.settings.observing import (
    GenomeOptions,
    MeasureObservationSettings,
    ObserveGenomeSettings,
    ScanSettings,
)
from coalflow.config.settings.reporting import CheckSettings, ReportSettings
from coalflow.config.settings.simulating import (
    CellSettings,
    CheckSweepSettings,
    DescribePriorsSettings,
    DrawHistoriesSettings,
    History,
    ImportSettings,
    RecombinationMapSettings,
    SimulateGenomeSettings,
    SimulateSettings,
)
from coalflow.config.settings.view import SimulatedView

ONE_IN = (8, 4, 2)  # the shares of the training windows in a learning curve


def write_settings(settings: Section, code: str) -> str:
    """Return settings as the JSON text that a program is given.

    Snakemake compares this text with the last run's, and runs the rule again when it differs.

    Parameters
    ----------
    settings : Section
    code : str
        A digest of the program's code.
    """
    return json.dumps({**settings.as_json(), "code": code})


@dataclasses.dataclass(frozen=True)
class SettingsMaker:
    """Makes the settings of all programs of a run.

    Attributes
    ----------
    config : Config
        With its defaults filled in.
    recombination_map : str, optional
        The file of the map, where the config names one of stdpopsim's.
    """

    config: Config
    recombination_map: str | None = None

    # Simulations -----------------------------------------------------------------------------

    @functools.cached_property
    def cells(self) -> dict[str, Cell]:
        """The cells of the run by their names."""
        cells = grid.list_cells(self.config.simulation, self.recombination_map)
        return {cell.name: cell for cell in cells}

    @functools.cached_property
    def shard_ranges(self) -> list[tuple[int, int]]:
        """First replicate and number of replicates of each of a cell's shards."""
        simulation = self.config.simulation
        return grid.list_shard_ranges(simulation.replicates, simulation.shard_size)

    @functools.cached_property
    def tree_statistics(self) -> tuple[StatisticTarget, ...]:
        """What simulations compute on trees, without names and scales.

        Changing those therefore needs no new simulations.
        """
        named = {
            one.truth_name: one.model_copy(update={"scale": "linear"})
            for one in self.config.targets.tree_statistics.values()
        }
        return tuple(named[name] for name in sorted(named))

    def history(self, parameters: dict[str, Any]) -> History:
        """Return the history of a cell, or of a simulated genome, with these parameters."""
        demography, graph = self.config.simulation.demography, self.config.graph
        selected_in = None
        if parameters.get("sweep", NEUTRAL) != NEUTRAL:
            selected_in = demography.selected_in
        if graph is not None:
            population = demography.population or contents.list_populations_today(graph)[0]
            return History(graph=graph, population=population, selected_in=selected_in)
        known = {"constant": contents.CONSTANT, **demography.histories}
        return History(
            histories={name: known[name] for name in _list_possible(parameters["history"])},
            population=contents.POPULATION,
            selected_in=selected_in,
        )

    def _cell(self, cell: Cell) -> dict[str, Any]:
        return {
            "cell": cell.name,
            "parameters": dict(cell.parameters),
            "draws": self.config.simulation.draws,
            "history": self.history(dict(cell.parameters)),
            "samples": self.config.samples,
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
        )

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

    # Imports ---------------------------------------------------------------------------------

    def import_simulations(self, cell: Cell) -> ImportSettings:
        """Return the settings for a cell that was simulated elsewhere."""
        simulation = self.config.simulation
        section = simulation.imported
        assert section is not None  # or the cell is simulated here
        name = str(cell.parameters["class"])
        tables = section.truth.tables or {}
        return ImportSettings(
            cell=cell.name,
            parameters=dict(cell.parameters),
            format=section.format,
            files=section.files[name],
            truth=section.truth.places,
            tables=tables.get(name, ()),
            sequence_length=simulation.sequence_length or 0,
            samples=self.config.samples,
            tree_statistics=self.tree_statistics,
            replicates=simulation.replicates,
            shard_size=simulation.shard_size,
        )

    def list_imported_files(self, cell: Cell) -> list[str]:
        """Return all files that an imported cell is read from, tables too."""
        settings = self.import_simulations(cell)
        return [*import_files.expand_patterns(settings.files), *settings.tables]

    # Dataset ---------------------------------------------------------------------------------

    @functools.cached_property
    def view(self) -> SimulatedView:
        """What models see of a simulated replicate, and what they predict."""
        config = self.config
        return SimulatedView(
            encoding=config.encoding, samples=config.samples, targets=config.targets
        )

    @property
    def drawn(self) -> tuple[str, ...]:
        """Parameters that differ between replicates of a cell, or true values that are imported."""
        return tuple(grid.list_drawn(self.config.simulation))

    def split(self) -> SplitSettings:
        """Return the settings for the split."""
        simulation = self.config.simulation
        return SplitSettings(
            seed=self.config.seed,
            cells=tuple(self.cells),
            replicates=simulation.replicates,
            shard_size=simulation.shard_size,
            drawn=self.drawn,
            split=self.config.split,
            view=self.view,
        )

    def summarise(self) -> SummariseSettings:
        """Return the settings for the statistics that baselines see."""
        return SummariseSettings(
            features=self.config.statistics,
            encoding=self.config.encoding,
            samples=self.config.samples,
        )

    def describe_dataset(self) -> DescribeDatasetSettings:
        """Return the settings for the description of the dataset."""
        return DescribeDatasetSettings(drawn=self.drawn, view=self.view)

    # Models ----------------------------------------------------------------------------------

    @property
    def parameters(self) -> tuple[str, ...]:
        """The scenario parameters that all cells have."""
        return tuple(grid.list_parameters(self.config.simulation))

    def train(
        self, net: str, restart: int = 0, one_in: int = 1, trial: int | None = None
    ) -> TrainSettings:
        """Return the settings for one training of a net.

        Parameters
        ----------
        net : str
        restart : int
        one_in : int
            Of how many training windows one is used, for a learning curve.
        trial : int, optional
            The trial of a search.
        """
        training = self.config.training.model_copy(
            update={"time_limit": None, "tensorboard": False}
        )
        per_round = self.config.search.trials_per_round
        return TrainSettings(
            seed=self.config.seed,
            net=net,
            restart=restart,
            one_in=one_in,
            proposal=None if trial is None else trial % per_round,
            training=training,
            parameters=self.parameters,
            view=self.view,
        )

    def fit_baseline(self, baseline: str) -> FitBaselineSettings:
        """Return the settings for the fit of a baseline."""
        simulation = self.config.simulation
        known = {name: simulation.single_value(name) for name in FACTORS_OF_THETA}
        return FitBaselineSettings(
            seed=self.config.seed,
            baseline=baseline,
            features=self.config.statistics,
            known={name: value for name, value in known.items() if value is not None},
            parameters=self.parameters,
            view=self.view,
        )

    def evaluate(self, models: Iterable[str]) -> EvaluateSettings:
        """Return the settings for the evaluation of models, named by their folders."""
        return EvaluateSettings(seed=self.config.seed, models=tuple(models), view=self.view)

    def explain(self) -> ExplainSettings:
        """Return the settings for the interpretation of a net."""
        return ExplainSettings(view=self.view)

    def compare_restarts(self) -> CompareRestartsSettings:
        """Return the settings for the comparison of a net's restarts."""
        return CompareRestartsSettings(restarts=self.config.models.restarts, view=self.view)

    # Search ----------------------------------------------------------------------------------

    @property
    def searched_net(self) -> str:
        """The net whose recipe is searched."""
        return self.config.search.net or self.config.models.nets[0]

    def propose_recipes(self, round_of_trials: int) -> ProposeRecipesSettings:
        """Return the settings for the recipes of a round, counted from 0."""
        search = self.config.search
        return ProposeRecipesSettings(
            seed=self.config.seed,
            space=search.space,
            first=round_of_trials * search.trials_per_round,
            trials_per_round=search.trials_per_round,
        )

    def search(self) -> SearchSettings:
        """Return the settings for the comparison of the recipes."""
        search = self.config.search
        return SearchSettings(
            net=self.searched_net,
            space=search.space,
            trials=search.trials,
            trials_per_round=search.trials_per_round,
        )

    # Genomes ---------------------------------------------------------------------------------

    def measure_observation(self) -> MeasureObservationSettings:
        """Return the settings for the measurement of the file that simulations resemble."""
        return MeasureObservationSettings(
            observation=self.config.observation, samples=self.config.samples
        )

    def genome_options(self, genome: str) -> GenomeOptions:
        """Return how a genome is read; windows overlap by half unless ``step`` says otherwise."""
        section, encoding = self.config.genomes[genome], self.config.encoding
        length = encoding.length if encoding.pad else None
        individuals = section.samples
        if individuals is None and section.simulate is not None:
            individuals = self._name_simulated_individuals()
        return GenomeOptions(
            individuals=individuals,
            masked=section.path is not None,
            ancestral=section.ancestral,
            length=length,
            step=section.step or max(1, (length or encoding.sites) // 2),
        )

    def _name_simulated_individuals(self) -> dict[str, tuple[str, ...]] | None:
        """Return how tskit names the individuals that are observed of each population.

        Returns None where there is one population.
        """
        names, first = {}, 0
        fewer = self.config.observation.individuals
        observed = fewer if isinstance(fewer, dict) else {}
        for population, number in self.config.samples.individuals:
            kept = observed.get(population, number)
            names[population] = tuple(f"tsk_{first + index}" for index in range(kept))
            first += number
        return names if len(names) > 1 else None

    def observe_genome(self, genome: str) -> ObserveGenomeSettings:
        """Return the settings for the description of a genome."""
        return ObserveGenomeSettings(
            options=self.genome_options(genome),
            samples=self.config.samples,
            sites=self.config.encoding.sites,
        )

    def scan(self, genome: str, models: Iterable[str]) -> ScanSettings:
        """Return the settings for the scan of a genome by models, named by their folders."""
        return ScanSettings(
            options=self.genome_options(genome),
            samples=self.config.samples,
            models=tuple(models),
        )

    # The whole run ---------------------------------------------------------------------------

    def report(self, snakemake: str) -> ReportSettings:
        """Return the settings for the report, made with a version of Snakemake."""
        return ReportSettings(
            config=self.config, written=self.config.as_written(), snakemake=snakemake
        )

    def check(self, genomes: dict[str, str], cores: int) -> CheckSettings:
        """Return the settings for the check before a run.

        Parameters
        ----------
        genomes : dict
            The file of each genome, by its name.
        cores : int
        """
        return CheckSettings(
            config=self.config,
            recombination_map=self.recombination_map,
            genomes=genomes,
            cores=cores,
        )


def _list_possible(history: ParameterValue) -> list[str]:
    """Return the histories that a cell may have."""
    if isinstance(history, Distribution) and history.categorical is not None:
        return [str(name) for name in history.categorical.values]
    return [str(history)]


def find_recombination_map(config: Config, results: str) -> str | None:
    """Return the file of the recombination map; None without one.

    Parameters
    ----------
    config : Config
    results : str
        The run's folder, where a map of stdpopsim's is written.
    """
    named = config.simulation.recombination_map
    if named is None or os.path.isfile(named):  # noqa: PTH113 - pathlib raises on names too long
        return named
    return f"{results}/recombination_map.txt"
