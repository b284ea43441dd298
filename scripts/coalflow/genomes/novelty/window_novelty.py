"""How unlike everything simulated each window is, as a p-value.

A window is unlike the training windows in three ways: one of its statistics is far out; their
combination is unlike that of the training windows nearest to it; or a net's last hidden layer is.
How far it is by chance is known from simulations held out, which no model has learned from. In each
way, the share of those that are as far has a p-value; the smallest counts, and its own p-value is
the share of windows held out whose smallest is as small. By the principle of conformal prediction,
that is the rate of false alarms, whatever was measured. Beyond all windows held out, it continues
by a generalised Pareto distribution.

References
----------
Vovk, Gammerman and Shafer (2005), on conformal p-values; Bates et al. (2023),
doi.org/10.1214/22-AOS2244, on those of outliers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.core import seeds
from coalflow.genomes.novelty.neighbours import Neighbours
from coalflow.genomes.novelty.normal_scores import NormalScores, name_columns
from coalflow.genomes.significance.null_tails import NullTail
from coalflow.statistics.window_statistics import select_compared

MOST_TRAINING_WINDOWS = 8_000  # that others are compared with
MOST_COMPONENTS, MOST_HIDDEN = 20, 12

STATISTICS = ("marginal", "joint")  # the ways of the statistics

Arrays: TypeAlias = dict[str, npt.NDArray[Any]]
Floats: TypeAlias = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class NovelWindows:
    """How unlike everything simulated windows are.

    Attributes
    ----------
    p : ndarray of float64, shape (windows,)
        The share of simulated windows that are as unlike.
    p_statistics, p_hidden : ndarray of float64, shape (windows,)
        By the statistics alone, and by a net's last hidden layer alone; the latter is None without
        one.
    furthest : list of str
        The statistic that is furthest out and its direction, such as ``H12 high``.
    """

    p: Floats
    p_statistics: Floats
    p_hidden: Floats | None
    furthest: list[str]


@dataclasses.dataclass(frozen=True)
class WindowNovelty:
    """What windows are compared with.

    Attributes
    ----------
    scores : NormalScores
        Of the statistics of training windows.
    joint : Neighbours
        Training windows by all their statistics.
    hidden : Neighbours, optional
        Training windows by a net's last hidden layer.
    ways : dict of NullTail
        Of windows held out, how far each is from the training windows in each way.
    held_out : dict of NullTail
        The same, by the statistics in both ways, by the hidden layer, and by all: negative
        logarithms of the smallest p-values.
    """

    scores: NormalScores
    joint: Neighbours
    hidden: Neighbours | None
    ways: dict[str, NullTail]
    held_out: dict[str, NullTail]

    @classmethod
    def fit(
        cls,
        train: pd.DataFrame,
        held_out: pd.DataFrame,
        hidden: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None,
        seed: int,
    ) -> WindowNovelty:
        """Return what windows are compared with.

        Parameters
        ----------
        train, held_out : DataFrame
            What :func:`coalflow.statistics.window_statistics.describe_windows` returns, of windows
            that the net learns from and of others like them.
        hidden : tuple of ndarray of float32, shape (windows, units), optional
            The last hidden layer of a net for both.
        seed : int
            The run's, to choose among many training windows.
        """
        random = seeds.derive_generator(seed, "novelty", "training windows")
        rows = np.sort(random.permutation(len(train))[:MOST_TRAINING_WINDOWS])
        chosen = select_compared(train).iloc[rows]
        scores = NormalScores.rank(chosen)
        joint = Neighbours.find(scores.transform(chosen), MOST_COMPONENTS)
        layer, others = None, None
        if hidden is not None:
            layer, others = Neighbours.find(hidden[0][rows], MOST_HIDDEN), hidden[1]
        fitted = cls(scores, joint, layer, {}, {})
        far = fitted._measure(held_out, others)[0]
        ways = {name: NullTail.fit(distances, "upper") for name, distances in far.items()}
        fitted = dataclasses.replace(fitted, ways=ways)
        # A window that is counted in does not count itself, as another would not.
        beyond = {name: np.nextafter(distances, np.inf) for name, distances in far.items()}
        tails = {
            name: NullTail.fit(unlike, "upper") for name, unlike in fitted._combine(beyond).items()
        }
        return dataclasses.replace(fitted, held_out=tails)

    def judge(
        self, table: pd.DataFrame, hidden: npt.NDArray[np.float32] | None = None
    ) -> NovelWindows:
        """Return how unlike everything simulated windows are.

        Parameters
        ----------
        table : DataFrame
            Their statistics, with the columns of the training windows.
        hidden : ndarray of float32, shape (windows, units), optional
            The last hidden layer of the net, where one is compared.
        """
        if not len(table):
            empty = np.empty(0)
            return NovelWindows(empty, empty, None if self.hidden is None else empty, [])
        far, values, nearest = self._measure(table, hidden)
        unlike = self._combine(far)
        p = {name: tail.find_p(unlike[name]) for name, tail in self.held_out.items()}
        by_itself = self._rate("marginal", far) >= self._rate("joint", far)
        # Where no statistic is far out by itself, how it differs from those of the neighbours.
        directions = values - self.joint.describe(nearest)
        directions[by_itself] = values[by_itself]
        furthest = name_columns(self.scores.names.tolist(), directions)
        return NovelWindows(p["all"], p["statistics"], p.get("hidden"), furthest)

    def _measure(
        self, table: pd.DataFrame, hidden: npt.NDArray[np.float32] | None
    ) -> tuple[dict[str, Floats], Floats, npt.NDArray[np.int64]]:
        """Return how far windows are in each way, their scores, and their nearest neighbours."""
        values = self.scores.transform(table)
        apart, nearest = self.joint.measure(values)
        far = {"marginal": np.abs(values).max(axis=1), "joint": apart}
        if self.hidden is not None:
            assert hidden is not None  # the caller has recorded the layer
            far["hidden"], _ = self.hidden.measure(hidden)
        return far, values, nearest

    def _combine(self, far: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return how unlike windows are by the statistics, by the hidden layer and by all."""
        combined = {"statistics": np.maximum(*(self._rate(way, far) for way in STATISTICS))}
        combined["all"] = combined["statistics"]
        if self.hidden is not None:
            combined["hidden"] = self._rate("hidden", far)
            combined["all"] = np.maximum(combined["all"], combined["hidden"])
        return combined

    def _rate(self, way: str, far: Mapping[str, Floats]) -> Floats:
        """Return the negative logarithm of the p-value in one way."""
        return -np.log(self.ways[way].find_p(far[way]))

    def to_arrays(self) -> Arrays:
        """Return what :meth:`from_arrays` takes."""
        parts = {"scores": vars(self.scores), "joint": vars(self.joint)}
        if self.hidden is not None:
            parts["hidden"] = vars(self.hidden)
        parts |= {f"ways/{name}": tail.to_arrays() for name, tail in self.ways.items()}
        parts |= {f"held_out/{name}": tail.to_arrays() for name, tail in self.held_out.items()}
        return {
            f"{part}/{name}": array for part, each in parts.items() for name, array in each.items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> WindowNovelty:
        """Return what was written.

        Parameters
        ----------
        arrays : mapping of str to ndarray
        """
        parts: dict[str, Arrays] = {}
        for path, array in arrays.items():
            part, _, name = path.rpartition("/")
            parts.setdefault(part, {})[name] = array

        def restore(group: str) -> dict[str, NullTail]:
            return {
                part.partition("/")[2]: NullTail.from_arrays(each)
                for part, each in parts.items()
                if part.startswith(f"{group}/")
            }

        hidden = parts.get("hidden")
        return cls(
            NormalScores(**parts["scores"]),
            Neighbours(**parts["joint"]),
            None if hidden is None else Neighbours(**hidden),
            restore("ways"),
            restore("held_out"),
        )
