"""What follows from the config of a run, and several programs are given."""

import dataclasses
import functools
import os
from typing import Any

from coalflow.config import grid
from coalflow.config.grid import Cell
from coalflow.config.histories import contents, kinds, sampling
from coalflow.config.registry.parameters import NEUTRAL
from coalflow.config.schema.distributions import Distribution, ParameterValue
from coalflow.config.schema.targets import StatisticTarget
from coalflow.config.schema.whole import Config
from coalflow.config.settings.simulating import AncestryTruth, GeneFlowKind, History
from coalflow.config.settings.view import SimulatedView


@dataclasses.dataclass(frozen=True)
class Run:
    """A run: its config, and what follows from it.

    Attributes
    ----------
    config : Config
        With its defaults filled in.
    recombination_map : str, optional
        The file of the map, where the config names one of stdpopsim's.
    """

    config: Config
    recombination_map: str | None = None

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
            one.truth_name: one.model_copy(update={"scale": "linear", "at_sites": None})
            for one in self.config.targets.tree_statistics.values()
        }
        return tuple(named[name] for name in sorted(named))

    @property
    def ancestry(self) -> AncestryTruth | None:
        """What simulations keep of every base of haplotypes, where ancestry is predicted there."""
        target = self.config.targets.at_sites
        if target is None:
            return None
        of, source = target.of
        return AncestryTruth(of=of, source=source, since=target.since)

    @property
    def without_gene_flow(self) -> str | None:
        """The class of windows without gene flow, where what happened in them is their class."""
        labels = {one.label for one in self.config.targets.parameters.values()}
        if "happened" not in labels:
            return None
        return kinds.find_kind_without_gene_flow(self.config.simulation)

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

    @property
    def parameters(self) -> tuple[str, ...]:
        """The scenario parameters that all cells have."""
        return tuple(grid.list_parameters(self.config.simulation))

    @property
    def neutral_classes(self) -> tuple[str, ...]:
        """The classes of the target that are the null; none where targets are numbers."""
        config, parameter = self.config, self._class_parameter
        if parameter is None:
            return ()
        if config.significance.neutral is not None:
            return config.significance.neutral
        is_neutral_known = parameter in ("sweep", "class")
        return (NEUTRAL,) if is_neutral_known and NEUTRAL in (config.targets.classes or ()) else ()

    @property
    def null_cells(self) -> tuple[str, ...]:
        """The cells whose windows are the null, by their names.

        Where the target has classes, they are those of the neutral ones. Where targets are numbers,
        they are those without a sweep; of imported simulations the class `neutral`, or else all.
        """
        cells, parameter = self.cells.values(), self._class_parameter
        if parameter is not None:
            neutral = self.neutral_classes
            return tuple(cell.name for cell in cells if cell.parameters.get(parameter) in neutral)
        imported = self.config.simulation.imported
        if imported is not None and NEUTRAL in imported.files:
            return tuple(cell.name for cell in cells if cell.parameters["class"] == NEUTRAL)
        return tuple(cell.name for cell in cells if not cell.is_swept)

    @property
    def _class_parameter(self) -> str | None:
        """The scenario parameter whose values are the classes; None where targets are numbers."""
        targets = self.config.targets
        if not targets.has_classes:
            return None
        return targets.parameters[targets.first].parameter

    def history(self, parameters: dict[str, Any]) -> History:
        """Return the history of a cell, or of a simulated genome, with these parameters."""
        demography, graph = self.config.simulation.demography, self.config.graph
        selected_in = None
        if parameters.get("sweep", NEUTRAL) != NEUTRAL:
            selected_in = demography.selected_in
        if graph is not None:
            # Where the samples name their populations and nothing is selected, any will do.
            population = sampling.find_population(self.config.simulation, graph)
            population = population or contents.list_populations(graph)[0]
            return History(
                graph=graph,
                gene_flow=self._list_gene_flow(parameters.get("gene_flow")),
                population=population,
                selected_in=selected_in,
            )
        known = {"constant": contents.CONSTANT, **demography.histories}
        return History(
            histories={name: known[name] for name in sorted(_list_names(parameters["history"]))},
            population=contents.POPULATION,
            selected_in=selected_in,
        )

    def _list_gene_flow(self, chosen: ParameterValue | None) -> dict[str, GeneFlowKind] | None:
        """Return the kinds of gene flow that a cell may have."""
        if chosen is None:
            return None
        switched = kinds.switch_kinds(self.config.simulation.demography.gene_flow)
        return {name: switched[name] for name in sorted(_list_names(chosen))}


def _list_names(chosen: ParameterValue) -> list[str]:
    """Return the names that a parameter whose values are names may have in a cell."""
    if isinstance(chosen, Distribution) and chosen.categorical is not None:
        return [str(name) for name in chosen.categorical.values]
    return [str(chosen)]


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
