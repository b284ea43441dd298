"""Tracks and the table with an index are read by other programs."""

import numpy as np
import pandas as pd
import pyBigWig
import pysam
import pytest
from helpers.data import PROPERTY
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.core.files import write_table
from coalflow.genomes.scans.tracks import (
    compress_table,
    separate_windows,
    write_bedgraph,
    write_bigwig,
)

LENGTHS = {"chr2": 250, "without": 40, "chr1": 3_000_000_000}


def make_table():
    """Return windows that overlap, on contigs that are not in the order of the alphabet."""
    table = pd.DataFrame(
        {
            "contig": ["chr2"] * 4 + ["chr1"] * 2,
            "start": [0, 50, 100, 150, 100, 2_000_000_000],
            "end": [100, 150, 200, 250, 200, 2_000_000_100],
        }
    )
    return table.assign(**{"net:fst": [0.125, 0.25, np.nan, 1.5, -2.0, 3.0]})


TRACK = [
    ("chr2", 0, 75, 0.125),
    ("chr2", 75, 125, 0.25),
    ("chr2", 175, 250, 1.5),
    ("chr1", 100, 200, -2.0),
    ("chr1", 2_000_000_000, 2_000_000_100, 3.0),
]


def separate(table):
    separated = separate_windows(table)
    return separated, table["net:fst"][separated.index].to_numpy()


@settings(PROPERTY, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("12"), st.integers(0, 40), st.integers(1, 40))))
def test_separated_windows_overlap_no_more(drawn):
    drawn = sorted(drawn)
    table = pd.DataFrame(
        [(contig, start, start + size) for contig, start, size in drawn],
        columns=["contig", "start", "end"],
    )
    separated = separate_windows(table)
    whole = table.loc[separated.index]
    assert (separated["start"] >= whole["start"]).all()
    assert (separated["end"] <= whole["end"]).all()
    assert (separated["end"] > separated["start"]).all()
    for _, part in separated.groupby("contig"):
        assert (part["start"].to_numpy()[1:] >= part["end"].to_numpy()[:-1]).all()


@pytest.mark.parametrize("step", [20, 30, 50, 100, 130])
def test_each_window_keeps_the_step_in_its_middle(step):
    start = np.arange(0, 1000, step)
    table = pd.DataFrame({"contig": "1", "start": start, "end": start + 100})
    separated = separate_windows(table)
    assert len(separated) == len(table)
    size = np.minimum(step, 100)
    inside = separated.iloc[1:-1]
    assert (inside["end"] - inside["start"] == size).all()
    middles = (inside["start"] + inside["end"]) / 2
    np.testing.assert_array_equal(middles, start[1:-1] + 50)


def test_bedgraph(tmp_path):
    write_bedgraph(tmp_path / "a" / "fst.bedgraph", *separate(make_table()))
    lines = (tmp_path / "a" / "fst.bedgraph").read_text().splitlines()
    assert lines == ["\t".join(map(str, row)) for row in TRACK[:3]] + [
        "chr1\t100\t200\t-2",
        "chr1\t2000000000\t2000000100\t3",
    ]


def test_bigwig_is_read_back(tmp_path):
    paths = [tmp_path / name for name in ("1.bw", "2.bw")]
    for path in paths:
        write_bigwig(path, *separate(make_table()), LENGTHS)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with pyBigWig.open(str(paths[0])) as file:
        assert file.chroms() == LENGTHS
        found = [
            (contig, *interval)
            for contig in ("chr2", "chr1")
            for interval in file.intervals(contig)
        ]
        assert file.intervals("without") is None
    assert found == TRACK


def test_a_track_without_a_value(tmp_path):
    table = make_table().assign(**{"net:fst": np.nan})
    write_bigwig(tmp_path / "1.bw", *separate(table), LENGTHS)
    write_bedgraph(tmp_path / "1.bedgraph", *separate(table))
    assert (tmp_path / "1.bedgraph").read_text() == ""
    with pyBigWig.open(str(tmp_path / "1.bw")) as file:
        assert file.intervals("chr2") is None


@pytest.mark.parametrize(("longest", "end"), [(2**29 - 1, ".tbi"), (LENGTHS["chr1"], ".csi")])
def test_table_with_an_index_is_read_by_region(longest, end, tmp_path):
    """Far from the start of long contigs, too."""
    table = make_table()
    if longest < 2**29:
        table = table.iloc[:5]
    write_table(tmp_path / "plain.tsv", table)
    for name in ("1.tsv.gz", "2.tsv.gz"):
        compress_table(tmp_path / "plain.tsv", tmp_path / name, longest)
    names = ["1.tsv.gz", f"1.tsv.gz{end}", "2.tsv.gz", f"2.tsv.gz{end}", "plain.tsv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for one, two in (names[::2][:2], names[1::2]):
        assert (tmp_path / one).read_bytes() == (tmp_path / two).read_bytes()
    with pysam.TabixFile(str(tmp_path / "1.tsv.gz"), index=str(tmp_path / names[1])) as file:
        assert list(file.contigs) == ["chr2", "chr1"]
        assert [row.split("\t")[1] for row in file.fetch("chr2", 149, 150)] == ["50", "100"]
        last = file.fetch("chr1", min(longest, 10**9) - 1, longest)
        assert [row.split("\t")[3] for row in last] == ["3"] * (len(table) - 5)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "1.tsv.gz", sep="\t"), table)
