"""What the report shows of how good the models are."""

import dataclasses
import pathlib
from collections.abc import Iterable

import pandas as pd

from coalflow.config.schema.targets import Targets
from coalflow.evaluation.calibration.calibration_errors import AFTER, BEFORE, select_whole
from coalflow.evaluation.calibration.coverage import INTERVAL, SET
from coalflow.evaluation.calibration.window_groups import CLASS, PREDICTED
from coalflow.evaluation.comparisons import (
    ShownModel,
    choose_shown_models,
    order_by_validation,
    read_order,
)
from coalflow.evaluation.metrics import list_compared_metrics
from coalflow.evaluation.result_tables import read_result_table
from coalflow.evaluation.scoring import read_scores
from coalflow.report.figures.drawing import find_title
from coalflow.report.targets import ShownTarget
from coalflow.report.wording import NOTHING, format_number, format_percent

LINEAR = "ridge"  # the baseline that is a linear function of the summary statistics
EXACT = 1e-6  # a linear model that leaves less of the variance unexplained is exact up to rounding


@dataclasses.dataclass(frozen=True)
class Score:
    """A score of a model on test windows.

    Attributes
    ----------
    value : float
        The score itself.
    ci_low, ci_high : float
        Ends of its 95 % interval; nan where it has none.
    sd_of_restarts : float
        Standard deviation between the restarts of an ensemble; nan for other models.
    """

    value: float
    ci_low: float = float("nan")
    ci_high: float = float("nan")
    sd_of_restarts: float = float("nan")


def format_interval(score: Score) -> str:
    """Return a score with its 95 % interval, where it has one.

    Examples
    --------
    >>> format_interval(Score(0.5, ci_low=0.45, ci_high=0.56))
    '0.5 [0.45, 0.56]'
    """
    value, low, high = map(format_number, (score.value, score.ci_low, score.ci_high))
    return value if low == NOTHING else f"{value} [{low}, {high}]"


@dataclasses.dataclass(frozen=True)
class ModelScores:
    """A model and its scores.

    Attributes
    ----------
    name : str
        With the restart where it is one of several.
    kind : str
        ``net``, ``ensemble`` or ``baseline``.
    rank : int
        1 for the model that is best on validation windows.
    windows : int
        How many test windows there are.
    scores : dict of dict of Score
        By target, then by metric.
    """

    name: str
    kind: str
    rank: int
    windows: int
    scores: dict[str, dict[str, Score]]


def rank_models(results: pathlib.Path, targets: Targets) -> list[ModelScores]:
    """Return all models, best on test windows first.

    Parameters
    ----------
    results : Path
        The run's folder.
    targets : Targets
        What the models predict.
    """
    (target, metric), more_is_better = next(iter(list_compared_metrics(targets).items()))
    scores = read_scores(results / "metrics.tsv")
    order = list(read_order(results / "validation.tsv", targets, scores["name"].unique()))
    models = [
        ModelScores(
            name=str(name),
            kind=rows["kind"].iloc[0],
            rank=order.index(str(name)) + 1,
            windows=int(rows["n"].iloc[0]),
            scores=_read_scores(rows),
        )
        for name, rows in scores.groupby("name")
    ]
    return sorted(
        models, key=lambda model: model.scores[target][metric].value, reverse=more_is_better
    )


def list_shown_models(results: pathlib.Path, targets: Targets) -> list[ShownModel]:
    """Return the models that scans show, as they do themselves.

    Parameters
    ----------
    results, targets
        As in :func:`rank_models`.
    """
    validation = read_scores(results / "validation.tsv")
    return choose_shown_models(order_by_validation(validation, targets))


def _read_scores(rows: pd.DataFrame) -> dict[str, dict[str, Score]]:
    """Return the scores of one model, by target and metric."""
    fields = [field.name for field in dataclasses.fields(Score)]
    return {
        str(target): {
            row["metric"]: Score(**{name: row[name] for name in fields})
            for row in part.to_dict("records")
        }
        for target, part in rows.groupby("target")
    }


def find_linear_targets(models: Iterable[ModelScores], targets: Iterable[ShownTarget]) -> list[str]:
    """Return the titles of the targets that are linear functions of the summary statistics."""
    return [
        target.title
        for model in models
        if model.name == LINEAR
        for target in targets
        # Of a target learned on the log scale, the logarithm would be the linear function.
        if not target.log and 1 - model.scores[target.name]["r2"].value < EXACT
    ]


# How sure models are ---------------------------------------------------------------------------

FIFTHS = {1: "lowest", 2: "second", 3: "middle", 4: "fourth", 5: "highest"}


@dataclasses.dataclass(frozen=True)
class Certainty:
    """How far to trust what a model says of its certainty about a target, on test windows.

    Attributes
    ----------
    model, target : str
    holds : Score
        The share of the windows that 90 % sets or intervals hold.
    worst : str
        Where they hold least, in words; empty where there are no parts.
    before, after : Score, optional
        The expected calibration error of classes.
    uniformity : float
        The p-value of a test that ranks are uniform; nan of models without distributions.
    """

    model: str
    target: str
    holds: Score
    worst: str
    before: Score | None = None
    after: Score | None = None
    uniformity: float = float("nan")


def summarise_certainty(results: pathlib.Path, targets: Targets) -> list[Certainty]:
    """Return how far to trust the certainty of each model, by target.

    Parameters
    ----------
    results : Path
        The run's folder.
    targets : Targets
        What the models predict.
    """
    texts = ("model", "target", "stage", "kind", "group", "part")
    table = read_result_table(results / "coverage.tsv", ["share", "ci_low", "ci_high", "p"], texts)
    table = table[table["stage"] == AFTER]
    held = table[table["kind"].isin([SET, INTERVAL])]
    errors = _read_errors(results / "calibration_error.tsv") if targets.has_classes else {}
    found = []
    for (model, target), rows in held.groupby(["model", "target"], sort=False):
        is_rank = (table["model"] == model) & (table["target"] == target)
        whole = select_whole(rows).iloc[0]
        found.append(
            Certainty(
                str(model),
                str(target),
                Score(whole["share"], whole["ci_low"], whole["ci_high"]),
                _describe_worst(rows),
                errors.get((str(model), BEFORE)),
                errors.get((str(model), AFTER)),
                uniformity=float(table[is_rank]["p"].max()),
            )
        )
    return found


def _read_errors(path: pathlib.Path) -> dict[tuple[str, str], Score]:
    """Return the expected calibration errors by model and stage."""
    table = read_result_table(path, ["ece", "ci_low", "ci_high"], ("model", "stage", "group"))
    return {
        (row["model"], row["stage"]): Score(row["ece"], row["ci_low"], row["ci_high"])
        for row in select_whole(table).to_dict("records")
    }


def _describe_worst(rows: pd.DataFrame) -> str:
    """Return in words in which part of the test windows sets or intervals hold least."""
    parts = rows[rows["group"] != "all"]
    if parts.empty:
        return ""
    row = parts.sort_values("share", kind="stable").iloc[0]
    share, low, high = map(format_percent, (row["share"], row["ci_low"], row["ci_high"]))
    siblings = (parts["group"] == row["group"]).sum()
    name = "its predictions" if row["group"] == PREDICTED else find_title(row["group"])
    if row["group"] == CLASS:
        where = f"windows of {row['part']}"
    elif row["part"].isdigit() and siblings == len(FIFTHS):
        where = f"the {FIFTHS[int(row['part'])]} fifth of {name}"
    elif row["part"].isdigit():
        where = f"part {row['part']} of {siblings} of {name}"
    else:
        where = f"windows where {name} is {row['part']}"
    return f"least in {where}: {share} ({low} to {high})"
