"""Windows judged with their neighbours, by means of as many windows of the null."""

import numpy as np
import pytest
import scipy.stats
from helpers.score_tracks import LENGTH, draw_scores, tabulate_tracks

from coalflow.config.schema.scans.significance import Significance
from coalflow.core.errors import CoalflowError
from coalflow.genomes.significance.null import BlockScores, Null
from coalflow.genomes.significance.regions import find_regions


def fit(seed=1, step=LENGTH // 2, blocks=250, own=0, **significance):
    random = np.random.default_rng(seed)
    scores, starts = draw_scores(random, 20, step, blocks)
    tracks = tabulate_tracks(scores, starts)
    separate = np.flatnonzero(tracks["start"] % LENGTH == 0)
    values = tracks["score"].to_numpy()
    block_scores = BlockScores(tracks, values, separate, blocks * 20 * LENGTH, LENGTH)
    own_scores = draw_scores(random, 1, LENGTH, own)[0][:, 0] if own else np.empty(0)
    return Null.fit(own_scores, "upper", block_scores, Significance(**significance), seed)


def judge(null, scores, starts):
    tracks = tabulate_tracks(scores, starts)
    return null.judge_means(tracks, tracks["score"].to_numpy())


@pytest.mark.parametrize("neighbours", [0, 1, 2])
@pytest.mark.parametrize("step", [LENGTH // 5, LENGTH])
def test_p_is_uniform_for_each_number_of_windows_at_any_step(neighbours, step):
    null = fit(neighbours=neighbours, own=500)
    tracks = judge(null, *draw_scores(np.random.default_rng(2), 40, step, 400))
    assert set(tracks["averaged"]) == set(range(neighbours + 1, 2 * neighbours + 2))
    for _, part in tracks.groupby("averaged"):
        # One window of each contig, so that they are independent.
        alone = part.groupby("contig")["p"].first()
        assert scipy.stats.kstest(alone, "uniform").pvalue > 1e-3


def test_neighbours_find_what_is_wider_than_a_window():
    scores, starts = draw_scores(np.random.default_rng(3), 400, LENGTH)
    peaks = np.arange(20, 400, 40)
    for offset in (-1, 0, 1):
        scores[0, peaks + offset] += 2
    together, alone = (judge(fit(neighbours=n), scores, starts)["p"][peaks] for n in (1, 0))
    assert together.median() < alone.median() / 5


def test_a_window_without_neighbours_is_judged_as_a_window():
    null = fit()
    scores = np.array([2.5, np.nan, np.nan])
    places = tabulate_tracks(np.zeros((1, 3)), np.array([0, 5, 10]) * LENGTH)
    tracks = null.judge_means(places, scores)
    assert tracks["p"][0] == null.tail.find_p(scores[:1])[0]
    assert tracks["p"][1:].isna().all()
    low, high = null.find_p_interval(tracks)
    assert low[0] < tracks["p"][0] < high[0]


def test_chance_makes_as_many_regions_of_means_as_expected():
    null = fit(blocks=1000)
    assert null.regions is not None
    tracks = judge(null, *draw_scores(np.random.default_rng(5), 400, LENGTH // 2, 50))
    found = len(find_regions(tracks, 0.01, LENGTH))
    expected = null.regions.expect(np.array([0.01]), 50 * 400 * LENGTH, 50)[0]
    assert abs(np.log(found / expected)) < 4 * np.hypot(null.regions.error, expected**-0.5)


def test_the_null_is_read_back_as_it_was():
    for null in (
        fit(neighbours=2),
        fit(neighbours=0),
        Null.fit(np.arange(50.0), "both", None, Significance(), 1),
    ):
        read = Null.from_arrays(null.to_arrays())
        tracks = judge(null, *draw_scores(np.random.default_rng(4), 30, LENGTH, 3))
        scores = tracks["score"].to_numpy()
        found, expected = (each.judge_means(tracks, scores) for each in (read, null))
        assert found.equals(expected)
        assert (read.regions is None) == (null.regions is None)


def test_without_blocks_windows_are_judged_alone():
    null = Null.fit(np.arange(50.0), "upper", None, Significance(), 1)
    assert (null.means, null.regions) == ((), None)
    with pytest.raises(CoalflowError, match="nothing to compare"):
        Null.fit(np.empty(0), "upper", None, Significance(), 1)


def test_blocks_without_neighbours_leave_windows_alone():
    places = tabulate_tracks(np.zeros((200, 1)), np.array([0]))
    scores = np.random.default_rng(7).standard_normal(200)
    blocks = BlockScores(places, scores, np.arange(200), 200 * LENGTH, LENGTH)
    assert Null.fit(np.empty(0), "upper", blocks, Significance(), 1).means == ()
