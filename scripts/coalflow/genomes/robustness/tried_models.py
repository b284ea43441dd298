"""Error, calibration and novelty of models on windows on which they are tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from coalflow.evaluation.calibration.calibration_errors import Judged, measure_calibration_errors
from coalflow.evaluation.calibration.coverage import find_binomial_interval
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.metrics import COVERAGE, list_compared_metrics
from coalflow.evaluation.predictions import Prediction
from coalflow.evaluation.scoring import score_intervals, score_predictions
from coalflow.genomes.robustness.tried_windows import TriedWindows
from coalflow.genomes.scans.scanners import Scanner
from coalflow.statistics.features import summarise_windows

AS_SIMULATED = "as simulated"
CALIBRATION_ERROR, NOVEL = "calibration_error", "novel"
COLUMNS = (
    "key", "value", "model", "target", "measure", "score", "ci_low", "ci_high", "windows",
    "left_out",
)  # fmt: skip

Row: TypeAlias = dict[str, Any]


def try_models(tried: TriedWindows, scanner: Scanner, seed: int) -> pd.DataFrame:
    """Return how models do on some windows.

    Parameters
    ----------
    tried : TriedWindows
    scanner : Scanner
        The models, with calibrations and references.
    seed : int
        The run's, for resamples.

    Returns
    -------
    DataFrame
        A row for each model and measure, the columns of ``robustness.tsv`` from ``model`` on. The
        measures are those by which models are compared, ``coverage``, the share of windows whose
        90 % interval, or set, holds the true value, of classes ``calibration_error``, and, without
        a model, ``novel``, the share of windows that are novel. Without windows, scores are nan.
    """
    rows = list(_measure_all(tried, scanner, seed))
    windows = 0 if tried.simulated is None else len(tried.simulated)
    table = pd.DataFrame(rows).assign(windows=windows, left_out=tried.left_out)
    return table.reindex(columns=list(COLUMNS[2:]))


def _measure_all(tried: TriedWindows, scanner: Scanner, seed: int) -> Iterator[Row]:
    predictands = scanner.card.predictands
    if tried.simulated is None:
        for name in scanner.models:
            for target, measure in list_compared_metrics(predictands.targets):
                yield {"model": name, "target": target, "measure": measure}
        return
    windows, view = tried.simulated.windows, scanner.card.view
    features = None
    if scanner.features is not None:
        features = summarise_windows(windows, scanner.features, view.samples, view.observation)
    predicted, hidden = scanner.predict(windows, features)
    for name, raw in predicted.items():
        calibrated = scanner.calibrate_prediction(name, raw)
        for row in _measure_model(tried, calibrated, predictands, seed):
            yield {"model": name, **row}
    found = scanner.judge_windows(tried.simulated.statistics, hidden)
    if found is not None and scanner.judge is not None:
        novel = found.p <= scanner.judge.meta.false_alarms
        yield {
            "model": "",
            "target": "",
            "measure": NOVEL,
            **_describe_share(int(novel.sum()), len(novel)),
        }


def _measure_model(
    tried: TriedWindows, predicted: Prediction, predictands: Predictands, seed: int
) -> Iterator[Row]:
    target = predictands.targets.first
    compared = list_compared_metrics(predictands.targets)
    scores = score_predictions(tried.target, predicted.values, seed, predictands, compared)
    if predictands.classes is None:
        scores += score_intervals(tried.target, predicted, seed, predictands)
    for score in scores:
        yield {
            "target": score.target,
            "measure": score.metric,
            "score": score.value,
            "ci_low": score.ci_low,
            "ci_high": score.ci_high,
        }
    if predictands.classes is None:
        return
    rows = np.arange(len(tried.target))
    if predicted.in_set is not None:
        inside = int(predicted.in_set[rows, tried.target].sum())
        yield {"target": target, "measure": COVERAGE, **_describe_share(inside, len(rows))}
    is_right = predicted.values.argmax(axis=1) == tried.target
    judged = Judged(rows, predicted.values.max(axis=1), is_right)
    (error,) = measure_calibration_errors([judged], len(rows), seed)
    yield {
        "target": target,
        "measure": CALIBRATION_ERROR,
        "score": error.ece,
        "ci_low": error.ci_low,
        "ci_high": error.ci_high,
    }


def _describe_share(count: int, number: int) -> Row:
    low, high = find_binomial_interval(count, number)
    return {"score": count / number, "ci_low": low, "ci_high": high}


def describe_robustness(table: pd.DataFrame, model: str, measure: str) -> list[str]:
    """Return a line for each condition, on one model.

    Parameters
    ----------
    table : DataFrame
        That of ``robustness.tsv``.
    model : str
    measure : str
        What counts.
    """
    own = table[(table["model"] == model) & (table["measure"] == measure)]
    novel = table[table["measure"] == NOVEL].set_index(["key", "value"])["score"]
    lines = []
    for row in own.drop_duplicates(["key", "value"]).to_dict("records"):
        place = (row["key"], row["value"])
        share = f"; {novel[place]:.0%} of windows novel" if place in novel.index else ""
        left_out = f"; {row['left_out']:,} windows left out" if row["left_out"] else ""
        what = f"{row['key']} {row['value']}".strip()
        interval = f"[{row['ci_low']:.3g}, {row['ci_high']:.3g}]"
        found = "no window left" if not row["windows"] else f"{row['score']:.3g} {interval}"
        lines.append(f"{model}, {what}: {measure} {found}{share}{left_out}")
    return lines
