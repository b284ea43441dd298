"""Import the simulations of one cell, made elsewhere, and write them as shards."""

import contextlib

from coalflow.config import grid
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically
from coalflow.core.progress import say, track
from coalflow.imports.imported_replicates import ImportedShard, read_replicates
from coalflow.imports.remarks import Remarks, write_remarks


def main() -> None:
    """Read the arguments and the files, write all shards of the cell or none."""
    arguments = parse_arguments(
        __doc__,
        ImportSettings,
        output="folder of the cell's shards",
        remarks="what is worth knowing of the files, .json",
    )
    settings: ImportSettings = arguments.settings
    remarks = Remarks()
    replicates = track(
        read_replicates(settings, remarks), settings.replicates, f"{settings.cell}: replicates"
    )

    # The files of a cell are read once, so one job writes all its shards. They take their
    # names together, at the end: a file that breaks off leaves none.
    with contextlib.ExitStack() as stack:
        shard = ImportedShard(settings)
        for index, replicate in enumerate(replicates):
            shard.add(replicate, index)
            if len(shard) == settings.shard_size or index == settings.replicates - 1:
                path = arguments.output / grid.name_shard(index // settings.shard_size)
                shard.write(stack.enter_context(replace_atomically(path)))
                shard = ImportedShard(settings)
    write_remarks(arguments.remarks, settings.cell, remarks)
    for remark in remarks:
        say(f"{settings.cell}: {remark}")


if __name__ == "__main__":
    run_program(main)
