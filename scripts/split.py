"""Deal the replicates out to train, validation and test, and compute their targets."""

import argparse
import json
import pathlib

from coalflow import splits
from coalflow.errors import run_program
from coalflow.files import replacing


def main():
    """Read the shards, write split.parquet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=pathlib.Path, required=True, help="folder of all shards")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: seed, simulation, observation, encoding, target, split",
    )
    parser.add_argument("--output", required=True, help="the table, .parquet")
    arguments = parser.parse_args()

    table = splits.make_table(arguments.shards, arguments.settings)
    with replacing(arguments.output) as temporary:
        table.to_parquet(temporary, index=False)


if __name__ == "__main__":
    run_program(main)
