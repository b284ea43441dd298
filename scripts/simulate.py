"""Simulate consecutive replicates of one cell and write them as a shard."""

import numpy as np

from coalflow import digest, seeds, shards, targets, tree_statistics
from coalflow.arguments import parse
from coalflow.errors import CoalflowError, run_program
from coalflow.progress import track
from coalflow.simulation import memory
from coalflow.simulation.scenario import Scenario, versions


def main():
    """Read the arguments, simulate, write the shard."""
    arguments = parse(
        __doc__,
        settings="cell, parameters, limits, draws, demography, samples, ploidy, trees, seed, "
        "first, count",
        output="the shard, .npz",
    )
    settings = arguments.settings
    cell = settings["cell"]
    numbers = range(settings["first"], settings["first"] + settings["count"])

    memory.keep_freed_memory()
    scenario = Scenario(settings)
    populations = shards.populations(settings["samples"], settings["ploidy"])
    shard = shards.Writer()
    truths = []
    for number in track(numbers, len(numbers), f"{cell}: replicates"):
        seed = seeds.replicate_seed(settings["seed"], cell, number)
        try:
            made = scenario.replicate(seed)
        except CoalflowError as error:
            raise CoalflowError(f"cell {cell}, replicate {number}: {error}") from None
        shard.add(made.trees, number, seed)
        parameters = {f"parameter/{name}": value for name, value in made.parameters.items()}
        of_trees = {
            targets.truth_name(one): tree_statistics.of_trees(made.trees, one, populations)
            for one in settings["trees"]
        }
        refused = {"target/refused_draws": made.refused}
        truths.append({**parameters, **made.truth, **of_trees, **refused})

    truth = {name: np.array([one[name] for one in truths]) for name in truths[0]}
    meta = {
        "cell": cell,
        **shards.of_samples(settings["samples"], settings["ploidy"]),
        "settings": settings,
        "settings_digest": digest.of_value(settings),
        "versions": versions(),
    }
    shard.write(arguments.output, truth, meta)


if __name__ == "__main__":
    run_program(main)
