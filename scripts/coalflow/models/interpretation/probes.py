"""Probes: how much of a statistic can be read off numbers by ridge regression.

A probe that succeeds shows that a layer holds the statistic in linear form, not that the net uses
it. So each is compared with the same probe on what the net is given, and on the same layer of a net
that has not learned anything; and a statistic whose values are shuffled among windows must not be
found at all.

References
----------
Alain and Bengio (2016), arXiv:1610.01644. Hewitt and Liang (2019), arXiv:1909.03368.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from coalflow.core import seeds
from coalflow.evaluation import bootstrap
from coalflow.models.interpretation.activations import (
    INPUT,
    build_untrained_net,
    collect_layers,
)
from coalflow.models.storage.model import Model
from coalflow.windows.packed_windows import Windows

FOLDS = 4
FEWEST_WINDOWS = 20  # with fewer, a probe is not defined
# As shares of the mean square of all numbers of a window.
PENALTIES = np.logspace(-7, 2, 10)
FLAT = 1e-9  # the share of a column's largest value below which its deviation is rounding

Numbers: TypeAlias = npt.NDArray[np.floating]


def probe_net(model: Model, windows: Windows, theory: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return how much each layer of a net knows of each statistic: rows of ``probes.tsv``.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows
        Test windows, so that the net has not learned from them.
    theory : DataFrame
        Of these windows, as :func:`probe_layer` takes it.
    seed : int
        The run's.

    Returns
    -------
    DataFrame
        A row for each layer and statistic: the columns of :func:`probe_layer`; ``numbers``, how
        many the probe reads of a window; ``r2_untrained``, the share that the same probe finds in
        the same layer of a net with random weights; and ``r2_input``, in what the net is given. The
        first layer is ``input`` itself, the second, where a net has one without weights,
        ``first layer``, and the last ``output``.
    """
    assert model.net is not None
    other = build_untrained_net(model, windows, seed)
    layers, (trained, untrained) = collect_layers(model, windows, [model.net, other])
    layers |= trained
    tables = []
    given = np.full(len(theory.columns), np.nan)
    for layer, numbers in layers.items():
        found = probe_layer(numbers, theory, seed)
        if layer == INPUT:
            given = found["r2"].to_numpy()
        random = found["r2"].to_numpy() * np.nan
        if layer in untrained:
            random = probe_layer(untrained[layer], theory, seed)["r2"].to_numpy()
        found = found.assign(r2_untrained=random, r2_input=given)
        found.insert(0, "numbers", numbers.shape[1])
        found.insert(0, "layer", layer)
        found.insert(0, "net", model.card.name)
        tables.append(found)
    return pd.concat(tables, ignore_index=True)


def probe_layer(numbers: Numbers, theory: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return how much of each statistic a linear probe finds in the numbers of a layer.

    The windows are divided into folds. Each fold is predicted by a ridge regression that is fitted
    to the others; its penalty is chosen there, for each statistic, by leaving out one window at a
    time.

    Parameters
    ----------
    numbers : ndarray, shape (windows, numbers)
        Activations, or any other description of windows.
    theory : DataFrame
        A row for each window and a column for each statistic; nan where it is not defined.
    seed : int
        The run's; it decides the folds.

    Returns
    -------
    DataFrame
        A row for each statistic: ``windows`` for which it is defined; ``r2``, the share of its
        variance that is predicted in windows that the probe was not fitted to, with the ends
        ``r2_low`` and ``r2_high`` of its 95 % interval by the bootstrap over windows; and
        ``r2_shuffled``, the same where its values are shuffled among windows. All are nan
        where a statistic is the same in all windows, or where there are fewer than
        :data:`FEWEST_WINDOWS`.
    """
    values = theory.to_numpy(np.float64)
    defined = np.isfinite(values)
    rows = {}
    # Statistics that are defined for the same windows are probed together.
    patterns, pattern_of = np.unique(defined, axis=1, return_inverse=True)
    with threadpool_limits(1):
        for index, windows in enumerate(patterns.T):
            columns = np.flatnonzero(pattern_of.ravel() == index)
            found = _probe_all(numbers[windows], values[np.ix_(windows, columns)], seed)
            for column, row in zip(columns.tolist(), found, strict=True):
                rows[column] = {"statistic": str(theory.columns[column]), **row}
    return pd.DataFrame([rows[column] for column in sorted(rows)])


def _probe_all(
    numbers: Numbers, values: npt.NDArray[np.float64], seed: int
) -> list[dict[str, float]]:
    """Return what a probe finds of several statistics, all defined for all windows, as columns."""
    windows, statistics = values.shape
    missing = dict.fromkeys(("r2", "r2_low", "r2_high", "r2_shuffled"), np.nan)
    rows: list[dict[str, float]] = [{"windows": windows, **missing} for _ in range(statistics)]
    spread = np.ptp(values, axis=0) if windows else np.zeros(statistics)
    largest = np.abs(values).max(axis=0, initial=0)
    probed = np.flatnonzero(spread > FLAT * largest)
    if windows < FEWEST_WINDOWS or not len(probed):
        return rows
    generator = seeds.derive_generator(seed, "probes", windows)
    fold_of = generator.permutation(windows) % FOLDS
    shuffled = values[generator.permutation(windows)]
    wanted = np.concatenate([values[:, probed], shuffled[:, probed]], axis=1)
    errors, variation = _cross_validate(_standardise(numbers), wanted, fold_of)
    r2, resampled = _score(errors, variation, seed)
    low, high = bootstrap.find_interval(resampled)
    for index, column in enumerate(probed.tolist()):
        rows[column] |= {
            "r2": float(r2[index]),
            "r2_low": float(low[index]),
            "r2_high": float(high[index]),
            "r2_shuffled": float(r2[len(probed) + index]),
        }
    return rows


def _standardise(numbers: Numbers) -> npt.NDArray[np.float64]:
    """Return columns with mean 0 and standard deviation 1; those that never change are left out."""
    centred = numbers - numbers.mean(axis=0, dtype=np.float64)
    deviation = centred.std(axis=0)
    varies = deviation > FLAT * np.abs(numbers).max(axis=0)
    return centred[:, varies] / deviation[varies]


def _cross_validate(
    numbers: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    fold_of: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return squared errors, and squared deviations from the mean of the other folds.

    Both are float64 (windows, statistics).
    """
    errors, variation = np.empty_like(values), np.empty_like(values)
    # The smaller of two matrices: of products of numbers, or of windows.
    is_wide = numbers.shape[1] > len(numbers) * (FOLDS - 1) / FOLDS
    products = numbers @ numbers.T if is_wide else None
    for fold in np.unique(fold_of):
        left_out, fitted = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        if products is None:
            components, sizes, others = _rotate_numbers(numbers[fitted], numbers[left_out])
        else:
            components, sizes, others = _rotate_products(products, fitted, left_out)
        mean = values[fitted].mean(axis=0)
        centred = values[fitted] - mean
        predicted = mean + _predict_by_ridge(components, sizes, others, centred)
        errors[left_out] = (values[left_out] - predicted) ** 2
        variation[left_out] = (values[left_out] - mean) ** 2
    return errors, variation


def _rotate_numbers(
    fitted: npt.NDArray[np.float64], left_out: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the principal components of windows: those fitted, their sizes, and those left out.

    The first is float64 (windows, components) of orthonormal columns, the second (components,), and
    the third (windows left out, components), not divided by their sizes.
    """
    mean = fitted.mean(axis=0)
    centred = fitted - mean
    squares, directions = np.linalg.eigh(centred.T @ centred)
    kept = squares > FLAT * squares.max(initial=0)
    directions, sizes = directions[:, kept], np.sqrt(squares[kept])
    return centred @ directions / sizes, sizes, (left_out - mean) @ directions


def _rotate_products(
    products: npt.NDArray[np.float64],
    fitted: npt.NDArray[np.int64],
    left_out: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what :func:`_rotate_numbers` does, by the products of windows."""
    within, between = products[np.ix_(fitted, fitted)], products[np.ix_(left_out, fitted)]
    by_window = within.mean(axis=0)
    centred = within - by_window - by_window[:, None] + by_window.mean()
    squares, components = np.linalg.eigh(centred)
    kept = squares > FLAT * squares.max(initial=0)
    components, sizes = components[:, kept], np.sqrt(squares[kept])
    between = between - between.mean(axis=1, keepdims=True) - by_window + by_window.mean()
    return components, sizes, between @ components / sizes


def _predict_by_ridge(
    components: npt.NDArray[np.float64],
    sizes: npt.NDArray[np.float64],
    left_out: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return what is predicted of windows left out, with the best penalty for each statistic."""
    windows = len(components)
    projected = components.T @ values
    penalties = PENALTIES * (sizes**2).sum() / windows
    best = np.full(values.shape[1], np.inf)
    predicted = np.zeros((len(left_out), values.shape[1]))
    for penalty in penalties:
        shrunk = sizes**2 / (sizes**2 + penalty)
        residuals = values - components @ (shrunk[:, None] * projected)
        leverage = components**2 @ shrunk + 1 / windows
        error = (residuals / np.maximum(1 - leverage, FLAT)[:, None]) ** 2
        better = error.mean(axis=0) < best
        best = np.where(better, error.mean(axis=0), best)
        weights = (sizes / (sizes**2 + penalty))[:, None] * projected[:, better]
        predicted[:, better] = left_out @ weights
    return predicted


def _score(
    errors: npt.NDArray[np.float64], variation: npt.NDArray[np.float64], seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return R squared, float64 (statistics,), and that of resamples, (resamples, statistics)."""
    both = np.concatenate([errors, variation], axis=1)
    resampled = bootstrap.resample_means(both, seed)
    error, spread = np.split(resampled, 2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - errors.sum(axis=0) / variation.sum(axis=0), 1 - error / spread
