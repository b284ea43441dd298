"""Compare restarts of a net: how they agree outside while they differ inside."""

from coalflow.config.settings.learning import CompareRestartsSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import loading
from coalflow.models.interpretation.choosing import spread_evenly
from coalflow.models.interpretation.restarts import compare_restarts
from coalflow.models.storage.nets import load_net
from coalflow.report.figures import drawing
from coalflow.report.figures.interpretation import activations
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read a net's restarts and the test windows; write table and picture."""
    arguments = parse_arguments(
        __doc__,
        CompareRestartsSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        net="folder of the restarts",
        output="the table, .tsv",
        figure="the picture, .png",
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    restarts = [load_net(arguments.net / str(i)) for i in range(settings.restarts)]
    table = loading.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    chosen = spread_evenly(len(test))
    windows = loading.load_replicates(test.iloc[chosen], arguments.shards, view).windows
    comparison = compare_restarts(restarts, windows)
    write_table(arguments.output, comparison)
    first, second = restarts[:2]
    figure = activations.draw_restarts(
        comparison,
        (first.name, second.name),
        (first.predict(windows).values, second.predict(windows).values),
        first.card.predictands,
    )
    drawing.save_figure(figure, arguments.figure)


if __name__ == "__main__":
    run_program(main)
