"""Neighbours of windows, and the means of their scores."""

import numpy as np
import pandas as pd
import pytest
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.genomes.significance.neighbours import average_neighbours, find_neighbours


def places_of(starts, length=100, contig="1"):
    starts = np.asarray(starts, dtype=np.int64)
    return pd.DataFrame({"contig": contig, "start": starts, "end": starts + length})


def test_neighbours_lie_side_by_side_whatever_the_step():
    for step in (100, 50, 20):
        places = places_of(np.arange(0, 1000, step))
        found = find_neighbours(places, 2)
        inside = (places["start"] >= 200) & (places["start"] < 800)
        start = places["start"].to_numpy()
        expected = start[inside, None] + np.arange(-2, 3) * 100
        np.testing.assert_array_equal(start[found[inside]], expected)


def test_there_is_no_neighbour_beyond_a_gap_or_on_another_contig():
    places = pd.concat([places_of([0, 100, 400]), places_of([100, 200], contig="2")])
    assert find_neighbours(places, 1).tolist() == [
        [-1, 0, 1],
        [0, 1, -1],
        [-1, 2, -1],
        [-1, 3, 4],
        [3, 4, -1],
    ]


def test_nothing_to_either_side_leaves_windows_alone():
    assert find_neighbours(places_of([0, 100]), 0).tolist() == [[0], [1]]
    assert find_neighbours(places_of([]), 1).shape == (0, 3)


@PROPERTY
@given(
    starts=st.lists(st.integers(0, 2000), min_size=1, max_size=30),
    contigs=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_neighbours_begin_closest_to_where_a_window_ends(starts, contigs, seed):
    places = places_of(starts, np.random.default_rng(seed).integers(1, 200, len(starts)))
    places["contig"] = np.arange(len(starts)) % contigs
    found = find_neighbours(places, 1)
    contig, start, end = (places[name].to_numpy() for name in ("contig", "start", "end"))
    for row in range(len(starts)):
        for column, border, wanted in ((2, start, end[row]), (0, end, start[row])):
            distance = np.where(contig == contig[row], abs(border - wanted), 1e9)
            chosen = found[row, column]
            assert (chosen >= 0) == (distance.min() < (end[row] - start[row]) / 2)
            if chosen >= 0:
                assert distance[chosen] == distance.min()
        assert found[row, 1] == row


def test_those_further_away_are_neighbours_of_neighbours():
    places = places_of([0, 30, 100, 330], np.array([30, 70, 230, 10]))
    assert find_neighbours(places, 2)[1].tolist() == [-1, 0, 1, 2, 3]


def test_means_leave_out_what_is_missing():
    scores = np.array([1.0, np.nan, 3.0, 8.0])
    neighbours = find_neighbours(places_of([0, 100, 200, 300]), 1)
    means, counts = average_neighbours(scores, neighbours)
    assert means.tolist() == pytest.approx([1.0, np.nan, 5.5, 5.5], nan_ok=True)
    assert counts[[0, 2, 3]].tolist() == [1, 2, 2]
