"""Simulate consecutive replicates of one cell and write them as a shard."""

from coalflow.config.settings.simulating import SimulateSettings
from coalflow.core import memory
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.progress import say, track
from coalflow.simulation.replicates import Replicates


def main() -> None:
    """Read the arguments, simulate, write the shard."""
    arguments = parse_arguments(__doc__, SimulateSettings, output="the shard, .npz")
    settings: SimulateSettings = arguments.settings
    indices = range(settings.first, settings.first + settings.count)

    memory.keep_memory_between_simulations()
    replicates = Replicates(settings)
    if replicates.recombination_map is not None:
        say(replicates.recombination_map.describe())
    for index in track(indices, len(indices), f"{settings.cell}: replicates"):
        replicates.add(index)
    replicates.write(arguments.output)


if __name__ == "__main__":
    run_program(main)
