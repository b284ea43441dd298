"""Adjacent windows that are unlike the null, as regions."""

import numpy as np
import pandas as pd
import pytest

from coalflow.genomes.significance.regions import find_regions, measure_covered_bases


def tracks_of(rows):
    """Return tracks of (contig, start, end, p); the score falls with p."""
    table = pd.DataFrame(rows, columns=["contig", "start", "end", "p"])
    return table.assign(score=-np.log(table["p"].astype(float)), p=table["p"].astype(float))


def list_regions(rows, p=0.01, length=100):
    regions = find_regions(tracks_of(rows), p, length)
    assert list(regions) == ["contig", "start", "end", "peak_row", "windows"]
    return [tuple(row) for row in regions.itertuples(index=False)]


def test_windows_that_overlap_or_touch_are_one_region():
    rows = [("1", 0, 100, 0.01), ("1", 50, 150, 0.001), ("1", 150, 250, 0.002), ("1", 300, 400, 1)]
    assert list_regions(rows) == [("1", 0, 250, 1, 3)]


@pytest.mark.parametrize(("start", "regions"), [(199, 1), (200, 2), (201, 2)])
def test_less_than_a_window_is_bridged(start, regions):
    rows = [("1", 0, 100, 0.001), ("1", start, start + 100, 0.002)]
    assert len(list_regions(rows)) == regions


def test_windows_without_a_p_value_are_bridged_and_not_counted():
    rows = [("1", 0, 100, 0.001), ("1", 50, 150, np.nan), ("1", 100, 200, 0.002)]
    assert list_regions(rows) == [("1", 0, 200, 0, 2)]


def test_regions_end_with_their_contig():
    rows = [("1", 900, 1000, 0.001), ("2", 0, 100, 0.001), ("10", 0, 100, 0.001)]
    assert [row[0] for row in list_regions(rows)] == ["1", "2", "10"]


def test_windows_of_any_length_within_others_are_merged():
    # As a user's own BED may list them.
    rows = [("1", 0, 5000, 0.002), ("1", 100, 200, 0.001), ("1", 4990, 5010, 0.003)]
    assert list_regions(rows, length=10) == [("1", 0, 5010, 1, 3)]


def test_the_peak_of_windows_that_tie_is_the_middle_one():
    rows = [("1", 50 * i, 50 * i + 100, p) for i, p in enumerate([0.01, 0.001, 0.001, 0.001, 0.01])]
    assert list_regions(rows)[0][3] == 2
    assert list_regions(rows[:3])[0][3] == 1


def test_of_equal_p_values_the_higher_score_is_the_peak():
    tracks = tracks_of([("1", 0, 100, 0.001), ("1", 50, 150, 0.001), ("1", 100, 200, 0.001)])
    tracks["score"] = [1.0, 2.0, 3.0]
    assert find_regions(tracks, 0.01, 100)["peak_row"].tolist() == [2]


@pytest.mark.parametrize("rows", [[], [("1", 0, 100, 0.5)], [("1", 0, 100, np.nan)]])
def test_there_may_be_no_region(rows):
    assert list_regions(rows) == []


def test_one_window_is_a_region():
    assert list_regions([("1", 0, 100, 0.001)]) == [("1", 0, 100, 0, 1)]


def test_the_order_of_windows_makes_no_difference():
    random = np.random.default_rng(3)
    start = random.integers(0, 5000, 300)
    rows = [("1", s, s + 100, p) for s, p in zip(start, random.random(300) / 5, strict=True)]
    shuffled = [rows[i] for i in random.permutation(len(rows))]
    ordered = [row[:3] + row[4:] for row in list_regions(rows)]
    assert ordered == [row[:3] + row[4:] for row in list_regions(shuffled)]
    assert len(ordered) > 3


def test_bases_under_several_windows_count_once():
    rows = [("1", 0, 100, 0.5), ("1", 50, 150, 0.5), ("1", 20, 30, 0.5), ("1", 500, 600, np.nan)]
    rows += [("2", 120, 220, 0.5), ("1", 300, 310, 0.5)]
    assert measure_covered_bases(tracks_of(rows)) == 150 + 100 + 10
    assert measure_covered_bases(tracks_of([])) == 0
