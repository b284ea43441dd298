"""The test windows that confuse the best net most, with the training windows nearest to them.

Of classes, they are the windows whose two most probable ones are nearly level (``uncertain``), and
those for which a wrong class is most probable (``wrong``). Of numbers, they are those with the
largest errors (``largest_error``), and those on which net and baseline differ most
(``disagreement``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.failures.judged_models import JudgedModels
from coalflow.evaluation.failures.nearest_windows import NearestWindows
from coalflow.evaluation.predictions import (
    TRUTH,
    Values,
    name_column,
    select_prediction,
    select_truth,
)

UNCERTAIN, WRONG = "uncertain", "wrong"
LARGEST_ERROR, DISAGREEMENT = "largest_error", "disagreement"
NEAREST, DISTANCE = "nearest", "distance"
SHOWN = 5  # of each kind, in the report
WINDOW = ["cell", "replicate"]  # by which a window is known


def rank_windows(
    predicted: pd.DataFrame, models: JudgedModels, predictands: Predictands
) -> dict[str, pd.Series]:
    """Return test windows by how confusing they are, for each kind.

    Parameters
    ----------
    predicted : DataFrame
        Predictions of test windows.
    models : JudgedModels
    predictands : Predictands

    Returns
    -------
    dict of str to Series
        Of each kind, the windows' scores by their indices in ``predicted``, most confusing first:
        the difference of the two highest probabilities; the probability of the wrong class, of
        windows that are classified wrong; or a distance in standard deviations of training (of
        several targets, the root mean square).
    """
    found: dict[str, pd.Series] = {}
    for kind, scores, ascending in _score_windows(predicted, models, predictands):
        series = pd.Series(scores).dropna()
        found[kind] = series.sort_values(ascending=ascending, kind="stable")
    return found


def _score_windows(
    predicted: pd.DataFrame, models: JudgedModels, predictands: Predictands
) -> Iterator[tuple[str, Values, bool]]:
    """Yield each kind, its scores, nan of windows that are not of it, and whether few is most."""
    targets = predictands.targets
    values = {
        name: select_prediction(predicted, name, targets).values
        for name in models.only_pair().shown
    }
    net = values[models.nets[0]]
    truth = select_truth(predicted, targets)
    scaling = predictands.scaling
    if scaling is None:
        ordered = np.sort(net, axis=1)
        yield UNCERTAIN, ordered[:, -1] - ordered[:, -2], True
        is_wrong = net.argmax(axis=1) != truth
        yield WRONG, np.where(is_wrong, ordered[:, -1], np.nan), False
        return

    def measure_distance(first: Values, second: Values) -> Values:
        apart = scaling.standardise(first) - scaling.standardise(second)
        return np.sqrt((apart**2).mean(axis=1))

    yield LARGEST_ERROR, measure_distance(net, truth), False
    if models.baseline is not None:
        yield DISAGREEMENT, measure_distance(net, values[models.baseline]), False


def tabulate_confusing(
    predicted: pd.DataFrame,
    ranked: Mapping[str, pd.Series],
    models: JudgedModels,
    nearest: NearestWindows,
    train: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table of ``confusing.tsv``.

    Parameters
    ----------
    predicted : DataFrame
        Predictions of test windows.
    ranked : mapping of str to Series
        What :func:`rank_windows` returned.
    models : JudgedModels
    nearest : NearestWindows
        Those of the test windows.
    train : DataFrame
        The rows of the split table that ``nearest`` is about.

    Returns
    -------
    DataFrame
        A row per kind and window, the most confusing first: the true value, what the best net and
        the best baseline predict, and of the nearest training window of each class (or of the three
        nearest ones) its cell and number, as ``cell/replicate``, and its distance.
    """
    names = models.only_pair().shown
    columns = [name for name in map(str, predicted) if _is_about(name, [TRUTH, *names])]
    names_of_train = (train["cell"] + "/" + train["replicate"].astype(str)).to_numpy(object)
    parts = []
    for kind, scores in ranked.items():
        rows = scores.index.to_numpy()
        table = predicted.iloc[rows][[*WINDOW, *columns]].reset_index(drop=True)
        table.insert(0, "kind", kind)
        table.insert(1, "rank", np.arange(1, len(rows) + 1))
        table.insert(2, "score", scores.to_numpy())
        neighbours = {}
        for index, label in enumerate(nearest.labels):
            found = nearest.rows[rows, index]
            neighbours[name_column(NEAREST, label)] = _name_rows(names_of_train, found)
            neighbours[name_column(DISTANCE, label)] = nearest.distances[rows, index]
        parts.append(table.assign(**neighbours))
    return pd.concat(parts, ignore_index=True)


def _is_about(column: str, models: list[str]) -> bool:
    """Tell whether a column of predictions is that of one of some models, or the truth."""
    return any(column == name or column.startswith(name_column(name, "")) for name in models)


def _name_rows(
    names: npt.NDArray[np.object_], rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    return np.where(rows < 0, "", names[np.maximum(rows, 0)])
