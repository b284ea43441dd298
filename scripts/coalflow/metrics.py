"""Scores with intervals, and the verdict of net against baseline."""

import numpy as np
import pandas as pd

from coalflow import seeds

BOOTSTRAPS = 2000
ROWS_AT_ONCE = 2_000_000  # 16 MB of row numbers
LEVEL = 0.95


def rmse(truth, predicted):
    """Return the root mean squared error along the last axis."""
    return np.sqrt(np.mean((predicted - truth) ** 2, axis=-1))


def mae(truth, predicted):
    """Return the mean absolute error along the last axis."""
    return np.mean(np.abs(predicted - truth), axis=-1)


def r2(truth, predicted):
    """Return R squared along the last axis, 1 - squared error / variance of the truth.

    It is nan where the truth does not vary.
    """
    residual = np.mean((predicted - truth) ** 2, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(_vary(truth), 1 - residual / np.var(truth, axis=-1), np.nan)[()]


def pearson_r(truth, predicted):
    """Return Pearson's correlation along the last axis; nan where one of the two does not vary."""
    both_vary = _vary(truth) & _vary(predicted)
    truth = truth - truth.mean(axis=-1, keepdims=True)
    predicted = predicted - predicted.mean(axis=-1, keepdims=True)
    product = np.sqrt((truth**2).sum(axis=-1) * (predicted**2).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both_vary, (truth * predicted).sum(axis=-1) / product, np.nan)[()]


def _vary(values):
    """Tell where values differ; a constant's variance can be rounding noise above 0."""
    return np.ptp(values, axis=-1) > 0


METRICS = {"rmse": rmse, "mae": mae, "r2": r2, "pearson_r": pearson_r}


def resamples(number, seed):
    """Yield the bootstrap's row numbers, int64 (some resamples, number), 2,000 in all.

    They depend on their arguments alone, so every model is judged on the same rows.
    They come in parts, since all at once would need gigabytes for a large test set.
    """
    generator = seeds.generator(seed, "bootstrap", number)
    at_once = max(1, ROWS_AT_ONCE // number)
    for first in range(0, BOOTSTRAPS, at_once):
        yield generator.integers(number, size=(min(at_once, BOOTSTRAPS - first), number))


def bootstrap(statistic, number, seed):
    """Return a statistic of each resample; ``statistic`` maps row numbers to values."""
    return np.concatenate([statistic(rows) for rows in resamples(number, seed)])


def score(truth, predicted, seed):
    """Return one dict per metric: value and 95 % percentile bootstrap interval."""
    resampled = bootstrap(
        lambda rows: np.column_stack(
            [metric(truth[rows], predicted[rows]) for metric in METRICS.values()]
        ),
        len(truth),
        seed,
    )
    scores = []
    for (name, metric), values in zip(METRICS.items(), resampled.T, strict=True):
        low, high = _interval(values)
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
    scored = [
        {
            "model": card["model"],
            "kind": card["kind"],
            "restart": "" if card["restart"] is None else card["restart"],
            "split": "test",
            **one,
        }
        for name, card in cards.items()
        for one in score(truth, predictions[name].to_numpy(), seed)
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
    truth, steady = (predictions[name].to_numpy() for name in ("truth", best))
    compared = []
    for net in (name for name, card in cards.items() if card["kind"] == "net"):
        predicted = predictions[net].to_numpy()

        def difference(rows, predicted=predicted):
            return rmse(truth[rows], predicted[rows]) - rmse(truth[rows], steady[rows])

        low, high = _interval(bootstrap(difference, len(truth), seed))
        compared.append(
            {
                "net": net,
                "baseline": best,
                "metric": "rmse",
                "difference": float(difference(slice(None))),
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
