"""Import the simulations of one cell, made elsewhere, and write them as shards."""

import contextlib

from coalflow import imports, scenarios
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import replacing
from coalflow.progress import track


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
        shard = imports.Shard(settings)
        for number, replicate in enumerate(replicates):
            shard.add(replicate, number)
            if len(shard) == size or number == wanted - 1:
                path = arguments.output / scenarios.shard_name(number // size)
                shard.write(stack.enter_context(replacing(path)))
                shard = imports.Shard(settings)


if __name__ == "__main__":
    run_program(main)
