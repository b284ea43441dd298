"""Simulate consecutive replicates of one cell and write them as a shard."""

import msprime
import numpy as np
import tskit

from coalflow import demography, digest, priors, seeds, shards
from coalflow.arguments import parse
from coalflow.errors import CoalflowError, run_program
from coalflow.progress import track
from coalflow.simulation import memory, neutral, sweep


def windows_of(given, samples, parameters):
    """Return the function that simulates a window: (drawn parameters, seed) to trees and truth.

    ``given`` has the history, the population that is sampled, and where an allele is selected.
    """
    graph = demography.to_graph(given["graph"])
    sampled = {given["population"]: samples}
    if parameters.get("sweep", "neutral") != "neutral":
        return sweep.windows(graph, sampled, parameters, given["population"], given["selected_in"])
    history = demography.to_msprime(graph)
    return lambda drawn, seed: (neutral.window(history, sampled, drawn, seed), {})


def main():
    """Read the arguments, simulate, write the shard."""
    arguments = parse(
        __doc__,
        settings="cell, parameters, demography, samples, seed, first, count",
        output="the shard, .npz",
    )
    settings = arguments.settings
    cell, parameters, samples = settings["cell"], settings["parameters"], settings["samples"]
    numbers = range(settings["first"], settings["first"] + settings["count"])

    memory.keep_freed_memory()
    windows = windows_of(settings["demography"], samples, parameters)
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
        truths.append({**{f"parameter/{name}": value for name, value in drawn.items()}, **truth})

    truth = {name: np.array([one[name] for one in truths]) for name in truths[0]}
    meta = {
        "cell": cell,
        "haplotypes": 2 * samples,
        "settings": settings,
        "settings_digest": digest.of_value(settings),
        "versions": {"msprime": msprime.__version__, "tskit": tskit.__version__},
    }
    shard.write(arguments.output, truth, meta)


if __name__ == "__main__":
    run_program(main)
