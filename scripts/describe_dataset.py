"""Describe what was made: dataset.tsv with the leak audit, and its picture."""

import argparse
import json
import pathlib

from coalflow import dataset, description, figures
from coalflow.errors import run_program
from coalflow.files import write_table
from coalflow.splits import EXCLUDED


def main():
    """Read the split table and the shards, write table and picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", type=pathlib.Path, required=True, help="split.parquet")
    parser.add_argument("--shards", type=pathlib.Path, required=True, help="folder of all shards")
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: observation, encoding, target"
    )
    parser.add_argument("--output", required=True, help="dataset.tsv")
    parser.add_argument("--figure", required=True, help="the picture, .png")
    arguments = parser.parse_args()
    target = arguments.settings["target"]

    table = dataset.read_split_table(arguments.split)
    used = table[table["split"] != EXCLUDED].reset_index(drop=True)
    matrices = dataset.load(used, arguments.shards, arguments.settings).matrices
    write_table(arguments.output, description.describe(table, target, matrices))
    figures.save(figures.dataset(table, target), arguments.figure)


if __name__ == "__main__":
    run_program(main)
