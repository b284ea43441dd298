"""Windows lie on a grid of bases or of sites, or where the user wants them."""

import numpy as np
import pytest
from helpers.data import PROPERTY, make_encoding
from helpers.windows import SitesInMemory as Sites
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.genomes.windows import laid_windows
from coalflow.genomes.windows.laid_windows import (
    count_windows,
    have_enough_sites,
    lay_windows,
    refuse_unpredictable,
)


def options(step=1, bed=None):
    return GenomeOptions(seed=1, step=step, windows=None if bed is None else str(bed))


def bases(length):
    return make_encoding(sites=4, pad=True, length=length)


def sites(number):
    return make_encoding(sites=number, pad=False)


def lay(contig, encoding, step):
    """Return windows as lists of start, end, first site, sites and whether the contig ends."""
    laid = lay_windows(contig, encoding, options(step))
    arrays = laid.start, laid.end, laid.first, laid.count, laid.at_contig_end
    assert all(array.dtype == np.int64 for array in arrays[:4])
    assert len(laid) == count_windows(contig, encoding, options(step))
    return list(zip(*(array.tolist() for array in arrays), strict=True))


@pytest.mark.parametrize(
    ("length", "step", "expected"),
    [
        (20, 5, [(0, 10), (5, 15), (10, 20)]),
        (20, 10, [(0, 10), (10, 20)]),
        (22, 5, [(0, 10), (5, 15), (10, 20), (15, 22)]),
        (24, 10, [(0, 10), (10, 20), (20, 24)]),
        (10, 5, [(0, 10)]),
        (9, 5, [(0, 9)]),
        (24, 14, [(0, 10), (14, 24)]),
        (27, 14, [(0, 10), (14, 24)]),  # all that is left lies between windows
        (30, 14, [(0, 10), (14, 24), (28, 30)]),
    ],
)
def test_windows_of_bases_begin_at_multiples_of_the_step(length, step, expected):
    laid = lay(Sites([1, 2, 9], length), bases(10), step)
    assert [window[:2] for window in laid] == expected
    assert [window[4] for window in laid] == [end - start < 10 for start, end in expected]


def test_windows_of_bases_have_the_sites_that_lie_there():
    # Base p of a VCF is [p - 1, p).
    laid = lay(Sites([1, 10, 11, 20, 23], 23), bases(10), 10)
    assert laid == [(0, 10, 0, 2, False), (10, 20, 2, 2, False), (20, 23, 4, 1, True)]
    assert lay(Sites([], 23), bases(10), 10)[1] == (10, 20, 0, 0, False)


@pytest.mark.parametrize(
    ("number", "step", "first", "at_end"),
    [
        (10, 2, [0, 2, 4, 6], False),
        (11, 2, [0, 2, 4, 6, 7], True),
        (4, 2, [0], False),
        (5, 2, [0, 1], True),
        (10, 6, [0, 6], False),
        (13, 6, [0, 6, 9], True),
        (12, 8, [0, 8], False),
        (7, 8, [0], False),  # all that is left lies between windows
    ],
)
def test_windows_of_sites_are_moved_back_where_the_contig_ends(number, step, first, at_end):
    positions = [10 * n for n in range(1, number + 1)]
    laid = lay(Sites(positions, 1000), sites(4), step)
    assert laid == [(10 * n + 9, 10 * n + 40, n, 4, at_end and n == first[-1]) for n in first]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_contig_with_fewer_sites_than_the_net_reads_is_one_window(number):
    contig = Sites(list(range(5, 5 + number)), 50)
    assert lay(contig, sites(4), 2) == [(0, 50, 0, number, True)]
    laid = lay_windows(contig, sites(4), options(2))
    assert not have_enough_sites(laid, sites(4)).any()
    assert have_enough_sites(laid, bases(50)).any() == (number > 0)


@PROPERTY
@given(st.integers(1, 200), st.integers(1, 60), st.integers(1, 60))
def test_every_base_is_in_a_window_and_only_the_last_is_shorter(length, size, step):
    step = min(step, size)
    laid = lay_windows(Sites([], length), bases(size), options(step))
    covered = np.zeros(length, bool)
    for start, end in zip(laid.start, laid.end, strict=True):
        covered[start:end] = True
    assert covered.all()
    assert ((laid.end - laid.start == size) | laid.at_contig_end).all()
    assert not laid.at_contig_end[:-1].any()
    assert (np.diff(laid.start) == step).all()


@PROPERTY
@given(
    st.sets(st.integers(1, 80)).map(sorted),
    st.integers(1, 20),
    st.integers(1, 30),
    st.booleans(),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_windows_laid_in_pieces_are_those_laid_at_once(positions, size, step, pad, first, number):
    contig, encoding = Sites(positions, 80), bases(size) if pad else sites(max(size, 4))
    whole = lay_windows(contig, encoding, options(step))
    piece = lay_windows(contig, encoding, options(step), first, first + number)
    for field in ("start", "end", "first", "count", "at_contig_end"):
        expected = getattr(whole, field)[first : first + number]
        np.testing.assert_array_equal(getattr(piece, field), expected)
    # The sites of a piece of the contig have other indices there.
    low, high = piece.span
    located = piece.locate_in(contig.read_positions(low, high))
    np.testing.assert_array_equal(located.count, piece.count)
    held = piece.count > 0
    np.testing.assert_array_equal(located.first[held], piece.first[held] - low)


@PROPERTY
@given(
    st.lists(st.integers(0, 80), min_size=2, max_size=8, unique=True).map(sorted),
    st.integers(1, 20),
    st.integers(1, 30),
)
def test_where_regions_are_read_windows_overlap_them(edges, size, step):
    edges = edges[: len(edges) // 2 * 2]
    all_of_it = Sites([5, 40, 70], 75)
    some = Sites([5, 40, 70], 75, regions=np.array(edges))
    every, laid = (lay_windows(each, bases(size), options(step)) for each in (all_of_it, some))
    kept = [
        any(start < high and end > low for low, high in zip(edges[::2], edges[1::2], strict=True))
        for start, end in zip(every.start, every.end, strict=True)
    ]
    for field in ("start", "end", "first", "count", "at_contig_end"):
        np.testing.assert_array_equal(getattr(laid, field), getattr(every[np.array(kept)], field))
    assert count_windows(some, bases(size), options(step)) == sum(kept)
    assert lay_windows(some, bases(size), options(step), 1, 2).start.tolist() == (
        laid.start[1:2].tolist()
    )


def test_positions_are_read_some_at_a_time(monkeypatch):
    contig = Sites([3 * n for n in range(1, 51)], 200)
    at_once = lay(contig, sites(4), 13)
    monkeypatch.setattr(laid_windows, "SITES_AT_ONCE", 7)
    read, read_positions = [], contig.read_positions
    contig.read_positions = lambda *ends: read.append(ends) or read_positions(*ends)
    assert lay(contig, sites(4), 13) == at_once
    assert max(last - first for first, last in read) == 7


def test_a_part_of_the_windows_can_be_taken():
    laid = lay_windows(Sites([3, 7, 30], 40), bases(10), options(5))
    assert laid[2:4].start.tolist() == [10, 15]
    assert laid[laid.count > 0].start.tolist() == [0, 5, 20, 25]
    assert len(laid[np.array([0, 3])]) == 2
    assert laid[:0].span == (0, 0)


# The user's own ---------------------------------------------------------------------------------


def write_bed(folder, text):
    folder.mkdir(exist_ok=True)
    path = folder / "own.bed"
    path.write_text(text)
    return path


def test_own_windows_are_as_given(tmp_path):
    bed = write_bed(tmp_path, "1\t20\t90\tlong\n2\t0\t5\n1\t3\t8\tshort\n1\t3\t8\tagain\n")
    laid = lay_windows(Sites([4, 8, 9, 21], 100), bases(10), options(bed=bed))
    assert laid.start.tolist() == [3, 3, 20]
    assert laid.end.tolist() == [8, 8, 90]
    assert laid.count.tolist() == [2, 2, 1]
    assert laid.names.tolist() == ["short", "again", "long"]
    assert not laid.at_contig_end.any()
    assert laid[1:].names.tolist() == ["again", "long"]
    part = lay_windows(Sites([4, 8, 9, 21], 100), bases(10), options(bed=bed), 2, 3)
    assert part.names.tolist() == ["long"]
    assert count_windows(Sites([], 10, "2"), sites(4), options(bed=bed)) == 1
    assert len(lay_windows(Sites([1], 10, "3"), sites(4), options(bed=bed))) == 0


# Nothing to predict -----------------------------------------------------------------------------


def test_a_genome_with_a_window_to_predict_is_not_refused(tmp_path):
    contigs = [Sites([], 50), Sites([1, 2, 3, 4], 50, "2")]
    for encoding in (bases(10), sites(4)):
        refuse_unpredictable(contigs, encoding, options(2))


def test_a_genome_without_a_window_to_predict_is_refused(tmp_path):
    contigs = [Sites([11, 12, 15], 25), Sites([], 15, "2")]
    with pytest.raises(CoalflowError, match=r"reads 4 sites, and the contig with .* has 3\. Lower"):
        refuse_unpredictable(contigs, sites(4), options(1))
    with pytest.raises(CoalflowError, match="none of the 3 windows, of 10 bases, has a usable"):
        refuse_unpredictable(contigs, bases(10), options(20))
    bed = write_bed(tmp_path, "1\t0\t12\n1\t0\t11\n3\t0\t11\n")
    with pytest.raises(CoalflowError, match=r"window of .*own.bed with .* has 2\. .* or list long"):
        refuse_unpredictable(contigs, sites(4), options(bed=bed))
    bed = write_bed(tmp_path / "other", "3\t0\t12\n")
    with pytest.raises(CoalflowError, match="all of .*own.bed lie on contigs that are not used"):
        refuse_unpredictable(contigs, sites(4), options(bed=bed))
