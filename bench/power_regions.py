"""Power at an equal number of false regions, for bench/power.py.

Every method gives scores along genomes, at positions of its own. Positions with a score of at least
a threshold make regions, like for like; a region stands where its highest score is. False regions
are counted in neutral blocks, by a count where there are enough, and beyond it by a generalised
Pareto tail of the highest scores. A sweep is found if a region stands within a distance of it.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.stats

from coalflow.config.schema.scans.significance import Significance
from coalflow.genomes.significance.neighbours import average_neighbours, find_neighbours

EDGE = 600_000  # bases at both ends of a block that are not examined: Flex-sweep reads as far
WINDOW = 75_000  # bases of coalflow's windows
GAP = 200_000  # bases between positions of one region, at most
STRETCH = 1_200_000  # bases, of which a share has a sweep
COUNTED = 10  # false regions, from which on they are counted
IN_TAIL = 60  # neutral regions that the tail is fitted to, at most
Values = npt.NDArray[np.float64]
Found = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Track:
    """Scores of a method along all blocks.

    Attributes
    ----------
    name : str
    table : DataFrame
        contig, position, score; larger is more like a sweep.
    """

    name: str
    table: pd.DataFrame


def average_as_scans(table: pd.DataFrame) -> pd.DataFrame:
    """Return coalflow's scores, averaged as where it finds regions."""
    middles = table["position"].to_numpy(np.float64)
    places = pd.DataFrame(
        {
            "contig": table["contig"].to_numpy(),
            "start": middles - WINDOW / 2,
            "end": middles + WINDOW / 2,
        }
    )
    neighbours = find_neighbours(places, Significance().neighbours)
    return table.assign(score=average_neighbours(table["score"].to_numpy(), neighbours)[0])


def average_within(table: pd.DataFrame, width: float) -> pd.DataFrame:
    """Return scores that are means of those within half of a width."""
    parts = []
    for _, contig in table.groupby("contig", sort=False):
        positions, scores = contig["position"].to_numpy(), contig["score"].to_numpy()
        total = np.concatenate([[0], np.nancumsum(scores)])
        known = np.concatenate([[0], np.cumsum(np.isfinite(scores))])
        first = np.searchsorted(positions, positions - width / 2)
        last = np.searchsorted(positions, positions + width / 2, "right")
        with np.errstate(invalid="ignore"):
            mean = (total[last] - total[first]) / (known[last] - known[first])
        parts.append(contig.assign(score=mean))
    return pd.concat(parts)


@dataclasses.dataclass(frozen=True)
class Peaks:
    """Where a method's scores are highest.

    Attributes
    ----------
    neutral : ndarray, shape (regions,)
        Scores of all peaks of neutral blocks that no higher one is near, descending.
    bases : float
        Those examined in neutral blocks.
    blocks : ndarray, shape (regions,)
        The block of each.
    swept : list of (positions, scores)
        Those of each block with a sweep.
    """

    neutral: Values
    bases: float
    blocks: npt.NDArray[np.int64]
    swept: list[tuple[Values, Values]]


def find_peaks(track: Track, blocks: pd.DataFrame) -> Peaks:
    """Return the peaks of all blocks, away from their edges."""
    neutral: list[Values] = []
    block_numbers: list[int] = []
    swept = []
    bases = 0.0
    tables = dict(iter(track.table.groupby("contig", sort=False)))
    for block in blocks.itertuples():
        low, high = block.start + EDGE, block.end - EDGE
        table = tables[block.contig]
        inside = (table["position"] >= low) & (table["position"] <= high) & table["score"].notna()
        positions, scores = select_peaks(
            table.loc[inside, "position"].to_numpy(float), table.loc[inside, "score"].to_numpy()
        )
        if block.kind == "neutral":
            neutral.append(scores)
            block_numbers += [block.block] * len(scores)
            bases += high - low
        else:
            swept.append((positions, scores))
    joined, numbers = np.concatenate(neutral), np.array(block_numbers)
    order = np.argsort(-joined, kind="stable")
    return Peaks(joined[order], bases, numbers[order], swept)


def select_peaks(positions: Values, scores: Values) -> tuple[Values, Values]:
    """Return peaks, from the highest down: those that are not within GAP of a higher one.

    Where neighbours have equal scores, the peak is in the middle of them.
    """
    left = np.ones(len(scores), dtype=bool)
    found: list[tuple[float, float]] = []
    for index in np.argsort(-scores, kind="stable"):
        if not left[index]:
            continue
        near = np.abs(positions - positions[index]) <= GAP
        equal = left & near & (scores == scores[index])
        found.append((float(np.median(positions[equal])), float(scores[index])))
        left &= ~near
    table = np.array(found, dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


class FalseRegions:
    """How many regions with at least a score are expected in neutral bases.

    Parameters
    ----------
    scores : ndarray
        Of neutral peaks.
    bases : float
        In which they were found.
    """

    def __init__(self, scores: Values, bases: float) -> None:
        self._scores, self._bases = np.sort(scores)[::-1], bases
        number = min(IN_TAIL, max(len(scores) // 10, COUNTED + 1))
        self._start = self._scores[number]
        above = self._scores[:number] - self._start
        # By moments of the exceedances: steady where there are few.
        mean, variance = above.mean(), above.var(ddof=1)
        self._shape = float(np.clip(0.5 * (1 - mean**2 / variance), -0.5, 0.4))
        self._scale = mean * (1 - self._shape)
        self._number = number

    def expect(self, score: Values | float, bases: float) -> Values:
        """Return the expected number in that many bases."""
        score = np.asarray(score, dtype=float)
        counted = np.searchsorted(-self._scores, -score, side="right").astype(float)
        tail = self._number * scipy.stats.genpareto.sf(
            score - self._start, self._shape, scale=self._scale
        )
        return (
            np.where(counted >= COUNTED, counted, np.minimum(tail, COUNTED)) * bases / self._bases
        )

    def find_threshold(self, expected: float, bases: float) -> float:
        """Return the score from which on that many regions are expected in that many bases."""
        target = expected * self._bases / bases
        if target >= COUNTED:
            return float(self._scores[min(round(target), len(self._scores)) - 1])
        rest = np.clip(target / self._number, 1e-12, 1)
        return float(self._start + scipy.stats.genpareto.isf(rest, self._shape, scale=self._scale))


def find_sweeps(
    peaks: Peaks, sites: Values, threshold: float, reach: float
) -> npt.NDArray[np.bool_]:
    """Return which sweeps have a region within a distance."""
    return np.array(
        [
            bool(((scores >= threshold) & (np.abs(positions - site) <= reach)).any())
            for (positions, scores), site in zip(peaks.swept, sites, strict=True)
        ]
    )


def threshold_for_fdr(
    peaks: Peaks, sites: Values, reach: float, rate: float, share: float
) -> float:
    """Return the lowest threshold at which the rate of false discoveries is kept.

    Of all stretches of STRETCH bases, a share has a sweep, and the others have false regions.
    """
    false = FalseRegions(peaks.neutral, peaks.bases)
    candidates = np.unique(np.concatenate([scores for _, scores in peaks.swept]))
    best = np.inf
    for threshold in candidates[::-1]:
        power = find_sweeps(peaks, sites, threshold, reach).mean()
        wrong = (1 - share) * float(false.expect(threshold, STRETCH))
        if power > 0 and wrong / (wrong + share * power) <= rate:
            best = threshold
    return float(best)


def interval(found: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of Clopper and Pearson of a share."""
    both = scipy.stats.binomtest(found, of).proportion_ci(0.95, method="exact")
    return float(both.low), float(both.high)


def compare_pairs(
    ours: npt.NDArray[np.bool_], theirs: npt.NDArray[np.bool_]
) -> tuple[int, int, float]:
    """Return how many only we found, how many only they, and p by McNemar's exact test."""
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    differ = only_ours + only_theirs
    p = scipy.stats.binomtest(only_ours, differ).pvalue if differ else 1.0
    return only_ours, only_theirs, float(p)
