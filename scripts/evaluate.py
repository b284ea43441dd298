"""Judge every model on the test windows, once."""

import pandas as pd

from coalflow import dataset, figures, metrics, models, observation, predictions
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import replacing, write_table


def main():
    """Read models and test windows; write predictions, scores and pictures."""
    arguments = parse(
        __doc__,
        settings="models (folders), seed, encoding, target, classes",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        models="folder of all models",
        output="folder of the results",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)
    output = arguments.output
    target, classes, seed = settings["target"], settings["classes"], settings["seed"]

    trained = [models.load(arguments.models / folder) for folder in settings["models"]]
    cards = {model.name: model.card for model in trained}
    nets = [name for name, card in cards.items() if card["kind"] == "net"]
    table = dataset.read_split_table(arguments.split)
    test = dataset.load_split(table, "test", arguments.shards, settings)
    predicted = test.table[["cell", "replicate"]].assign(truth=test.table[target])
    for model in trained:
        columns = predictions.columns(model.name, model.predict(test.windows), classes)
        predicted = predicted.assign(**columns)

    tables = {
        "metrics": metrics.score_table(predicted, cards, seed, classes),
        "metrics_by_cell": metrics.score_cells(predicted, cards, seed, classes),
        "comparisons": metrics.compare_with_best_baseline(predicted, cards, seed, classes),
    }
    histories = {
        name: pd.read_csv(arguments.models / name / "history.tsv", sep="\t") for name in nets
    }
    scale = None if classes else {name: cards[name]["scale"]["sd"] for name in nets}
    metric = "accuracy" if classes else "rmse"
    drawn = {
        "score_by_cell": figures.score_by_cell(tables["metrics_by_cell"], cards, metric),
        "learning_curves": figures.learning_curves(histories, scale, target),
    }
    if classes:
        tables["confusion"] = metrics.confusion(predicted, cards, classes)
        tables["calibration"] = metrics.calibration(predicted, cards, classes)
        shown = [*nets, metrics.best_baseline(cards, classes)]
        drawn["confusion"] = figures.confusion(tables["confusion"], shown, classes, target)
        drawn["calibration"] = figures.calibration(tables["calibration"], cards)
    else:
        drawn["predicted_against_true"] = figures.predicted_against_true(
            predicted, cards, tables["metrics"], target
        )

    with replacing(output / "predictions.parquet") as temporary:
        predicted.to_parquet(temporary, index=False)
    for name, one in tables.items():
        write_table(output / f"{name}.tsv", one)
    for name, figure in drawn.items():
        figures.save(figure, output / "figures" / f"{name}.png")


if __name__ == "__main__":
    run_program(main)
