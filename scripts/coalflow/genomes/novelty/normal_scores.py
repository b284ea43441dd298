"""Statistics as normal scores: by their ranks among simulated windows.

Whatever the distribution of a statistic is, its scores are normal, with mean 0 and variance 1, so
that those of different statistics compare. Beyond all simulated values, scores continue in a
straight line.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.special

KNOTS = 401  # quantiles that a distribution is described by
OUTER = 0.1  # the share of values at either end by whose spread scores continue beyond it


@dataclasses.dataclass(frozen=True)
class NormalScores:
    """How the values of statistics become scores.

    Attributes
    ----------
    names : ndarray of str, shape (statistics,)
    knots, scores : ndarray of float64, shape (knots,)
        Values of one statistic after the other, ascending, and their scores.
    sizes : ndarray of int64, shape (statistics,)
        How many knots each statistic has.
    """

    names: npt.NDArray[np.str_]
    knots: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    sizes: npt.NDArray[np.int64]

    @classmethod
    def rank(cls, table: pd.DataFrame) -> NormalScores:
        """Return the scores of simulated windows.

        Parameters
        ----------
        table : DataFrame
            A column for each statistic; two windows or more.
        """
        fitted = [_fit_column(table[name].to_numpy(np.float64)) for name in table]
        return cls(
            np.array([str(name) for name in table]),
            np.concatenate([knots for knots, _ in fitted]),
            np.concatenate([scores for _, scores in fitted]),
            np.array([len(knots) for knots, _ in fitted]),
        )

    def transform(self, table: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return the scores of windows, float64 (windows, statistics).

        Parameters
        ----------
        table : DataFrame
            With the same columns; others are not looked at.
        """
        ends = np.cumsum(self.sizes)
        columns = [
            _find_scores(
                table[name].to_numpy(np.float64),
                self.knots[end - size : end],
                self.scores[end - size : end],
            )
            for name, end, size in zip(self.names, ends, self.sizes, strict=True)
        ]
        return np.ascontiguousarray(np.stack(columns, axis=1))


def _fit_column(
    values: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the knots of a statistic and their scores."""
    different, first, counts = np.unique(values, return_index=True, return_counts=True)
    del first
    # Equal values have the mean of their ranks.
    ranks = (np.cumsum(counts) - counts / 2) / len(values)
    if len(different) > KNOTS:
        wanted = np.linspace(0, 1, KNOTS)
        # As many knots at the ends as in the middle, by score.
        limit = scipy.special.ndtri(ranks[-1])
        wanted = scipy.special.ndtr((2 * wanted - 1) * limit)
        chosen = np.unique(np.r_[0, np.searchsorted(ranks, wanted), len(ranks) - 1])
        chosen = chosen[chosen < len(ranks)]
        different, ranks = different[chosen], ranks[chosen]
    return different, scipy.special.ndtri(ranks)


def _find_scores(
    values: npt.NDArray[np.float64],
    knots: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    found = np.interp(values, knots, scores)
    for end, sign in ((-1, 1.0), (0, -1.0)):
        beyond = np.maximum(sign * (values - knots[end]), 0)
        found += (
            sign * beyond * _find_slope(sign * knots[:: int(sign)], sign * scores[:: int(sign)])
        )
    return found


def _find_slope(knots: npt.NDArray[np.float64], scores: npt.NDArray[np.float64]) -> float:
    """Return how much scores grow with values beyond the upper end."""
    outer = scores >= scipy.special.ndtri(1 - OUTER)
    outer[-2:] = True
    values, found = knots[outer], scores[outer]
    width = values[-1] - values[0]
    if width > 0:
        return float((found[-1] - found[0]) / width)
    # Nothing varies: whatever differs is far.
    return 1e3 / max(abs(float(knots[-1])), 1e-3)


def name_columns(names: Sequence[str], directions: npt.NDArray[np.float64]) -> list[str]:
    """Return the statistic that is furthest out of each window, with its direction.

    Parameters
    ----------
    names : sequence of str
    directions : ndarray of float64, shape (windows, statistics)
        How far out each is, above 0 where it is high.

    Examples
    --------
    >>> name_columns(["H1", "H12"], np.array([[1.0, -3.0], [2.0, 0.0]]))
    ['H12 low', 'H1 high']
    """
    chosen = np.abs(directions).argmax(axis=1)
    signs = directions[np.arange(len(chosen)), chosen] > 0
    return [
        f"{names[column]} {'high' if high else 'low'}"
        for column, high in zip(chosen.tolist(), signs.tolist(), strict=True)
    ]
