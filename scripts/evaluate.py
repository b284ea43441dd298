"""Evaluate every model on the test windows, once, and ensembles on those of validation too."""

import pathlib
from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from coalflow.config.schema.targets import Targets
from coalflow.config.settings.learning import EvaluateSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.core.parquet import write_parquet
from coalflow.core.progress import say
from coalflow.dataset import loading
from coalflow.dataset.loading import Replicates
from coalflow.dataset.split_names import HELD_OUT
from coalflow.dataset.truth import load_truth
from coalflow.evaluation import classification, comparisons, predictions, scoring
from coalflow.evaluation.calibration import calibration_errors, coverage, window_groups
from coalflow.evaluation.calibration.calibration import Calibrations
from coalflow.evaluation.calibration.calibration_errors import AFTER, BEFORE
from coalflow.evaluation.calibration.calibration_files import read_calibrations
from coalflow.evaluation.cards import Card, get_predictands
from coalflow.evaluation.failures.described_windows import tabulate_window_columns
from coalflow.evaluation.metrics import list_metrics_by_cell
from coalflow.evaluation.predictions import Prediction
from coalflow.evaluation.result_tables import read_result_table
from coalflow.models import ensembles
from coalflow.models.storage.loading import load_models
from coalflow.report.figures import accuracy, drawing, learning
from coalflow.report.figures.scores.cells import draw_scores_by_cell
from coalflow.report.figures.scores.certainty import draw_certainty
from coalflow.windows.observation import read_observation

# The file with the predictions of each split.
FILES = {
    "validation": "validation_predictions",
    "test": "predictions",
    HELD_OUT: "held_out_predictions",
}


def main() -> None:
    """Read models and windows; write predictions, scores and figures."""
    arguments = parse_arguments(
        __doc__,
        EvaluateSettings,
        split="split.parquet",
        statistics="statistics.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        models="folder of all models",
        output="folder of the results",
    )
    settings, output = arguments.settings, arguments.output
    view = settings.view.observed(read_observation(arguments.observation))
    trained = ensembles.add_ensembles(load_models(arguments.models, settings.models))
    table = loading.read_split_table(arguments.split)
    splits = ["validation", "test", *([HELD_OUT] if (table["split"] == HELD_OUT).any() else [])]
    replicates = {
        split: loading.load_split(table, split, arguments.shards, view) for split in splits
    }
    features = loading.load_features(arguments.statistics, table, splits, view.targets)
    summarised = dict(zip(splits, features, strict=True))
    say(f"predicting {sum(map(len, replicates.values())):,} windows by {len(trained)} models")
    raw = {
        split: ensembles.predict_all(trained, found.windows, summarised[split].statistics)
        for split, found in replicates.items()
    }
    trained = ensembles.score_ensembles(trained, replicates["validation"], raw["validation"])
    cards = {name: model.card for name, model in trained.items()}
    calibrations = read_calibrations(
        arguments.models, list(dict.fromkeys(card.model for card in cards.values()))
    )
    calibrated = {
        split: ensembles.calibrate_all(trained, found, calibrations) for split, found in raw.items()
    }
    say("computing scores and their intervals")
    truth = load_truth(pd.concat([found.table for found in replicates.values()]), arguments.shards)
    predicted, populations = {}, view.samples.ordered
    for split, found in replicates.items():
        known, truth = truth.iloc[: len(found)], truth.iloc[len(found) :]
        columns = tabulate_window_columns(known, summarised[split].statistics, populations)
        table = _tabulate_predictions(calibrated[split], found, view.targets)
        predicted[split] = pd.concat([table, columns], axis=1)
    tables = _make_tables(predicted["test"], cards, settings.seed, view.targets)
    stages = {BEFORE: raw["test"], AFTER: calibrated["test"]}
    tables |= _judge_certainty(stages, calibrations, replicates["test"], cards, settings)
    say("drawing figures")
    histories = _read_histories(arguments.models, cards)
    figures = _draw_figures(predicted["test"], tables, cards, histories)
    for split, part in predicted.items():
        write_parquet(output / f"{FILES[split]}.parquet", part)
    for name, scores in tables.items():
        write_table(output / f"{name}.tsv", scores)
    for name, figure in figures.items():
        drawing.save_figure(figure, output / "figures" / f"{name}.png")


def _read_histories(models: pathlib.Path, cards: Mapping[str, Card]) -> dict[str, pd.DataFrame]:
    """Return the loss by epoch of each training."""
    return {
        name: read_result_table(
            models / name / "history.tsv", numbers=("epoch", "loss", "val_loss")
        )
        for name, card in cards.items()
        if card.kind == "net"
    }


def _tabulate_predictions(
    predicted: Mapping[str, Prediction], replicates: Replicates, targets: Targets
) -> pd.DataFrame:
    """Return the table of predictions: a row per window."""
    truth = predictions.tabulate_truth(replicates.table, targets)
    table = replicates.table[loading.KEYS].assign(**truth)
    for name, prediction in predicted.items():
        table = table.assign(**predictions.tabulate_prediction(name, prediction, targets))
    return table


def _make_tables(
    predicted: pd.DataFrame, cards: Mapping[str, Card], seed: int, targets: Targets
) -> dict[str, pd.DataFrame]:
    """Return the tables by the names of their files."""
    tables = {
        "validation": scoring.tabulate_validation(cards),
        "metrics": scoring.tabulate_scores(predicted, cards, seed),
        "metrics_by_cell": scoring.tabulate_cell_scores(predicted, cards, seed),
        "comparisons": comparisons.compare_with_best_baseline(predicted, cards, seed),
    }
    if targets.classes:
        tables["confusion"] = classification.tabulate_confusion(predicted, cards, targets.classes)
    return tables


def _judge_certainty(
    stages: Mapping[str, Mapping[str, Prediction]],
    calibrations: Calibrations,
    test: Replicates,
    cards: Mapping[str, Card],
    settings: EvaluateSettings,
) -> dict[str, pd.DataFrame]:
    """Return the tables of how sure models can be, before and after calibration."""
    predictands, truth = get_predictands(cards), test.target
    columns = (*settings.parameters, *predictands.names)
    groups = window_groups.list_groups(
        test.table, columns, predictands.classes, predictands.targets.first
    )
    tables = {
        "coverage": coverage.tabulate_coverage(truth, stages, calibrations, predictands, groups)
    }
    if predictands.classes is not None:
        tables["calibration"] = calibration_errors.tabulate_calibration(truth, stages)
        tables["calibration_error"] = calibration_errors.tabulate_calibration_errors(
            truth, stages, groups, predictands.classes, settings.seed
        )
    return tables


def _draw_figures(
    predicted: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    cards: Mapping[str, Card],
    histories: Mapping[str, pd.DataFrame],
) -> dict[str, Figure]:
    """Return the figures by the names of their files."""
    predictands = get_predictands(cards)
    targets = predictands.targets
    losses = {
        name: card.net.recipe.loss
        for name, card in cards.items()
        if card.kind == "net" and card.net is not None
    }
    figures = {
        "score_by_cell": draw_scores_by_cell(
            tables["metrics_by_cell"], cards, list_metrics_by_cell(targets)
        ),
        "coverage": draw_certainty(tables["coverage"], cards),
        "loss_by_epoch": learning.draw_loss_by_epoch(histories, predictands, losses),
    }
    if targets.has_classes:
        best = comparisons.find_best_baseline(cards)
        shown = [*ensembles.list_judged_models(cards), *([best] if best else [])]
        figures["confusion"] = accuracy.draw_confusion(tables["confusion"], shown, targets)
        figures["calibration"] = accuracy.draw_calibration(tables["calibration"], cards)
    else:
        figures["predicted_against_true"] = accuracy.draw_predictions(
            predicted, cards, tables["metrics"]
        )
    return figures


if __name__ == "__main__":
    run_program(main)
