"""Segments of ancestry: runs of sites of one haplotype."""

import numpy as np
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.evaluation.ancestry.segments import OVERLAP, count_segments


def list_runs(row):
    """Return the first site and the one after the last of each run of True."""
    runs, first = [], None
    for site, value in enumerate([*row, False]):
        if value and first is None:
            first = site
        elif not value and first is not None:
            runs.append((first, site))
            first = None
    return runs


def count_one_by_one(called, truth, bases):
    counts = []
    for ours, theirs in ((called, truth), (truth, called)):
        runs = [(row, run) for row in range(ours.shape[1]) for run in list_runs(ours[:, row])]
        right = [
            bases[first:end][theirs[first:end, row]].sum() >= OVERLAP * bases[first:end].sum()
            for row, (first, end) in runs
        ]
        counts += [len(runs), sum(right)]
    return counts


@PROPERTY
@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_segments_are_counted_as_one_by_one(seed, share):
    random = np.random.default_rng(seed)
    called, truth = random.random((2, 3, 15, 4)) < share
    bases = random.integers(1, 5, (3, 15)).astype(float)  # sums are exact
    counted = count_segments(called, truth, bases)
    expected = [count_one_by_one(*window) for window in zip(called, truth, bases, strict=True)]
    assert counted.tolist() == expected


def test_padding_ends_a_segment():
    called = np.ones((1, 6, 1), bool)
    bases = np.array([[1.0, 1, 0, 0, 1, 1]])
    assert count_segments(called, called, bases).tolist() == [[2, 2, 2, 2]]
