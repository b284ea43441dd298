"""Compare restarts of a net: how they agree outside while they differ inside."""

from coalflow import dataset, explanation, models, observation
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.figures import drawing, opened
from coalflow.files import write_table


def main():
    """Read a net's restarts and the test windows; write table and picture."""
    arguments = parse(
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

    restarts = [models.load(arguments.net / str(n)) for n in range(settings["restarts"])]
    table = dataset.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    chosen = explanation.spread_out(len(test))
    windows = dataset.load(test.iloc[chosen], arguments.shards, settings).windows
    comparison = explanation.compare_restarts(restarts, windows)
    write_table(arguments.output, comparison)
    first, second = restarts[:2]
    figure = opened.restarts(
        comparison,
        (first.name, second.name),
        (first.predict(windows), second.predict(windows)),
        first.card,
    )
    drawing.save(figure, arguments.figure)


if __name__ == "__main__":
    run_program(main)
