"""Measure how much worse models predict windows in which one kind of information is shuffled."""

from coalflow.config.settings.interpreting.interpreting import PermuteSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import loading
from coalflow.models.interpretation.choosing import spread_evenly
from coalflow.models.interpretation.permutations import compare_shuffled
from coalflow.models.storage.loading import load_models
from coalflow.report.figures import drawing
from coalflow.report.figures.interpretation.permutations import draw_permutations
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read models and test windows; write table and picture."""
    arguments = parse_arguments(
        __doc__,
        PermuteSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        models="folder of all models",
        output="the table, .tsv",
        figure="the picture, .png",
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    models = load_models(arguments.models, settings.models)
    table = loading.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    chosen = test.iloc[spread_evenly(len(test), settings.most)].reset_index(drop=True)
    replicates = loading.load_replicates(chosen, arguments.shards, view)
    compared = compare_shuffled(models, replicates, view, settings.seed)
    write_table(arguments.output, compared)
    drawing.save_figure(draw_permutations(compared), arguments.figure)


if __name__ == "__main__":
    run_program(main)
