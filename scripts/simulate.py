"""Simulate consecutive replicates of one cell and write them as a shard."""

import msprime
import numpy as np
import tskit

from coalflow import demography, digest, seeds, shards
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.progress import track
from coalflow.simulation import memory, neutral


def main():
    """Read the arguments, simulate, write the shard."""
    arguments = parse(
        __doc__,
        settings="cell, parameters, epochs, samples, seed, first, count",
        output="the shard, .npz",
    )
    settings = arguments.settings
    cell, parameters, samples = settings["cell"], settings["parameters"], settings["samples"]
    numbers = range(settings["first"], settings["first"] + settings["count"])

    memory.keep_freed_memory()
    graph = demography.from_epochs(parameters["population_size"], settings["epochs"])
    history = demography.to_msprime(graph)
    shard = shards.Writer()
    for number in track(numbers, len(numbers), f"{cell}: replicates"):
        seed = seeds.replicate_seed(settings["seed"], cell, number)
        shard.add(neutral.window(history, samples, parameters, seed), number, seed)

    truth = {f"parameter/{name}": np.full(len(numbers), v) for name, v in parameters.items()}
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
