"""p-values of windows, by the tail of what neutral windows score."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.special

from coalflow.config.schema.scans.significance import Tail
from coalflow.core.errors import CoalflowError
from coalflow.genomes.significance.generalised_pareto import ParetoParameters, ParetoTail

# Where as many of the null are as high, their number is precise enough; a distribution is fitted
# to no fewer.
FEWEST_COUNTED = 30
# How many of the highest values a distribution is fitted to: the most that it describes.
FITTED = (250, 200, 160, 130, 100, 80, 60, 45, FEWEST_COUNTED)
MOST_FITTED = 1 / 4  # of the null
# Anderson and Darling's distance, which about one in 20 samples of the distribution exceeds.
LARGEST_MISFIT = 1.1


@dataclasses.dataclass(frozen=True)
class NullEnd:
    """The upper end of a null; the lower one is that of negated values.

    Attributes
    ----------
    values : ndarray of float64, shape (null,)
        Ascending.
    share : float
        How many independent values each counts as.
    threshold : float
        Beyond which ``tail`` holds; inf without it.
    tail : ParetoTail, optional
    """

    values: npt.NDArray[np.float64]
    share: float
    threshold: float = np.inf
    tail: ParetoTail | None = None

    @classmethod
    def fit(cls, values: npt.NDArray[np.float64], share: float, most: float) -> NullEnd:
        """Return the end with the distribution of most of the highest values that fits them."""
        for count in FITTED:
            threshold = values[max(len(values) - count - 1, 0)]
            excess = values[values > threshold] - threshold
            if count > most * len(values) or len(excess) < FEWEST_COUNTED:
                continue
            parameters = ParetoParameters.weigh(excess, share)
            if share * parameters.measure_misfit(excess) <= LARGEST_MISFIT:
                return cls(values, share, float(threshold), ParetoTail.average(parameters))
        return cls(values, share)

    def compare(
        self, values: npt.NDArray[np.float64], with_interval: bool
    ) -> npt.NDArray[np.float64]:
        """Return p-values, shape (1, values), or with the ends of their intervals, (3, values)."""
        count, total = self._count(values), len(self.values)
        p = (1 + count)[None] / (total + 1)
        if with_interval:
            low, high = _find_interval(count, total, self.share)
            p = np.stack([p[0], np.minimum(low, p[0]), np.maximum(high, p[0])])
        is_beyond = (values > self.threshold) & (count < FEWEST_COUNTED)
        if self.tail is not None and is_beyond.any():
            p[:, is_beyond] = self._extrapolate(values[is_beyond])[: len(p)]
        return p

    def _count(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return how many values of the null are as high."""
        return len(self.values) - np.searchsorted(self.values, values, side="left")

    def _extrapolate(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        assert self.tail is not None  # the caller has looked
        total = len(self.values)
        beyond = total - int(np.searchsorted(self.values, self.threshold, side="right"))
        expected, low, high = self.tail.find_log_p(values - self.threshold)
        counted = _find_interval(np.array([beyond]), total, self.share)
        rate = (1 + beyond) / (total + 1)
        # No higher than where counting ends, so that a higher value never has a higher p.
        p = np.minimum(rate * np.exp(expected), (1 + FEWEST_COUNTED) / (total + 1))
        # The two sources of error are independent: their logarithms add up by squares.
        with np.errstate(divide="ignore"):  # of no values the share may be 0
            below = np.hypot(expected - low, np.log(rate / counted[0]))
        above = np.hypot(high - expected, np.log(counted[1] / rate))
        return np.stack([p, p * np.exp(-below), np.minimum(p * np.exp(above), 1)])


def _find_interval(
    count: npt.NDArray[np.int64], total: int, share: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the ends of 95 % intervals of shares, by Clopper and Pearson."""
    found, others = count * share, (total - count) * share
    with np.errstate(all="ignore"):
        low = scipy.special.betaincinv(found, others + 1, 0.025)
        high = scipy.special.betaincinv(found + 1, others, 0.975)
    return np.where(count > 0, low, 0.0), np.where(count < total, high, 1.0)


@dataclasses.dataclass(frozen=True)
class NullTail:
    """The null of a score, from which windows have their p-values.

    Where at least ``FEWEST_COUNTED`` windows of the null score as high, p is the share of the null
    that does, with the window itself counted in. Beyond that, it comes from a generalised Pareto
    distribution of the highest scores. Where none fits, as with scores of few values, p is counted
    everywhere, and is never below 1 / (windows + 1).

    Attributes
    ----------
    tail : str
        With ``both``, p is twice that of the closer end. Otherwise, only high scores are unlike the
        null: those of :func:`coalflow.genomes.significance.scores.measure_score`.
    upper, lower
        The ends; ``lower``, of the negated scores, only with ``both``.

    References
    ----------
    Knijnenburg, Wessels, Reinders and Shmulevich (2009), doi.org/10.1093/bioinformatics/btp211; and
    for the count, Phipson and Smyth (2010), doi.org/10.2202/1544-6115.1585.
    """

    tail: Tail
    upper: NullEnd
    lower: NullEnd | None = None

    @classmethod
    def fit(
        cls,
        values: npt.NDArray[np.float64],
        tail: Tail,
        independent: float | None = None,
        most: float = MOST_FITTED,
    ) -> NullTail:
        """Return the tail of a null.

        Parameters
        ----------
        values : ndarray of float64, shape (windows,)
            Scores of windows of the null; those that are nan are left out.
        tail : str
            ``upper``, ``lower`` or ``both``.
        independent : float, optional
            How many of the windows are independent: where they overlap, as many as lie side by
            side. Without it, all. p does not depend on it where it is counted, but its interval
            does, and how much of the tail is described by a distribution.
        most : float
            The largest share of the null to which a distribution is fitted.

        Raises
        ------
        CoalflowError
            If there is no window.

        Examples
        --------
        >>> NullTail.fit(np.arange(9.0), "upper").find_p(np.array([7.0, 99.0]))
        array([0.3, 0.1])
        """
        known = np.sort(values[~np.isnan(values)])
        if not len(known):
            raise CoalflowError("no neutral window has a prediction: there is nothing to compare")
        share = 1.0 if independent is None else min(independent / len(known), 1.0)
        upper = NullEnd.fit(known, share, most)
        lower = NullEnd.fit(-known[::-1], share, most) if tail == "both" else None
        return cls(tail, upper, lower)

    @property
    def windows(self) -> int:
        """How many windows the null has."""
        return len(self.upper.values)

    def find_p(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the p-values of scores: how probable one as unusual is under the null.

        Parameters
        ----------
        values : ndarray of float64, shape (windows,)

        Returns
        -------
        ndarray of float64, shape (windows,)
            Above 0, at most 1; nan where the score is.
        """
        return self._compare(values, with_interval=False)[0]

    def find_p_interval(
        self, values: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the ends of the 95 % intervals of p-values.

        Parameters
        ----------
        values : ndarray of float64, shape (windows,)
        """
        _, low, high = self._compare(values, with_interval=True)
        return low, high

    def _compare(
        self, values: npt.NDArray[np.float64], with_interval: bool
    ) -> npt.NDArray[np.float64]:
        p = np.full((3 if with_interval else 1, len(values)), np.nan)
        known = ~np.isnan(values)
        found = self.upper.compare(values[known], with_interval)
        if self.lower is not None:
            other = self.lower.compare(-values[known], with_interval)
            found = np.minimum(2 * np.where(other[0] < found[0], other, found), 1)
        p[:, known] = found
        return p

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what :meth:`from_arrays` takes."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "tail": np.array(self.tail),
            "values": self.upper.values,
            "share": np.array(self.upper.share),
        }
        for name, end in (("upper", self.upper), ("lower", self.lower)):
            if end is not None and end.tail is not None:
                arrays[f"{name}_threshold"] = np.array(end.threshold)
                arrays[f"{name}_excess"] = end.tail.excess
                arrays[f"{name}_log_p"] = end.tail.log_p
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> NullTail:
        """Return the tail whose arrays these are.

        Parameters
        ----------
        arrays : mapping of str to ndarray
        """
        values, share = arrays["values"], float(arrays["share"])

        def restore(name: str, values: npt.NDArray[np.float64]) -> NullEnd:
            if f"{name}_excess" not in arrays:
                return NullEnd(values, share)
            tail = ParetoTail(arrays[f"{name}_excess"], arrays[f"{name}_log_p"])
            return NullEnd(values, share, float(arrays[f"{name}_threshold"]), tail)

        (tail,) = (each for each in ("upper", "lower", "both") if each == str(arrays["tail"]))
        upper = restore("upper", values)
        return cls(tail, upper, restore("lower", -values[::-1]) if tail == "both" else None)
