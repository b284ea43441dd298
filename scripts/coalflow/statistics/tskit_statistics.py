"""Statistics of sample sets that tskit computes, of sites or of the trees themselves.

The same functions serve both: for sites the trees are the star-shaped ones of
:mod:`coalflow.statistics.site_statistics`, for trees those that were simulated. Which method of
tskit, or which function of this module, computes a statistic is in its record
(:mod:`coalflow.config.registry.statistics`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.config.registry.statistics import BRANCH, STATISTICS
from coalflow.config.schema.targets import StatisticTarget
from coalflow.statistics.introgression.moves import Moves
from coalflow.statistics.introgression.tracing import measure_share

#: Nodes of each sample set.
Sets: TypeAlias = list[npt.NDArray[np.int32]]


class Options(TypedDict):
    """What tskit's statistics are given."""

    windows: npt.ArrayLike
    """Edges of windows, in bases."""
    mode: str
    span_normalise: bool


def compute_on_trees(
    trees: tskit.TreeSequence,
    statistic: StatisticTarget,
    slices: Mapping[str, slice],
    moves: Moves | None = None,
) -> float:
    """Return a statistic of a whole tree sequence; nan where it is undefined.

    Times and lengths of branches are means over bases, in the trees' units of time, usually
    generations.

    Parameters
    ----------
    trees : tskit.TreeSequence
    statistic : StatisticTarget
    slices : mapping of str to slice
        The samples of each population, as in :attr:`coalflow.config.schema.samples.Samples.slices`.
    moves : Moves, optional
        Of lineages, by gene flow; some statistics need them.
    """
    if STATISTICS[statistic.statistic].needs_moves:
        assert moves is not None  # or they are not recorded
        of, source = statistic.of
        samples = trees.samples()[slices[of]]
        return measure_share(trees, moves, samples, source, statistic.since)
    whole = [0, trees.sequence_length]
    return float(compute_in_windows(trees, statistic, slices, whole)[0])


def compute_in_windows(
    trees: tskit.TreeSequence,
    statistic: StatisticTarget,
    slices: Mapping[str, slice],
    edges: npt.ArrayLike,
) -> npt.NDArray[np.float64]:
    """Return a statistic of each window of a tree sequence; nan where it is undefined.

    Statistics of sites are sums over sites, not means over bases.

    Parameters
    ----------
    trees : tskit.TreeSequence
    statistic : StatisticTarget
    slices : mapping of str to slice
        The samples of each population.
    edges : array_like, shape (windows + 1,)
        In bases, from 0 to the end of the sequence.

    Returns
    -------
    ndarray of float64, shape (windows,)
    """
    everyone = trees.samples()
    sets = [everyone[slices[name]] for name in statistic.of] or [everyone]
    options = Options(windows=edges, mode=statistic.mode, span_normalise=statistic.mode == BRANCH)
    name = STATISTICS[statistic.statistic].tskit
    # 0 / 0 is how tskit obtains nan.
    with np.errstate(invalid="ignore", divide="ignore"):
        if hasattr(trees, name):
            return getattr(trees, name)(sets, **options).reshape(-1)
        return globals()[name](trees, sets, options).reshape(-1)


def estimate_watterson_theta(
    segregating: npt.NDArray[np.float64], haplotypes: int
) -> npt.NDArray[np.float64]:
    """Return Watterson's (1975) estimator of theta, S / (1 + 1/2 + ... + 1/(n - 1)).

    Parameters
    ----------
    segregating : ndarray of float64
        Numbers of segregating sites S.
    haplotypes : int
        Their number n.

    Examples
    --------
    >>> estimate_watterson_theta(np.array([0.0, 11.0]), haplotypes=4).tolist()
    [0.0, 6.0]
    """
    return segregating / (1 / np.arange(1, haplotypes)).sum()


def compute_watterson_theta(
    trees: tskit.TreeSequence, sets: Sets, options: Options
) -> npt.NDArray[np.float64]:
    """Return Watterson's theta of a set in each window.

    Parameters
    ----------
    trees : tskit.TreeSequence
    sets : list of ndarray of int32
        Nodes of one sample set.
    options : Options
    """
    return estimate_watterson_theta(trees.segregating_sites(sets, **options), len(sets[0]))


def compute_tajimas_d(
    trees: tskit.TreeSequence, sets: Sets, options: Options
) -> npt.NDArray[np.float64]:
    """Return Tajima's (1989) D of a set in each window; it is never normalised by span.

    Parameters
    ----------
    trees : tskit.TreeSequence
    sets : list of ndarray of int32
        Nodes of one sample set.
    options : Options
    """
    return trees.Tajimas_D(sets, windows=options["windows"], mode=options["mode"])


def compute_theta_h(
    trees: tskit.TreeSequence, sets: Sets, options: Options
) -> npt.NDArray[np.float64]:
    """Return Fay and Wu's (2000) estimator of theta, which gives common derived alleles weight.

    Parameters
    ----------
    trees : tskit.TreeSequence
    sets : list of ndarray of int32
        Nodes of one sample set.
    options : Options
    """
    (nodes,) = sets
    number = len(nodes)
    copies = np.arange(number + 1)
    spectrum = trees.allele_frequency_spectrum(sets, polarised=True, **options)
    # An allele that all carry is not variation, as in the other estimators.
    return spectrum[:, :-1] @ copies[:-1] ** 2 / (number * (number - 1) / 2)


def compute_fay_wu_h(
    trees: tskit.TreeSequence, sets: Sets, options: Options
) -> npt.NDArray[np.float64]:
    """Return Fay and Wu's (2000) H of a set in each window: pi minus theta_H.

    Parameters
    ----------
    trees : tskit.TreeSequence
    sets : list of ndarray of int32
        Nodes of one sample set.
    options : Options
    """
    diversity = trees.diversity(sets, **options).reshape(-1)
    return diversity - compute_theta_h(trees, sets, options)


def compute_coalescence_time(
    trees: tskit.TreeSequence, sets: Sets, options: Options
) -> npt.NDArray[np.float64]:
    """Return half the branch length between two haplotypes: of one set, or one of each.

    Parameters
    ----------
    trees : tskit.TreeSequence
    sets : list of ndarray of int32
        Nodes of one sample set or of two.
    options : Options
    """
    pairs = trees.diversity if len(sets) == 1 else trees.divergence
    return pairs(sets, **options) / 2


def compute_time_to_common_ancestor(
    trees: tskit.TreeSequence, sets: Sets, options: Options
) -> npt.NDArray[np.float64]:
    """Return the mean over all bases of the time to the common ancestor of all sets together.

    It is nan where some tree has no such ancestor.

    Parameters
    ----------
    trees : tskit.TreeSequence
    sets : list of ndarray of int32
        Nodes of one sample set or more.
    options : Options
        Not used: there is one window, and no other mode.
    """
    # Simplified to these haplotypes, each tree has their common ancestor as its root.
    simplified = trees.simplify(np.concatenate(sets), record_provenance=False)
    times = [
        tree.time(tree.root) if tree.has_single_root else np.nan for tree in simplified.trees()
    ]
    spans = np.diff(simplified.breakpoints(as_array=True))
    return np.array([np.average(times, weights=spans)])
