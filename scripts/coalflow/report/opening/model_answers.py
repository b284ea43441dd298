"""How good the models are and which to use, in sentences for the beginning of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from coalflow.report.genomes.answers import Statement
from coalflow.report.scores import EXACT, Certainty, ModelScores
from coalflow.report.targets import ShownTarget
from coalflow.report.wording import (
    format_count,
    format_places,
    format_rounded_percent,
    join_names,
)

if TYPE_CHECKING:
    import pandas as pd

ALL_TARGETS = "all targets"
UNEVEN = 0.02  # by which a class is commoner than others, so that it is said
BASELINES = {
    "mean": "always the same answer, that of the training windows",
    "classical": "estimators from theory",
    "ridge": "ridge regression on summary statistics",
    "logistic_regression": "logistic regression on summary statistics",
    "gradient_boosting": "gradient-boosted trees on summary statistics",
}


def name_model(model: ModelScores) -> str:
    """Return what a model is, in words.

    Parameters
    ----------
    model : ModelScores

    Examples
    --------
    >>> name_model(ModelScores("ridge", "baseline", 1, 100, {}))
    'ridge (a baseline: ridge regression on summary statistics)'
    """
    if model.kind == "baseline":
        return f"{model.name} (a baseline: {BASELINES[model.name]})"
    if model.kind == "ensemble":
        return f"{model.name} (the mean of several trainings of this net)"
    return f"{model.name} (a net)"


def describe_error(model: ModelScores, target: ShownTarget) -> str:
    """Return how good a model is at a target that is a number, in words.

    Parameters
    ----------
    model : ModelScores
    target : ShownTarget
    """
    scores = model.scores[target.name]
    suffix = "_log10" if target.log else ""
    error, left = scores[f"rmse{suffix}"].value, 1 - scores[f"r2{suffix}"].value
    if math.isnan(left):
        return "it cannot be judged, since the test windows are too few or all the same"
    if left < EXACT:
        return "exact, up to rounding: it is computed from the statistics that the model is given"
    if left >= 1:
        return "no better than always predicting the mean"
    # R² compares squared errors with the variance, so its rest is the square of this share.
    share = format_rounded_percent(math.sqrt(left))
    if target.log:
        return (
            f"a typical error by a factor of {format_places(10**error)}, {share} of the spread "
            "between windows on a log scale"
        )
    unit = f" {target.unit}" if target.unit else ""
    return f"a typical error of {format_places(error)}{unit}, {share} of the spread between windows"


def describe_scores(
    model: ModelScores,
    targets: Sequence[ShownTarget],
    classes: Sequence[str],
    target: str,
    commonest: float = 0.0,
) -> str:
    """Return how good a model is on the test windows, in words.

    Parameters
    ----------
    model : ModelScores
    targets : sequence of ShownTarget
        Those that are numbers.
    classes : sequence of str
        Those of the target; none where targets are numbers.
    target : str
        The first target.
    commonest : float
        Which share of the test windows has the commonest class.
    """
    if classes:
        accuracy = model.scores[target]["accuracy"].value
        guess = 1 / len(classes)
        chance = f"random guessing: {format_rounded_percent(guess)}"
        if commonest > guess + UNEVEN:
            share = format_rounded_percent(commonest)
            chance = f"{chance}; always the commonest class: {share}"
        return f"{format_rounded_percent(accuracy)} are assigned to their class ({chance})"
    described = [
        f"{each.title + ', ' if len(targets) > 1 else ''}{describe_error(model, each)}"
        for each in targets
    ]
    return "; ".join(described)


def describe_models(
    models: Sequence[ModelScores],
    comparisons: pd.DataFrame,
    certainty: Sequence[Certainty],
    targets: Sequence[ShownTarget],
    classes: Sequence[str],
    is_useless: bool = False,
    commonest: float = 0.0,
) -> list[Statement]:
    """Return how good the models are and which to use.

    Parameters
    ----------
    models : sequence of ModelScores
    comparisons : DataFrame
        ``comparisons.tsv``.
    certainty : sequence of Certainty
    targets, classes, commonest
        As for :func:`describe_scores`.
    is_useless : bool
        Whether not even the best model is better than a constant prediction.
    """
    best = min(models, key=lambda model: model.rank)
    net = min((m for m in models if m.kind != "baseline"), key=lambda model: model.rank)
    first = next(iter(best.scores)) if classes else ""
    scores = describe_scores(best, targets, classes, first, commonest)
    advice = f"Use {name_model(best)}."
    if is_useless:
        advice = f"None is of use; the least bad is {name_model(best)}."
    best_of = f"Of {len(models)} models it was best on validation windows"
    if len(models) == 1:
        best_of = "It is the only model"
    use = Statement(
        "Which to use",
        f"{advice} {best_of}, so scans show it.",
    )
    windows = f"{format_count(best.windows)} test windows, which played no part in that choice"
    said = [use, Statement("How good", f"On {windows}: {scores}.")]
    said.append(_compare(net, best, comparisons, targets, classes, first))
    held = [row for row in certainty if row.model == best.name]
    if held:
        kind = (
            "sets of classes contain the true class"
            if classes
            else ("intervals contain the true value")
        )
        shares = [
            f"{format_rounded_percent(row.holds.value)}"
            f"{' for ' + title if (title := _title(row.target, targets)) and len(held) > 1 else ''}"
            for row in held
        ]
        said.append(
            Statement(
                "How sure",
                f"Its 90 % {kind} in {join_names(shares)} of the test windows.",
            )
        )
    return said


def _title(name: str, targets: Sequence[ShownTarget]) -> str:
    return next((target.title for target in targets if target.name == name), "")


def _compare(
    net: ModelScores,
    best: ModelScores,
    comparisons: pd.DataFrame,
    targets: Sequence[ShownTarget],
    classes: Sequence[str],
    first: str,
) -> Statement:
    """Return how the best net compares with the best baseline."""
    rows = comparisons[comparisons["net"] == net.name].to_dict("records")
    words = {
        "better": "is better than",
        "worse": "is worse than",
    }
    if not rows:
        return Statement("Net or baseline", "No baseline was fitted to compare nets with.")
    row = rows[0]
    verdict = words.get(str(row["verdict"]), "cannot be distinguished from")
    text = (
        f"The best net, {net.name}, {verdict} the best baseline, {row['baseline']}, on the same "
        "test windows"
    )
    own = "" if net.name == best.name else f": {describe_scores(net, targets, classes, first)}"
    return Statement("Net or baseline", f"{text}{own}.")
