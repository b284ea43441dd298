"""Judge every model on the test windows, once."""

import argparse
import json
import pathlib

import pandas as pd

from coalflow import dataset, figures, metrics, models
from coalflow.errors import run_program
from coalflow.files import replacing, write_table


def main():
    """Read models and test windows; write predictions, scores and pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", type=pathlib.Path, required=True, help="split.parquet")
    parser.add_argument("--shards", type=pathlib.Path, required=True, help="folder of all shards")
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder of all models")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: models (folders), seed, observation, encoding, target",
    )
    parser.add_argument("--predictions", required=True, help="test truth and predictions, .parquet")
    parser.add_argument("--metrics", required=True, help="scores, .tsv")
    parser.add_argument("--metrics-by-cell", required=True, help="scores in each cell, .tsv")
    parser.add_argument("--comparisons", required=True, help="nets against baseline, .tsv")
    parser.add_argument("--figures", type=pathlib.Path, required=True, help="folder for pictures")
    arguments = parser.parse_args()
    settings, target = arguments.settings, arguments.settings["target"]

    trained = [models.load(arguments.models / folder) for folder in settings["models"]]
    cards = {model.name: model.card for model in trained}
    table = dataset.read_split_table(arguments.split)
    test = dataset.load_split(table, "test", arguments.shards, settings)
    predictions = test.table[["cell", "replicate"]].assign(
        truth=test.target, **{model.name: model.predict(test.matrices) for model in trained}
    )
    scores = metrics.score_table(predictions, cards, settings["seed"])
    by_cell = metrics.score_cells(predictions, cards, settings["seed"])

    with replacing(arguments.predictions) as temporary:
        predictions.to_parquet(temporary, index=False)
    write_table(arguments.metrics, scores)
    write_table(arguments.metrics_by_cell, by_cell)
    write_table(
        arguments.comparisons,
        metrics.compare_with_best_baseline(predictions, cards, settings["seed"]),
    )
    drawn = {
        "predicted_against_true": figures.predicted_against_true(
            predictions, cards, scores, target
        ),
        "error_by_cell": figures.error_by_cell(by_cell, cards),
        "learning_curves": figures.learning_curves(
            {
                name: pd.read_csv(arguments.models / name / "history.tsv", sep="\t")
                for name, card in cards.items()
                if card["kind"] == "net"
            },
            {name: card["scale"]["sd"] for name, card in cards.items() if "scale" in card},
            target,
        ),
    }
    for name, figure in drawn.items():
        figures.save(figure, arguments.figures / f"{name}.png")


if __name__ == "__main__":
    run_program(main)
