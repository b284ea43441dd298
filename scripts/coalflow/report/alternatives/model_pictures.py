"""What pictures of how good models are show, in words."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from coalflow.evaluation.result_tables import read_result_table
from coalflow.report.failures.failures import Failures
from coalflow.report.figures.drawing import find_title
from coalflow.report.opening.model_answers import describe_error
from coalflow.report.scores import FIFTHS, Certainty, ModelScores
from coalflow.report.targets import ShownTarget
from coalflow.report.wording import format_number, format_rounded_percent, join_names, name_cell

if TYPE_CHECKING:
    import pandas as pd

MOST_MODELS = 4  # that are described, the best first
FEW = 3


def describe_model_pictures(
    results: pathlib.Path,
    models: Sequence[ModelScores],
    certainty: Sequence[Certainty],
    failures: Failures,
    targets: Sequence[ShownTarget],
    histories: Mapping[str, pd.DataFrame],
) -> dict[str, str]:
    """Return what pictures of models show, by their files.

    Parameters
    ----------
    results : Path
        The run's folder.
    models : sequence of ModelScores
        The best first.
    certainty : sequence of Certainty
    failures : Failures
    targets : sequence of ShownTarget
        Those that are numbers; none where the target has classes.
    histories : mapping of str to DataFrame
        ``history.tsv`` of each training.
    """
    texts = {
        "figures/predicted_against_true.png": _describe_predictions(models, targets),
        "figures/score_by_cell.png": _describe_cells(results, models),
        "figures/errors_by_parameter.png": _describe_parameters(results, failures),
        "figures/calibration.png": " ".join(_describe_calibration(certainty)),
        "figures/coverage.png": _describe_coverage(certainty),
        "figures/loss_by_epoch.png": " ".join(_describe_training(histories)),
        "figures/window_power.png": " ".join(_describe_power(failures)),
        "figures/curves.png": " ".join(_describe_areas(failures)),
        "figures/hold_out.png": " ".join(_describe_held_out(failures)),
    }
    if not targets:
        texts["figures/confusion.png"] = _describe_confusion(results)
    for path, caption in failures.confusing.items():
        texts[path] = f"{caption}: their alleles as black and white, next to those they resemble."
    return texts


def _describe_predictions(models: Sequence[ModelScores], targets: Sequence[ShownTarget]) -> str:
    said = [
        f"{model.name}{f' for {target.title}' if len(targets) > 1 else ''}: "
        f"{describe_error(model, target)}"
        for target in targets
        for model in models[:MOST_MODELS]
    ]
    return f"Predicted against true values of test windows. {'; '.join(said)}."


def _describe_cells(results: pathlib.Path, models: Sequence[ModelScores]) -> str:
    """Return in which cells the best net is best and worst."""
    table = read_result_table(results / "metrics_by_cell.tsv", ["value"], ["cell", "model"])
    nets = [model for model in models if model.kind != "baseline"]
    best = min(nets or models, key=lambda model: model.rank).name
    own = table[(table["model"] == best) & table["value"].notna()]
    if own.empty:
        return "No cell has enough test windows for a score."
    metric = str(own["metric"].iloc[0])
    own = own[own["metric"] == metric].sort_values("value", kind="stable")
    low, high = own.iloc[0], own.iloc[-1]
    return (
        f"The {metric.replace('_', ' ')} of {best} is from {format_number(low['value'])} in "
        f"{name_cell(low['cell'])} to {format_number(high['value'])} in {name_cell(high['cell'])}."
    )


def _describe_parameters(results: pathlib.Path, failures: Failures) -> str:
    """Return where the best net is best and worst."""
    table = read_result_table(results / "errors_by_parameter.tsv", ["value"], ["model", "group"])
    own = table[(table["model"] == failures.net) & (table["group"] != "all")]
    own = own[own["measure"].isin(["spread", "accuracy"]) & own["value"].notna()]
    if own.empty:
        return "Too few test windows to divide them by parameters."
    own = own.sort_values("value", kind="stable")
    low, high = own.iloc[0], own.iloc[-1]
    what = "share of windows that are right" if low["measure"] == "accuracy" else "spread of errors"
    return (
        f"By {failures.net}, the {what} is from {format_number(low['value'])} ({_name_part(low)}) "
        f"to {format_number(high['value'])} ({_name_part(high)})."
    )


def _name_part(row: pd.Series) -> str:
    """Return a part of the test windows in words."""
    group, part = find_title(str(row["group"])), str(row["part"])
    if part.isdigit() and int(part) in FIFTHS:
        return f"{FIFTHS[int(part)]} fifth of {group}"
    return f"{group} {part}"


def _describe_calibration(certainty: Sequence[Certainty]) -> Iterator[str]:
    yield "How often models are right against the probability that they state."
    for row in certainty[:MOST_MODELS]:
        if row.before is not None and row.after is not None:
            yield (
                f"{row.model} is off by {format_number(row.before.value, 2)} on average before "
                f"calibration, and by {format_number(row.after.value, 2)} after it."
            )


def _describe_coverage(certainty: Sequence[Certainty]) -> str:
    shares = [row.holds.value for row in certainty]
    if not shares:
        return "No model has intervals or sets."
    return (
        "In all test windows, 90 % intervals or sets of the models hold in "
        f"{format_rounded_percent(min(shares))} to {format_rounded_percent(max(shares))}."
    )


def _describe_training(histories: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    for name, table in histories.items():
        losses = table["val_loss"]
        if losses.notna().any():
            best = int(losses.to_numpy().argmin())
            yield (
                f"{name}: the loss on validation windows falls from {format_number(losses.iloc[0])}"
                f" to {format_number(losses.iloc[best])} in epoch {best + 1} of {len(losses)}."
            )


def _describe_power(failures: Failures) -> Iterator[str]:
    yield "Share of windows that are called."
    for row in failures.power[: FEW * MOST_MODELS]:
        if row["share"] == row["share"]:
            yield f"{row['model']}, {row['class']}: {format_rounded_percent(row['share'])}."


def _describe_areas(failures: Failures) -> Iterator[str]:
    yield "How well classes are separated: area under the ROC curve."
    areas = [row for row in failures.areas if row["measure"] == "roc_auc"]
    for name in list(dict.fromkeys(row["model"] for row in areas))[:FEW]:
        said = [
            f"{row['class']} {format_number(row['value'], 2)}"
            for row in areas
            if row["model"] == name
        ]
        yield f"{name}: {join_names(said)}."


def _describe_held_out(failures: Failures) -> Iterator[str]:
    yield "Errors inside, between and beyond what was trained."
    for row in failures.held_out[:MOST_MODELS]:
        said = [f"{where} {format_number(score.value)}" for where, score in row.scores.items()]
        yield f"{row.measure} of {row.model}: {join_names(said)}."


def _describe_confusion(results: pathlib.Path) -> str:
    """Return which classes are confused most often, by the first model."""
    table = read_result_table(results / "confusion.tsv", ["fraction"], ["model", "true_class"])
    name = str(table["model"].iloc[0])
    own = table[(table["model"] == name) & (table["true_class"] != table["predicted_class"])]
    own = own.sort_values("fraction", ascending=False, kind="stable").head(FEW)
    said = [
        f"{row['true_class']} taken for {row['predicted_class']} in "
        f"{format_rounded_percent(row['fraction'])}"
        for row in own.to_dict("records")
        if row["fraction"] > 0
    ]
    most = join_names(said) if said else "none"
    return f"Most frequent confusions of {name}: {most}."
