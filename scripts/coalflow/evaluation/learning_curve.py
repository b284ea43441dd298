"""How the error of a net falls with the number of training windows, and what doubling it gains.

The same net is trained on parts of the training windows. Its error on validation windows, so that
the test has no influence, is modelled as a + b n^-c: a is what remains however large the number of
windows n is, the rest falls with a power of n. Of numbers it is the squared error that falls like
this, shown as its root; of classes the log loss.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.core import seeds
from coalflow.dataset.loading import Replicates
from coalflow.evaluation import bootstrap
from coalflow.evaluation.cards import Card
from coalflow.evaluation.metrics import list_compared_metrics
from coalflow.evaluation.scorers import MetricName, make_scorer

POWERS = np.linspace(0.05, 2, 79)
POINTS = 25  # of a fitted curve
TRAINED, FITTED = "trained", "fitted"


@dataclasses.dataclass(frozen=True)
class TrainedNet:
    """A net, and what it predicts of validation windows, as scorers take it."""

    card: Card
    predicted: npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Errors:
    """The errors of one net by number of training windows.

    Attributes
    ----------
    windows : ndarray of int64, shape (parts,)
        The numbers of training windows, in rising order.
    values : ndarray of float64, shape (parts, restarts)
        The errors.
    resampled : ndarray of float64, shape (resamples, parts, restarts)
        The errors in each resample of validation windows.
    """

    windows: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    resampled: npt.NDArray[np.float64]


def tabulate_learning_curve(
    trained: Sequence[TrainedNet], validation: Replicates, seed: int
) -> pd.DataFrame:
    """Return the table of ``learning_curve.tsv``.

    Parameters
    ----------
    trained : sequence of TrainedNet
        The same number of restarts of each net on several numbers of windows.
    validation : Replicates
        On which errors are computed.
    seed : int
        The run's, for resamples.

    Returns
    -------
    DataFrame
        A row of ``kind`` ``trained`` is a restart's error. ``fitted`` rows are points of the curve
        through the means of restarts, which is continued to twice the number of windows. Intervals
        are 95 % bootstrap ones, of windows; those of the curve also of restarts.
    """
    target, metric = next(iter(list_compared_metrics(trained[0].card.targets)))
    rows: list[tuple[object, ...]] = []
    for net in dict.fromkeys(model.card.model for model in trained):
        models = [model for model in trained if model.card.model == net]
        errors = _measure_errors(models, validation, seed, (target, metric))
        low, high = bootstrap.find_interval(errors.resampled)
        rows += [
            (net, TRAINED, restart, windows, errors.values[i, j], low[i, j], high[i, j])
            for i, windows in enumerate(errors.windows)
            for j, restart in enumerate(_list_restarts(models))
        ]
        points = np.geomspace(errors.windows[0], 2 * errors.windows[-1], POINTS)
        points = np.unique(np.round(np.r_[points, errors.windows[-1]]).astype(np.int64))
        curve, ends = _fit_curve(errors, points, seed, is_root=metric.startswith("rmse"))
        rows += [(net, FITTED, "", *row) for row in zip(points, curve, *ends, strict=True)]
    columns = ["net", "kind", "restart", "windows", "value", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(4, "target", target)
    table.insert(5, "metric", metric)
    return table


def describe_learning_curve(curve: pd.DataFrame) -> list[str]:
    """Return a line per net on what twice the training windows would gain.

    Parameters
    ----------
    curve : DataFrame
        What :func:`tabulate_learning_curve` returned.
    """
    lines = []
    most = curve.loc[curve["kind"] == TRAINED, "windows"].max()
    for net, rows in curve[curve["kind"] == FITTED].groupby("net", sort=False):
        now, twice = (rows[rows["windows"] == windows].iloc[0] for windows in (most, 2 * most))
        gain = 100 * (1 - twice["value"] / now["value"])
        lines.append(
            f"{net}: {now['metric']} of {now['target']} on validation windows is "
            f"{now['value']:.4g} with {most:,} training windows; with {2 * most:,} expect "
            f"{twice['value']:.4g} [{twice['ci_low']:.4g}, {twice['ci_high']:.4g}], "
            f"{gain:.1f} % less"
        )
    return lines


def fit_power_laws(
    windows: npt.NDArray[np.int64], errors: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return a, b and c of a + b n^-c through errors at numbers of windows n, a and b >= 0.

    For each of many powers c the straight line through (n^-c, error) of least squares is found,
    then the best power.

    Parameters
    ----------
    windows : ndarray of int64, shape (parts,)
        The numbers n.
    errors : ndarray of float64, shape (curves, parts)
        The errors at these numbers.

    Returns
    -------
    ndarray of float64, shape (curves, 3)

    References
    ----------
    Hestness et al. 2017, Deep learning scaling is predictable, empirically, arXiv:1712.00409.

    Examples
    --------
    >>> fit_power_laws(np.array([100, 200, 400]), np.array([[0.3, 0.2, 0.15]])).round(6).tolist()
    [[0.1, 20.0, 1.0]]
    """
    best, least = np.zeros((len(errors), 3)), np.full(len(errors), np.inf)
    middle = errors.mean(axis=1)
    for power in POWERS:
        falling = (windows / windows[-1]) ** -power
        centred = falling - falling.mean()
        slope = np.maximum(errors @ centred / (centred @ centred), 0)
        floor = middle - slope * falling.mean()
        below = floor < 0
        slope = np.where(below, errors @ falling / (falling @ falling), slope)
        floor = np.where(below, 0, floor)
        squares = ((floor[:, None] + slope[:, None] * falling - errors) ** 2).sum(axis=1)
        better = squares < least
        scaled = slope * windows[-1] ** power
        best[better] = np.column_stack([floor, scaled, np.full(len(errors), power)])[better]
        least[better] = squares[better]
    return best


def _measure_errors(
    trained: Sequence[TrainedNet], validation: Replicates, seed: int, metric: MetricName
) -> Errors:
    """Return the errors of the restarts of one net."""
    sizes = sorted({model.card.trained_on.replicates for model in trained})
    restarts = _list_restarts(trained)
    values = np.empty((len(sizes), len(restarts)))
    resampled = np.empty((bootstrap.BOOTSTRAPS, *values.shape))
    for model in trained:
        card = model.card
        scorer = make_scorer(validation.target, model.predicted, card.predictands, [metric])
        drawn = bootstrap.compute_on_resamples(scorer.score_rows, len(validation), seed)
        i, j = sizes.index(card.trained_on.replicates), restarts.index(card.restart)
        values[i, j], resampled[:, i, j] = scorer.score_all()[0], drawn[:, 0]
    return Errors(np.array(sizes), values, resampled)


def _list_restarts(trained: Sequence[TrainedNet]) -> list[int | None]:
    return sorted({model.card.restart for model in trained}, key=lambda restart: restart or 0)


def _fit_curve(
    errors: Errors, points: npt.NDArray[np.int64], seed: int, is_root: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the curve and the ends of its interval at numbers of windows ``points``."""
    generator = seeds.derive_generator(seed, "restarts of a learning curve")
    drawn = generator.integers(errors.values.shape[1], size=errors.resampled.shape)
    resampled = np.take_along_axis(errors.resampled, drawn, axis=2).mean(axis=2)
    power = 2 if is_root else 1
    means = np.vstack([errors.values.mean(axis=1), resampled]) ** power
    floor, scaled, falling = fit_power_laws(errors.windows, means).T[:, :, None]
    curves = (floor + scaled * points**-falling) ** (1 / power)
    return curves[0], bootstrap.find_interval(curves[1:])
