"""What is measured of windows is what a plain loop finds."""

import numpy as np
import pytest
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.windows import measures
from coalflow.windows.measures import measure_windows
from coalflow.windows.packed_windows import Windows

COLUMNS, HAPLOTYPES = 5, 3


def pack(listed, called=None, left=0):
    """Return windows with sites at these positions, and padding on both sides."""
    positions = np.zeros((len(listed), COLUMNS), np.float32)
    mask = np.zeros((len(listed), COLUMNS), bool)
    for row, sites in enumerate(listed):
        begin = min(left, COLUMNS - len(sites))
        positions[row, begin : begin + len(sites)] = sites
        mask[row, begin : begin + len(sites)] = True
    alleles = np.zeros((len(listed), COLUMNS, HAPLOTYPES), np.uint8)
    if called is not None:
        called = called * mask[:, :, None].astype(np.uint8)
    return Windows.pack(alleles, positions, mask, called)


def measure_plainly(sites, end):
    if len(sites) == COLUMNS:
        return max(np.diff(sites)), sites[-1] - sites[0]
    return max(np.diff([0, *sites, end])), 1


@PROPERTY
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 64), max_size=COLUMNS, unique=True).map(sorted),
            st.integers(0, 32),
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, COLUMNS),
    st.integers(0, 2**32 - 1),
)
def test_measures_are_those_of_a_plain_loop(drawn, left, seed):
    listed = [[position / 128 for position in sites] for sites, _ in drawn]
    ends = np.array([0.5 + more / 64 for _, more in drawn])
    shape = len(listed), COLUMNS, HAPLOTYPES
    called = np.random.default_rng(seed).integers(2, size=shape, dtype=np.uint8)
    windows = pack(listed, called, left)
    measured = measure_windows(windows, ends)
    assert measured.sites.tolist() == [len(sites) for sites in listed]
    plain = [measure_plainly(sites, end) for sites, end in zip(listed, ends, strict=True)]
    np.testing.assert_array_equal(measured.gap, [gap for gap, _ in plain])
    np.testing.assert_array_equal(measured.reach, [reach for _, reach in plain])
    for missing, mask, calls in zip(measured.missing, windows.mask, called, strict=True):
        expected = np.mean(calls[mask] == 0) if mask.any() else np.nan
        assert missing == pytest.approx(expected, nan_ok=True)


def test_nothing_is_missing_where_all_is_called():
    assert measure_windows(pack([[0.5], []])).missing.tolist() == pytest.approx(
        [0, np.nan], nan_ok=True
    )


def test_a_window_without_a_site_is_one_gap():
    measured = measure_windows(pack([[], []]), np.array([1, 0.25]))
    assert measured.gap.tolist() == [1, 0.25]
    assert measured.reach.tolist() == [1, 1]


def test_work_in_parts_changes_nothing(monkeypatch):
    listed = [[0.1 * n, 0.5, 0.7] for n in range(1, 5)] + [[0.1, 0.2, 0.3, 0.4, 0.6]]
    at_once = measure_windows(pack(listed))
    monkeypatch.setattr(measures, "COLUMNS_AT_ONCE", 2 * COLUMNS)
    for ours, theirs in zip(measure_windows(pack(listed)), at_once, strict=True):
        np.testing.assert_array_equal(ours, theirs)
