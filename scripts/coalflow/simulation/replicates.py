"""Replicates of a cell, collected to be written as a shard."""

import pathlib
from typing import Any

import numpy as np

from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.distributions import Value
from coalflow.config.settings.simulating import SimulateSettings
from coalflow.core import digests, seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation.cell_simulator import (
    CellSimulator,
    SimulatedReplicate,
    list_versions,
)
from coalflow.simulation.recombination import RecombinationMap
from coalflow.statistics import tskit_statistics
from coalflow.statistics.introgression.tracing import trace_truth
from coalflow.windows import shards


class Replicates:
    """Replicates of one cell, simulated one by one, to be written as a shard.

    Parameters
    ----------
    settings : SimulateSettings
        All of them are kept in the shard.

    Raises
    ------
    CoalflowError
        If the history cannot be simulated, or a file cannot be read.
    """

    def __init__(self, settings: SimulateSettings) -> None:
        self._settings = settings
        self._simulator = CellSimulator(settings, records_moves=_needs_moves(settings))
        self._slices = settings.samples.slices
        self._shard, self._truths = shards.ShardWriter(), list[dict[str, Any]]()

    @property
    def recombination_map(self) -> RecombinationMap | None:
        """The map of which windows have stretches, if any."""
        return self._simulator.recombination_map

    def add(self, replicate: int) -> None:
        """Simulate the replicate with this index in the cell.

        Raises
        ------
        CoalflowError
            If it cannot be simulated, with the names of cell and replicate.
        """
        cell = self._settings.cell
        seed = seeds.derive_replicate_seed(self._settings.seed, cell, replicate)
        try:
            simulated = self._simulator.simulate_replicate(seed)
        except CoalflowError as error:
            raise CoalflowError(f"cell {cell}, replicate {replicate}: {error}") from None
        self._shard.add(simulated.trees, replicate, seed)
        self._add_ancestry(simulated)
        parameters = {f"parameter/{name}": value for name, value in simulated.parameters.items()}
        statistics: dict[str, Value] = {
            statistic.truth_name: tskit_statistics.compute_on_trees(
                simulated.trees, statistic, self._slices, simulated.moves
            )
            for statistic in self._settings.tree_statistics
        }
        statistics |= self._label_gene_flow(simulated)
        refused = {"target/refused_draws": simulated.refused}
        self._truths.append({**parameters, **simulated.truth, **statistics, **refused})

    def _add_ancestry(self, simulated: SimulatedReplicate) -> None:
        """Add the stretches of haplotypes that are from another population, where needed."""
        wanted = self._settings.ancestry
        if wanted is None:
            return
        assert simulated.moves is not None  # see _needs_moves
        trees = simulated.trees
        runs = trace_truth(trees, simulated.moves, trees.samples(), self._slices, wanted)
        self._shard.add_ancestry(runs)

    def _label_gene_flow(self, simulated: SimulatedReplicate) -> dict[str, Value]:
        """Return the class of a replicate by the gene flow that happened, where that is needed."""
        without = self._settings.without_gene_flow
        if without is None:
            return {}
        kind = simulated.parameters["gene_flow"]
        return {"target/gene_flow": kind if simulated.moved_by_kind else without}

    def write(self, path: str | pathlib.Path) -> None:
        """Write the replicates as a shard, whole or not at all.

        Parameters
        ----------
        path : path

        Raises
        ------
        CoalflowError
            If the disk is full or cannot be written.
        """
        settings = self._settings.as_json()
        names = self._truths[0]
        truth = {name: np.array([values[name] for values in self._truths]) for name in names}
        meta = shards.ShardMeta(
            cell=self._settings.cell,
            samples=self._settings.samples,
            settings=settings,
            settings_digest=digests.digest_value(settings),
            versions=list_versions(),
        )
        self._shard.write(path, truth, meta)


def _needs_moves(settings: SimulateSettings) -> bool:
    """Tell whether any true value depends on which lineages moved by gene flow."""
    kinds = settings.history.gene_flow or {}
    has_labels = settings.without_gene_flow is not None and any(one.on for one in kinds.values())
    return (
        has_labels
        or settings.ancestry is not None
        or any(STATISTICS[one.statistic].needs_moves for one in settings.tree_statistics)
    )
