"""Which cells a genome is like: one cell of many may cover it, and all others be unlike it."""

import dataclasses
from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.stats

from coalflow.genomes.novelty.fixes import FIXES
from coalflow.genomes.novelty.statistic_space import find_rank
from coalflow.preflight.coverage.outside import (
    FEWEST_OF_A_GROUP,
    FEWEST_WINDOWS,
    SMALL_P,
    find_reach,
    group_cells,
)
from coalflow.preflight.findings import Figure, Finding, Line, format_percent, format_rounded

COVERED = 0.9  # of a genome's windows, in every statistic: then a cell covers it
MOST_NAMED = 4  # cells
# A genome's window is larger than a cell's in so many pairs: then its windows are shifted.
SHIFTED = 0.75


@dataclasses.dataclass(frozen=True)
class CellCoverage:
    """Which share of a genome's windows each cell covers.

    Attributes
    ----------
    shares : dict of float
        By cell, the largest first; in the statistic in which the cell covers fewest windows.
    """

    shares: dict[str, float]

    @property
    def covering(self) -> list[str]:
        """The cells that cover the genome."""
        return [cell for cell, share in self.shares.items() if share >= COVERED]


def measure_cell_coverage(
    genome: pd.DataFrame, pilot: pd.DataFrame, cells: npt.NDArray[np.str_]
) -> CellCoverage:
    """Return which share of a genome's windows each cell covers.

    A cell reaches as far as its central 99 % in a statistic, as in
    :func:`coalflow.preflight.coverage.outside.compare_statistic`. Cells with few windows are put
    together with the next, and all of a genome that is like them is not expected to lie within the
    range of a few.

    Parameters
    ----------
    genome, pilot : DataFrame
        The statistics of their windows (:mod:`coalflow.preflight.window_statistics`).
    cells : ndarray of str, shape (windows,)
        The cell of each pilot window.
    """
    groups = group_cells(cells)
    shares: dict[str, float] = {}
    for group in np.unique(groups):
        simulated = pilot[groups == group]
        expected = 1 - 2 * find_rank(len(simulated), 2) / (len(simulated) + 1)
        worst = min(_measure_share(genome[name], simulated[name]) for name in pilot.columns)
        covered = min(worst / expected, 1.0)
        shares |= dict.fromkeys(np.unique(cells[groups == group]).tolist(), covered)
    return CellCoverage(dict(sorted(shares.items(), key=lambda cell: -cell[1])))


def _measure_share(genome: pd.Series, simulated: pd.Series) -> float:
    low, high = find_reach(simulated.to_numpy())
    return float(genome.between(low, high).mean())


def list_cell_figures(name: str, coverage: CellCoverage) -> list[Figure]:
    """Return which share of a genome's windows each cell covers, as figures."""
    return [
        Figure("coverage", f"genome {name}", f"share covered by {cell}", share)
        for cell, share in coverage.shares.items()
    ]


def describe_cell_coverage(name: str, coverage: CellCoverage) -> Line:
    """Return what the terminal shows of the cells that cover a genome, and of those that don't."""
    label, number = f"cells like {name}", len(coverage.shares)
    covering = coverage.covering
    others = {cell: share for cell, share in coverage.shares.items() if share < COVERED}
    if not others:
        return label, f"all {number:,}"
    shown = _name_first(f"{cell} ({format_percent(share)})" for cell, share in others.items())
    if not covering:
        return label, f"none of {number:,} covers {format_percent(COVERED)} of its windows: {shown}"
    return (
        label,
        f"{len(covering):,} of {number:,} cover {format_percent(COVERED)} of its windows or more: "
        f"{_name_first(covering)}; not {shown}",
    )


def _name_first(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - MOST_NAMED
    return ", ".join(listed[:MOST_NAMED]) + (f" and {more:,} others" if more > 0 else "")


def find_shift(
    name: str,
    genome: pd.DataFrame,
    pilot: pd.DataFrame,
    cells: npt.NDArray[np.str_],
    swept: Collection[str],
) -> list[Finding]:
    """Return the finding that a genome's windows as a whole lie beyond those of every cell.

    The tails of an outermost cell can cover such a genome, but the nets then have to extrapolate.
    Of cells whose parameters are drawn this would be no more than chance, as a genome has one value
    of each.

    Parameters
    ----------
    name : str
        The genome's.
    genome, pilot, cells
        As in :func:`measure_cell_coverage`.
    swept : collection of str
        Cells with a sweep, which a genome as a whole has not had.
    """
    groups = group_cells(cells)
    unswept = [group for group in np.unique(groups) if not set(cells[groups == group]) & set(swept)]
    if len(unswept) < 2 or len(genome) < FEWEST_WINDOWS or len(pilot) < FEWEST_OF_A_GROUP:
        return []
    shifts: dict[str, tuple[float, int]] = {}
    for statistic in pilot.columns:
        compared = [
            _compare(genome[statistic], pilot.loc[groups == group, statistic]) for group in unswept
        ]
        for is_above in (False, True):
            chances = [chance if is_above else 1 - chance for chance, _ in compared]
            if min(chances) >= SHIFTED and max(p for _, p in compared) < SMALL_P:
                shifts[str(statistic)] = (min(chances), unswept[int(np.argmin(chances))])
    if not shifts:
        return []
    worst = max(shifts, key=lambda statistic: shifts[statistic][0])
    chance, nearest = shifts[worst]
    there = pilot.loc[groups == nearest, worst].median()
    is_above = bool(genome[worst].median() > there)
    others = [statistic for statistic in shifts if statistic != worst]
    also = f"; so it is in {', '.join(others)}" if others else ""
    return [
        Finding(
            "coverage",
            f"genome {name}",
            f"its windows are {'above' if is_above else 'below'} those of every cell in {worst}: "
            f"median {format_rounded(genome[worst].median(), 3)}, "
            f"{format_rounded(there, 3)} in the nearest cell, "
            f"{_name_first(np.unique(cells[groups == nearest]).tolist())}{also}",
            f"{FIXES[worst][is_above]}, so that cells lie on both sides of the genome",
        )
    ]


def _compare(genome: pd.Series, simulated: pd.Series) -> tuple[float, float]:
    """Return in which share of pairs the genome's window is larger, and the p of Mann and Whitney.

    Pairs of equal values count half.
    """
    u, p = scipy.stats.mannwhitneyu(genome, simulated)
    return float(u / (len(genome) * len(simulated))), float(p)
