"""Genomes as people have them, scanned by one net; answers are in tests/cases/README.md."""

import json

import pandas as pd
import pytest
import yaml
from helpers.cases import CASES
from helpers.workflow import copy_of_coalflow, fail, succeed

FIRST_FOUR = [f"s{number}" for number in range(4)]
# genome: (file, keys, windows, Tajima's D of the first)
GENOMES = {
    "mitochondrion_first": ("01-haploid-chrM-first/in.vcf", {"samples": FIRST_FOUR}, 5, 0.642289),
    "males": (
        "12b-male-X-bcf/in.bcf",
        {"samples": [f"m{number}" for number in range(8)]},
        5,
        1.513281,
    ),
    "odd_names": (
        "10-odd-sample-names/in.vcf",
        {"samples": ["^x2", "1001", "ind 5", "NA"]},
        5,
        0.413080,
    ),
}
REFUSED = {
    "structural": ("11-all-dropped-sv/in.vcf", "use a file with SNPs"),
    "lines": ("21-inbred-lines/in.vcf", "genomes.<name>.ploidy to 1"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a copy of the workflow in which all genomes were scanned."""
    folder = copy_of_coalflow(tmp_path_factory.mktemp("cases"))
    config = yaml.safe_load((CASES / "models" / "base_a.yaml").read_text())
    scanned = {
        name: {"path": str(CASES / file), **keys} for name, (file, keys, *_) in GENOMES.items()
    }
    refused = {name: {"path": str(CASES / file)} for name, (file, _) in REFUSED.items()}
    config |= {"genomes": {**scanned, **refused}, "significance": {"windows": 0}}
    (folder / "cases.yaml").write_text(yaml.safe_dump(config))
    files = [f"results/a/genomes/{name}/windows.tsv" for name in GENOMES]
    succeed(folder, *files, configs=("cases.yaml",))
    return folder


@pytest.mark.parametrize("name", GENOMES)
def test_windows_are_right(name, folder):
    _, keys, windows, tajimas_d = GENOMES[name]
    results = folder / "results" / "a" / "genomes" / name
    table = pd.read_csv(results / "windows.tsv", sep="\t")
    assert len(table) == windows
    assert table["computed:tajimas_d"][0] == pytest.approx(tajimas_d, abs=1e-6)
    described = json.loads((results / "observation.json").read_text())
    assert described["samples"] == [str(sample) for sample in keys["samples"]]


def test_files_that_cannot_be_used_are_refused_in_a_line(folder):
    files = [f"results/a/genomes/{name}/observation.json" for name in REFUSED]
    said = fail(folder, *files, "--keep-going", configs=("cases.yaml",))
    for file, words in REFUSED.values():
        assert any(
            f"error: {CASES / file}: " in line and words in line for line in said.split("\n")
        )


def test_all_models_have_the_limits_of_the_same_training_windows(folder):
    models = folder / "results" / "a" / "models"
    cards = [json.loads(path.read_text()) for path in models.rglob("card.json")]
    limits = [card["trained_on"]["windows"] for card in cards]
    assert {card["kind"] for card in cards} == {"net", "baseline"}
    assert all(each == limits[0] for each in limits)
    assert limits[0]["sites"] == 10
