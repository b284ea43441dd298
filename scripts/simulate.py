"""Simulate consecutive replicates of one cell and write them as a shard."""

from coalflow.core import memory
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.progress import track
from coalflow.simulation.replicates import Replicates


def main():
    """Read the arguments, simulate, write the shard."""
    arguments = parse_arguments(
        __doc__,
        settings="cell, parameters, limits, draws, demography, samples, ploidy, trees, seed, "
        "first, count",
        output="the shard, .npz",
    )
    settings = arguments.settings
    numbers = range(settings["first"], settings["first"] + settings["count"])

    memory.keep_freed_memory()
    replicates = Replicates(settings)
    for number in track(numbers, len(numbers), f"{settings['cell']}: replicates"):
        replicates.add(number)
    replicates.write(arguments.output)


if __name__ == "__main__":
    run_program(main)
