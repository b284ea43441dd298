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
        found = find_neighbours(places, 100, 2)
        inside = (places["start"] >= 200) & (places["start"] < 800)
        start = places["start"].to_numpy()
        expected = start[inside, None] + np.arange(-2, 3) * 100
        np.testing.assert_array_equal(start[found[inside]], expected)


def test_there_is_no_neighbour_beyond_a_gap_or_on_another_contig():
    places = pd.concat([places_of([0, 100, 400]), places_of([100, 200], contig="2")])
    assert find_neighbours(places, 100, 1).tolist() == [
        [-1, 0, 1],
        [0, 1, -1],
        [-1, 2, -1],
        [-1, 3, 4],
        [3, 4, -1],
    ]


def test_nothing_to_either_side_leaves_windows_alone():
    assert find_neighbours(places_of([0, 100]), 100, 0).tolist() == [[0], [1]]
    assert find_neighbours(places_of([]), 100, 1).shape == (0, 3)


@PROPERTY
@given(
    starts=st.lists(st.integers(0, 2000), min_size=1, max_size=30),
    contigs=st.integers(1, 3),
    reach=st.integers(0, 3),
)
def test_neighbours_are_the_closest_within_half_a_window(starts, contigs, reach):
    places = places_of(starts)
    places["contig"] = np.arange(len(starts)) % contigs
    found = find_neighbours(places, 100, reach)
    contig, start = places["contig"].to_numpy(), places["start"].to_numpy()
    for row in range(len(starts)):
        for offset in range(-reach, reach + 1):
            distance = np.where(contig == contig[row], abs(start - start[row] - 100 * offset), 1e9)
            chosen = found[row, reach + offset]
            assert (chosen >= 0) == (distance.min() < 50)
            if chosen >= 0:
                assert distance[chosen] == distance.min()
        assert found[row, reach] == row


def test_means_leave_out_what_is_missing():
    scores = np.array([1.0, np.nan, 3.0, 8.0])
    neighbours = find_neighbours(places_of([0, 100, 200, 300]), 100, 1)
    means, counts = average_neighbours(scores, neighbours)
    assert means.tolist() == pytest.approx([1.0, np.nan, 5.5, 5.5], nan_ok=True)
    assert counts[[0, 2, 3]].tolist() == [1, 2, 2]
