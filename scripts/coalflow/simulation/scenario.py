"""Replicates of a cell: from its parameters to the arrays of a shard."""

import msprime
import numpy as np
import tskit

from coalflow import demography, digest, priors, seeds, shards
from coalflow.errors import CoalflowError
from coalflow.simulation import neutral, sweep


class Replicates:
    """Replicates of one cell, simulated one by one, to be written as a shard.

    ``settings`` has ``cell`` (its name), ``parameters``, ``demography`` (see
    :func:`coalflow.histories.of_cell`), ``samples`` (pairs), ``ploidy`` and the run's ``seed``;
    all of it is kept in the shard.
    """

    def __init__(self, settings):
        given, ploidy = settings["demography"], settings["ploidy"]
        samples = demography.sample_sets(settings["samples"], ploidy, given["population"])
        self._settings = settings
        self._window = windows_of(given, samples, settings["parameters"])
        self._shard, self._truths = shards.Writer(), []

    def add(self, number):
        """Simulate the replicate with this number in the cell."""
        cell = self._settings["cell"]
        seed = seeds.replicate_seed(self._settings["seed"], cell, number)
        drawn = priors.draw(self._settings["parameters"], seed)
        try:
            trees, truth = self._window(drawn, seed)
        except CoalflowError as error:
            raise CoalflowError(f"cell {cell}, replicate {number}: {error}") from None
        self._shard.add(trees, number, seed)
        named = {f"parameter/{name}": value for name, value in drawn.items()}
        self._truths.append({**named, **truth})

    def write(self, path):
        """Write the replicates as a shard, whole or not at all."""
        settings = self._settings
        truth = {name: np.array([one[name] for one in self._truths]) for name in self._truths[0]}
        meta = {
            "cell": settings["cell"],
            **shards.of_samples(settings["samples"], settings["ploidy"]),
            "settings": settings,
            "settings_digest": digest.of_value(settings),
            "versions": {"msprime": msprime.__version__, "tskit": tskit.__version__},
        }
        self._shard.write(path, truth, meta)


def windows_of(given, samples, parameters):
    """Return the function that simulates a window: (drawn parameters, seed) to trees and truth.

    ``given`` has the history, the population where sweeps end, and where an allele is selected;
    ``samples`` are the individuals that msprime is to sample.
    """
    graph = demography.to_graph(given["graph"])
    if parameters.get("sweep", "neutral") != "neutral":
        return sweep.windows(graph, samples, parameters, given["population"], given["selected_in"])
    history = demography.to_msprime(graph)
    return lambda drawn, seed: (neutral.window(history, samples, drawn, seed), {})
