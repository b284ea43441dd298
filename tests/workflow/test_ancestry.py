"""A real run of the workflow that predicts the ancestry of each haplotype at each base."""

import json

import pandas as pd
import pytest
import yaml
from helpers.gene_flow import CONFIG, write_demes, write_strangers
from helpers.packages import redescribe, rewrite
from helpers.workflow import copy_of_coalflow, planned, read_words, succeed

import coalflow
from coalflow.core.errors import CoalflowError
from coalflow.models.storage.package_zip import read_zip

DRAWS = 3
POPULATIONS = {"north": ["Arctic"], "south": ["Desert"]}
STRANGERS = {"panel": "strangers.panel", "populations": "north=Arctic south=Desert"}
MODELS = ["coalflow", "coalflow/0", "coalflow/1", "archie", "s_star"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = copy_of_coalflow(tmp_path_factory.mktemp("ancestry"))
    write_demes(folder)
    write_strangers(folder)
    demography = {"demes": "flow.yaml"}
    simulation = {**CONFIG["simulation"], "demography": demography, "replicates": 60}
    simulation["samples"] = {"south": 5, "north": 6}
    del simulation["grid"]
    config = {
        **CONFIG,
        "run": "ancestry",
        "simulation": simulation,
        "encoding": {"pad": True, "sites": 100},
        "target": {"ancestry": {"of": "north", "from": "ghost"}},
        "models": {"nets": ["coalflow"], "restarts": 2, "baselines": ["ridge"]},
        "training": {"epochs": 2},
        "genomes": {
            "known": {"simulate": {"sequence_length": 200_000, "contigs": 2}},
            "strangers": {
                "path": "strangers.vcf",
                "samples": {"panel": "strangers.panel", "populations": POPULATIONS},
                "draws": DRAWS,
            },
        },
        "significance": {"windows": 0},
    }
    (folder / "ancestry.yaml").write_text(yaml.safe_dump(config))
    succeed(folder, configs=["ancestry.yaml"])
    succeed(folder, "package", configs=["ancestry.yaml"])
    return folder / "results" / "ancestry"


def test_every_base_is_judged(folder):
    scores = pd.read_csv(folder / "ancestry_scores.tsv", sep="\t")
    assert scores["model"].unique().tolist() == MODELS
    values = scores.set_index(["model", "metric"])["value"]
    shares = values.drop("log_loss", level="metric").dropna()
    assert shares.between(0, 1).all()
    assert values["coalflow"]["average_precision"] > 0
    comparisons = pd.read_csv(folder / "ancestry_comparisons.tsv", sep="\t")
    assert set(comparisons["baseline"]) < {"archie", "s_star"}
    assert set(comparisons["metric"]) == {"average_precision", "f1", "segment_f1"}
    of_nets = json.loads((folder / "models" / "coalflow" / "ancestry.json").read_text())
    assert list(of_nets["calibrations"]) == MODELS[:3]
    of_baselines = json.loads((folder / "ancestry_baselines.json").read_text())
    assert {*of_baselines} == {*MODELS[3:], "sha256"}
    assert of_baselines["archie"]["bases"]["slope"] > 0


def test_windows_as_wholes_are_predicted_as_other_numbers_are(folder):
    metrics = pd.read_csv(folder / "metrics.tsv", sep="\t")
    assert {"coalflow", "ridge"} <= set(metrics["model"])
    assert set(metrics["target"]) == {"ancestry"}
    predicted = pd.read_parquet(folder / "predictions.parquet")
    assert predicted["coalflow:ancestry"].notna().all()


def test_a_genome_is_painted_and_judged_by_its_truth(folder):
    genome = folder / "genomes" / "known"
    columns = ["contig", "start", "end", "name", "score", "strand", "probability", "sites"]
    bed = pd.read_csv(genome / "ancestry.bed", sep="\t", header=None, names=columns)
    assert (bed["start"] < bed["end"]).all() and (bed["end"] <= 200_000).all()
    assert bed["score"].between(0, 1000).all()
    shares = pd.read_csv(genome / "ancestry.tsv", sep="\t")
    # As they are written, the six of north come first.
    assert shares["individual"].unique().tolist() == [f"tsk_{index}" for index in range(6)]
    assert shares["expected_share"].between(0, 1).all()
    assert shares["segments"].sum() == len(bed)
    truth = pd.read_csv(genome / "ancestry_truth.bed", sep="\t", header=None, names=columns[:4])
    assert set(truth["name"]) <= {f"tsk_{i}_{h}" for i in range(6) for h in (1, 2)}
    judged = pd.read_csv(genome / "ancestry_judged.tsv", sep="\t").set_index("metric")["value"]
    assert 0 <= judged["average_precision"] <= 1
    assert (genome / "ancestry.svg").stat().st_size > 0


def test_the_report_shows_it(folder):
    words = read_words((folder / "report.html").read_text())
    for text in (
        "Ancestry of each haplotype, base by base",
        "the share of north from ghost in a window",
        "so the truth is known: average precision",
    ):
        assert text in words
    assert (folder / "figures" / "ancestry_scores.svg").stat().st_size > 0


def test_those_in_several_draws_are_painted_once_and_the_others_named(folder):
    genome = folder / "genomes" / "strangers"
    shares = pd.read_csv(genome / "ancestry.tsv", sep="\t")
    plan = json.loads((genome / "plan.json").read_text())
    drawn = [plan["individuals"][index] for draw in plan["draws"] for index in draw[:6]]
    assert shares["individual"].tolist() == sorted([*set(drawn)] * 2)
    assert shares["draws"].tolist() == [drawn.count(name) for name in shares["individual"]]
    left = {f"north{index:02}" for index in range(16)} - set(drawn)
    described = json.loads((genome / "observation.json").read_text())
    assert set(described["not_painted"]) == left
    assert f"{len(left)} of 16 individuals of north are in none of" in described["remarks"][-1]
    words = read_words((folder / "report.html").read_text())
    assert f"{len(left)} individuals are in no draw, and not painted" in words


# A model that travels -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere(folder, tmp_path_factory):
    """A folder with the packed model and genomes, and no run."""
    there = tmp_path_factory.mktemp("elsewhere")
    for name in ("coalflow.zip", "ridge.zip"):
        (there / name).write_bytes((folder / "models" / name).read_bytes())
    known = (folder / "genomes" / "known" / "simulated.vcf.gz").read_bytes()
    (there / "known.vcf.gz").write_bytes(known)
    write_strangers(there)
    write_strangers(there, "unphased", phased="/")
    write_strangers(there, "haploid", ploidy=1)
    (there / "mine.bed").write_text("chr7\t0\t20000\n")
    return there


@pytest.fixture
def scan(elsewhere, tmp_path, monkeypatch):
    """Return a function that scans a genome as a user of the package does."""
    monkeypatch.chdir(elsewhere)

    def scan_here(genome="strangers.vcf", model="coalflow.zip", **options):
        output = tmp_path / "found"
        return coalflow.scan_genome(model, genome, output, **{**STRANGERS, **options})

    return scan_here


NO_PANEL = {"panel": None, "populations": None}
FEW = {"north": ["north00", "north01", "north02"], "south": [f"south0{i}" for i in range(5)]}
GENOMES = {
    "known": {
        "genome": "known.vcf.gz",
        **NO_PANEL,
        "individuals": {
            "north": [f"tsk_{index}" for index in range(6)],
            "south": [f"tsk_{index}" for index in range(6, 11)],
        },
    },
    "strangers": {"draws": DRAWS},
}


@pytest.mark.parametrize("genome", GENOMES)
def test_a_packed_model_paints_as_its_run_does(genome, folder, scan):
    found, own = scan(**GENOMES[genome]), folder / "genomes" / genome
    for name in ("ancestry.bed", "ancestry.tsv", "ancestry.png"):
        assert (found / name).read_bytes() == (own / name).read_bytes()
    words = read_words((found / "report.html").read_text())
    for text in ("Painted haplotypes", "Of the bases of north", 'href="ancestry.bed"'):
        assert text in words
    assert "so the truth is known" not in words


def test_individuals_with_one_haplotype_are_painted_by_it(scan, capsys):
    shares = pd.read_csv(scan("haploid.vcf") / "ancestry.tsv", sep="\t")
    assert len(shares) == shares["individual"].nunique() == 12
    assert (shares["haplotype"] == 1).all()
    assert "4 of 16 individuals of north are not drawn, and not painted" in capsys.readouterr().err


REFUSED = {
    "windows": ({"windows": "mine.bed"}, "windows is for windows of your own, and haplotypes are"),
    "phase": ({"genome": "unphased.vcf"}, "have unphased heterozygotes"),
    "population": ({"populations": "north=Artic south=Desert"}, "populations names 'Artic', but"),
    "one list": ({"populations": "Arctic,Desert"}, "populations is one list, but the model reads"),
    "too few": ({"individuals": FEW, **NO_PANEL}, "has 3 samples of north to choose from"),
    "ploidy": ({"genome": "haploid.vcf", "ploidy": 2}, "haploid in the file, diploid by the"),
    "no panel": (NO_PANEL, "are not assigned to populations"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_painted_is_refused_in_one_line(why, scan):
    options, expected = REFUSED[why]
    with pytest.raises(CoalflowError) as caught:
        scan(**options)
    assert expected in str(caught.value) and "\n" not in str(caught.value)


def test_a_model_that_was_packed_before_it_was_judged_is_refused(elsewhere, scan):
    early = elsewhere / "early.zip"
    early.write_bytes((elsewhere / "coalflow.zip").read_bytes())
    rewrite(early, lambda members: [each for each in members if each[0] != "ancestry.json"])
    with pytest.raises(CoalflowError, match=r"its file ancestry\.json is missing"):
        scan(model="early.zip")
    files = json.loads(read_zip(early)["description.json"])["files"]
    redescribe(early, files={name: files[name] for name in files if name != "ancestry.json"})
    with pytest.raises(CoalflowError, match=r"before that was judged: it has no ancestry\.json"):
        scan(model="early.zip")
    assert coalflow.load_model("early.zip").name == "coalflow"  # for windows it will do


def test_a_baseline_of_windows_paints_nothing_and_says_so(scan, capsys):
    found = scan(model="ridge.zip", windows="mine.bed")
    assert "predicts shares of windows alone" in capsys.readouterr().err
    assert not (found / "ancestry.bed").exists()
    assert "Painted haplotypes" not in (found / "report.html").read_text()


def test_snakemake_scan_paints_and_misses_what_is_lost(folder):
    here = folder.parents[1]
    options = {"panel": "strangers.panel", "populations": "north=Arctic south=Desert"}
    given = {"model": f"{folder.relative_to(here)}/models/coalflow", "genome": "strangers.vcf"}
    words = [f"{key}={value}" for key, value in {**given, **options, "draws": DRAWS}.items()]
    scan = ["scan", "--config", *words, "output=scanned"]
    succeed(here, *scan, configs=())
    bed, own = here / "scanned" / "ancestry.bed", folder / "genomes" / "strangers" / "ancestry.bed"
    assert bed.read_bytes() == own.read_bytes()
    assert "Nothing to be done" in succeed(here, *scan, configs=())
    bed.unlink()
    assert planned(here, *scan, configs=())["scan_genome"] == 1
