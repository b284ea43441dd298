"""Ridge regression of as many windows as there are, several thousand in memory at a time.

It is that of scikit-learn's ``RidgeCV``, whose estimator it returns: statistics are standardised,
and of some penalties each target takes that with the least squared error of windows that are left
out, one at a time. scikit-learn keeps several copies of all statistics; here, a triangular matrix
takes up one block of windows after another (a QR decomposition), and a second pass over the windows
computes the errors.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

ROWS_AT_ONCE = 2**14


def fit_ridge(
    statistics: pd.DataFrame,
    targets: npt.NDArray[np.float64],
    penalties: npt.NDArray[np.float64],
) -> Pipeline:
    """Return a fitted ridge regression, with a penalty for each target.

    Parameters
    ----------
    statistics : DataFrame
        Of as many rows as ``targets``.
    targets : ndarray of float64, shape (windows, targets)
    penalties : ndarray of float64, shape (penalties,)
    """
    scaler = StandardScaler()
    for _, block in _split(statistics):
        scaler.partial_fit(block)
    means = targets.mean(axis=0)
    centred = targets - means
    windows, columns = statistics.shape
    triangle = np.zeros((0, columns + targets.shape[1]))
    for rows, block in _split(statistics):
        joined = np.hstack([scaler.transform(block), centred[rows]])
        # numpy's types have this mode return what the others do.
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, joined]), mode="r"))
    left, singular, right = np.linalg.svd(triangle[:columns, :columns], full_matrices=False)
    projected = left.T @ triangle[:columns, columns:]
    # Float64 (penalties, components), then (penalties, components, targets).
    shrunk = 1 / (singular**2 + penalties[:, None])
    weights = (singular * shrunk)[:, :, None] * projected
    errors = np.zeros((len(penalties), targets.shape[1]))
    for rows, block in _split(statistics):
        components = scaler.transform(block) @ right.T
        leverage = components**2 @ shrunk.T + 1 / windows
        for error, one, high in zip(errors, weights, leverage.T, strict=True):
            residuals = (centred[rows] - components @ one) / (1 - high[:, None])
            error += (residuals**2).sum(axis=0)
    best = errors.argmin(axis=0)
    coefficients = np.stack([right.T @ weights[index, :, i] for i, index in enumerate(best)])
    ridge = RidgeCV(penalties, alpha_per_target=True)
    ridge.alpha_, ridge.best_score_ = penalties[best], -errors.min(axis=0) / windows
    ridge.coef_, ridge.intercept_ = coefficients, means
    ridge.n_features_in_ = columns
    return make_pipeline(scaler, ridge)


def _split(statistics: pd.DataFrame) -> Iterator[tuple[slice, npt.NDArray[np.float64]]]:
    """Yield which rows a block has, and the block, float64 (rows, statistics)."""
    for first in range(0, len(statistics), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        yield rows, statistics.iloc[rows].to_numpy(np.float64)
