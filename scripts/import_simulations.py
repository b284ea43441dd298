"""Import the simulations of one cell, made elsewhere, and write them as shards."""

import contextlib

from coalflow.config import grid
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically
from coalflow.core.progress import track
from coalflow.imports import imported_replicates


def main():
    """Read the arguments and the files, write all shards of the cell or none."""
    arguments = parse_arguments(
        __doc__,
        settings="cell, parameters, format, files, truth, tables, sequence_length, samples, "
        "ploidy, trees, replicates, shard_size",
        output="folder of the cell's shards",
    )
    settings = arguments.settings
    wanted, size = settings["replicates"], settings["shard_size"]
    replicates = track(
        imported_replicates.read_replicates(settings), wanted, f"{settings['cell']}: replicates"
    )

    # The files of a cell are read once, so one job writes all its shards. They take their
    # names together, at the end: a file that breaks off leaves none.
    with contextlib.ExitStack() as stack:
        shard = imported_replicates.Shard(settings)
        for number, replicate in enumerate(replicates):
            shard.add(replicate, number)
            if len(shard) == size or number == wanted - 1:
                path = arguments.output / grid.shard_name(number // size)
                shard.write(stack.enter_context(replace_atomically(path)))
                shard = imported_replicates.Shard(settings)


if __name__ == "__main__":
    run_program(main)
