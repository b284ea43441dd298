"""Novelty of windows: its false alarms are as stated, and what is unlike is found and named."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from coalflow.genomes.novelty.window_novelty import WindowNovelty

NAMES = ["segregating sites", "Tajima's D", "H12", "ZnS", "haplotypes"]
UNITS = np.random.default_rng(9).normal(size=(3, 16))


def draw(windows, seed, columns=5):
    """Return windows of two kinds, one rare and far from the other, in three dimensions."""
    generator = np.random.default_rng(seed)
    is_swept = generator.random(windows) < 0.2
    hidden = generator.normal(size=(windows, 3)) + 6 * is_swept[:, None]
    mix = np.random.default_rng(8).normal(size=(3, columns))
    values = hidden @ mix + 0.2 * generator.normal(size=(windows, columns))
    layer = np.tanh(hidden @ UNITS / 5).astype(np.float32)
    return pd.DataFrame(values, columns=NAMES[:columns]), layer


@pytest.fixture(scope="module")
def fitted():
    train, held_out = draw(1500, 1), draw(1000, 2)
    return WindowNovelty.fit(train[0], held_out[0], (train[1], held_out[1]), seed=5)


def test_false_alarms_are_as_stated(fitted):
    """3,000 windows held out, 1,000 to calibrate with: two-sided at .001."""
    table, layer = draw(3000, 3)
    judged = fitted.judge(table, layer)
    for p in (judged.p, judged.p_statistics, judged.p_hidden):
        assert (p > 0).all() and (p <= 1).all()
        for rate in (0.01, 0.05):
            error = (
                scipy.stats.norm.isf(0.0005) * (rate * (1 - rate) * (1 / 1000 + 1 / 3000)) ** 0.5
            )
            assert abs((p <= rate).mean() - rate) < error


def test_a_statistic_far_out_is_found_and_named(fitted):
    table, layer = draw(50, 4)
    table["H12"] += 30
    judged = fitted.judge(table, layer)
    assert (judged.p_statistics <= 0.01).all() and (judged.p <= 0.01).all()
    assert set(judged.furthest) == {"H12 high"}
    assert (judged.p_hidden > 0.01).mean() > 0.9


def test_what_is_odd_only_in_combination_is_found(fitted):
    """Statistics of different windows, each of which is anything but rare."""
    table, layer = draw(200, 5)
    mixed = table.apply(lambda column: np.roll(column, list(table).index(column.name) * 7))
    assert (fitted.judge(mixed, layer).p_statistics <= 0.01).mean() > 0.5


def test_the_hidden_layer_counts_as_well(fitted):
    table, layer = draw(50, 6)
    judged = fitted.judge(table, 3 * layer)
    assert (judged.p_hidden <= 0.01).mean() > 0.6
    assert (judged.p[judged.p_hidden <= 0.001] <= 0.01).all()
    assert (judged.p_statistics <= 0.01).mean() < 0.1


def test_the_same_bits_alone_together_and_read_back(fitted):
    table, layer = draw(60, 7)
    table.loc[3:5, "ZnS"] = 40.0
    together = fitted.judge(table, layer)
    again = WindowNovelty.from_arrays(fitted.to_arrays())
    for row in range(60):
        one = again.judge(table[row : row + 1], layer[row : row + 1])
        assert one.p[0] == together.p[row]
        assert one.furthest[0] == together.furthest[row]


def test_without_a_net_only_statistics_count():
    novelty = WindowNovelty.fit(draw(400, 1)[0], draw(300, 2)[0], None, seed=5)
    judged = novelty.judge(draw(20, 3)[0])
    assert judged.p_hidden is None
    np.testing.assert_array_equal(judged.p, judged.p_statistics)
    assert WindowNovelty.from_arrays(novelty.to_arrays()).hidden is None


def test_no_windows_have_no_novelty(fitted):
    table, layer = draw(3, 3)
    judged = fitted.judge(table[:0], layer[:0])
    assert len(judged.p) == 0 and judged.furthest == []
