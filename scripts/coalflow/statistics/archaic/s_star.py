"""S*: how well the rare alleles of a haplotype fit one long tract of foreign ancestry.

A chain of sites is chosen among those at which the haplotype carries a derived allele that the
outgroup does not have and that is not a singleton. Two neighbours in a chain score their distance
in bases and a bonus if the same haplotypes of the target population carry both alleles, and a
penalty if a few of them carry only one. Where more do, or where sites are close, they cannot be
neighbours. S* is the score of the best chain, and 0 where there is none.

References
----------
Plagnol and Wall (2006); Vernot and Akey (2014). Bonus and penalty are those of ArchIE (Durvasula
and Sankararaman 2019).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MATCH_BONUS = 5_000
MISMATCH_PENALTY = -10_000
MOST_MISMATCHES = 5  # copies of the alleles that differ between the two sites, in all rows together
SHORTEST = 10  # bases between neighbours
PAIRS_AT_ONCE = 2**17  # 1 MB an array: more does not stay in a processor's cache


def compute_s_star(
    copies: npt.NDArray[np.uint8],
    positions: npt.NDArray[np.float64],
    is_private: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Return S* of the rows of windows.

    Parameters
    ----------
    copies : ndarray of uint8, shape (windows, sites, rows)
        Of the derived allele, in the rows of the target population.
    positions : ndarray of float64, shape (windows, sites)
        In bases, in ascending order.
    is_private : ndarray of bool, shape (windows, sites)
        Where no row of the outgroup has the derived allele.

    Returns
    -------
    ndarray of float64, shape (windows, rows)
    """
    windows, _, rows = copies.shape
    is_chosen = is_private & (copies.sum(axis=2, dtype=np.int64) > 1)
    numbers = is_chosen.sum(axis=1)
    best = np.zeros((windows, rows))
    step = max(1, PAIRS_AT_ONCE // max(int(numbers.max(initial=0)), rows, 1) ** 2)
    # Windows with as many sites at a time: what is left out of some need not be computed.
    order = np.argsort(numbers, kind="stable")
    for begin in range(0, windows, step):
        part = order[begin : begin + step]
        most = int(numbers[part].max())
        if most < 2:
            continue
        chosen = np.argsort(~is_chosen[part], axis=1, kind="stable")[:, :most]
        is_site = np.arange(most) < numbers[part, None]
        carried = np.take_along_axis(copies[part], chosen[:, :, None], axis=1)
        carried = carried * is_site[:, :, None].astype(np.uint8)
        bases = np.take_along_axis(positions[part], chosen, axis=1)
        best[part] = _find_best_chains(carried, _score_pairs(carried, bases))
    return best


def _score_pairs(
    carried: npt.NDArray[np.uint8], bases: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return what two neighbours in a chain score, -inf where they may not be neighbours.

    Takes copies, (windows, sites, rows), and positions, (windows, sites); returns float64 (windows,
    sites, sites), the same either way round.
    """
    distance = np.abs(bases[:, :, None] - bases[:, None, :])
    mismatches = _count_mismatches(carried)
    scores = np.where(mismatches == 0, distance + MATCH_BONUS, MISMATCH_PENALTY)
    scores[(mismatches > MOST_MISMATCHES) | (distance < SHORTEST)] = -np.inf
    return scores


def _count_mismatches(carried: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return by how many copies rows differ between two sites, (windows, sites, sites)."""
    windows, sites, _ = carried.shape
    mismatches = np.zeros((windows, sites, sites), np.float32)
    # |a - b| is how often one of them reaches a number of copies and the other does not.
    for copies in range(1, int(carried.max(initial=0)) + 1):
        reaches = (carried >= copies).astype(np.float32)
        number = reaches.sum(axis=2)
        both = reaches @ reaches.transpose(0, 2, 1)
        mismatches += number[:, :, None] + number[:, None, :] - 2 * both
    return mismatches


def _find_best_chains(
    carried: npt.NDArray[np.uint8], scores: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the score of the best chain of each row, float64 (windows, rows); 0 without one."""
    windows, sites, rows = carried.shape
    is_carried = np.ascontiguousarray(carried.transpose(0, 2, 1) > 0)
    # What a chain that continues from a site has so far, -inf where the row does not carry it.
    until = np.where(is_carried, 0.0, -np.inf)
    best = np.full((windows, rows), -np.inf)
    for site in range(1, sites):
        extended = (until[:, :, :site] + scores[:, None, :site, site]).max(axis=2)
        extended[~is_carried[:, :, site]] = -np.inf
        np.maximum(best, extended, out=best)
        # A chain that has scored less than nothing is left, for one that begins here.
        np.maximum(until[:, :, site], extended, out=until[:, :, site])
    return np.where(np.isfinite(best), best, 0.0)
