"""Describe the dataset: dataset.tsv with its counts, tests and leak audit, and a figure."""

from coalflow.config.settings.dataset import DescribeDatasetSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import audit, loading
from coalflow.dataset.split_names import EXCLUDED
from coalflow.report.figures.dataset import draw_dataset
from coalflow.report.figures.drawing import save_figure
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read the split table and the shards, write table and figure."""
    arguments = parse_arguments(
        __doc__,
        DescribeDatasetSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        output="dataset.tsv",
        figure="the figure, .png",
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    table = loading.read_split_table(arguments.split)
    used = table[table["split"] != EXCLUDED].reset_index(drop=True)
    windows = loading.load_windows(used, arguments.shards, view)
    described = audit.describe_dataset(
        table, view.targets, windows, settings.drawn, settings.hold_out
    )
    write_table(arguments.output, described)
    save_figure(draw_dataset(table, view.targets), arguments.figure)


if __name__ == "__main__":
    run_program(main)
