"""Deal the replicates out to train, validation and test, and compute their targets."""

from coalflow import observation, splits
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import replacing


def main():
    """Read the shards, write split.parquet."""
    arguments = parse(
        __doc__,
        settings="seed, simulation, encoding, target, classes, split",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="the table, .parquet",
        numbers={"processes": "how many read shards"},
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)

    table = splits.make_table(arguments.shards, settings, arguments.processes)
    with replacing(arguments.output) as temporary:
        table.to_parquet(temporary, index=False)


if __name__ == "__main__":
    run_program(main)
