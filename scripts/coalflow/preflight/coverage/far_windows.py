"""Windows of a genome that lie far from everything that was simulated, one by one.

:mod:`coalflow.preflight.coverage.outside` asks whether more windows are outside than chance would
put there, which a few windows never are. A window is far where it lies several times further from
its nearest simulated window than 99 % of these do from theirs, or, in one statistic, several times
further from the simulated median than the outermost simulated window on that side.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.genomes.novelty.fixes import FIXES
from coalflow.genomes.novelty.statistic_space import (
    build_space,
    find_differences,
    make_comparable,
    measure_distances,
)
from coalflow.preflight.coverage.outside import FEWEST_OF_A_GROUP, FEWEST_WINDOWS
from coalflow.preflight.findings import Figure, Finding, format_rounded

FAR = 3  # times further from its neighbour than 99 % of simulated windows
BEYOND = 2  # times further from the median than the outermost simulated window
SHOWN = 3  # windows that are named
VERY_FAR = 1e6
# One such window in hundreds is not worth a finding: there are some in simulations, too.
FEWEST_FAR = 2
FIX = (
    "look at these windows before you trust what is predicted there: leave them out "
    "(observation.mask) if they are artefacts, or simulate what could make such windows"
)


def find_far_windows(
    name: str, genome: pd.DataFrame, pilot: pd.DataFrame
) -> list[Figure | Finding]:
    """Return how many windows of a genome are far from all simulated ones, and which.

    Parameters
    ----------
    name : str
        The genome's.
    genome, pilot : DataFrame
        The statistics of their windows (:mod:`coalflow.preflight.window_statistics`). The index of
        the genome's says where its windows lie.
    """
    if len(pilot) < FEWEST_OF_A_GROUP or len(genome) < FEWEST_WINDOWS:
        return []
    about = f"genome {name}"
    distance, statistics = measure_novelty(genome, pilot)
    far = distance > 1
    entries: list[Figure | Finding] = [
        Figure("coverage", about, "windows far from all simulated ones", int(far.sum())),
        Figure("coverage", about, "furthest window, 1 is far", float(distance.max())),
    ]
    if far.sum() >= FEWEST_FAR:
        order = np.argsort(-distance)[: far.sum()]
        entries.append(_report_far(about, genome.iloc[order], len(genome), pilot, statistics))
    return entries


def measure_novelty(
    genome: pd.DataFrame, pilot: pd.DataFrame
) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Return how far windows are from the simulated ones, and where they differ.

    Parameters
    ----------
    genome, pilot : DataFrame
        The statistics of windows.

    Returns
    -------
    ndarray of float64, shape (windows,)
        Above 1 where a window is far.
    list of str
        The statistics in which far windows are beyond all simulated ones; the two in which they
        differ most from their neighbours if there is no such statistic.
    """
    space = build_space(pilot, np.zeros(len(pilot), dtype=np.int64))
    apart = measure_distances(space, genome) / (FAR * space.reach)
    beyond = _measure_beyond(make_comparable(genome), make_comparable(pilot))
    distance = np.maximum(apart, beyond.max(axis=1))
    far = distance > 1
    if not far.any():
        return distance, []
    statistics = pilot.columns[(beyond[far] > 1).any(axis=0)].tolist()
    return distance, statistics or find_differences(space, genome[far], pilot)


def _measure_beyond(
    values: npt.NDArray[np.float64], simulated: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how far values are beyond the simulated ones, float64 (windows, statistics)."""
    middle = np.median(simulated, axis=0)
    sides = [
        (values - middle, simulated.max(axis=0) - middle),
        (middle - values, middle - simulated.min(axis=0)),
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        above, below = (np.maximum(way, 0) / (BEYOND * reach) for way, reach in sides)
    # Where nothing simulated lies on a side of the median, whatever lies there is far.
    return np.nan_to_num(np.fmax(above, below), nan=0.0, posinf=VERY_FAR)


def _report_far(
    about: str, far: pd.DataFrame, windows: int, pilot: pd.DataFrame, statistics: Sequence[str]
) -> Finding:
    """Return the finding about far windows, the furthest first."""
    named = ", ".join(map(str, far.index[:SHOWN]))
    more = ", ..." if len(far) > SHOWN else ""
    worst = statistics[0]
    values = far[worst].median(), pilot[worst].median()
    found, simulated = (format_rounded(value, 3) for value in values)
    found = (
        f"{len(far):,} of {windows:,} windows are far from everything that was simulated, mostly "
        f"in {' and '.join(statistics[:2])} ({worst}: median {found}, simulated {simulated}): "
        f"{named}{more}"
    )
    is_above = bool(far[worst].median() > pilot[worst].median())
    fix = FIX if 2 * len(far) < windows else FIXES[worst][is_above]
    return Finding("coverage", about, found, fix)
