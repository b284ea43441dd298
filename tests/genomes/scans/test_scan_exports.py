"""A scan in each of the formats that genome browsers read."""

import numpy as np
import pandas as pd
import pytest
from helpers.cards import make_card
from helpers.data import make_predictands

from coalflow.core.parquet import write_parquet_parts
from coalflow.genomes.scans.judged_scan import Scan
from coalflow.genomes.scans.scan_exports import export_scan

CARD = make_card("net/0", "net", make_predictands("sweep", classes=["hard", "soft"]))
FILES = {
    "tabix": ["windows.tsv.gz", "windows.tsv.gz.tbi"],
    "bedgraph": ["net/0/hard.bedgraph", "net/0/soft.bedgraph", "ridge/hard.bedgraph"],
    "bigwig": ["net/0/hard.bw", "net/0/soft.bw", "ridge/hard.bw"],
}


@pytest.fixture
def parts(tmp_path):
    """Two parts of a scan by two models."""
    table = pd.DataFrame({"contig": "1", "start": [0, 50, 100], "end": [100, 150, 200]})
    for model in ("net/0", "ridge"):
        for name in ("hard", "soft"):
            table[f"{model}:{name}"] = np.array([0.25, np.nan, 0.5])
    paths = [tmp_path / f"{part}.parquet" for part in range(2)]
    write_parquet_parts(paths[0], [table.iloc[:2]])
    write_parquet_parts(paths[1], [table.iloc[2:]])
    return paths


@pytest.mark.parametrize("format", FILES)
def test_files_of_each_format(format, parts, tmp_path):
    folders = tmp_path / "once", tmp_path / "again"
    for folder in folders:
        export_scan(format, folder, Scan(parts, CARD, {}, ()), {"1": 300})
    found = {path.relative_to(folders[0]).as_posix() for path in folders[0].rglob("*.*")}
    assert found >= set(FILES[format])
    for name in found:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_values_are_those_of_the_windows(parts, tmp_path):
    export_scan("bedgraph", tmp_path / "bedgraph", Scan(parts, CARD, {}, ()), {"1": 300})
    text = (tmp_path / "bedgraph/net/0/hard.bedgraph").read_text()
    assert text == "1\t0\t75\t0.25\n1\t125\t200\t0.5\n"
    export_scan("tabix", tmp_path / "tabix", Scan(parts, CARD, {}, ()), {"1": 300})
    table = pd.read_csv(tmp_path / "tabix/windows.tsv.gz", sep="\t")
    assert table["net/0:soft"].tolist()[::2] == [0.25, 0.5]
