import dataclasses

import numpy as np
import pandas as pd
import pytest
from helpers.data import make_observation
from helpers.figures import make_card, predict_classes
from helpers.regions import region_table
from helpers.scans import make_contig

from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_table
from coalflow.core.parquet import write_parquet_parts
from coalflow.evaluation.comparisons import ShownModel
from coalflow.genomes.genes import Gene, Genes
from coalflow.genomes.genes.genes import ContigGenes
from coalflow.genomes.scans.judged_scan import Scan
from coalflow.report.scans.region_pictures import (
    COLUMNS,
    DrawnRegion,
    choose_regions,
    describe_region,
    draw_regions,
)
from coalflow.report.scans.results import ScanResults

CLASSES = ("neutral", "hard")
ROW = {
    "contig": "chr2",
    "start": 400_000,
    "end": 600_000,
    "peak_start": 450_000,
    "peak_end": 550_000,
    "class": "hard",
    "p": 1.2e-6,
    "expected": 0.0031,
    "q": 0.0031,
    "novelty": 0.5,
    "furthest": "H12 high",
    "flags": "",
    "agree": "2 of 2",
    "genes": "LCT,MCM6",
    "nearest_gene": "LCT",
    "nearest_distance": 0.0,
    "verdict": "found",
}


@dataclasses.dataclass
class Genome:
    """A genome of which nothing but its contigs is used."""

    contigs: tuple


@pytest.fixture
def results(tmp_path):
    table = region_table(["coalflow", "ridge"], CLASSES).assign(length=100_000)
    part = tmp_path / "000.parquet"
    write_parquet_parts(part, iter([table]))
    card = make_card("coalflow", 0, "net", predict_classes(CLASSES))
    shown = [ShownModel("coalflow", "net", ""), ShownModel("ridge", "baseline", "")]
    scan = Scan([part], card, {}, [model.name for model in shown])
    genes = Genes("g.gff", {"chr2": ContigGenes.sort([Gene("LCT", 450_000, 500_000, "-", True)])})
    return ScanResults(scan, {"chr2": 1_100_000}, shown, genes)


def choose(results, tmp_path, rows, top=6, named=()):
    path = tmp_path / "regions.tsv"
    write_table(path, pd.DataFrame(rows, columns=list(ROW)))
    return choose_regions(path, top, named, results, "mine.vcf")


def test_found_regions_come_first_then_questions_then_others(results, tmp_path):
    verdicts = ["not significant", "question", "found", "question", "found"]
    rows = [
        {**ROW, "start": 1000 * number, "verdict": verdict}
        for number, verdict in enumerate(verdicts)
    ]
    chosen = choose(results, tmp_path, rows, top=4)
    assert [(region.start, region.verdict) for region in chosen] == [
        (2000, "found"),
        (4000, "found"),
        (1000, "question"),
        (3000, "question"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "stretch"),
    [
        (400_000, 600_000, (0, 1_100_000)),  # six windows from the middle, within the contig
        (400_000, 410_000, (0, 1_005_000)),
    ],
)
def test_what_is_next_to_a_region_is_drawn_too(results, tmp_path, start, end, stretch):
    (region,) = choose(results, tmp_path, [{**ROW, "start": start, "end": end}])
    assert region.stretch == stretch


def test_regions_that_are_named_come_last_as_they_are_named(results, tmp_path):
    _, region = choose(results, tmp_path, [ROW], named=["chr2:1,001-2,000"])
    assert (region.start, region.end, region.stretch) == (1000, 2000, (1000, 2000))
    assert region.name_picture(2) == "02_chr2_1001"
    assert describe_region(region, "swept") == "named by the user"


def test_a_region_of_another_contig_is_refused_with_a_suggestion(results, tmp_path):
    with pytest.raises(CoalflowError, match=r"show_regions: names contig 2.* did you mean chr2\?"):
        choose(results, tmp_path, [], named=["2:1-2000"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "found; hard is the most probable class of swept; p 1.2 × 10⁻⁶ in its peak, q 0.0031"),
        ({}, "0.0031 such regions are expected by chance; 2 of 2 models agree"),
        ({}, "novelty p 0.5 (H12 high); genes LCT and MCM6"),
        ({"genes": ""}, "no gene, the nearest is LCT, 0 bases away"),
        ({"verdict": "question", "flags": "gap,novel"}, "flagged gap and novel"),
        ({"genes": ",".join("ABCDEFGHIJK")}, "G, H and 3 others"),
    ],
)
def test_what_is_known_of_a_region_is_said(changes, words):
    row = {**ROW, **changes}
    region = DrawnRegion("chr2", 0, 9, (0, 9), row["verdict"], row)
    assert words in describe_region(region, "swept")


def test_a_number_is_said_in_place_of_a_class():
    row = {name: value for name, value in ROW.items() if name != "class"}
    region = DrawnRegion("chr2", 0, 9, (0, 9), "found", {**row, "value": -1.5})
    assert "found; tajimas_d \N{MINUS SIGN}1.5;" in describe_region(region, "tajimas_d")


def test_regions_are_drawn_and_listed(results, tmp_path):
    contig = make_contig("chr2", 300, haplotypes=8, length=1_100_000)
    contig.positions = np.linspace(1, 1_099_999, 300).astype(int)
    chosen = choose(results, tmp_path, [ROW], named=["chr2:1-1000"])
    folder = tmp_path / "regions"
    draw_regions(results, Genome((contig,)), make_observation(), chosen, folder)
    table = pd.read_csv(folder / "pictures.tsv", sep="\t")
    assert list(table) == list(COLUMNS)
    assert table["picture"].tolist() == ["01_chr2_400001.png", "02_chr2_1.png"]
    assert table["verdict"].tolist() == ["found", "named by the user"]
    assert sorted(path.suffix for path in folder.iterdir()) == [".png"] * 2 + [".svg"] * 2 + [
        ".tsv"
    ]
    text = (folder / "01_chr2_400001.svg").read_text()
    assert "position on contig chr2 (Mb)" in text
    assert "8 haplotypes, similar ones next to each other" in text


def test_without_regions_there_is_an_empty_list(results, tmp_path):
    draw_regions(results, Genome(()), make_observation(), [], tmp_path / "regions")
    assert (tmp_path / "regions" / "pictures.tsv").read_text().split() == list(COLUMNS)
