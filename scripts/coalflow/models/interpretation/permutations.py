"""Permutation tests: how much worse models predict when one kind of information is shuffled."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.settings.view import View
from coalflow.core.progress import track
from coalflow.dataset.loading import Replicates
from coalflow.evaluation import bootstrap
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.predictions import Values
from coalflow.models.interpretation.predicting import predict_each
from coalflow.models.interpretation.shuffles import SHUFFLES, shuffle_windows
from coalflow.models.storage.model import Model

LEAST = np.finfo(np.float64).eps  # a probability of 0 would make an infinite loss
USED, NO_DIFFERENCE = "used", "no difference"
NEGLIGIBLE = 1e-3  # of a standard deviation; a smaller change of predictions is rounding


def compare_shuffled(
    models: list[Model], replicates: Replicates, view: View, seed: int
) -> pd.DataFrame:
    """Return how much worse models predict shuffled windows: the table of ``permutations.tsv``.

    Parameters
    ----------
    models : list of Model
    replicates : Replicates
        Test windows.
    view : View
        How models see them.
    seed : int
        The run's.

    Returns
    -------
    DataFrame
        A row for each model, what is shuffled, and target: ``score`` of the windows as they are and
        ``score_shuffled``, both of ``metric`` (the root mean squared error, of logarithms where
        these are learned, or the log loss of classes); their ``difference`` with the ends of its
        95 % interval by the bootstrap over windows, ``ci_low`` and ``ci_high``; ``changed``, how
        far predictions move on average, in standard deviations of the target in training, or for
        classes the share of windows that are assigned to another class; and ``verdict``: the
        information is ``used``, since the model is worse without, or makes ``no difference`` that
        these windows could show.
    """
    windows = replicates.windows
    before = predict_each(models, windows)
    rows = []
    for name in track(SHUFFLES, len(SHUFFLES), "kinds of information shuffled"):
        shuffled = shuffle_windows(windows, name, view, seed)
        for model, values, after in zip(
            models, before, predict_each(models, shuffled), strict=True
        ):
            given = {"model": model.name, "kind": model.card.kind, "shuffled": name}
            rows += [
                {**given, "windows": len(windows), **row}
                for row in _compare(values, after, replicates, model.card.predictands, seed)
            ]
    return pd.DataFrame(rows)


def _compare(
    before: Values,
    after: Values,
    replicates: Replicates,
    predictands: Predictands,
    seed: int,
) -> Iterator[dict[str, str | float]]:
    """Yield, for each target, how scores differ, as columns."""
    truth, scaling = replicates.target, predictands.scaling
    if scaling is None:
        loss, loss_after = (
            -np.log(_pick_true(values, truth).clip(LEAST)) for values in (before, after)
        )
        changed = float((before.argmax(axis=1) != after.argmax(axis=1)).mean())
        columns = {"target": predictands.targets.first, "metric": "log_loss"}
        yield {**columns, **_score(loss, loss_after, changed, seed, lambda mean: mean)}
        return
    standard = scaling.standardise(truth)
    old, new = (scaling.standardise(values) for values in (before, after))
    moved = np.abs(new - old).mean(axis=0)
    for index, name in enumerate(scaling.names):
        sd = float(scaling.sds[index])
        error, error_after = ((values[:, index] - standard[:, index]) ** 2 for values in (old, new))
        metric = "rmse_log10" if scaling.logs[index] else "rmse"
        yield {
            "target": name,
            "metric": metric,
            **_score(
                error,
                error_after,
                float(moved[index]),
                seed,
                functools.partial(_take_root, sd=sd),
            ),
        }


def _score(
    before: npt.NDArray[np.float64],
    after: npt.NDArray[np.float64],
    changed: float,
    seed: int,
    convert: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]],
) -> dict[str, str | float]:
    """Return scores, which are converted from means of losses, and their difference, as columns."""
    losses = np.column_stack([before, after])
    score, shuffled = convert(losses.mean(axis=0)).tolist()
    resampled = convert(bootstrap.resample_means(losses, seed))
    low, high = bootstrap.find_interval(resampled[:, 1] - resampled[:, 0]).tolist()
    return {
        "score": score,
        "score_shuffled": shuffled,
        "difference": shuffled - score,
        "ci_low": low,
        "ci_high": high,
        "changed": changed,
        "verdict": USED if low > 0 and changed > NEGLIGIBLE else NO_DIFFERENCE,
    }


def _take_root(mean: npt.NDArray[np.float64], sd: float) -> npt.NDArray[np.float64]:
    return sd * np.sqrt(mean)


def _pick_true(probabilities: Values, truth: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the probability of the true class of each window."""
    return np.take_along_axis(probabilities, truth[:, None], axis=1)[:, 0]
