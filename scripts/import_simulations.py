"""Import the simulations of one cell, made elsewhere, and write them as shards."""

import contextlib

import numpy as np
import tskit

from coalflow import digest, imports, scenarios, seeds, shards
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import replacing
from coalflow.progress import track

# Imported replicates have no seed that is known. The column tells them apart all the same,
# and does not hang on the run's seed, for nothing is drawn here.
SEED = 0


def truth_of(replicate, parameters):
    """Return all that is known of a replicate, by the names in shards."""
    known = {**parameters, **replicate.truth}
    return {**{f"parameter/{name}": value for name, value in known.items()}, **replicate.of_trees}


def write(shard, path, truths, settings):
    """Write a shard's replicates; ``truths`` has what is known of each, in a dict."""
    truth = {name: np.array([one[name] for one in truths]) for name in truths[0]}
    # Without the number of replicates, full shards stay the same when more are imported.
    told = {name: value for name, value in settings.items() if name != "replicates"}
    meta = {
        "cell": settings["cell"],
        **shards.of_samples(settings["samples"], settings["ploidy"]),
        "settings": told,
        "settings_digest": digest.of_value(told),
        "versions": {"tskit": tskit.__version__},
    }
    shard.write(path, truth, meta)


def main():
    """Read the arguments and the files, write all shards of the cell or none."""
    arguments = parse(
        __doc__,
        settings="cell, parameters, format, files, truth, tables, sequence_length, samples, "
        "ploidy, trees, replicates, shard_size",
        output="folder of the cell's shards",
    )
    settings = arguments.settings
    wanted, size = settings["replicates"], settings["shard_size"]
    replicates = track(imports.read(settings), wanted, f"{settings['cell']}: replicates")

    # The files of a cell are read once, so one job writes all its shards. They take their
    # names together, at the end: a file that breaks off leaves none.
    with contextlib.ExitStack() as stack:
        shard, truths = shards.Writer(), []
        for number, replicate in enumerate(replicates):
            seed = seeds.replicate_seed(SEED, settings["cell"], number)
            shard.add_alleles(replicate.alleles, replicate.positions, number, seed)
            truths.append(truth_of(replicate, settings["parameters"]))
            if len(truths) == size or number == wanted - 1:
                path = arguments.output / scenarios.shard_name(number // size)
                temporary = stack.enter_context(replacing(path))
                write(shard, temporary, truths, settings)
                shard, truths = shards.Writer(), []


if __name__ == "__main__":
    run_program(main)
