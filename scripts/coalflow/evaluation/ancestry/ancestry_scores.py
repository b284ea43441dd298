"""Scores of predicted ancestry, with bootstrap intervals over windows, as tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation import bootstrap
from coalflow.evaluation.ancestry.odds_counts import (
    MIDDLES,
    Counts,
    compute_average_precision,
    compute_calibration_error,
    compute_curve,
    compute_log_loss,
    sum_by_probability,
)

AVERAGE_PRECISION, F1, SEGMENT_F1 = "average_precision", "f1", "segment_f1"
COMPARED = (AVERAGE_PRECISION, F1, SEGMENT_F1)
CURVE_POINTS, PROBABILITY_CLASSES = 100, 10


@dataclasses.dataclass(frozen=True)
class JudgedAncestry:
    """What a model predicted of test windows.

    Attributes
    ----------
    counts : ndarray of float64, shape (windows, 2, BINS)
        Bases by calibrated log odds (:mod:`coalflow.evaluation.ancestry.odds_counts`).
    called : ndarray of float64, shape (windows, 2)
        Bases that are called, those without the ancestry and those with it.
    segments : ndarray of int64, shape (windows, 4)
        As :func:`coalflow.evaluation.ancestry.segments.count_segments` returns it.
    """

    counts: Counts
    called: npt.NDArray[np.float64]
    segments: npt.NDArray[np.int64]


def join_judged(parts: Sequence[JudgedAncestry]) -> JudgedAncestry:
    """Return what was predicted of windows that were judged in parts."""
    return JudgedAncestry(
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.called for part in parts]),
        np.concatenate([part.segments for part in parts]),
    )


def tabulate_ancestry_scores(judged: Mapping[str, JudgedAncestry], seed: int) -> pd.DataFrame:
    """Return the table of ``ancestry_scores.tsv``.

    Parameters
    ----------
    judged : mapping of str to JudgedAncestry
        By the names of the models.
    seed : int
        The run's, for resamples.
    """
    rows = []
    for model, one in judged.items():
        windows = len(one.counts)
        scored = _score(one, np.ones((1, windows)))
        resampled = _score_resamples(one, seed)
        for metric, value in scored.items():
            low, high = bootstrap.find_interval(resampled[metric])
            row = {"model": model, "metric": metric, "value": float(value[0])}
            rows.append({**row, "ci_low": low, "ci_high": high, "n": windows})
    return pd.DataFrame(rows)


def score_ancestry(one: JudgedAncestry) -> dict[str, float]:
    """Return the scores of what a model predicted of some windows, by metric.

    Parameters
    ----------
    one : JudgedAncestry
    """
    scored = _score(one, np.ones((1, len(one.counts))))
    return {name: float(values[0]) for name, values in scored.items()}


def compare_ancestry(
    judged: Mapping[str, JudgedAncestry], baseline: str | None, seed: int
) -> pd.DataFrame:
    """Return the table of ``ancestry_comparisons.tsv``: scores of models, less a baseline's.

    Parameters
    ----------
    judged, seed
        As in :func:`tabulate_ancestry_scores`.
    baseline : str or None
        The model with which all others are compared, on the same resamples. Without one, the table
        has no rows.
    """
    columns = ["model", "baseline", "metric", "difference", "ci_low", "ci_high"]
    if baseline is None:
        return pd.DataFrame(columns=columns)

    baseline_resampled = _score_resamples(judged[baseline], seed)
    baseline_scores = score_ancestry(judged[baseline])
    rows = []
    for model, one in judged.items():
        if model == baseline:
            continue
        resampled, scores = _score_resamples(one, seed), score_ancestry(one)
        for metric in COMPARED:
            low, high = bootstrap.find_interval(resampled[metric] - baseline_resampled[metric])
            row = {"model": model, "baseline": baseline, "metric": metric}
            difference = scores[metric] - baseline_scores[metric]
            rows.append({**row, "difference": difference, "ci_low": low, "ci_high": high})
    return pd.DataFrame(rows)


def tabulate_ancestry_curves(judged: Mapping[str, JudgedAncestry]) -> pd.DataFrame:
    """Return the table of ``ancestry_curves.tsv``: precision and recall by threshold.

    Parameters
    ----------
    judged : mapping of str to JudgedAncestry
    """
    tables = []
    for model, one in judged.items():
        precision, recall = compute_curve(one.counts.sum(axis=0))
        probability = 1 / (1 + np.exp(-MIDDLES))
        table = pd.DataFrame(
            {"model": model, "probability": probability, "precision": precision, "recall": recall}
        )
        # Points that are evenly spread along the curve.
        wanted = np.linspace(0, 1, CURVE_POINTS + 1)
        rows = np.unique(
            len(recall) - 1 - np.searchsorted(recall[::-1], wanted).clip(max=len(recall) - 1)
        )
        tables.append(table.iloc[rows])
    return pd.concat(tables, ignore_index=True)


def tabulate_ancestry_calibration(judged: Mapping[str, JudgedAncestry]) -> pd.DataFrame:
    """Return the table of ``ancestry_calibration.tsv``: predicted probabilities and true shares.

    Parameters
    ----------
    judged : mapping of str to JudgedAncestry
    """
    tables = []
    for model, one in judged.items():
        total, true, predicted = sum_by_probability(one.counts.sum(axis=0), PROBABILITY_CLASSES)
        table = pd.DataFrame({"model": model, "share_of_bases": total / total.sum()})
        used = total > 0
        table = table.assign(
            predicted=np.divide(predicted, total, out=np.full_like(total, np.nan), where=used),
            true=np.divide(true, total, out=np.full_like(total, np.nan), where=used),
        )
        tables.append(table[used])
    return pd.concat(tables, ignore_index=True)


def _score(
    one: JudgedAncestry, draws: npt.NDArray[np.floating]
) -> dict[str, npt.NDArray[np.float64]]:
    """Return metrics of resamples, float64 (resamples,); ``draws`` is (resamples, windows)."""
    windows, _, bins = one.counts.shape
    counts = (draws @ one.counts.reshape(windows, -1)).reshape(-1, 2, bins)
    false, true = (draws @ one.called).T
    predicted, right, actual, found = (draws @ one.segments).T
    positive = counts[:, 1].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        base = true / (true + false), true / positive
        segment = right / predicted, found / actual
    return {
        AVERAGE_PRECISION: compute_average_precision(counts),
        "precision": base[0],
        "recall": base[1],
        F1: _compute_f1(*base),
        "segment_precision": segment[0],
        "segment_recall": segment[1],
        SEGMENT_F1: _compute_f1(*segment),
        "log_loss": compute_log_loss(counts),
        "calibration_error": compute_calibration_error(counts),
    }


def _compute_f1(
    precision: npt.NDArray[np.float64], recall: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = 2 * precision * recall / (precision + recall)
    # Of nothing called, or nothing of it right, nothing was found.
    return np.where(recall == 0, 0.0, f1)


def _score_resamples(one: JudgedAncestry, seed: int) -> dict[str, npt.NDArray[np.float64]]:
    """Return metrics of all resamples, by their names."""
    windows = len(one.counts)
    parts = [
        _score(one, bootstrap.count_draws(rows, windows).astype(np.float64))
        for rows in bootstrap.draw_resamples(windows, seed)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
