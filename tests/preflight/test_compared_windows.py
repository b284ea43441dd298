"""The windows of a genome that are compared: side by side, from everywhere, without gaps."""

import numpy as np
import pytest
from helpers.data import make_encoding, make_observation, make_samples
from helpers.genomes import make_options, open_text, record, vcf

from coalflow.config.schema.targets import Targets
from coalflow.config.settings.view import View
from coalflow.preflight.compared_windows import (
    find_typical_number,
    measure_gaps,
    read_compared_windows,
)

ENCODING = make_encoding(sites=20, order="sampled")
PADDED = make_encoding(sites=20, pad=True, length=100)
SAMPLES = make_samples(2)


def open_sites(folder, **contigs):
    """Return the contigs of a genome with sites at these positions."""
    lines = [
        record(position, "0|1", "0|0", contig=name)
        for name, positions in contigs.items()
        for position in positions
    ]
    return open_text(folder, vcf(*lines), SAMPLES).contigs


def compare(contigs, encoding, most=100, longest_gap=1000.0):
    view = View(
        observation=make_observation(),
        encoding=encoding,
        samples=SAMPLES,
        targets=Targets(definitions={}),
    )
    options = make_options(step=7, length=encoding.length)
    return read_compared_windows(contigs, options, view, longest_gap, most)


def test_windows_lie_side_by_side(tmp_path):
    contigs = open_sites(tmp_path, A=range(1, 501, 5), B=range(1, 51), C=[7])
    windows = compare(contigs, ENCODING)
    assert len(windows) == len(windows.encoded) == 5 + 2
    assert (windows.counts == 20).all()
    assert windows.lengths.tolist() == [96] * 5 + [20] * 2
    assert windows.places[4:] == ["A:401-496", "B:1-20", "B:21-40"]
    assert (windows.in_genome, windows.with_sites, windows.with_gap) == (7, 7, 0)


def test_padded_windows_have_all_their_sites(tmp_path):
    windows = compare(open_sites(tmp_path, A=range(1, 502), B=[950]), PADDED)
    assert windows.counts.tolist() == [100] * 5
    assert (windows.lengths == 100).all()
    assert windows.encoded.mask.all()
    # Of B, whose length is not known, eight windows have no site, and the last is shorter.
    assert (windows.in_genome, windows.with_sites) == (5 + 9, 5)


@pytest.mark.parametrize("encoding", [ENCODING, PADDED])
def test_of_many_windows_some_are_taken_from_everywhere(encoding, tmp_path):
    several = {f"c{index}": range(1, 402) for index in range(20)}
    contigs = open_sites(tmp_path, A=range(1, 4001), **several)
    windows = compare(contigs, encoding, most=30)
    assert 25 <= len(windows) <= 30
    on_others = sum(not place.startswith("A:") for place in windows.places)
    assert len(windows) // 2 <= on_others <= 2 * len(windows) // 3 + 1
    whole = compare(contigs, encoding, most=10_000)
    rows = [whole.places.index(place) for place in windows.places]
    for mine, theirs in zip(
        windows.encoded.arrays, whole.encoded[np.array(rows)].arrays, strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_windows_with_a_gap_are_left_out(tmp_path):
    """Whatever the diversity: what counts is how far sites are apart."""
    for apart in (2, 10):
        near = range(1, 2_000, apart)
        contigs = open_sites(tmp_path, A=[*near, *range(3_031, 4_002, apart)])
        windows = compare(contigs, PADDED, longest_gap=1.4)
        assert windows.with_sites == 20 + 10
        assert windows.with_gap == 1
        assert "A:3001-3100" not in windows.places
    assert compare(contigs, PADDED, longest_gap=np.inf).with_gap == 0


def test_gaps_are_in_mean_distances_between_sites():
    assert find_typical_number([3, 9, 30], PADDED) == 9
    assert find_typical_number([30, 40], ENCODING) == find_typical_number([], PADDED) == 20
    for number in (10, 100):
        even = (np.arange(number) + 0.5) / number
        assert measure_gaps([even, even[: number // 2]], number) == pytest.approx(
            [1, number / 2 + 0.5]
        )


def test_windows_beyond_the_regions_that_are_read_are_left_out(tmp_path):
    lines = [record(position, "0|1", "0|0") for position in range(1, 2_001, 4)]
    options = make_options(selection={"regions": ["1:101-350", "1:381-999"]})
    contigs = open_text(tmp_path, vcf(*lines), SAMPLES, options=options).contigs
    starts = [101, 201, 401, 501, 601, 701, 801]
    assert compare(contigs, PADDED).places == [f"1:{start}-{start + 99}" for start in starts]
    places = compare(contigs, ENCODING).places
    assert [place.split("-")[0] for place in places[:4]] == ["1:101", "1:181", "1:261", "1:449"]


def test_a_genome_without_windows(tmp_path):
    for encoding in (ENCODING, PADDED):
        windows = compare(open_sites(tmp_path, A=[1, 2]), encoding)
        assert (len(windows), windows.encoded, windows.in_genome) == (0, None, 0)
