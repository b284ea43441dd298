"""Which blocks with a sweep a model finds at a false discovery rate, and what else it finds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.registry.parameters import NEUTRAL

#: Where a region is: at the selected site, elsewhere in a block with a sweep, or in a neutral one.
AT_SITE, ELSEWHERE = "site", "elsewhere"


def weigh_blocks(blocks: pd.DataFrame, swept: float) -> npt.NDArray[np.float64]:
    """Return how often each block is in a genome of which a share is swept; they sum to 1.

    Parameters
    ----------
    blocks : DataFrame
        ``kind`` of each block, of both neutral and swept ones.
    swept : float
        The share of blocks with a sweep.

    Examples
    --------
    >>> weigh_blocks(pd.DataFrame({"kind": ["neutral", "neutral", "hard"]}), 0.1).tolist()
    [0.45, 0.45, 0.1]
    """
    is_swept = (blocks["kind"] != NEUTRAL).to_numpy()
    share = np.where(is_swept, swept / is_swept.sum(), (1 - swept) / (~is_swept).sum())
    return share.astype(np.float64)


def judge_regions(
    regions: pd.DataFrame, blocks: pd.DataFrame, swept: float, length: int
) -> pd.DataFrame:
    """Return the regions of one model with their q-values, and where they are.

    The q-values are those of regions of a genome that is made of such blocks, large enough for each
    to be there as often as its weight says (:func:`weigh_blocks`).

    Parameters
    ----------
    regions : DataFrame
        ``block``, ``start``, ``end``, ``peak``, in bases, and ``rate``, how many null regions with
        such a peak or more a block has.
    blocks : DataFrame
        ``block``, ``kind``, and ``site``, where the sweep is.
    swept : float
        The share of blocks with a sweep.
    length : int
        Bases of a window. A region within that many bases of the site is at the site.

    Returns
    -------
    DataFrame
        With the columns ``q``, ``place``, ``weight``, and ``distance``, from the site to the peak,
        nan in neutral blocks.
    """
    weights = weigh_blocks(blocks, swept)
    rows = pd.Index(blocks["block"]).get_indexer(pd.Index(regions["block"]))
    weight = weights[rows]
    site = blocks["site"].to_numpy(np.float64)[rows]
    kind = blocks["kind"].to_numpy(dtype=object)[rows]
    start, end = (regions[name].to_numpy(np.float64) for name in ("start", "end"))
    is_near = (start - length <= site) & (site < end + length)
    place = np.where(kind == NEUTRAL, NEUTRAL, np.where(is_near, AT_SITE, ELSEWHERE))
    return regions.assign(
        # The weights sum to one block.
        q=adjust_weighted(regions["rate"].to_numpy(np.float64), weight),
        place=place,
        weight=weight,
        distance=np.abs(regions["peak"].to_numpy(np.float64) - site),
    )


def adjust_weighted(
    expected: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the q-values of regions that are each there a number of times.

    It does what :func:`coalflow.genomes.significance.multiple_testing.adjust_expected` does of a
    list in which each region is repeated.

    Parameters
    ----------
    expected : ndarray of float64, shape (regions,)
        The expected number of null regions with such a peak or more; nan where it is not known.
    weight : ndarray of float64, shape (regions,)
        How often each is there: not only whole numbers.

    Returns
    -------
    ndarray of float64, shape (regions,)
        At most 1.

    Examples
    --------
    >>> adjust_weighted(np.array([2.0, 0.03, 0.01]), np.array([1.0, 2.0, 1.0])).tolist()
    [0.5, 0.01, 0.01]
    """
    q = np.full(expected.shape, np.nan)
    known = np.flatnonzero(~np.isnan(expected))
    order = known[np.argsort(expected[known], kind="stable")]
    rates = expected[order] / np.cumsum(weight[order])
    q[order] = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1)
    return q


def find_blocks(judged: pd.DataFrame, blocks: pd.DataFrame, fdr: float) -> pd.DataFrame:
    """Return the blocks with a sweep, and whether it is found.

    Parameters
    ----------
    judged : DataFrame
        What :func:`judge_regions` returned.
    blocks : DataFrame
        As there; other columns are kept.
    fdr : float
        Regions with this q-value or less are found.

    Returns
    -------
    DataFrame
        A row for each block with a sweep, with ``q``, the lowest at its site, nan without a region
        there; ``found``; ``distance`` from the site to the peak, in bases; ``novel``, whether the
        peak is unlike all that was simulated; and ``elsewhere``, how many other regions of the
        block are found.
    """
    swept = blocks[blocks["kind"] != NEUTRAL].reset_index(drop=True)
    at_site = judged[judged["place"] == AT_SITE].sort_values("q", kind="stable")
    best = at_site.drop_duplicates("block").set_index("block")
    best = best.reindex(swept["block"])[["q", "distance", "novel"]].reset_index(drop=True)
    is_other = (judged["place"] == ELSEWHERE) & (judged["q"] <= fdr)
    others = judged.loc[is_other, "block"].value_counts()
    return swept.assign(
        q=best["q"],
        found=best["q"] <= fdr,
        distance=best["distance"],
        novel=best["novel"].fillna(False).astype(bool),
        elsewhere=others.reindex(swept["block"], fill_value=0).to_numpy(np.int64),
    )
