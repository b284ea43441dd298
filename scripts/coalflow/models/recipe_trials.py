"""The trials of a search on disk: which recipes were proposed, and how good they were.

``recipes/<round>.json`` holds under ``changes`` how the recipes that were proposed together differ
from that of trial 0, a dict for each trial; ``trials/<trial>/`` is a trained net's folder.
"""

import pathlib
from collections.abc import Sequence
from typing import Any, TypeAlias

import pandas as pd

from coalflow.core.files import read_json, refuse_damaged
from coalflow.evaluation import metrics
from coalflow.evaluation.cards import Card
from coalflow.models.card_files import read_card

#: How a recipe differs from that of trial 0: keys of ``training`` and their values.
Changes: TypeAlias = dict[str, Any]


def read_changes(folder: pathlib.Path, trial: int, trials_per_round: int) -> Changes:
    """Return how the recipe of a trial differs from that of trial 0.

    Parameters
    ----------
    folder : Path
        The search's.
    trial : int
        Counted from 0.
    trials_per_round : int

    Raises
    ------
    CoalflowError
        If the file of the proposals is missing or damaged.
    """
    round_of_trials, proposal = divmod(trial, trials_per_round)
    path = folder / "recipes" / f"{round_of_trials}.json"
    with refuse_damaged(path):
        return read_json(path)["changes"][proposal]


def read_trial_card(folder: pathlib.Path, trial: int) -> Card:
    """Return the card of a trial's net.

    Parameters
    ----------
    folder : Path
        The search's.
    trial : int

    Raises
    ------
    CoalflowError
        If it is missing or damaged.
    """
    return read_card(folder / "trials" / str(trial))


def measure_trial(card: Card) -> tuple[str, str, float]:
    """Return by which target and metric trials are compared, and a trial's value of this metric.

    Parameters
    ----------
    card : Card
        That of the trial's net.
    """
    target, metric = next(iter(metrics.list_compared_metrics(card.targets)))
    return target, metric, card.validation[target][metric]


def compute_error(card: Card) -> float:
    """Return a trial's value of the metric by which trials are compared, so that less is better.

    Parameters
    ----------
    card : Card
        That of the trial's net.
    """
    target, metric, value = measure_trial(card)
    return -value if metrics.list_compared_metrics(card.targets)[target, metric] else value


def tabulate_trials(folder: pathlib.Path, trials: int, names: Sequence[str]) -> pd.DataFrame:
    """Return the table of ``search.tsv``: a row for each trial, the best first.

    Where a net has dropout rates of its own, there is no one value for trial 0.

    Parameters
    ----------
    folder : Path
        The search's.
    trials : int
        How many there are.
    names : sequence of str
        The keys of ``training`` that were searched.

    Raises
    ------
    CoalflowError
        If the card of a trial is missing or damaged.
    """
    rows = []
    for trial in range(trials):
        card = read_trial_card(folder, trial)
        assert card.net is not None  # all trials are of nets
        target, metric, value = measure_trial(card)
        rows.append(
            {
                "trial": trial,
                **{name: getattr(card.net.recipe, name) for name in names},
                "target": target,
                "metric": metric,
                "value": value,
                "best_epoch": card.net.best_epoch,
                "error": compute_error(card),
            }
        )
    return pd.DataFrame(rows).sort_values(["error", "trial"]).drop(columns="error")
