"""Deal the replicates out to train, validation and test, and compute their targets."""

from coalflow.config.settings.dataset import SplitSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.parquet import write_parquet
from coalflow.dataset.splits import make_split_table
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read the shards, write split.parquet."""
    arguments = parse_arguments(
        __doc__,
        SplitSettings,
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        output="the table, .parquet",
        numbers={"processes": "how many read shards"},
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    table = make_split_table(arguments.shards, settings, view, arguments.processes)
    write_parquet(arguments.output, table)


if __name__ == "__main__":
    run_program(main)
