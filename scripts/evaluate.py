"""Judge every model on the test windows, once."""

import pandas as pd

from coalflow import dataset, figures, metrics, models
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import replacing, write_table


def main():
    """Read models and test windows; write predictions, scores and pictures."""
    arguments = parse(
        __doc__,
        settings="models (folders), seed, observation, encoding, target",
        split="split.parquet",
        shards="folder of all shards",
        models="folder of all models",
        predictions="test truth and predictions, .parquet",
        metrics="scores, .tsv",
        metrics_by_cell="scores in each cell, .tsv",
        comparisons="nets against baseline, .tsv",
        figures="folder for pictures",
    )
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
