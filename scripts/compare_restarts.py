"""Compare restarts of a net: how they agree outside while they differ inside."""

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import loading
from coalflow.models import interpretation, storage
from coalflow.report.figures import activations, drawing
from coalflow.windows import observation


def main():
    """Read a net's restarts and the test windows; write table and picture."""
    arguments = parse_arguments(
        __doc__,
        settings="restarts, encoding, target, classes",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        net="folder of the restarts",
        output="the table, .tsv",
        figure="the picture, .png",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)

    restarts = [storage.load_model(arguments.net / str(n)) for n in range(settings["restarts"])]
    table = loading.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    chosen = interpretation.spread_evenly(len(test))
    windows = loading.load_replicates(test.iloc[chosen], arguments.shards, settings).windows
    comparison = interpretation.compare_restarts(restarts, windows)
    write_table(arguments.output, comparison)
    first, second = restarts[:2]
    figure = activations.draw_restarts(
        comparison,
        (first.name, second.name),
        (first.predict(windows), second.predict(windows)),
        first.card,
    )
    drawing.save(figure, arguments.figure)


if __name__ == "__main__":
    run_program(main)
