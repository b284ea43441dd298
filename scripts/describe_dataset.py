"""Describe what was made: dataset.tsv with the leak audit, and its picture."""

from coalflow import dataset, description, observation
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.figures import drawing, simulations
from coalflow.files import write_table
from coalflow.splits import EXCLUDED


def main():
    """Read the split table and the shards, write table and picture."""
    arguments = parse(
        __doc__,
        settings="encoding, target, classes, drawn",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="dataset.tsv",
        figure="the picture, .png",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)
    targets, classes = settings["target"], settings["classes"]
    drawn = settings["drawn"]

    table = dataset.read_split_table(arguments.split)
    used = table[table["split"] != EXCLUDED].reset_index(drop=True)
    windows = dataset.load(used, arguments.shards, settings).windows
    write_table(arguments.output, description.describe(table, targets, windows, classes, drawn))
    drawing.save(simulations.dataset(table, targets, classes), arguments.figure)


if __name__ == "__main__":
    run_program(main)
