"""Regions of a genome: adjacent windows that are unlike the null."""

import numpy as np
import numpy.typing as npt
import pandas as pd


def find_regions(tracks: pd.DataFrame, p: float, length: int) -> pd.DataFrame:
    """Return the regions of a genome, in the order of its windows.

    Windows whose p-value is at most ``p`` are merged where they overlap, touch, or have less than
    ``length`` bases between them; windows with a higher p-value, or without one, may lie there.

    Parameters
    ----------
    tracks : DataFrame
        Of each window ``contig``, ``start``, ``end``, ``score`` and ``p``.
    p : float
    length : int
        Bases of a window.

    Returns
    -------
    DataFrame
        ``contig``, ``start`` and ``end`` of each region; ``peak_row``, which row of ``tracks``,
        from 0, has the lowest p-value, of equal ones that with the highest score, and of those the
        middle one; and ``windows``, how many windows are at most ``p``.
    """
    contig = pd.factorize(tracks["contig"])[0]
    columns = {name: tracks[name].to_numpy() for name in ("start", "end", "score", "p")}
    rows = np.flatnonzero(columns["p"] <= p)  # nan is not
    rows = rows[np.lexsort((columns["end"][rows], columns["start"][rows], contig[rows]))]
    region = _number_regions(contig[rows], columns["start"][rows], columns["end"][rows], length)
    count = int(region[-1]) + 1 if len(region) else 0
    first = np.searchsorted(region, np.arange(count))
    sizes = np.bincount(region, minlength=count)
    end = np.zeros(count, np.int64)
    np.maximum.at(end, region, columns["end"][rows].astype(np.int64))
    peaks = _find_peaks(region, columns["p"][rows], columns["score"][rows], count)
    begin = rows[first]
    return pd.DataFrame(
        {
            "contig": tracks["contig"].to_numpy(dtype=object)[begin],
            "start": columns["start"][begin].astype(np.int64),
            "end": end,
            "peak_row": rows[peaks],
            "windows": sizes.astype(np.int64),
        }
    )


def _number_regions(
    contig: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    length: int,
) -> npt.NDArray[np.int64]:
    """Return which region each window is in, from 0, of windows sorted by where they start."""
    if not len(start):
        return np.zeros(0, np.int64)
    # The furthest end so far on the contig: a window may end before one that it lies within.
    furthest = pd.Series(end).groupby(contig).cummax().to_numpy()
    is_new = (contig[1:] != contig[:-1]) | (start[1:] - furthest[:-1] >= max(length, 1))
    return np.concatenate([[0], np.cumsum(is_new)]).astype(np.int64)


def _find_peaks(
    region: npt.NDArray[np.int64],
    p: npt.NDArray[np.float64],
    score: npt.NDArray[np.float64],
    count: int,
) -> npt.NDArray[np.int64]:
    """Return the index of the peak of each region; of those that tie, the middle one."""
    order = np.lexsort((-score, p, region))
    first = order[np.searchsorted(region[order], np.arange(count))]
    ties = np.flatnonzero((p == p[first][region]) & (score == score[first][region]))
    tied = region[ties]
    begin = np.searchsorted(tied, np.arange(count))
    return ties[begin + (np.bincount(tied, minlength=count) - 1) // 2]


def measure_covered_bases(tracks: pd.DataFrame) -> int:
    """Return how many bases are covered by windows that have a p-value.

    Parameters
    ----------
    tracks : DataFrame
        As in :func:`find_regions`.
    """
    predicted = tracks[tracks["p"].notna()].sort_values("start", kind="stable")
    start, end = (predicted[name].astype(np.int64) for name in ("start", "end"))
    furthest = end.groupby(predicted["contig"]).cummax()
    before = furthest.groupby(predicted["contig"]).shift(fill_value=0)
    return int((furthest - np.maximum(before, start)).clip(lower=0).sum())
