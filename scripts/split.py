"""Deal the replicates out to train, validation and test, and compute their targets."""

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.parquet import write_parquet
from coalflow.dataset import splits
from coalflow.windows import observation


def main():
    """Read the shards, write split.parquet."""
    arguments = parse_arguments(
        __doc__,
        settings="seed, simulation, encoding, target, classes, split",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="the table, .parquet",
        numbers={"processes": "how many read shards"},
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)

    table = splits.make_split_table(arguments.shards, settings, arguments.processes)
    write_parquet(arguments.output, table)


if __name__ == "__main__":
    run_program(main)
