"""Compare restarts of a net: how they agree outside while they differ inside."""

import argparse
import json
import pathlib

from coalflow import dataset, explanation, figures, models
from coalflow.errors import run_program
from coalflow.files import write_table


def main():
    """Read a net's restarts and the test windows; write table and picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", type=pathlib.Path, required=True, help="split.parquet")
    parser.add_argument("--shards", type=pathlib.Path, required=True, help="folder of all shards")
    parser.add_argument("--net", type=pathlib.Path, required=True, help="folder of the restarts")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: restarts, observation, encoding, target",
    )
    parser.add_argument("--output", required=True, help="the table, .tsv")
    parser.add_argument("--figure", required=True, help="the picture, .png")
    arguments = parser.parse_args()
    settings = arguments.settings

    restarts = [models.load(arguments.net / str(n)) for n in range(settings["restarts"])]
    table = dataset.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    chosen = explanation.spread_out(len(test))
    matrices = dataset.load(test.iloc[chosen], arguments.shards, settings).matrices
    comparison = explanation.compare_restarts(restarts, matrices)
    write_table(arguments.output, comparison)
    first, second = restarts[:2]
    figure = figures.restarts(
        comparison,
        (first.name, second.name),
        (first.predict(matrices), second.predict(matrices)),
        settings["target"],
    )
    figures.save(figure, arguments.figure)


if __name__ == "__main__":
    run_program(main)
