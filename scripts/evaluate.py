"""Judge every model on the test windows, once, and ensembles on those of validation."""

import pandas as pd

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.core.parquet import write_parquet
from coalflow.dataset import loading
from coalflow.evaluation import metrics, predictions
from coalflow.models import ensembles, storage
from coalflow.report.figures import accuracy, drawing, learning
from coalflow.windows import observation


def main():
    """Read models and test windows; write predictions, scores and pictures."""
    arguments = parse_arguments(
        __doc__,
        settings="models (folders), seed, encoding, target, classes",
        split="split.parquet",
        statistics="statistics.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        models="folder of all models",
        output="folder of the results",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)
    output = arguments.output
    seed = settings["seed"]

    trained = ensembles.add_ensembles(
        [storage.load_model(arguments.models / folder) for folder in settings["models"]]
    )
    cards = {name: model.card for name, model in trained.items()}
    asked = next(iter(cards.values()))
    table = loading.read_split_table(arguments.split)
    validation, test = (
        loading.load_split(table, split, arguments.shards, settings)
        for split in ("validation", "test")
    )
    statistics = loading.read_features(arguments.statistics)
    summarised = loading.load_features(table, "test", statistics, settings).statistics
    ensembles.score_ensembles(trained, validation)
    truth = predictions.columns_of_truth(test.table, asked)
    predicted = test.table[["cell", "replicate"]].assign(**truth)
    for name, of_model in ensembles.predict_all(trained, test.windows, summarised).items():
        predicted = predicted.assign(**predictions.columns(name, of_model, asked))
    for name, interval in ensembles.predict_intervals(trained, test.windows).items():
        ends = predictions.columns_of_interval(name, interval, asked)
        predicted = predicted.assign(**ends)

    tables = {
        "validation": metrics.validation_table(cards),
        "metrics": metrics.score_table(predicted, cards, seed),
        "metrics_by_cell": metrics.score_cells(predicted, cards, seed),
        "comparisons": metrics.compare_with_best_baseline(predicted, cards, seed),
    }
    histories = {
        name: pd.read_csv(arguments.models / name / "history.tsv", sep="\t")
        for name, card in cards.items()
        if card["kind"] == "net"
    }
    shown = metrics.shown_by_cell(asked)
    drawn = {
        "score_by_cell": accuracy.score_by_cell(tables["metrics_by_cell"], cards, shown),
        "loss_by_epoch": learning.loss_by_epoch(histories, asked, _losses(cards)),
    }
    if asked["classes"]:
        tables["confusion"] = metrics.confusion(predicted, cards)
        tables["calibration"] = metrics.calibration(predicted, cards)
        shown = [*ensembles.list_judged_models(cards), metrics.best_baseline(cards)]
        drawn["confusion"] = accuracy.confusion(tables["confusion"], shown, asked)
        drawn["calibration"] = accuracy.calibration(tables["calibration"], cards)
    else:
        drawn["predicted_against_true"] = accuracy.predicted_against_true(
            predicted, cards, tables["metrics"]
        )

    write_parquet(output / "predictions.parquet", predicted)
    for name, one in tables.items():
        write_table(output / f"{name}.tsv", one)
    for name, figure in drawn.items():
        drawing.save(figure, output / "figures" / f"{name}.png")


def _losses(cards):
    """Return the loss by which each net was trained."""
    return {name: card["loss"] for name, card in cards.items() if card["kind"] == "net"}


if __name__ == "__main__":
    run_program(main)
