"""Simulate consecutive replicates of one cell and write them as a shard."""

import msprime
import numpy as np
import tskit

from coalflow import demography, digest, priors, seeds, shards, targets, tree_statistics
from coalflow.arguments import parse
from coalflow.errors import CoalflowError, run_program
from coalflow.progress import track
from coalflow.simulation import memory, neutral, sweep


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


def main():
    """Read the arguments, simulate, write the shard."""
    arguments = parse(
        __doc__,
        settings="cell, parameters, demography, samples, ploidy, trees, seed, first, count",
        output="the shard, .npz",
    )
    settings = arguments.settings
    cell, parameters = settings["cell"], settings["parameters"]
    numbers = range(settings["first"], settings["first"] + settings["count"])

    memory.keep_freed_memory()
    given, ploidy = settings["demography"], settings["ploidy"]
    samples = demography.sample_sets(settings["samples"], ploidy, given["population"])
    windows = windows_of(given, samples, parameters)
    populations = shards.populations(settings["samples"], ploidy)
    shard = shards.Writer()
    truths = []
    for number in track(numbers, len(numbers), f"{cell}: replicates"):
        seed = seeds.replicate_seed(settings["seed"], cell, number)
        drawn = priors.draw(parameters, seed)
        try:
            trees, truth = windows(drawn, seed)
        except CoalflowError as error:
            raise CoalflowError(f"cell {cell}, replicate {number}: {error}") from None
        shard.add(trees, number, seed)
        of_trees = {
            targets.truth_name(one): tree_statistics.of_trees(trees, one, populations)
            for one in settings["trees"]
        }
        drawn = {f"parameter/{name}": value for name, value in drawn.items()}
        truths.append({**drawn, **truth, **of_trees})

    truth = {name: np.array([one[name] for one in truths]) for name in truths[0]}
    meta = {
        "cell": cell,
        **shards.of_samples(settings["samples"], ploidy),
        "settings": settings,
        "settings_digest": digest.of_value(settings),
        "versions": {"msprime": msprime.__version__, "tskit": tskit.__version__},
    }
    shard.write(arguments.output, truth, meta)


if __name__ == "__main__":
    run_program(main)
