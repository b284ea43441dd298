"""Describe what was made: dataset.tsv with the leak audit, and its picture."""

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import audit, loading
from coalflow.dataset.splits import EXCLUDED
from coalflow.report.figures import drawing, simulations
from coalflow.windows import observation


def main():
    """Read the split table and the shards, write table and picture."""
    arguments = parse_arguments(
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

    table = loading.read_split_table(arguments.split)
    used = table[table["split"] != EXCLUDED].reset_index(drop=True)
    windows = loading.load_replicates(used, arguments.shards, settings).windows
    write_table(arguments.output, audit.describe_dataset(table, targets, windows, classes, drawn))
    drawing.save(simulations.dataset(table, targets, classes), arguments.figure)


if __name__ == "__main__":
    run_program(main)
