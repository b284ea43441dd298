import numpy as np
import pandas as pd
import pytest
from helpers.interactive import STEP, make_regions, make_tracks, make_windows, write_scan

from coalflow.report.interactive.scan_windows import (
    FLAG,
    NOVELTY,
    USUAL,
    choose_windows,
    read_scan_windows,
)


def read(folder, table, regions=None, most=1000):
    tracks = make_tracks()
    return read_scan_windows(write_scan(folder, table, regions), tracks.list_columns(), most)


def test_few_windows_are_all_held(tmp_path):
    table = make_windows()
    held = read(tmp_path, table)
    assert len(held.table) == held.total
    assert held.table["line"].tolist() == list(range(2, len(table) + 2))
    np.testing.assert_allclose(held.read_known("class1"), table["coalflow:hard"])
    assert held.find_kinds()[:4].tolist() == [USUAL, FLAG, NOVELTY, USUAL]


def test_lines_are_those_of_the_file(tmp_path):
    held = read(tmp_path, make_windows(windows=3000), make_regions(windows=3000), most=500)
    lines = (tmp_path / "windows.tsv").read_text().split("\n")
    for row in held.table.iloc[:: len(held.table) // 7].to_dict("records"):
        contig, start, *_ = lines[row["line"] - 1].split("\t")
        assert (contig, int(start)) == (row["contig"], row["start"])


def test_of_very_many_windows_regions_and_extremes_are_held():
    generator = np.random.default_rng(1)
    table = make_windows(("a", "b"), 150_000)[["contig", "start", "end"]]
    table = table.assign(score=generator.random(300_000), other=generator.random(300_000))
    table.loc[[7, 200_000], "score"] = [9, -9]
    table.loc[5000:5400, "other"] = np.nan
    regions = pd.DataFrame({"contig": ["b"], "start": [90 * STEP], "end": [300 * STEP]})
    kept = choose_windows(table, regions, ["score", "other"], 20_000)
    assert kept[[7, 200_000]].all()
    assert kept[150_000 + 90 : 150_000 + 300].all()
    assert 15_000 < kept.sum() < 20_500
    # Every stretch of the genome is there.
    assert np.diff(np.flatnonzero(kept)).max() < 150


def test_contigs_follow_each_other(tmp_path):
    held = read(tmp_path, make_windows(("b", "a")))
    assert held.contigs["name"].tolist() == ["b", "a"]
    length = 31 * STEP
    assert held.contigs["offset"].tolist() == [0, length]
    assert held.find_span() == pytest.approx((0, 2 * length / 1e6))


def test_one_contig_lies_at_its_own_positions(tmp_path):
    table = make_windows(("a",))
    table[["start", "end"]] += 7_000_000
    assert read(tmp_path, table).find_span() == pytest.approx((7, 7.31))


def test_without_windows_there_is_nothing(tmp_path):
    assert read(tmp_path, make_windows().iloc[:0]) is None
