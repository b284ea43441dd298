"""Whether simulations cover a genome: its windows among those of the pilot.

Real windows and pilot windows are encoded alike and compared in the same few statistics
(:mod:`coalflow.preflight.window_statistics`). A real window is covered where at least one group of
pilot windows reaches that far: a cell, or several with few windows. How far a group reaches is its
central 99 %, or all of it where it has fewer than 200 windows.

Of a genome that was simulated like one of the groups, windows are outside by chance, too. The
share of future windows beyond the k-th lowest and the k-th highest of n is beta distributed,
with parameters 2k and n + 1 - 2k, so how many of w windows lie there is beta-binomial. This
is exact for continuous statistics of independent windows, and takes care of how few pilot
windows there are. Ties only make it stricter.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.stats

from coalflow.genomes.novelty.fixes import FIXES
from coalflow.genomes.novelty.statistic_space import (
    CENTRAL,
    build_space,
    find_differences,
    find_rank,
    measure_distances,
)
from coalflow.preflight.findings import (
    Figure,
    Finding,
    format_count,
    format_percent,
    format_rounded,
)

FEWEST_OF_A_GROUP = 20  # with fewer, how far a cell reaches is mostly chance
FEWEST_WINDOWS = 5  # of a genome, for anything to be found out
# A finding is a share of windows that matters and that is not due to chance. Neighbouring windows
# are linked, so somewhat more of them can be outside together than the test expects.
LARGE_SHARE = 0.02
SMALL_P = 1e-4
COMBINATION = "their combination"

FIX_OF_COMBINATION = (
    "look at the picture; widen the grid or the priors, or add what the genome went through to the "
    "history"
)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Which of a genome's windows are outside, in a statistic or in all of them together.

    Attributes
    ----------
    outside : ndarray of bool, shape (windows,)
    expected : float
        The share that chance alone would put there at most.
    p : float
        The chance of that many or more.
    """

    outside: npt.NDArray[np.bool_]
    expected: float
    p: float

    @property
    def share(self) -> float:
        """The share of windows that is outside."""
        return float(self.outside.mean())

    @property
    def is_found(self) -> bool:
        """Whether that is too much, and not due to chance."""
        return self.share >= LARGE_SHARE and self.p < SMALL_P


def group_cells(cells: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """Return the group of each pilot window.

    A cell with few windows is joined by the next by name, which is like it in most.

    Parameters
    ----------
    cells : ndarray of str, shape (windows,)
        The cell of each window.

    Returns
    -------
    ndarray of int64, shape (windows,)

    Examples
    --------
    >>> group_cells(np.repeat(["a", "b", "c"], [20, 19, 21]))[[0, 20, 39]].tolist()
    [0, 1, 1]
    """
    names, cell, counts = np.unique(cells, return_inverse=True, return_counts=True)
    group, gathered, groups = 0, 0, np.empty(len(names), dtype=np.int64)
    for index, count in enumerate(counts):
        groups[index] = group
        gathered += count
        if gathered >= FEWEST_OF_A_GROUP:
            group, gathered = group + 1, 0
    if gathered and group:  # what is left over joins the last group
        groups[groups == group] = group - 1
    return groups[cell]


def find_coverage(
    name: str, genome: pd.DataFrame, pilot: pd.DataFrame, cells: npt.NDArray[np.str_]
) -> list[Figure | Finding]:
    """Return figures and findings about how pilot windows cover those of a genome.

    Parameters
    ----------
    name : str
        The genome's.
    genome, pilot : DataFrame
        The statistics of their windows (:mod:`coalflow.preflight.window_statistics`).
    cells : ndarray of str, shape (windows,)
        The cell of each pilot window.
    """
    about = f"genome {name}"
    if len(pilot) < FEWEST_OF_A_GROUP or len(genome) < FEWEST_WINDOWS:
        return [_report_too_few(about, len(genome), len(pilot))]
    groups = group_cells(cells)
    space = build_space(pilot, groups)
    compared = {
        statistic: compare_statistic(
            genome[statistic].to_numpy(), pilot[statistic].to_numpy(), groups
        )
        for statistic in pilot.columns
    }
    is_far = measure_distances(space, genome) > space.reach
    together = _test_outside(is_far, np.bincount(groups), sides=1)
    entries: list[Figure | Finding] = [Figure("coverage", about, "windows", len(genome))]
    for statistic, comparison in {**compared, COMBINATION: together}.items():
        entries += [
            Figure("coverage", about, f"share outside, {statistic}", comparison.share),
            Figure("coverage", about, f"expected at most, {statistic}", comparison.expected),
            Figure("coverage", about, f"p, {statistic}", comparison.p),
        ]
    found = [statistic for statistic in compared if compared[statistic].is_found]
    if found:
        found.sort(key=lambda statistic: -compared[statistic].share)
        outside = compared[found[0]].outside
        entries.append(_report_beyond(about, found, genome, pilot, outside))
    elif together.is_found:
        apart = find_differences(space, genome[together.outside], pilot)
        entries.append(_report_unlike(about, together, apart))
    return entries


def compare_statistic(
    genome: npt.NDArray[np.float64],
    pilot: npt.NDArray[np.float64],
    groups: npt.NDArray[np.int64],
) -> Comparison:
    """Compare a genome's windows with the pilot's, in one statistic.

    Parameters
    ----------
    genome, pilot : ndarray of float64, shape (windows,)
        The values of the statistic.
    groups : ndarray of int64, shape (windows,)
        The group of each pilot window.
    """
    covered = np.zeros(len(genome), dtype=bool)
    for group in np.unique(groups):
        low, high = find_reach(pilot[groups == group])
        covered |= (genome >= low) & (genome <= high)
    return _test_outside(~covered, np.bincount(groups), sides=2)


def _test_outside(
    outside: npt.NDArray[np.bool_], sizes: npt.NDArray[np.int64], sides: int
) -> Comparison:
    """Return the comparison, whichever of the groups of these sizes the genome is like."""
    ranks = [sides * find_rank(size, sides) for size in sizes.tolist()]
    p = max(
        scipy.stats.betabinom.sf(outside.sum() - 1, len(outside), rank, size + 1 - rank)
        for rank, size in zip(ranks, sizes, strict=True)
    )
    expected = max(rank / (size + 1) for rank, size in zip(ranks, sizes, strict=True))
    return Comparison(outside, float(expected), float(p))


def find_reach(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the central 99 % of some values, or of all where they are few.

    Examples
    --------
    >>> low, high = find_reach(np.arange(1, 400))
    >>> int(low), int(high)
    (2, 398)
    """
    ordered, rank = np.sort(values), find_rank(len(values), 2)
    return ordered[rank - 1], ordered[-rank]


# Findings in words -----------------------------------------------------------------------------


def _report_too_few(about: str, windows: int, pilot_windows: int) -> Finding:
    if pilot_windows < FEWEST_OF_A_GROUP:
        found = f"only {pilot_windows} of the windows that were tried can be read by the net"
        fix = "fix the findings about sites, or simulate faster cells, and check again"
    else:
        found = f"has room for {format_count(windows, 'window')} side by side"
        fix = "add more of the genome to the file, or make windows shorter"
    return Finding(
        "coverage", about, f"{found}: too few to find out whether simulations cover it", fix
    )


def _report_beyond(
    about: str,
    found: Sequence[str],
    genome: pd.DataFrame,
    pilot: pd.DataFrame,
    outside: npt.NDArray[np.bool_],
) -> Finding:
    """Return the finding about statistics in which too many windows are outside, worst first.

    ``outside`` are those of the worst.
    """
    worst, *others = found
    is_above = bool(genome.loc[outside, worst].median() > pilot[worst].median())
    low, high = pilot[worst].quantile([(1 - CENTRAL) / 2, (1 + CENTRAL) / 2])
    also = f"; so are many in {', '.join(others)}" if others else ""
    beyond = (
        f"{format_percent(outside.mean())} of its windows are beyond the simulated ones in "
        f"{worst}, most {'above' if is_above else 'below'} (median "
        f"{format_rounded(genome[worst].median(), 3)}; simulated "
        f"{format_rounded(pilot[worst].median(), 3)}, 99 % from {format_rounded(low, 3)} to "
        f"{format_rounded(high, 3)})"
    )
    return Finding("coverage", about, beyond + also, FIXES[worst][is_above])


def _report_unlike(about: str, together: Comparison, apart: Sequence[str]) -> Finding:
    """Return the finding about windows that are outside in no statistic, but in all together."""
    unlike = (
        f"{format_percent(together.share)} of its windows are unlike any simulated window, mostly "
        f"in {' and '.join(apart)}"
    )
    return Finding("coverage", about, unlike, FIX_OF_COMBINATION)
