"""Describe what was made: dataset.tsv with the leak audit, and its picture."""

from coalflow import dataset, description, figures
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import write_table
from coalflow.splits import EXCLUDED


def main():
    """Read the split table and the shards, write table and picture."""
    arguments = parse(
        __doc__,
        settings="observation, encoding, target, classes, drawn",
        split="split.parquet",
        shards="folder of all shards",
        output="dataset.tsv",
        figure="the picture, .png",
    )
    targets, classes = arguments.settings["target"], arguments.settings["classes"]
    drawn = arguments.settings["drawn"]

    table = dataset.read_split_table(arguments.split)
    used = table[table["split"] != EXCLUDED].reset_index(drop=True)
    windows = dataset.load(used, arguments.shards, arguments.settings).windows
    write_table(arguments.output, description.describe(table, targets, windows, classes, drawn))
    figures.save(figures.dataset(table, targets, classes), arguments.figure)


if __name__ == "__main__":
    run_program(main)
