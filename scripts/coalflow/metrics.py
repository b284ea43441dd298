"""Scores with intervals, and the verdict of net against baseline."""

import numpy as np
import pandas as pd

from coalflow import seeds

BOOTSTRAPS = 2000
LEVEL = 0.95


def rmse(truth, predicted):
    """Return the root mean squared error along the last axis."""
    return np.sqrt(np.mean((predicted - truth) ** 2, axis=-1))


def mae(truth, predicted):
    """Return the mean absolute error along the last axis."""
    return np.mean(np.abs(predicted - truth), axis=-1)


def r2(truth, predicted):
    """Return R squared along the last axis, 1 - squared error / variance of the truth."""
    residual = np.mean((predicted - truth) ** 2, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - residual / np.var(truth, axis=-1)


def pearson_r(truth, predicted):
    """Return Pearson's correlation along the last axis; nan where predictions don't vary."""
    truth = truth - truth.mean(axis=-1, keepdims=True)
    spread = np.ptp(predicted, axis=-1)
    predicted = predicted - predicted.mean(axis=-1, keepdims=True)
    product = np.sqrt((truth**2).sum(axis=-1) * (predicted**2).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        # A constant's deviations from its own rounded mean are noise, not spread.
        return np.where(spread > 0, (truth * predicted).sum(axis=-1) / product, np.nan)[()]


METRICS = {"rmse": rmse, "mae": mae, "r2": r2, "pearson_r": pearson_r}


def resamples(number, seed):
    """Return the bootstrap's row numbers, int64 (2000, number); the same for every model."""
    return seeds.generator(seed, "bootstrap", number).integers(number, size=(BOOTSTRAPS, number))


def score(truth, predicted, rows):
    """Return one dict per metric: value and 95 % percentile bootstrap interval.

    ``rows`` are the bootstrap's row numbers (:func:`resamples`).
    """
    scores = []
    for name, metric in METRICS.items():
        low, high = _interval(metric(truth[rows], predicted[rows]))
        scores.append(
            {
                "metric": name,
                "value": float(metric(truth, predicted)),
                "ci_low": low,
                "ci_high": high,
                "n": len(truth),
            }
        )
    return scores


def score_table(predictions, cards, seed):
    """Return the table of ``metrics.tsv`` for a table of predictions on test windows.

    ``predictions`` has ``truth`` and a column per model name; ``cards`` maps model
    names to their cards. The same rows are drawn for all models.
    """
    truth = predictions["truth"].to_numpy()
    rows = resamples(len(truth), seed)
    scored = [
        {
            "model": card["model"],
            "kind": card["kind"],
            "restart": "" if card["restart"] is None else card["restart"],
            "split": "test",
            **one,
        }
        for name, card in cards.items()
        for one in score(truth, predictions[name].to_numpy(), rows)
    ]
    return pd.DataFrame(scored)


def score_cells(predictions, cards, seed):
    """Return the same scores within each cell: the table of ``metrics_by_cell.tsv``."""
    parts = []
    for cell, part in predictions.groupby("cell"):
        table = score_table(part, cards, seed)
        table.insert(0, "cell", cell)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def compare_with_best_baseline(predictions, cards, seed):
    """Return the table of ``comparisons.tsv``: how each net's RMSE differs from a baseline's.

    The baseline is the one with the lowest RMSE on validation data, so that the
    choice does not use the test. A row per net and restart: ``difference`` (net
    minus baseline), its paired bootstrap interval, and ``verdict``: the net is
    ``better``, ``worse``, or ``cannot tell`` where the interval holds 0.
    """
    baselines = [name for name, card in cards.items() if card["kind"] == "baseline"]
    best = min(baselines, key=lambda name: cards[name]["validation"]["rmse"])
    truth = predictions["truth"].to_numpy()
    rows = resamples(len(truth), seed)
    compared = []
    for net in cards:
        if cards[net]["kind"] == "net":
            pair = [predictions[name].to_numpy() for name in (net, best)]
            low, high = _interval(np.subtract(*(rmse(truth[rows], one[rows]) for one in pair)))
            compared.append(
                {
                    "net": net,
                    "baseline": best,
                    "metric": "rmse",
                    "difference": float(np.subtract(*(rmse(truth, one) for one in pair))),
                    "ci_low": low,
                    "ci_high": high,
                    "verdict": "better" if high < 0 else "worse" if low > 0 else "cannot tell",
                }
            )
    return pd.DataFrame(compared)


def _interval(values):
    if np.isnan(values).any():
        return float("nan"), float("nan")
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
