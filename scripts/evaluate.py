"""Judge every model on the test windows, once, and ensembles on those of validation."""

import pandas as pd

from coalflow import dataset, ensembles, metrics, models, observation, predictions
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.figures import drawing, judgement, learning
from coalflow.files import write_table
from coalflow.parquet import write_parquet


def main():
    """Read models and test windows; write predictions, scores and pictures."""
    arguments = parse(
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

    trained = ensembles.with_ensembles(
        [models.load(arguments.models / folder) for folder in settings["models"]]
    )
    cards = {name: model.card for name, model in trained.items()}
    asked = next(iter(cards.values()))
    table = dataset.read_split_table(arguments.split)
    validation, test = (
        dataset.load_split(table, split, arguments.shards, settings)
        for split in ("validation", "test")
    )
    statistics = dataset.read_statistics(arguments.statistics)
    summarised = dataset.load_summarised(table, "test", statistics, settings).statistics
    ensembles.judge(trained, validation)
    truth = predictions.columns_of_truth(test.table, asked)
    predicted = test.table[["cell", "replicate"]].assign(**truth)
    for name, of_model in ensembles.ask_all(trained, test.windows, summarised).items():
        predicted = predicted.assign(**predictions.columns(name, of_model, asked))
    for name, interval in ensembles.ask_intervals(trained, test.windows).items():
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
        "score_by_cell": judgement.score_by_cell(tables["metrics_by_cell"], cards, shown),
        "loss_by_epoch": learning.loss_by_epoch(histories, asked, _losses(cards)),
    }
    if asked["classes"]:
        tables["confusion"] = metrics.confusion(predicted, cards)
        tables["calibration"] = metrics.calibration(predicted, cards)
        shown = [*ensembles.judged(cards), metrics.best_baseline(cards)]
        drawn["confusion"] = judgement.confusion(tables["confusion"], shown, asked)
        drawn["calibration"] = judgement.calibration(tables["calibration"], cards)
    else:
        drawn["predicted_against_true"] = judgement.predicted_against_true(
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
