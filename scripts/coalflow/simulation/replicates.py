"""Replicates of a cell, gathered to be written as a shard."""

import numpy as np

from coalflow import digest, seeds, shards, targets, tree_statistics
from coalflow.errors import CoalflowError
from coalflow.simulation.scenario import Scenario, versions


class Replicates:
    """Replicates of one cell, simulated one by one, to be written as a shard.

    ``settings`` are those of a :class:`coalflow.simulation.scenario.Scenario`, with the run's
    ``seed`` and with ``trees``, the statistics that are computed on trees; all of them are kept
    in the shard.
    """

    def __init__(self, settings):
        self._settings, self._scenario = settings, Scenario(settings)
        self._populations = shards.populations(settings["samples"], settings["ploidy"])
        self._shard, self._truths = shards.Writer(), []

    def add(self, number):
        """Simulate the replicate with this number in the cell."""
        cell = self._settings["cell"]
        seed = seeds.replicate_seed(self._settings["seed"], cell, number)
        try:
            made = self._scenario.replicate(seed)
        except CoalflowError as error:
            raise CoalflowError(f"cell {cell}, replicate {number}: {error}") from None
        self._shard.add(made.trees, number, seed)
        parameters = {f"parameter/{name}": value for name, value in made.parameters.items()}
        of_trees = {
            targets.truth_name(one): tree_statistics.of_trees(made.trees, one, self._populations)
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
            "settings_digest": digest.of_value(settings),
            "versions": versions(),
        }
        self._shard.write(path, truth, meta)
