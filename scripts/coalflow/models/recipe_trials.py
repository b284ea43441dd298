"""The trials of a search on disk: which recipes were proposed, and how good they were.

``recipes/<n>.json`` has under ``changes`` those of the recipe that were proposed together, a
dict for each trial; ``trials/<n>/`` is a trained net's folder.
"""

import pandas as pd

from coalflow.core.files import read_json
from coalflow.evaluation import metrics


def changes(folder, trial, at_once):
    """Return how the recipe of a trial differs from that of trial 0."""
    number, place = divmod(trial, at_once)
    return read_json(folder / "recipes" / f"{number}.json")["changes"][place]


def card(folder, trial):
    """Return the card of a trial's net."""
    return read_json(folder / "trials" / str(trial) / "card.json")


def judged_by(card):
    """Return by what trials are judged: target, metric and whether more of it is better."""
    (target, metric), more_is_better = next(iter(metrics.compared(card).items()))
    return target, metric, more_is_better


def value(card):
    """Return how good a net was on validation data."""
    target, metric, _ = judged_by(card)
    return card["validation"][target][metric]


def error(card):
    """Return the same so that less is better."""
    _, _, more_is_better = judged_by(card)
    return -value(card) if more_is_better else value(card)


def table(folder, number, at_once, names):
    """Return the table of ``search.tsv``: a row for each of the first trials, the best first.

    ``names`` are the keys that were searched. Where a net has dropout rates of its own, there is
    no one number for trial 0.
    """
    rows = []
    for trial in range(number):
        of_net = card(folder, trial)
        recipe = of_net["settings"]["training"]
        target, metric, _ = judged_by(of_net)
        rows.append(
            {
                "trial": trial,
                **{name: recipe.get(name) for name in names},
                "target": target,
                "metric": metric,
                "value": value(of_net),
                "best_epoch": of_net["best_epoch"],
                "error": error(of_net),
            }
        )
    return pd.DataFrame(rows).sort_values(["error", "trial"]).drop(columns="error")
