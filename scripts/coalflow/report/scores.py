"""What the report shows of how good the models are."""

import dataclasses
import pathlib
from collections.abc import Iterable

import pandas as pd

from coalflow.config.schema.targets import Targets
from coalflow.evaluation.comparisons import (
    ShownModel,
    choose_shown_models,
    order_by_validation,
    read_order,
)
from coalflow.evaluation.metrics import list_compared_metrics
from coalflow.evaluation.scoring import read_scores
from coalflow.report.targets import ShownTarget
from coalflow.report.wording import NOTHING, format_number

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
