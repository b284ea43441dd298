"""The null of one model and one score: what neutral windows, their means and regions are like."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.scans.significance import Significance, Tail
from coalflow.genomes.significance.neighbours import average_neighbours, find_neighbours
from coalflow.genomes.significance.null_regions import NullRegions
from coalflow.genomes.significance.null_tails import NullTail


@dataclasses.dataclass(frozen=True)
class Null:
    """The null of one model and one score.

    Regions are made by means of the scores of a window and its neighbours, since what makes a
    region, such as a sweep, is seldom in one window alone. At the ends of contigs and next to gaps
    the mean is of fewer windows, and is compared with means of as many.

    Attributes
    ----------
    tail : NullTail
        Of windows.
    means : tuple of NullTail
        Of the means of two, of three and of more windows next to each other; none where each window
        is judged by itself.
    regions : NullRegions, optional
        None where there are no blocks.
    """

    tail: NullTail
    means: tuple[NullTail, ...] = ()
    regions: NullRegions | None = None

    @classmethod
    def fit(
        cls,
        own: npt.NDArray[np.float64],
        tail: Tail,
        blocks: BlockScores | None,
        significance: Significance,
        seed: int,
    ) -> Null:
        """Return the null.

        Parameters
        ----------
        own : ndarray of float64, shape (windows,)
            Scores of windows of the null that were simulated each by itself.
        tail : str
            ``upper``, ``lower`` or ``both``.
        blocks : BlockScores, optional
            Those of blocks.
        significance : Significance
            The section of the config.
        seed : int
            The run's.

        Raises
        ------
        CoalflowError
            If no window has a score.
        """
        if blocks is None:
            return cls(NullTail.fit(own, tail))
        apart = blocks.scores[blocks.separate]
        alone = NullTail.fit(np.concatenate([own, apart]), tail)
        null = cls(alone, tuple(_fit_means(blocks, tail, significance.neighbours)))
        tracks = null.judge_means(blocks.places, blocks.scores)
        regions = NullRegions.fit(tracks, blocks.bases, significance.p, blocks.length, seed)
        return dataclasses.replace(null, regions=regions)

    def judge_means(self, places: pd.DataFrame, scores: npt.NDArray[np.float64]) -> pd.DataFrame:
        """Return what regions are found by.

        Parameters
        ----------
        places : DataFrame
            ``contig``, ``start`` and ``end`` of windows.
        scores : ndarray of float64, shape (windows,)

        Returns
        -------
        DataFrame
            A row for each window: ``contig``, ``start``, ``end``, ``score``, the mean with the
            neighbours, ``averaged``, of how many windows that is, and ``p``.
        """
        reach = len(self.means) // 2
        means, counts = average_neighbours(scores, find_neighbours(places, reach))
        tracks = places[["contig", "start", "end"]].reset_index(drop=True)
        p = np.full(len(tracks), np.nan)
        for count, tail in enumerate((self.tail, *self.means), start=1):
            chosen = counts == count
            p[chosen] = tail.find_p(means[chosen])
        return tracks.assign(score=means, averaged=counts, p=p)

    def find_p_interval(
        self, tracks: pd.DataFrame
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the ends of the 95 % intervals of p-values.

        Parameters
        ----------
        tracks : DataFrame
            Rows of what :meth:`judge_means` returned.
        """
        score, counts = tracks["score"].to_numpy(np.float64), tracks["averaged"].to_numpy()
        ends = np.full((2, len(tracks)), np.nan)
        for count, tail in enumerate((self.tail, *self.means), start=1):
            chosen = counts == count
            ends[:, chosen] = tail.find_p_interval(score[chosen])
        return ends[0], ends[1]

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what :meth:`from_arrays` takes."""
        parts = {"tail": self.tail.to_arrays()}
        parts |= {f"mean/{index}": tail.to_arrays() for index, tail in enumerate(self.means)}
        if self.regions is not None:
            parts["regions"] = self.regions.to_arrays()
        return {
            f"{part}/{name}": values
            for part, arrays in parts.items()
            for name, values in arrays.items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Null:
        """Return the null whose arrays these are.

        Parameters
        ----------
        arrays : mapping of str to ndarray
        """
        parts: dict[str, dict[str, npt.NDArray[Any]]] = {}
        for path, values in arrays.items():
            part, _, name = path.rpartition("/")
            parts.setdefault(part, {})[name] = values
        regions = parts.pop("regions", None)
        tail = NullTail.from_arrays(parts.pop("tail"))
        means = tuple(NullTail.from_arrays(parts[f"mean/{index}"]) for index in range(len(parts)))
        return cls(tail, means, None if regions is None else NullRegions.from_arrays(regions))


@dataclasses.dataclass(frozen=True)
class BlockScores:
    """Scores of the windows of blocks.

    Attributes
    ----------
    places : DataFrame
        ``contig``, ``start`` and ``end`` of windows; blocks are contigs.
    scores : ndarray of float64, shape (windows,)
    separate : ndarray of int64
        Rows of windows that lie side by side.
    bases : int
        Of all blocks together.
    length : int
        Bases of a window.
    """

    places: pd.DataFrame
    scores: npt.NDArray[np.float64]
    separate: npt.NDArray[np.int64]
    bases: int
    length: int


def _fit_means(blocks: BlockScores, tail: Tail, neighbours: int) -> list[NullTail]:
    """Return the tails of means of two windows and more; none if there are no such windows."""
    most = 2 * neighbours + 1
    places, scores = blocks.places.iloc[blocks.separate], blocks.scores[blocks.separate]
    found = find_neighbours(places, most - 1)
    fitted = []
    for count in range(2, most + 1):
        # A window and those to its right, so that none is counted twice.
        means, counts = average_neighbours(scores, found[:, most - 1 : most - 1 + count])
        means[counts < count] = np.nan
        known = int(np.isfinite(means).sum())
        if not known:
            return []
        # Those of windows next to each other share all windows but one.
        fitted.append(NullTail.fit(means, tail, known / count))
    return fitted
