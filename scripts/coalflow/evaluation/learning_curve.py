"""How the error of a net falls with the number of training windows, and what twice as many buy.

The same net is trained on parts of the training windows. Its error on validation windows,
so that the test has no say, is taken to be a + b n^-c: what no number of windows takes away,
and what falls with a power of their number n. Of numbers it is the squared error that falls
so, shown as its root; of classes the log loss. (Power laws of this kind: Hestness et al.
2017, Deep learning scaling is predictable, empirically.)
"""

import dataclasses

import numpy as np
import pandas as pd

from coalflow.core import seeds
from coalflow.evaluation import metrics

POWERS = np.linspace(0.05, 2, 79)
POINTS = 25  # of a fitted curve
TRAINED, FITTED = "trained", "fitted"


@dataclasses.dataclass(frozen=True)
class Errors:
    """The errors of one net by number of training windows.

    ``windows`` are the numbers, int64 (parts,), in rising order; ``values`` float64 (parts,
    restarts); ``resampled`` the same of each resample of validation windows, float64
    (resamples, parts, restarts).
    """

    windows: np.ndarray
    values: np.ndarray
    resampled: np.ndarray


def of_nets(trained, validation, seed):
    """Return the table of ``learning_curve.tsv``.

    ``trained`` are nets, :class:`coalflow.models.storage.Model`, as many restarts of each on several
    numbers of windows, ``validation`` :class:`coalflow.dataset.loading.Replicates`. A row of ``kind``
    ``trained`` is a restart's error; ``fitted`` ones are of the curve through the means of
    restarts, which goes on to twice the windows. Intervals are 95 % bootstrap ones, of
    windows; those of the curve also of restarts.
    """
    target, metric = next(iter(metrics.compared(trained[0].card)))
    rows = []
    for net in dict.fromkeys(model.card["model"] for model in trained):
        mine = [model for model in trained if model.card["model"] == net]
        errors = _errors(mine, validation, seed, (target, metric))
        restarts = sorted({model.card["restart"] for model in mine})
        low, high = metrics.interval(errors.resampled)
        rows += [
            (net, TRAINED, restart, windows, errors.values[i, j], low[i, j], high[i, j])
            for i, windows in enumerate(errors.windows)
            for j, restart in enumerate(restarts)
        ]
        at = np.geomspace(errors.windows[0], 2 * errors.windows[-1], POINTS)
        at = np.unique(np.round(np.r_[at, errors.windows[-1]]).astype(np.int64))
        value, (low, high) = _curve(errors, at, seed, is_root=metric.startswith("rmse"))
        rows += [(net, FITTED, "", *row) for row in zip(at, value, low, high, strict=True)]
    columns = ["net", "kind", "restart", "windows", "value", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(4, "target", target)
    table.insert(5, "metric", metric)
    return table


def in_words(curve):
    """Return lines that say what twice the training windows would buy each net."""
    lines = []
    most = curve.loc[curve["kind"] == TRAINED, "windows"].max()
    for net, rows in curve[curve["kind"] == FITTED].groupby("net", sort=False):
        now, twice = (rows[rows["windows"] == number].iloc[0] for number in (most, 2 * most))
        gain = 100 * (1 - twice["value"] / now["value"])
        lines.append(
            f"{net}: {now['metric']} of {now['target']} on validation windows is "
            f"{now['value']:.4g} with {most:,} training windows; with {2 * most:,} expect "
            f"{twice['value']:.4g} [{twice['ci_low']:.4g}, {twice['ci_high']:.4g}], "
            f"{gain:.1f} % less"
        )
    return lines


def fit(windows, errors):
    """Return a, b and c of a + b n^-c through errors at numbers of windows n, a and b >= 0.

    ``errors`` are float64 (curves, parts) at ``windows`` (parts,). For each of many powers c
    the straight line through (n^-c, error) of least squares is found, then the best power.
    Returns float64 (curves, 3).
    """
    best, least = np.zeros((len(errors), 3)), np.full(len(errors), np.inf)
    middle = errors.mean(axis=1)
    for power in POWERS:
        falling = (windows / windows[-1]) ** -power
        off = falling - falling.mean()
        slope = np.maximum(errors @ off / (off @ off), 0)
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


def _errors(trained, validation, seed, metric):
    sizes = sorted({_windows(model) for model in trained})
    restarts = sorted({model.card["restart"] for model in trained})
    values, resampled = np.empty((len(sizes), len(restarts))), None
    for model in trained:
        predicted = model.predict(validation.windows)
        _, of_rows = metrics.scorer(validation.target, predicted, model.card, [metric])
        drawn = metrics.bootstrap(of_rows, len(validation), seed)[:, 0]
        if resampled is None:
            resampled = np.empty((len(drawn), *values.shape))
        place = sizes.index(_windows(model)), restarts.index(model.card["restart"])
        values[place], resampled[:, *place] = of_rows(slice(None))[0, 0], drawn
    return Errors(np.array(sizes), values, resampled)


def _windows(model):
    return model.card["trained_on"]["replicates"]


def _curve(errors, at, seed, is_root):
    """Return the curve and the ends of its interval at numbers of windows ``at``."""
    generator = seeds.derive_generator(seed, "restarts of a learning curve")
    drawn = generator.integers(errors.values.shape[1], size=errors.resampled.shape)
    resampled = np.take_along_axis(errors.resampled, drawn, axis=2).mean(axis=2)
    power = 2 if is_root else 1
    means = np.vstack([errors.values.mean(axis=1), resampled]) ** power
    floor, scaled, falling = fit(errors.windows, means).T[:, :, None]
    curves = (floor + scaled * at**-falling) ** (1 / power)
    return curves[0], metrics.interval(curves[1:])
