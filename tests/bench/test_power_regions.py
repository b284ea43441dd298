"""bench/power_regions.py: scores of neighbours, regions, false ones, and which sweeps are found."""

import numpy as np
import pandas as pd
import pytest

import power_regions


def test_a_peak_keeps_others_away_and_is_in_the_middle_of_equals():
    positions = np.arange(20) * 50_000.0
    scores = np.zeros(20)
    scores[[2, 3, 4]] = 5
    scores[7] = 4  # 200 kb from the third
    scores[12] = 3
    places, heights = power_regions.select_peaks(positions, scores)
    assert (places[0], heights[0]) == (150_000, 5)
    assert 350_000 in places and 600_000 in places
    assert np.all(np.abs(np.diff(np.sort(places[:3]))) >= power_regions.GAP)


def test_peaks_near_the_ends_of_blocks_are_left_out():
    blocks = pd.DataFrame(
        {"block": [0], "contig": ["a"], "start": [0], "end": [3_000_000], "kind": ["neutral"]}
    )
    table = pd.DataFrame(
        {"contig": "a", "position": [500_000, 1_500_000, 2_700_000], "score": [9.0, 1.0, 9.0]}
    )
    peaks = power_regions.find_peaks(power_regions.Track("x", table), blocks)
    assert peaks.neutral.tolist() == [1.0]
    assert peaks.bases == 1_800_000


def test_false_regions_of_an_exponential_score():
    # Of 1,000 peaks in 1 Gb, each falls off by e for each unit of the score.
    scores = np.random.default_rng(1).exponential(size=1000)
    false = power_regions.FalseRegions(scores, 1e9)
    assert float(false.expect(np.log(1000 / 50), 1e9)) == pytest.approx(50, abs=21)
    for expected in (0.2, 1, 5, 50):
        threshold = false.find_threshold(expected, 1e9)
        assert float(false.expect(threshold, 1e9)) == pytest.approx(expected, rel=0.25)
        assert threshold == pytest.approx(np.log(1000 / expected), abs=1.5)


def test_a_lower_rate_of_false_discoveries_finds_fewer_sweeps():
    random = np.random.default_rng(2)
    neutral = np.sort(random.exponential(size=1000))[::-1]
    swept = [(np.array([0.0]), np.array([score])) for score in random.uniform(0, 12, 50)]
    peaks = power_regions.Peaks(neutral, 1e9, np.zeros(1000, int), swept)
    sites = np.zeros(50)
    thresholds = [
        power_regions.threshold_for_fdr(peaks, sites, 1e5, rate, 0.1) for rate in (0.01, 0.05, 0.2)
    ]
    assert thresholds == sorted(thresholds, reverse=True)
    powers = [power_regions.find_sweeps(peaks, sites, one, 1e5).mean() for one in thresholds]
    assert 0 < powers[0] < powers[2]
    for rate, threshold, found in zip((0.01, 0.05, 0.2), thresholds, powers, strict=True):
        wrong = 0.9 * (neutral >= threshold).sum() / 1e9 * power_regions.STRETCH
        assert wrong / (wrong + 0.1 * found) < rate + 0.025  # rare ones are by the tail


def test_pairs_are_compared_by_those_that_differ():
    ours = np.array([True] * 10 + [False] * 10)
    theirs = np.array([True] * 4 + [False] * 16)
    only_ours, only_theirs, p = power_regions.compare_pairs(ours, theirs)
    assert (only_ours, only_theirs) == (6, 0)
    assert p == pytest.approx(2 / 2**6)


def test_neighbours_are_averaged_within_a_contig_without_those_that_are_not_known():
    table = pd.DataFrame(
        {"contig": ["a"] * 4 + ["b"], "position": [0, 100_000, 200_000, 500_000, 0]}
    ).assign(score=[1.0, np.nan, 4.0, 8.0, 16.0])
    averaged = power_regions.average_within(table, 225_000)
    assert averaged["score"].tolist() == [1.0, 2.5, 4.0, 8.0, 16.0]
