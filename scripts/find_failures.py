"""Find where models fail: errors by parameter, power, worst regions and confusing windows."""

import dataclasses
import pathlib

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from coalflow.config.settings.learning import FindFailuresSettings
from coalflow.config.settings.view import View
from coalflow.core import parquet, seeds
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.core.progress import say
from coalflow.dataset import loading
from coalflow.dataset.loading import Replicates
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.comparisons import order_by_validation
from coalflow.evaluation.failures import curves, window_power
from coalflow.evaluation.failures.confusing_windows import SHOWN, rank_windows, tabulate_confusing
from coalflow.evaluation.failures.errors_by_parameter import tabulate_errors
from coalflow.evaluation.failures.hold_out import tabulate_hold_out
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.failures.nearest_windows import (
    NearestWindows,
    choose_compared_statistics,
    find_nearest_windows,
)
from coalflow.evaluation.failures.worst_regions import tabulate_worst_regions
from coalflow.evaluation.predictions import select_prediction, select_truth
from coalflow.evaluation.scoring import read_scores
from coalflow.models.card_files import read_card
from coalflow.report.figures import drawing
from coalflow.report.figures.failures import detection
from coalflow.report.figures.failures.confusing import (
    ConfusingWindow,
    PicturedWindow,
    draw_confusing,
)
from coalflow.report.figures.failures.errors import draw_errors
from coalflow.report.figures.failures.hold_out import draw_hold_out
from coalflow.report.figures.failures.parameter_panels import draw_nothing
from coalflow.windows.observation import read_observation

MOST_TRAINING_WINDOWS = 20_000  # among which the nearest are looked for


@dataclasses.dataclass(frozen=True)
class _Judged:
    """The models that are judged, and their predictions."""

    models: JudgedModels
    predictands: Predictands
    test: pd.DataFrame
    validation: pd.DataFrame


def main() -> None:
    """Read predictions; write tables and figures of where they are wrong."""
    arguments = parse_arguments(
        __doc__,
        FindFailuresSettings,
        split="split.parquet",
        statistics="statistics.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        results="the run's folder, with models, predictions and scores",
        output="folder of the tables and figures",
    )
    settings, results = arguments.settings, arguments.results
    view = settings.view.observed(read_observation(arguments.observation))
    order = order_by_validation(read_scores(results / "validation.tsv"), view.targets)
    judged = _Judged(
        JudgedModels.choose(order),
        read_card(results / "models" / settings.model).predictands,
        parquet.read_parquet(results / "predictions.parquet", loading.KEYS),
        parquet.read_parquet(results / "validation_predictions.parquet", loading.KEYS),
    )
    tables, figures = _find_errors(judged, settings)
    if judged.predictands.classes is not None:
        detected, pictures = _measure_detection(judged, settings)
        tables, figures = tables | detected, figures | pictures
    say("finding the training windows nearest to test windows")
    table = loading.read_split_table(arguments.split)
    nearest, train = _find_nearest(arguments.statistics, table, view, settings.seed)
    ranked = rank_windows(judged.test, judged.models, judged.predictands)
    tables["confusing"] = tabulate_confusing(judged.test, ranked, judged.models, nearest, train)
    say("drawing confusing windows")
    for kind, scores in ranked.items():
        figures[f"confusing_{kind}"] = _draw_confusing(
            judged, scores.index[:SHOWN].to_numpy(), nearest, train, table, arguments.shards, view
        )
    if settings.hold_out:
        say("measuring errors in regions that are held out")
        held_out = parquet.read_parquet(results / "held_out_predictions.parquet", loading.KEYS)
        tables["hold_out"] = tabulate_hold_out(
            judged.test,
            held_out,
            settings.hold_out,
            table[table["split"] == "train"],
            judged.models,
            judged.predictands,
        )
        figures["hold_out"] = draw_hold_out(tables["hold_out"], judged.models, settings.hold_out)
    for name, found in tables.items():
        write_table(arguments.output / f"{name}.tsv", found)
    for name, figure in figures.items():
        drawing.save_figure(figure, arguments.output / "figures" / f"{name}.png")


def _find_errors(
    judged: _Judged, settings: FindFailuresSettings
) -> tuple[dict[str, pd.DataFrame], dict[str, Figure]]:
    """Return tables and figures of errors by parameter, and of the worst regions."""
    say(f"measuring errors of {len(judged.test):,} test windows by parameter")
    given = judged.test, judged.models, judged.predictands
    tables = {"errors_by_parameter": tabulate_errors(*given)}
    tables["where_it_fails"] = tabulate_worst_regions(*given, settings.seed, drawing.find_title)
    figure = draw_errors(tables["errors_by_parameter"], judged.models)
    return tables, {"errors_by_parameter": figure}


def _measure_detection(
    judged: _Judged, settings: FindFailuresSettings
) -> tuple[dict[str, pd.DataFrame], dict[str, Figure]]:
    """Return tables and figures of curves and, where there are neutral classes, of power."""
    say("measuring power, and tracing curves")
    models, neutral = judged.models, settings.neutral
    contrasts = curves.list_contrasts(judged.test, models, judged.predictands, neutral)
    tables = {
        "curves": curves.tabulate_curves(contrasts),
        "curve_areas": curves.tabulate_areas(contrasts, settings.seed),
    }
    figures = {"curves": detection.draw_curves(*tables.values(), models)}
    if neutral:
        power = window_power.tabulate_window_power(
            judged.test, judged.validation, models, judged.predictands, neutral
        )
        tables["window_power"] = power
        figures["window_power"] = detection.draw_window_power(power, models)
    return tables, figures


# Confusing windows ---------------------------------------------------------------------------


def _find_nearest(
    statistics: pathlib.Path, table: pd.DataFrame, view: View, seed: int
) -> tuple[NearestWindows, pd.DataFrame]:
    """Return the training windows nearest to all test windows, and their rows of the table."""
    train = np.flatnonzero(table["split"] == "train")
    drawn = seeds.derive_generator(seed, "training windows to compare").permutation(train)
    chosen = np.sort(drawn[:MOST_TRAINING_WINDOWS])
    rows = np.sort(np.concatenate([chosen, np.flatnonzero(table["split"] == "test")]))
    ours, theirs = loading.load_features(
        statistics,
        table.iloc[rows].reset_index(drop=True),
        ["test", "train"],
        view.targets,
        choose_compared_statistics,
    )
    classes = view.targets.classes
    nearest = find_nearest_windows(
        ours.statistics, theirs.statistics, classes, theirs.target if classes else None
    )
    return nearest, theirs.table


def _draw_confusing(
    judged: _Judged,
    rows: npt.NDArray[np.int64],
    nearest: NearestWindows,
    train: pd.DataFrame,
    table: pd.DataFrame,
    shards: pathlib.Path,
    view: View,
) -> Figure:
    """Picture some test windows, each with the training windows nearest to it."""
    if not len(rows):
        return draw_nothing("there is no such window")
    test = table[table["split"] == "test"].reset_index(drop=True)
    neighbours = nearest.rows[rows]
    wanted = np.unique(neighbours[neighbours >= 0])
    chosen = pd.concat([test.iloc[rows], train.iloc[wanted]], ignore_index=True)
    loaded = loading.load_replicates(chosen, shards, view)
    pictured = [
        PicturedWindow(_describe_truth(loaded, index), dosages, mask)
        for index, (dosages, mask) in enumerate(
            zip(loaded.windows.dosages, loaded.windows.mask, strict=True)
        )
    ]
    shown = []
    for index, row in enumerate(rows.tolist()):
        found = [
            _show_neighbour(pictured[len(rows) + int(np.searchsorted(wanted, other))], apart)
            for other, apart in zip(neighbours[index], nearest.distances[row], strict=True)
            if other >= 0
        ]
        words, probabilities = _describe_predictions(judged, row)
        true_class = int(loaded.target[index]) if loaded.classes else 0
        where = f"{test['cell'][row]}/{test['replicate'][row]}"
        window = dataclasses.replace(pictured[index], title=f"{where}\n{pictured[index].title}")
        shown.append(ConfusingWindow(window, words, probabilities, true_class, found))
    is_phased = loaded.windows.alleles_per_row == 1
    return draw_confusing(shown, loaded.classes or (), "haplotypes" if is_phased else "individuals")


def _describe_truth(loaded: Replicates, index: int) -> str:
    """Return the true class or the true values of a window."""
    if loaded.classes:
        return f"true: {loaded.classes[loaded.target[index]]}"
    return "true: " + ", ".join(f"{value:.4g}" for value in loaded.target[index])


def _show_neighbour(window: PicturedWindow, distance: float) -> PicturedWindow:
    title = f"trained on, {window.title}\ndistance {distance:.2f}"
    return dataclasses.replace(window, title=title)


def _describe_predictions(
    judged: _Judged, row: int
) -> tuple[str, dict[str, npt.NDArray[np.float64]]]:
    """Return what the best net and the best baseline predict: words, or probabilities."""
    targets = judged.predictands.targets
    predicted = {
        name: select_prediction(judged.test.iloc[[row]], name, targets).values[0]
        for name in judged.models.only_pair().shown
    }
    if targets.has_classes:
        return "", predicted
    values = {"true": select_truth(judged.test.iloc[[row]], targets)[0], **predicted}
    lines = []
    for index, target in enumerate(targets.names):
        lines.append(drawing.find_title(target))
        lines += [f"{name}: {numbers[index]:.4g}" for name, numbers in values.items()]
    return "\n".join(lines), {}


if __name__ == "__main__":
    run_program(main)
