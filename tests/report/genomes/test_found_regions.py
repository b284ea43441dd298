import pandas as pd
import pytest

from coalflow.config.schema.genomes import Genome
from coalflow.config.schema.scans.significance import Significance
from coalflow.core.files import write_json, write_table
from coalflow.genomes.novelty.verdict import Verdict
from coalflow.genomes.reference.reference import Reference, ReferenceMeta, ScoreRecord
from coalflow.report.genomes.found_regions import describe_null, read_verdict, summarise_regions
from coalflow.report.scans.region_pictures import COLUMNS

ROW = {
    "contig": "2",
    "start": 1000,
    "end": 3000,
    "class": "hard",
    "p": 1e-6,
    "expected": 0.01,
    "q": 0.01,
    "novelty": 0.4,
    "furthest": "H12 high",
    "flags": "",
    "agree": "3 of 4",
    "genes": "LCT,MCM6",
    "nearest_gene": "LCT",
    "nearest_distance": 0.0,
    "verdict": "found",
}


def summarise(folder, rows, **section):
    genome = folder / "genomes" / "mine"
    (genome / "regions").mkdir(parents=True)
    write_table(genome / "regions.tsv", pd.DataFrame(rows))
    picture = ["01_2_1001.png", "2", 1000, 3000, "found", "found; p 1e-6"]
    write_table(genome / "regions" / "pictures.tsv", pd.DataFrame([picture], columns=COLUMNS))
    return summarise_regions(genome, "genomes/mine/", Genome(path="mine.vcf", **section))


def test_regions_are_in_tables_by_verdict(tmp_path):
    verdicts = ["found", "found", "question", "not significant"]
    found = summarise(tmp_path, [{**ROW, "verdict": verdict} for verdict in verdicts])
    assert found.numbers == {"found": 2, "question": 1, "not significant": 1}
    assert (len(found.found), len(found.questions)) == (2, 1)
    first = found.found[0]
    assert (first.name, first.what, first.agree) == ("2:1,001-3,000", "hard", "3 of 4")
    assert first.genes == "LCT, MCM6"
    assert found.is_compared


def test_tables_have_the_first_twenty(tmp_path):
    assert len(summarise(tmp_path, [ROW] * 25).found) == 20


@pytest.mark.parametrize(
    ("genes", "nearest", "words"),
    [
        ("", "LCT", "none; LCT is 1,500 bases away"),
        ("", "", ""),
        (",".join("ABCDEFGHIJ"), "A", "A, B, C, D, E, F, G, H, 2 others"),
    ],
)
def test_genes_are_said_in_words(tmp_path, genes, nearest, words):
    row = {**ROW, "genes": genes, "nearest_gene": nearest, "nearest_distance": 1500.0}
    assert summarise(tmp_path, [row]).found[0].genes == words


def test_numbers_are_in_place_of_classes(tmp_path):
    row = {name: value for name, value in ROW.items() if name != "class"}
    assert summarise(tmp_path, [{**row, "value": -1.5}]).found[0].what == "\N{MINUS SIGN}1.5"


def test_pictures_are_those_that_were_drawn(tmp_path):
    found = summarise(tmp_path, [ROW])
    (picture,) = found.pictures
    assert picture.path == "genomes/mine/regions/01_2_1001.png"
    assert (picture.title, picture.words) == ("2:1,001-3,000", "found; p 1e-6")


def test_without_pictures_none_are_looked_for(tmp_path):
    assert summarise(tmp_path, [ROW], top_regions=0).pictures == []


def test_without_a_null_there_are_no_regions(tmp_path):
    genome = tmp_path / "genomes" / "mine"
    genome.mkdir(parents=True)
    write_table(genome / "regions.tsv", pd.DataFrame(columns=["contig", "start", "end"]))
    found = summarise_regions(genome, "genomes/mine/", Genome(path="mine.vcf", top_regions=0))
    assert (found.found, found.questions, found.is_compared) == ([], [], False)


def test_a_verdict_is_read_again(tmp_path):
    path = tmp_path / "verdict.json"
    verdict = Verdict(level="fits", headline="The simulations fit", findings=("a", "b"))
    write_json(path, verdict.as_json())
    assert read_verdict(path) == verdict
    write_json(path, {})
    assert read_verdict(path) is None


def describe(classes=("neutral", "hard"), **changes):
    meta = {
        "model": "net",
        "scores": (ScoreRecord(name="swept", classes=("hard",), tail="upper"),),
        "neutral": ("sweep=neutral",),
        "windows": 200,
        "block_windows": 5000,
        "blocks": 250,
        "length": 1000,
        "step": 500,
        "significance": Significance(),
        "false_alarms": 0.01,
        "mix": (0.75, 0.25) if classes else None,
    }
    reference = Reference(ReferenceMeta(**{**meta, **changes}), {}, None, None, pd.DataFrame())
    return ". ".join(describe_null(reference, "net/0", classes))


def test_it_is_said_where_p_values_and_probabilities_come_from():
    said = describe()
    assert (
        "Regions are found by the probability of hard (score swept), as predicted by net/0" in said
    )
    assert "200 validation and test windows of the neutral cell and 5,000 windows in 250" in said
    assert "assume the mix of the simulations: neutral 75 % and hard 25 %" in said
    assert "Set class_prior" in said


def test_a_prior_of_classes_is_said():
    said = describe(class_prior={"neutral": 0.98, "hard": 0.02})
    assert "end in :posterior assume class_prior: neutral 98 % and hard 2 %" in said
    assert "Set class_prior" not in said


def test_numbers_have_tails():
    score = ScoreRecord(name="tajimas_d", target="tajimas_d", tail="both")
    said = describe((), scores=(score,), blocks=0)
    assert "high or low values of Tajima's D" in said
    assert "long neutral" not in said
    assert "mix" not in said


def test_without_a_neutral_class_there_are_no_p_values():
    assert "No simulation is neutral" in describe(scores=())
