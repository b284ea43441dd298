"""Replicates of a cell, gathered to be written as a shard."""

import numpy as np

from coalflow.config import targets
from coalflow.core import digests, seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation.cell_simulator import CellSimulator, list_versions
from coalflow.statistics import tskit_statistics
from coalflow.windows import shards


class Replicates:
    """Replicates of one cell, simulated one by one, to be written as a shard.

    ``settings`` are those of a :class:`coalflow.simulation.cell_simulator.CellSimulator`, with the run's
    ``seed`` and with ``trees``, the statistics that are computed on trees; all of them are kept
    in the shard.
    """

    def __init__(self, settings):
        self._settings, self._scenario = settings, CellSimulator(settings)
        self._populations = shards.slice_populations(settings["samples"], settings["ploidy"])
        self._shard, self._truths = shards.ShardWriter(), []

    def add(self, number):
        """Simulate the replicate with this number in the cell."""
        cell = self._settings["cell"]
        seed = seeds.derive_replicate_seed(self._settings["seed"], cell, number)
        try:
            made = self._scenario.replicate(seed)
        except CoalflowError as error:
            raise CoalflowError(f"cell {cell}, replicate {number}: {error}") from None
        self._shard.add(made.trees, number, seed)
        parameters = {f"parameter/{name}": value for name, value in made.parameters.items()}
        of_trees = {
            targets.truth_name(one): tskit_statistics.compute_on_trees(
                made.trees, one, self._populations
            )
            for one in self._settings["trees"]
        }
        refused = {"target/refused_draws": made.refused}
        self._truths.append({**parameters, **made.truth, **of_trees, **refused})

    def write(self, path):
        """Write the replicates as a shard, whole or not at all."""
        settings = self._settings
        truth = {name: np.array([one[name] for one in self._truths]) for name in self._truths[0]}
        meta = {
            "cell": settings["cell"],
            **shards.of_samples(settings["samples"], settings["ploidy"]),
            "settings": settings,
            "settings_digest": digests.digest_value(settings),
            "versions": list_versions(),
        }
        self._shard.write(path, truth, meta)
