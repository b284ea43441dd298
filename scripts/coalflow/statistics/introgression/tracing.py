"""Stretches of haplotypes whose lineage was in a population, by gene flow.

A move is that of a lineage above one node. All its descendants there have moved with it, so
stretches are handed down from node to node along the edges, one generation of nodes at a time,
until they are those of samples.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.config.settings.simulating import AncestryTruth
from coalflow.statistics.introgression.moves import Moves
from coalflow.windows.ancestry import Runs


def trace_runs(
    trees: tskit.TreeSequence,
    moves: Moves,
    samples: npt.NDArray[np.int32],
    population: str,
    since: float | None = None,
) -> Runs:
    """Return the stretches of samples whose lineage moved into a population.

    Parameters
    ----------
    trees : tskit.TreeSequence
        With the nodes of which the moves are.
    moves : Moves
    samples : ndarray of int32, shape (haplotypes,)
        Their nodes.
    population : str
        The one that lineages moved into, going back in time.
    since : float, optional
        In generations ago; earlier moves do not count.

    Returns
    -------
    Runs
        Haplotypes are counted as in ``samples``.
    """
    counts = moves.dest == moves.find_population(population)
    if since is not None:
        counts &= moves.time <= since
    if not counts.any():
        return Runs(np.empty(0, np.int32), np.empty(0), np.empty(0))
    chosen = moves.keep(counts)
    row = np.full(trees.num_nodes, tskit.NULL, np.int32)
    row[samples] = np.arange(len(samples), dtype=np.int32)
    edges = _EdgesByParent(trees)
    found = []
    node, left, right = merge_stretches(chosen.node, chosen.left, chosen.right)
    while len(node):
        is_sample = row[node] != tskit.NULL
        found.append((row[node[is_sample]], left[is_sample], right[is_sample]))
        # Merged, since a stretch is handed down once from a node, however it came there.
        node, left, right = merge_stretches(*edges.hand_down(node, left, right))
    haplotype, left, right = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Runs(*merge_stretches(haplotype, left, right))


def trace_truth(
    trees: tskit.TreeSequence,
    moves: Moves,
    samples: npt.NDArray[np.int32],
    slices: Mapping[str, slice],
    wanted: AncestryTruth,
) -> Runs:
    """Return the stretches that a window keeps, haplotypes counted among all samples.

    Parameters
    ----------
    trees, moves
        As for :func:`trace_runs`.
    samples : ndarray of int32, shape (haplotypes,)
        All, population after population.
    slices : mapping of str to slice
        Which samples are of each population.
    wanted : AncestryTruth
    """
    own = slices[wanted.of]
    runs = trace_runs(trees, moves, samples[own], wanted.source, wanted.since)
    return runs._replace(haplotype=(runs.haplotype + own.start).astype(np.int32))


def measure_share(
    trees: tskit.TreeSequence,
    moves: Moves,
    samples: npt.NDArray[np.int32],
    population: str,
    since: float | None = None,
) -> float:
    """Return the share of bases and haplotypes of samples whose lineage moved into a population.

    Parameters
    ----------
    trees, moves, samples, population, since
        As for :func:`trace_runs`.
    """
    runs = trace_runs(trees, moves, samples, population, since)
    return float((runs.right - runs.left).sum() / (len(samples) * trees.sequence_length))


class _EdgesByParent:
    """The edges of trees, to be found by their parents."""

    def __init__(self, trees: tskit.TreeSequence) -> None:
        parent = trees.edges_parent
        order = np.argsort(parent, kind="stable")
        self._left, self._right = trees.edges_left[order], trees.edges_right[order]
        self._child = trees.edges_child[order]
        self._first = np.searchsorted(parent[order], np.arange(trees.num_nodes + 1))

    def hand_down(
        self,
        node: npt.NDArray[np.int32],
        left: npt.NDArray[np.float64],
        right: npt.NDArray[np.float64],
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the stretches that the children of nodes have of theirs."""
        number = self._first[node + 1] - self._first[node]
        stretch = np.repeat(np.arange(len(node)), number)
        within = np.arange(len(stretch)) - np.repeat(np.cumsum(number) - number, number)
        edge = self._first[node[stretch]] + within
        left = np.maximum(left[stretch], self._left[edge])
        right = np.minimum(right[stretch], self._right[edge])
        kept = left < right
        return self._child[edge[kept]], left[kept], right[kept]


def merge_stretches(
    owner: npt.NDArray[np.int32], left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]
) -> Runs:
    """Return stretches in the order of owners and positions, joined where they overlap or touch.

    Parameters
    ----------
    owner : ndarray of int32, shape (stretches,)
        Whose they are: nodes or haplotypes.
    left, right : ndarray of float64, shape (stretches,)
        In bases.

    Examples
    --------
    >>> owner = np.array([1, 0, 0, 0], np.int32)
    >>> runs = merge_stretches(owner, np.array([4.0, 5, 0, 2]), np.array([6.0, 8, 3, 5]))
    >>> [values.tolist() for values in runs]
    [[0, 1], [0.0, 4.0], [8.0, 6.0]]
    """
    if not len(owner):
        return Runs(owner, left, right)
    order = np.lexsort((left, owner))
    owner, left, right = owner[order], left[order], right[order]
    # The furthest end so far of an owner, by the ranks of ends, of which each owner has its own.
    by_end = np.argsort(right, kind="stable")
    rank = np.empty(len(owner), np.int64)
    rank[by_end] = np.arange(len(owner))
    highest = np.maximum.accumulate(owner.astype(np.int64) * len(owner) + rank)
    furthest = right[by_end[highest % len(owner)]]
    begins = np.ones(len(owner), dtype=bool)
    begins[1:] = (owner[1:] != owner[:-1]) | (left[1:] > furthest[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(owner)) - 1
    return Runs(owner[first], left[first], furthest[last])
