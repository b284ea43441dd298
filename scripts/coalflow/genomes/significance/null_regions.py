"""How many regions of a genome chance makes, and with which peaks, by blocks of the null."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.core import seeds
from coalflow.genomes.significance.generalised_pareto import ParetoParameters, ParetoTail
from coalflow.genomes.significance.null_tails import (
    FEWEST_COUNTED,
    LARGEST_MISFIT,
    NullEnd,
    NullTail,
)
from coalflow.genomes.significance.regions import find_regions, measure_covered_bases

# How many times the number of regions of blocks is drawn, blocks with replacement.
RESAMPLED = 500
SHAPE_SDS_OF_HEIGHTS = 0.1, 0.1


@dataclasses.dataclass(frozen=True)
class NullRegions:
    """Regions of null blocks: how many there are per base, and how high their peaks are.

    A peak's height is -ln(p) of its window, less that of the threshold. Heights have a tail like
    that of the windows' scores, so that single regions of a genome far beyond the null still have a
    number that is expected.

    A region that is cut by an end of a block counts as a half there, as it would in the next block
    if the genome were one. At the ends of a genome's contigs cut regions count as one.

    Attributes
    ----------
    p : float
        The p-value that windows of regions have at most.
    rate : float
        Regions per base.
    cut : float
        How much more than by the rate a contig has, because its ends cut regions.
    error : float
        Standard error of the logarithm of the rate.
    bases, regions, blocks : int
        What it is estimated from.
    heights : NullTail
        Of peaks.

    References
    ----------
    Peaks over a threshold, by clusters: Davison and Smith (1990),
    doi.org/10.1111/j.2517-6161.1990.tb01796.x. Peaks of statistical maps: Chumbley, Worsley,
    Flandin and Friston (2010), doi.org/10.1016/j.neuroimage.2009.10.090.
    """

    p: float
    rate: float
    cut: float
    error: float
    bases: int
    regions: int
    blocks: int
    heights: NullTail

    @classmethod
    def fit(cls, tracks: pd.DataFrame, bases: int, p: float, length: int, seed: int) -> NullRegions:
        """Return the regions of the null.

        Parameters
        ----------
        tracks : DataFrame
            Of each window ``contig``, ``start``, ``end``, ``score`` and ``p``. Blocks are contigs.
            Windows must be laid as in the genomes that are compared with them.
        bases : int
            Of all blocks together. Those that no window with a p-value covers do not count.
        p : float
            The p-value that windows of regions have at most.
        length : int
            Bases of a window.
        seed : int
            The run's, for the blocks that are drawn for the error of the rate.
        """
        regions = find_regions(tracks, p, length)
        codes, names = pd.factorize(tracks["contig"])
        predicted = tracks["p"].notna().to_numpy()
        start, end = (tracks[name].to_numpy() for name in ("start", "end"))
        first, last = np.full(len(names), np.iinfo(np.int64).max), np.zeros(len(names), np.int64)
        np.minimum.at(first, codes[predicted], start[predicted])
        np.maximum.at(last, codes[predicted], end[predicted])
        block = pd.Index(names).get_indexer(regions["contig"])
        ends = (regions["start"].to_numpy() <= first[block]).astype(np.int64)
        ends += regions["end"].to_numpy() >= last[block]
        weights: npt.NDArray[np.int64] = 2 - ends
        blocks = int((last > first).sum())
        bases = min(bases, measure_covered_bases(tracks))
        # Nothing can begin in a block's first window.
        room = max(bases - blocks * length, length)
        halves = np.bincount(block, weights, minlength=len(names))[last > first].astype(np.float64)
        heights = np.log(p / tracks["p"].to_numpy()[regions["peak_row"]])
        return cls(
            p=p,
            rate=max(weights.sum() / 2, 0.5) / room,
            cut=float(ends.sum()) / 2 / max(blocks, 1),
            error=_measure_error(halves, seed),
            bases=bases,
            regions=len(regions),
            blocks=blocks,
            heights=_fit_heights(heights, weights),
        )

    def expect(
        self, peaks: npt.NDArray[np.float64], bases: int, contigs: int = 0
    ) -> npt.NDArray[np.float64]:
        """Return the expected number of null regions with such a peak or more.

        Parameters
        ----------
        peaks : ndarray of float64, shape (regions,)
            The p-values of their peaks.
        bases : int
            That the windows of a genome cover.
        contigs : int
            On how many contigs they are. Without it, what their ends cut is left out.

        Returns
        -------
        ndarray of float64, shape (regions,)
        """
        return self._expect_any(bases, contigs) * self._find_share(peaks)[0]

    def find_interval(
        self, peaks: npt.NDArray[np.float64], bases: int, contigs: int = 0
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the ends of the 95 % intervals of :meth:`expect`, which takes the same.

        The errors of the rate and of the share with such a peak are taken to be independent.
        """
        share, low, high = self._find_share(peaks)
        expected = self._expect_any(bases, contigs) * share
        half = 1.96 * self.error
        with np.errstate(divide="ignore"):
            below = np.hypot(np.log(share) - np.log(low), half)
            above = np.hypot(np.log(high) - np.log(share), half)
        return expected * np.exp(-below), expected * np.exp(above)

    def _expect_any(self, bases: int, contigs: int) -> float:
        return self.rate * bases + self.cut * contigs

    def _find_share(self, peaks: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return which share of regions has such a peak or more, and its interval."""
        heights = np.maximum(np.log(self.p / peaks), 0)
        low, high = self.heights.find_p_interval(heights)
        share = self.heights.find_p(heights)
        return np.where(heights > 0, [share, low, high], 1.0)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what :meth:`from_arrays` takes."""
        names = [field.name for field in dataclasses.fields(self) if field.name != "heights"]
        arrays: dict[str, npt.NDArray[Any]] = {n: np.array(getattr(self, n)) for n in names}
        return arrays | {f"heights_{n}": each for n, each in self.heights.to_arrays().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> NullRegions:
        """Return the regions whose arrays these are.

        Parameters
        ----------
        arrays : mapping of str to ndarray
        """
        start = "heights_"
        heights = {n.removeprefix(start): each for n, each in arrays.items() if n.startswith(start)}
        numbers = {n: each.item() for n, each in arrays.items() if not n.startswith(start)}
        return cls(**numbers, heights=NullTail.from_arrays(heights))


def _measure_error(halves: npt.NDArray[np.float64], seed: int) -> float:
    """Return the standard error of the logarithm of a sum over blocks, of which each is a draw."""
    total = halves.sum() / 2
    if total < 2:
        return 1.0  # as of a Poisson number that is 1
    random = seeds.derive_generator(seed, "blocks of the null, with replacement")
    # How often each is drawn, not which are: there may be 100,000 blocks.
    times = random.multinomial(len(halves), np.full(len(halves), 1 / len(halves)), RESAMPLED)
    sums = times @ halves / 2
    # Not less than that of a Poisson number: few blocks may happen to have as many each.
    return float(max(np.std(sums) / total, 1 / np.sqrt(total)))


def _fit_heights(heights: npt.NDArray[np.float64], weights: npt.NDArray[np.int64]) -> NullTail:
    """Return the tail of the peaks of regions, each of which counts 0, 1 or 2 halves."""
    halves = np.sort(heights[weights == 1])
    values = np.sort(np.concatenate([heights[weights == 2], halves[::2]]))
    # -ln(p) is exponential with mean 1 by definition, and so are the highest of each region, about.
    excess = values[values > 0]
    parameters = ParetoParameters.weigh(excess, mean=1.0, shape_sds=SHAPE_SDS_OF_HEIGHTS)
    if len(excess) >= FEWEST_COUNTED and parameters.measure_misfit(excess) > LARGEST_MISFIT:
        return NullTail.fit(values, "upper", most=1.0)
    return NullTail("upper", NullEnd(values, 1.0, 0.0, ParetoTail.average(parameters)))
