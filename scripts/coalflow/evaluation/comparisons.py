"""Comparisons of models: which is the best, and the verdict of net against baseline."""

import dataclasses
import pathlib
from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.targets import Targets
from coalflow.core.files import refuse_damaged
from coalflow.evaluation import bootstrap, predictions
from coalflow.evaluation.cards import Card, get_predictands
from coalflow.evaluation.metrics import list_compared_metrics
from coalflow.evaluation.scorers import Rows, make_scorer
from coalflow.evaluation.scoring import read_scores

BASELINE = "baseline"
COMPARED = [
    *("net", "baseline", "target", "metric", "difference", "ci_low", "ci_high", "verdict"),
]


@dataclasses.dataclass(frozen=True)
class ShownModel:
    """A model that a scan shows.

    Attributes
    ----------
    name : str
    kind : str
        ``net``, ``ensemble`` or ``baseline``.
    reason : str
        Why it is shown.
    """

    name: str
    kind: str
    reason: str


def order_by_validation(validation: pd.DataFrame, targets: Targets) -> dict[str, str]:
    """Return the kinds of all models by their names, best on validation windows first.

    By this order the report names the best model, and scans show it. Of models with the same score
    the one that comes first in the table is the better.

    Parameters
    ----------
    validation : DataFrame
        ``validation.tsv``, as :func:`coalflow.evaluation.scoring.read_scores` returns it.
    targets : Targets
        What the models predict.
    """
    compared = list_compared_metrics(targets)
    (target, metric), more_is_better = next(iter(compared.items()))
    scores = validation[(validation["target"] == target) & (validation["metric"] == metric)]
    scores = scores.sort_values("value", ascending=not more_is_better, kind="stable")
    return dict(zip(scores["name"], scores["kind"], strict=True))


def read_order(path: pathlib.Path, targets: Targets, names: Collection[str]) -> dict[str, str]:
    """Return the order of the models of a run, as :func:`order_by_validation` does.

    Parameters
    ----------
    path : Path
        ``validation.tsv``.
    targets : Targets
        What the models predict.
    names : collection of str
        The models' names.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged, or is not about these models.
    """
    order = order_by_validation(read_scores(path), targets)
    with refuse_damaged(path):
        if {*order} != {*names}:
            raise ValueError
    return order


def choose_shown_models(order: Mapping[str, str]) -> list[ShownModel]:
    """Return the best model, then the best of the others.

    That is a baseline where the best is a net or an ensemble, and else a net or an ensemble.

    Parameters
    ----------
    order : mapping of str to str
        What :func:`order_by_validation` returned.

    Examples
    --------
    >>> shown = choose_shown_models({"net": "ensemble", "net/0": "net", "ridge": "baseline"})
    >>> [f"{model.name}: {model.reason}" for model in shown]
    ['net: the best model on validation windows', 'ridge: the best baseline']
    """
    (best, kind), *others = order.items()
    shown = [ShownModel(best, kind, "the best model on validation windows")]
    for name, other in others:
        if (other == BASELINE) != (kind == BASELINE):
            reason = "the best baseline" if other == BASELINE else "the best net"
            return [*shown, ShownModel(name, other, reason)]
    return shown


def find_best_baseline(cards: Mapping[str, Card]) -> str | None:
    """Return the name of the best baseline on validation data, so that the test has no influence.

    It is None where there are no baselines.

    Parameters
    ----------
    cards : mapping of str to Card
        The card of each model by its name.
    """
    compared = list_compared_metrics(get_predictands(cards).targets)
    (target, metric), more_is_better = next(iter(compared.items()))
    baselines = [name for name, card in cards.items() if card.kind == "baseline"]
    sign = -1 if more_is_better else 1
    return min(
        baselines, key=lambda name: sign * cards[name].validation[target][metric], default=None
    )


def compare_with_best_baseline(
    predicted: pd.DataFrame, cards: Mapping[str, Card], seed: int
) -> pd.DataFrame:
    """Return the table of ``comparisons.tsv``: how each net's scores differ from a baseline's.

    Parameters
    ----------
    predicted, cards, seed
        As in :func:`coalflow.evaluation.scoring.tabulate_scores`.

    Returns
    -------
    DataFrame
        A row per ensemble or net, target and metric; the columns of :func:`compare_models`, with
        ``net`` and ``baseline`` for ``model`` and ``other``. There are none without baselines.
    """
    best = find_best_baseline(cards)
    if best is None:
        return pd.DataFrame(columns=COMPARED)
    nets = [name for name, card in cards.items() if card.kind != "baseline"]
    tables = [compare_models(predicted, cards, net, best, seed) for net in nets]
    table = pd.concat(tables, ignore_index=True)
    return table.rename(columns={"model": "net", "other": "baseline"})


def compare_models(
    predicted: pd.DataFrame, cards: Mapping[str, Card], model: str, other: str, seed: int
) -> pd.DataFrame:
    """Return how a model's scores differ from another's on the same windows.

    Parameters
    ----------
    predicted : DataFrame
        As in :func:`coalflow.evaluation.scoring.tabulate_scores`.
    cards : mapping of str to Card
        The card of each model by its name.
    model, other : str
        Names of the two models.
    seed : int
        The run's, for resamples.

    Returns
    -------
    DataFrame
        A row per target and metric: ``difference`` (model minus other), its paired bootstrap
        interval, and ``verdict``: the model is ``better``, ``worse``, or ``cannot tell`` where the
        interval contains 0.
    """
    predictands = get_predictands(cards)
    compared = list_compared_metrics(predictands.targets)
    truth = predictions.select_truth(predicted, predictands.targets)
    ours, theirs = (
        make_scorer(
            truth,
            predictions.select_prediction(predicted, name, predictands.targets).values,
            predictands,
            compared,
        )
        for name in (model, other)
    )

    def subtract(rows: Rows) -> npt.NDArray[np.float64]:
        return ours.score_rows(rows) - theirs.score_rows(rows)

    resampled = bootstrap.compute_on_resamples(subtract, len(truth), seed)
    differences = zip(compared.items(), subtract(slice(None))[0], resampled.T, strict=True)
    rows = []
    for ((target, metric), more_is_better), difference, values in differences:
        low, high = bootstrap.find_interval(values)
        rows.append(
            {
                "model": model,
                "other": other,
                "target": target,
                "metric": metric,
                "difference": float(difference),
                "ci_low": low,
                "ci_high": high,
                "verdict": _give_verdict(low, high, more_is_better),
            }
        )
    return pd.DataFrame(rows)


def _give_verdict(low: float, high: float, more_is_better: bool) -> str:
    above, below = ("better", "worse") if more_is_better else ("worse", "better")
    return above if low > 0 else below if high < 0 else "cannot tell"
