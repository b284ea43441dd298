"""How many regions chance makes, and with which peaks."""

import numpy as np
import pytest
from helpers.score_tracks import (
    LENGTH,
    are_planted,
    draw_scores,
    plant_peaks,
    tabulate_tracks,
)

from coalflow.genomes.significance.multiple_testing import adjust_expected
from coalflow.genomes.significance.null_regions import NullRegions
from coalflow.genomes.significance.null_tails import NullTail
from coalflow.genomes.significance.regions import find_regions

P = 0.01


def tracks_of(p, step=LENGTH):
    """Return tracks of contigs, a row of p-values each."""
    start = np.arange(p.shape[1]) * step
    return tabulate_tracks(-np.log(p), start).assign(p=p.ravel())


def fit(p, step=LENGTH, threshold=P):
    tracks = tracks_of(p, step)
    return NullRegions.fit(tracks, p.size * step, threshold, LENGTH, seed=1)


def draw_null(random, step, blocks=250):
    """Return the tail of windows side by side, and the regions of all windows."""
    scores, starts = draw_scores(random, 20, step, blocks)
    tracks = tabulate_tracks(scores, starts)
    separate = (tracks["start"] % LENGTH == 0).to_numpy()
    tail = NullTail.fit(tracks["score"].to_numpy()[separate], "upper")
    tracks["p"] = tail.find_p(tracks["score"].to_numpy())
    return tail, NullRegions.fit(tracks, blocks * 20 * LENGTH, P, LENGTH, seed=1)


def test_independent_windows_have_as_many_regions_as_expected():
    null = fit(np.random.default_rng(1).random((1000, 20)))
    # The first of adjacent ones; the threshold bridges none, as windows lie side by side.
    expected = 1e6 * P * (1 - P) / LENGTH
    found = null.expect(np.array([P]), 1_000_000)[0]
    assert abs(np.log(found / expected)) < 4 * null.error
    for p in (1e-3, 1e-4):
        low, high = null.find_interval(np.array([p]), 1_000_000)
        assert low[0] < 1e6 * p / LENGTH < high[0]
        assert low[0] < null.expect(np.array([p]), 1_000_000)[0] < high[0]


def test_expected_numbers_rise_with_p_and_with_bases():
    null = fit(np.random.default_rng(2).random((200, 20)))
    peaks = np.geomspace(1e-12, P, 100)
    assert (np.diff(null.expect(peaks, 1000)) >= 0).all()
    np.testing.assert_allclose(null.expect(peaks, 3000), 3 * null.expect(peaks, 1000))
    assert (null.expect(peaks, 1000) > 0).all()


def test_regions_cut_by_the_ends_of_blocks_count_once():
    # One genome with regions of 8 windows each, cut into blocks of 20.
    random = np.random.default_rng(3)
    begins = np.cumsum(8 + random.geometric(1 / 40, 1000))
    p = np.full(40_000, 0.5)
    for begin in begins[begins < len(p) - 8]:
        p[begin : begin + 8] = 0.001
    whole, cut = fit(p[None]), fit(p.reshape(-1, 20))
    assert cut.regions > 1.2 * whole.regions
    assert abs(cut.rate / whole.rate - 1) < 0.04
    # Both ends of a block lie within a region as often as any window does.
    assert cut.cut == pytest.approx((p < P).mean(), rel=0.2)


def test_short_contigs_have_the_regions_of_their_ends_too():
    random = np.random.default_rng(4)
    _, null = draw_null(random, 500)
    tail, _ = draw_null(random, 500)
    scores, starts = draw_scores(random, 20, 500, 2000)
    tracks = tabulate_tracks(scores, starts)
    tracks["p"] = tail.find_p(tracks["score"].to_numpy())
    found = len(find_regions(tracks, P, LENGTH))
    expected = null.expect(np.array([P]), 2000 * 20 * LENGTH, contigs=2000)[0]
    # Both nulls vary, too: their thresholds are the 50th highest of 5,000.
    assert abs(np.log(found / expected)) < 4 * np.hypot(null.error, np.sqrt(2 / 50))


def test_a_null_without_regions_expects_some():
    null = fit(np.full((10, 20), 0.5))
    assert null.regions == 0
    expected = null.expect(np.array([P, 1e-4]), 200 * LENGTH)
    # As if there were half of one; -ln(p) is about exponential.
    assert 0.4 < expected[0] < 0.7
    assert 0.005 < expected[1] / expected[0] < 0.05
    low, high = null.find_interval(np.array([P]), 200 * LENGTH)
    assert low[0] < 0.2 and high[0] > 1.5


def test_blocks_that_differ_make_the_rate_less_certain():
    random = np.random.default_rng(5)
    alike = random.random((200, 20))
    unlike = alike / np.where(np.arange(200) % 20 == 0, 40, 1)[:, None]
    assert fit(unlike).error > 1.3 / np.sqrt(fit(unlike).regions)
    assert fit(alike).error < 1.3 / np.sqrt(fit(alike).regions)


def test_windows_without_a_p_value_do_not_count_as_bases():
    p = np.random.default_rng(6).random((200, 20))
    missing = np.concatenate([p, np.full((200, 20), np.nan)], axis=1)
    np.testing.assert_allclose(fit(missing).rate, fit(p).rate)


def test_regions_are_kept_as_arrays(tmp_path):
    null = fit(np.random.default_rng(7).random((300, 20)))
    np.savez(tmp_path / "regions.npz", **null.to_arrays())
    with np.load(tmp_path / "regions.npz", allow_pickle=False) as arrays:
        read = NullRegions.from_arrays(dict(arrays))
    peaks = np.geomspace(1e-9, P, 50)
    np.testing.assert_array_equal(read.expect(peaks, 10**7, 3), null.expect(peaks, 10**7, 3))
    assert (read.blocks, read.bases, read.p) == (300, null.bases, P)


@pytest.mark.parametrize(
    ("step", "windows", "peaks"),
    # Windows side by side and overlapping, genomes shorter and longer than the null, few found.
    [(1000, 2000, 12), (500, 500, 3), (200, 1000, 6)],
)
def test_regions_are_found_at_the_stated_rate(step, windows, peaks):
    random = np.random.default_rng([step, windows])
    shares, found = [], []
    for _ in range(6):
        tail, null = draw_null(random, step)
        own = []
        for _ in range(12):
            scores, starts = draw_scores(random, windows, step)
            middles = plant_peaks(random, scores, starts, peaks, height=7)
            tracks = tabulate_tracks(scores, starts)
            tracks["p"] = tail.find_p(tracks["score"].to_numpy())
            regions = find_regions(tracks, P, LENGTH)
            p = tracks["p"].to_numpy()[regions["peak_row"]]
            is_found = adjust_expected(null.expect(p, windows * LENGTH, 1)) <= 0.05
            is_false = is_found & ~are_planted(regions, middles)
            own.append(is_false.sum() / max(is_found.sum(), 1))
            found.append((is_found & ~is_false).sum() / peaks)
        shares.append(np.mean(own))
    error = np.hypot(np.std(shares) / np.sqrt(6), 0.01)
    assert abs(np.mean(shares) - 0.05) < 3 * error
    assert np.mean(found) > 0.4
