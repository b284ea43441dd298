"""Flags of windows are those that a plain loop over sites finds."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from helpers.cards import SIMULATED_WINDOWS
from helpers.data import PROPERTY, make_encoding, make_observation, make_samples
from helpers.windows import SitesInMemory, make_windows
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.evaluation.cards import SimulatedWindows
from coalflow.genomes.store.contigs import Contig
from coalflow.genomes.windows.laid_windows import have_enough_sites, lay_windows
from coalflow.genomes.windows.window_batches import EncodedBatch
from coalflow.genomes.windows.window_flags import (
    FLAGS,
    Accessibility,
    count_flags,
    describe_windows,
    explain_flags,
    list_flags,
)
from coalflow.windows.encoding import encode_contig
from coalflow.windows.masks import Mask

OBSERVATION = make_observation(missing=0.2)
SAMPLES = make_samples(2)
PADDED = make_encoding(sites=4, pad=True, length=16, order="sampled")
LIMITS = SIMULATED_WINDOWS.model_copy(update={"missing": 1.0})
UNPADDED = make_encoding(sites=4, pad=False, order="sampled")


def make_contig(positions, seed=1):
    random = np.random.default_rng(seed)
    alleles = random.integers(2, size=(len(positions), 4), dtype=np.uint8)
    called = (random.random(alleles.shape) < 0.8).astype(np.uint8)
    return Contig("1", np.array(positions, int), alleles & called, called, SAMPLES)


def describe(contig, laid, encoding, limits, accessibility=None):
    located = laid.locate_in(contig.positions)
    enough = have_enough_sites(located, encoding)
    encoded = encode_contig(contig, located[enough], encoding, OBSERVATION)
    batch = EncodedBatch(located.count, enough, encoded if enough.any() else None)
    return describe_windows([laid], batch, encoding, limits, accessibility)


def describe_grid(positions, length, limits=LIMITS, encoding=PADDED, step=8):
    options = GenomeOptions(seed=1, step=step)
    laid = lay_windows(SitesInMemory(positions, length), encoding, options)
    return describe(make_contig(positions), laid, encoding, limits)


# By hand ------------------------------------------------------------------------------------------


def test_columns_say_where_windows_are_and_what_is_odd():
    positions = [2, 4, 7, 8, 12, 14, 18, 22, 26, 30, 35]
    table = describe_grid(positions, 36, step=16)
    assert table["contig"].tolist() == ["1", "1", "1"]
    assert table["start"].tolist() == [0, 16, 32]
    assert table["end"].tolist() == [16, 32, 36]
    assert table["length"].tolist() == [16, 16, 4]
    assert table["sites"].tolist() == [6, 4, 1]
    assert table["accessible"].tolist() == [1, 1, 1]
    # The four central sites of six reach from base 4 to base 12, less than 0.8 of the window.
    assert table["flags"].tolist() == ["trimmed", "", "short,few_sites,contig_end"]
    assert list(table)[-2:] == ["missing", "flags"]


def test_a_window_across_nothing_is_a_gap():
    millions = make_encoding(sites=40, pad=True, length=1_000_000)
    positions = [*range(1, 1_000_000, 30_000), *range(6_000_000, 8_000_000, 30_000)]
    table = describe_grid(positions, 8_000_000, encoding=millions, step=500_000)
    gaps = table["flags"].str.contains("gap")
    # From base 990,001 on; half of the window from 500,000, and not quite of that from 5,500,000.
    expected = [500_000, *range(1_000_000, 5_500_000, 500_000)]
    assert table.loc[gaps, "start"].tolist() == expected
    empty = table["sites"] == 0
    assert (table.loc[empty, "flags"] == "gap,few_sites").all()
    assert table.loc[empty, "missing"].isna().all()
    assert empty.sum() == 8


def test_a_gap_is_in_a_window_and_not_beyond_its_end():
    limits = LIMITS.model_copy(update={"sites": 1})
    flags = describe_grid([1, 4, 7, 11, 14], 18, limits, step=16)["flags"]
    assert flags.tolist() == ["trimmed", "short,few_sites,contig_end"]
    flags = describe_grid([1, 4, 7, 11, 17, 19], 20, limits, step=16)["flags"]
    assert flags.tolist() == ["", "short,contig_end"]
    flags = describe_grid([1, 4, 7, 17, 18, 28], 30, limits, step=16)["flags"]
    assert flags.tolist() == ["gap", "gap,short,contig_end"]


def test_windows_of_sites_have_gaps_between_sites_and_no_length():
    positions = [11, 20, 21, 30, 31, 32, 33, 90, 91]
    table = describe_grid(positions, 100, encoding=UNPADDED, step=4)
    assert table["sites"].tolist() == [4, 4, 4]
    assert table["flags"].tolist() == ["", "gap", "gap,contig_end"]
    limits = LIMITS.model_copy(update={"sites": 4})
    short = describe_grid([5, 9], 100, limits, UNPADDED)
    assert short["flags"].tolist() == ["few_sites,contig_end"]
    assert short["missing"].isna().all()


def test_own_windows_are_trimmed_where_models_see_a_part():
    positions = [3, 5, 8, 13, 19, 25, 30]
    laid = make_windows(0, 0, [0, 0, 4], [16, 30, 14]).locate_in(np.array(positions))
    laid = dataclasses.replace(laid, names=np.array(["a", "b", ""], object))
    table = describe(make_contig(positions), laid, PADDED, LIMITS)
    assert table["flags"].tolist() == ["", "trimmed", "short"]
    assert list(table)[:4] == ["contig", "start", "end", "name"]
    assert table["name"].tolist() == ["a", "b", ""]
    limits = LIMITS.model_copy(update={"sites": 4})
    table = describe(make_contig(positions), laid, UNPADDED, limits)
    assert table["flags"].tolist() == ["", "trimmed", "few_sites"]
    assert table["sites"].tolist() == [4, 7, 3]


def test_alleles_are_missing_at_the_sites_that_models_see():
    contig = make_contig([1, 5, 9, 20])
    contig.called[:] = [[0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 1, 1]]
    laid = make_windows(0, 0, [0, 16, 32], [16, 32, 48]).locate_in(contig.positions)
    table = describe(contig, laid, PADDED, SIMULATED_WINDOWS)
    assert table["missing"].tolist() == pytest.approx([1 / 12, 0.5, np.nan], nan_ok=True)
    assert table["flags"].str.contains("missing").tolist() == [False, True, False]


def test_windows_of_which_a_mask_hides_more_than_usual_are_inaccessible():
    positions = [1, 3, 5, 7]
    laid = make_windows(0, 0, [0, 8], [16, 24]).locate_in(np.array(positions))
    mask = Mask("mask.bed", {"1": np.array([2, 6, 7, 11, 23, 99])})
    contigs = [SitesInMemory(positions, 120), SitesInMemory([], 24, "2")]
    accessibility = Accessibility.measure(mask, contigs)
    assert accessibility.least == pytest.approx(0.5 * 84 / 144)
    table = describe(make_contig(positions), laid, PADDED, SIMULATED_WINDOWS, accessibility)
    assert table["accessible"].tolist() == [0.5, 0.25]
    assert table["flags"].str.contains("inaccessible").tolist() == [False, True]


def test_a_batch_may_have_no_window():
    batch = EncodedBatch(np.empty(0, np.int64), np.empty(0, bool), None)
    table = describe_windows([], batch, PADDED, SIMULATED_WINDOWS, Accessibility(Mask("", {}), 0.1))
    assert len(table) == 0
    assert {"contig", "start", "end", "length", "sites", "flags"} < set(table)


# By a plain loop ----------------------------------------------------------------------------------


def flag_plainly(window, contig, encoding, limits, shares):
    """Return the flags of a window, a site after the other."""
    start, end, at_end = window
    inside = [row for row, p in enumerate(contig.positions) if start <= p - 1 < end]
    spare = max(len(inside) - encoding.sites, 0)
    seen = inside[spare // 2 : spare // 2 + encoding.sites]
    bases = [int(contig.positions[row]) - 1 - start for row in seen]
    length = encoding.length
    if not encoding.pad and len(seen) == encoding.sites:
        length = bases[-1] - bases[0]
    edges = [] if len(seen) == encoding.sites else [0], [end - start]
    stops = [*edges[0], *bases, *edges[1]] if edges[0] else bases
    gaps = [right - left for left, right in zip(stops, stops[1:], strict=False)]
    missing = [1 - call for row in seen for call in contig.called[row]]
    predictable = len(inside) >= (1 if encoding.pad else encoding.sites)
    found = set()
    if (encoding.pad or predictable) and max(gaps) > limits.gap * length:
        found.add("gap")
    if encoding.pad and end - start < encoding.length:
        found.add("short")
    if len(inside) < max(limits.sites, 1):
        found.add("few_sites")
    if spare and (not encoding.pad or bases[-1] - bases[0] < limits.reach * encoding.length):
        found.add("trimmed")
    if shares < 0.5:
        found.add("inaccessible")
    if predictable and sum(missing) > limits.missing * len(missing):
        found.add("missing")
    if at_end:
        found.add("contig_end")
    return ",".join(name for name in FLAGS if name in found)


@PROPERTY
@given(
    st.sets(st.integers(1, 70)).map(sorted),
    st.sampled_from([PADDED, UNPADDED]),
    st.integers(1, 16),
    st.integers(60, 80),
    # In sixteenths, so that shares of windows are exact.
    st.builds(
        SimulatedWindows,
        p=st.just(0.001),
        gap=st.integers(0, 16).map(lambda part: part / 16),
        sites=st.integers(0, 4),
        reach=st.integers(0, 16).map(lambda part: part / 16),
        missing=st.integers(0, 16).map(lambda part: part / 16),
    ),
)
def test_flags_are_those_of_a_plain_loop(positions, encoding, step, length, limits):
    limits = limits if encoding.pad else limits.model_copy(update={"sites": 4})
    length = max([length, *positions])
    contig = make_contig(positions)
    mask = Mask("mask.bed", {"1": np.array([5, 31, 33, 34, 60, 69])})
    options = GenomeOptions(seed=1, step=step)
    laid = lay_windows(SitesInMemory(positions, length), encoding, options)
    table = describe(contig, laid, encoding, limits, Accessibility(mask, 0.5))
    windows = zip(laid.start, laid.end, laid.at_contig_end, strict=True)
    expected = [
        flag_plainly(window, contig, encoding, limits, mask.covered_share("1", *window[:2]))
        for window in windows
    ]
    if encoding.pad:
        assert table["flags"].tolist() == expected
    else:  # thirds and sevenths of a window are not exact
        exact = table["flags"].str.replace("gap,?", "", regex=True)
        assert exact.tolist() == [flags.removeprefix("gap").lstrip(",") for flags in expected]
    assert table["sites"].tolist() == laid.count.tolist()


# In words -----------------------------------------------------------------------------------------


def test_flags_are_listed_in_their_order():
    random = np.random.default_rng(1)
    flags = {name: random.random(200) < 0.3 for name in reversed(FLAGS)}
    listed = list_flags(flags)
    assert listed == [",".join(name for name in FLAGS if flags[name][row]) for row in range(200)]
    counted = count_flags(pd.Series(listed).replace("", np.nan))
    assert counted == {name: int(flags[name].sum()) for name in FLAGS}
    assert list(counted) == list(FLAGS)


@pytest.mark.parametrize("encoding", [PADDED, UNPADDED])
def test_each_flag_is_explained_with_its_limit(encoding):
    explained = explain_flags(encoding, SIMULATED_WINDOWS)
    assert set(explained) == set(FLAGS) - ({"short"} if not encoding.pad else set())
    assert "0.5 of a window, as in at most 0.001 of" in explained["gap"]
    assert "fewer than 3" in explained["few_sites"]
    assert "more than 4 usable" in explained["trimmed"]
    assert "more than 0.1 of its alleles" in explained["missing"]
