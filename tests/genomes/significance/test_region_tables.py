"""``regions.tsv`` and ``regions.bed``."""

import numpy as np
import pandas as pd
import pytest

from coalflow.config.schema.scans.significance import Significance
from coalflow.genomes.genes.gene_file import read_genes
from coalflow.genomes.significance.null import Null
from coalflow.genomes.significance.null_regions import NullRegions
from coalflow.genomes.significance.null_tails import NullTail
from coalflow.genomes.significance.region_tables import tabulate_regions, write_regions
from coalflow.genomes.significance.scores import Score

SWEPT = Score("swept", ("hard", "soft"), None, "upper")
RATE = Score("rate", None, "rate", "both")
COLUMNS = [
    *("contig", "start", "end", "length", "peak_start", "peak_end", "windows", "class"),
    *("best_model", "score", "p", "p_low", "p_high"),
    *("expected", "expected_low", "expected_high"),
    *("q", "family_wise_p", "novelty", "furthest"),
    *("flags", "agree", "genes", "nearest_gene", "nearest_distance", "verdict"),
]


def windows_of(p, **columns):
    """Return windows side by side with these p-values of a net, and twice those of ridge."""
    p = np.asarray(p, dtype=float)
    start = np.arange(len(p)) * 100
    hard = np.where(p <= 0.01, 0.6, 0.1)
    table = pd.DataFrame(
        {
            "contig": "1",
            "start": start,
            "end": start + 100,
            "flags": "",
            "novelty": 0.5,
            "furthest": "H12 high",
            "net": "hard",
            "net:neutral": 0.9 - hard,
            "net:hard": hard,
            "net:soft": 0.1,
            "net:set": "hard|soft",
            "net:swept:region_p": p,
            "ridge:swept:region_p": 2 * p,
        }
    )
    return table.assign(**columns)


def tabulate(windows, score=SWEPT, regions=None, genes=None):
    tracks = windows[["contig", "start", "end"]].reset_index(drop=True)
    p = windows[f"net:{score.name}:region_p"].to_numpy()
    tracks = tracks.assign(score=-np.log(p), averaged=1, p=p)
    null = Null(NullTail.fit(np.arange(1000) / 100, "upper"), (), regions)
    options = Significance(fdr=0.02)
    return tabulate_regions(windows, tracks, "net", score, null, options, 100, 0.01, genes)


P = [0.5, 1e-4, 0.008, 0.5, 0.5, 0.5, 0.007, 0.5, np.nan, 0.5]


def test_regions_have_what_is_known_of_their_peaks():
    table = tabulate(windows_of(P))
    assert list(table.columns) == COLUMNS
    first, second = table.to_dict("records")
    assert (first["start"], first["end"], first["length"], first["windows"]) == (100, 300, 200, 2)
    assert (first["peak_start"], first["peak_end"], first["class"]) == (100, 200, "hard")
    assert (first["best_model"], first["agree"]) == ("net", "2 of 2")
    assert first["score"] == pytest.approx(-np.log(1e-4))
    assert first["p_low"] < 0.08 < first["p_high"]  # 79 of 1,000 are as high
    assert (first["furthest"], first["novelty"], first["verdict"]) == ("H12 high", 0.5, "found")
    assert (second["start"], second["agree"]) == (600, "1 of 2")
    assert second["verdict"] == "not significant"


def test_without_blocks_windows_are_counted():
    table = tabulate(windows_of(P))
    # Nine windows have a p-value.
    np.testing.assert_allclose(table["expected"], [9e-4, 0.063])
    np.testing.assert_allclose(table["q"], [9e-4, 0.0315])
    np.testing.assert_allclose(table["family_wise_p"], -np.expm1([-9e-4, -0.063]))
    assert table["expected_low"].isna().all()


def test_blocks_give_the_expected_number():
    random = np.random.default_rng(1)
    start = np.tile(np.arange(20) * 100, 200)
    tracks = pd.DataFrame({"contig": np.repeat([f"all/{i}" for i in range(200)], 20)})
    tracks = tracks.assign(start=start, end=start + 100, p=random.random(4000), score=0.0)
    null = NullRegions.fit(tracks, 400_000, 0.01, 100, 1)
    table = tabulate(windows_of(P), regions=null)
    peaks = table["p"].to_numpy()
    np.testing.assert_allclose(table["expected"], null.expect(peaks, 900, 1))
    assert (table["expected_low"] < table["expected"]).all()
    assert (table["expected_high"] > table["expected"]).all()


@pytest.mark.parametrize(
    ("column", "value", "verdict"),
    [
        ("novelty", 0.01, "question"),
        ("novelty", 0.011, "found"),
        ("flags", "gap", "question"),
        ("flags", "trimmed,few_sites", "question"),
        ("flags", "novel", "question"),
        ("flags", "trimmed", "found"),
        ("flags", None, "found"),
    ],
)
def test_regions_whose_peak_is_doubtful_are_questions(column, value, verdict):
    windows = windows_of(P)
    windows[column] = windows[column].astype(object)
    windows.loc[1, column] = value
    assert tabulate(windows)["verdict"].tolist() == [verdict, "not significant"]
    windows = windows_of(P)
    windows[column] = windows[column].astype(object)
    windows.loc[2, column] = value  # of the region, but not its peak
    assert tabulate(windows)["verdict"].tolist() == ["found", "not significant"]


def test_what_is_not_known_is_left_empty():
    windows = windows_of(P).drop(columns=["novelty", "furthest"])
    table = tabulate(windows)
    assert table["novelty"].isna().all()
    assert table["furthest"].tolist() == ["", ""]
    assert table["verdict"].tolist() == ["found", "not significant"]


def test_the_class_is_the_most_probable_of_those_scored_by_its_posterior():
    windows = windows_of(P)
    posteriors = {"net:neutral": 0.98, "net:hard": 0.005, "net:soft": 0.015}
    windows = windows.assign(**{f"{name}:posterior": share for name, share in posteriors.items()})
    assert tabulate(windows)["class"].tolist() == ["soft", "soft"]


def test_numbers_have_their_value():
    windows = windows_of(P, **{"net:rate": np.arange(10) * 1e-9, "net:rate:region_p": P})
    table = tabulate(windows, RATE)
    assert "class" not in table
    assert table["value"].tolist() == pytest.approx([1e-9, 6e-9])
    assert table["agree"].tolist() == ["1 of 1", "1 of 1"]


def test_genes_are_named(tmp_path):
    file = tmp_path / "genes.gff3"
    rows = [("gene", 151, 160, "ABC"), ("gene", 290, 320, "DEF"), ("gene", 901, 950, "GHI")]
    file.write_text(
        "##gff-version 3\n"
        + "".join(
            f"1\tx\t{kind}\t{start}\t{end}\t.\t+\t.\tID={name};Name={name}\n"
            for kind, start, end, name in rows
        )
    )
    genes = read_genes(str(file))
    table = tabulate(windows_of(P), genes=genes)
    assert table["genes"].tolist() == ["ABC,DEF", ""]
    assert table["nearest_gene"].tolist()[1] == "GHI"
    assert table["nearest_distance"].tolist()[1] == 200


def test_names_are_not_changed_by_where_windows_start_in_the_table():
    # As when some windows of a scan are chosen.
    windows = windows_of([0.5, *P])
    windows.index = windows.index + 7
    table = tabulate(windows)
    assert table["peak_start"].tolist() == [200, 700]


@pytest.mark.parametrize("p", [[], [0.5], [np.nan], [0.02, 0.03]])
def test_there_may_be_no_region(p, tmp_path):
    table = tabulate(windows_of(p))
    assert list(table.columns) == COLUMNS
    assert len(table) == 0
    write_regions(tmp_path, table)
    assert (tmp_path / "regions.tsv").read_text() == "\t".join(COLUMNS) + "\n"
    assert (tmp_path / "regions.bed").read_text() == ""


def test_regions_are_written_by_rank_and_for_browsers_by_place(tmp_path):
    windows = windows_of([0.009, *P[3:], *P[:3], 0.5, 0.5, 0.5, 1e-12])
    table = tabulate(windows)
    write_regions(tmp_path, table)
    read = pd.read_csv(tmp_path / "regions.tsv", sep="\t", keep_default_na=False)
    assert (np.diff(read["expected"]) > 0).all()
    lines = (tmp_path / "regions.bed").read_text().splitlines()
    assert lines[0].split("\t") == ["1", "0", "100", "hard;not_significant", "205"]
    assert lines[-1].split("\t") == ["1", "1400", "1500", "hard", "1000"]
    assert len(lines) == len(read)
