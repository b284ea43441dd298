import pytest

from coalflow.config.genomes.model_scan import ModelScan
from coalflow.config.genomes.model_scan_options import GROUPS, parse_options
from coalflow.config.genomes.model_scan_reading import write_options
from coalflow.config.schema.genomes import Genome
from coalflow.core.errors import CoalflowError


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with the files that options name."""
    monkeypatch.chdir(tmp_path)
    for name in ("m.zip", "g.vcf.gz", "names.txt", "mask.bed", "anc.fa", "panel.tsv", "sexes.tsv"):
        (tmp_path / name).touch()
    return tmp_path


def parse(*words):
    return parse_options(["--model", "m.zip", "--genome", "g.vcf.gz", *words])


def refusal(*words):
    with pytest.raises(CoalflowError) as caught:
        parse(*words)
    return str(caught.value)


def genome(*words):
    """Return the keys of a genome that options stand for, but for its path."""
    section = parse(*words).make_genome()
    assert section.path == "g.vcf.gz"
    return section.model_dump(exclude_defaults=True, exclude={"path"})


def test_every_option_is_in_a_group():
    assert {name for options in GROUPS.values() for name in options} == {*ModelScan.model_fields}


def test_every_key_of_a_genome_that_a_file_can_have_is_an_option():
    others = {"path", "simulate", "samples", "parts"}
    assert Genome.model_fields.keys() - others <= ModelScan.model_fields.keys()


def test_model_and_genome_are_all_that_is_needed(here):
    scan = parse()
    assert (scan.model, scan.genome, str(scan.folder)) == ("m.zip", "g.vcf.gz", "results/m-g")
    assert genome() == {}


@pytest.mark.parametrize(
    ("model", "genome", "folder"),
    [
        ("net.zip", "mine.vcf.gz", "net-mine"),
        ("a/models/net", "b/ALL.chr2.phase3.bcf", "net-ALL.chr2.phase3"),
        ("a/models/net/1/", "mine.vcf.zarr/", "net_1-mine"),
        (".", "ms.out", "here-ms.out"),
    ],
)
def test_results_have_a_folder_of_their_own(model, genome, folder, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert str(ModelScan(model=model, genome=genome).folder) == f"results/{folder}"


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (["--individuals", "a,b", "c"], {"samples": ("a", "b", "c")}),
        (["--individuals", "names.txt"], {"samples": "names.txt"}),
        (["--individuals", "X=a,b", "Y=c"], {"samples": {"X": ("a", "b"), "Y": ("c",)}}),
        (["--contigs", "2", "3"], {"contigs": ("2", "3")}),
        (["--regions", "2L:1-100,3R"], {"regions": ("2L:1-100", "3R")}),
        (["--exclude", "./names.txt"], {"exclude": "./names.txt"}),
        (["--filters", "any"], {"filters": "any"}),
        (["--filters", "PASS,q10"], {"filters": ("PASS", "q10")}),
        (["--mask", "none"], {"mask": "none"}),
        (["--ancestral", "AA"], {"ancestral": "AA"}),
        (["--ancestral", "anc.fa"], {"ancestral": {"fasta": "anc.fa"}}),
        (["--ploidy", "1"], {"ploidy": 1}),
        (["--ploidy", "X=1", "M=1"], {"ploidy": {"X": 1, "M": 1}}),
        (
            ["--ploidy", "X=male:1,female:2", "--sexes", "sexes.tsv"],
            {"ploidy": {"X": {"male": 1, "female": 2}}, "sexes": "sexes.tsv"},
        ),
        (["--step", "100", "--draws", "3"], {"step": 100, "draws": 3}),
        (["--outputs", "tabix,bigwig"], {"outputs": ("tabix", "bigwig")}),
        (["--show", "2", "X"], {"show": ("2", "X")}),
        (["--genes", "sexes.tsv", "--top-regions", "0"], {"genes": "sexes.tsv", "top_regions": 0}),
        (["--show-regions", "2:1-9,X:3-4"], {"show_regions": ("2:1-9", "X:3-4")}),
        (
            ["--panel", "panel.tsv", "--populations", "CEU", "GBR"],
            {"samples": {"panel": "panel.tsv", "populations": ("CEU", "GBR")}},
        ),
        (
            ["--panel", "panel.tsv", "--populations", "EUR=CEU,GBR", "--population-column", "p"],
            {
                "samples": {
                    "panel": "panel.tsv",
                    "population": "p",
                    "populations": {"EUR": ("CEU", "GBR")},
                }
            },
        ),
    ],
)
def test_options_are_keys_of_a_genome(words, keys, here):
    assert genome(*words) == keys
    scan = parse(*words)
    assert parse_options(write_options(scan)) == scan


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--gnome", "x"], "--gnome is not an option; did you mean --genome?"),
        (["stray"], "stray is not an option"),
        (["--step"], "argument --step: expected 1 argument"),
        (["--step", "x"], "--step is 'x', but must be a whole number"),
        (["--step", "0"], "--step is 0, must be at least 1"),
        (["--draws", "2000"], "--draws is 2000, must be at most 1000"),
        (["--seed", "-1"], "--seed is -1, must be at least 0"),
        (["--outputs", "pdf"], "--outputs is 'pdf', but must be one of: tabix, bedgraph, bigwig"),
        (["--ploidy", "X=y"], "--ploidy (X) is 'y'"),
        (["--mask", "no.bed"], "--mask is 'no.bed': there is no such file"),
        (["--individuals", "./no.txt"], "--individuals is './no.txt': there is no such file"),
        (["--ancestral", "no.fa"], "--ancestral is 'no.fa': there is no such file"),
        (["--genes", "no.gff"], "--genes is 'no.gff': there is no such file"),
        (["--genome", "no.vcf"], "--genome is 'no.vcf': there is no such file"),
        (["--sample-column", "x"], "--sample-column is a column of a panel: add `panel`"),
        (["--low-confidence", "drop"], "--low-confidence is about a FASTA file"),
        (["--windows", "mask.bed", "--step", "5"], "--step is not used"),
        (["--contigs", "2", "--regions", "3"], "--contigs is not used"),
        (["--individuals", "a", "--panel", "panel.tsv"], "--individuals goes without"),
        (["--ploidy", "X=male:1"], "--sexes is missing"),
        (["--output", ""], "--output is ''"),
    ],
)
def test_wrong_options_are_refused_in_one_line(words, message, here):
    refused = refusal(*words)
    assert refused.startswith(message)
    assert "\n" not in refused


def test_all_mistakes_are_reported_at_once(here):
    with pytest.raises(CoalflowError) as caught:
        parse_options(["--step", "x"])
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["--genome", "--model", "--step"]


def test_help_explains_every_option(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ended:
        parse_options(["--help"])
    assert ended.value.code == 0
    page = capsys.readouterr().out
    assert page.startswith("usage: scan_genome.py --model MODEL --genome FILE")
    for name in ModelScan.model_fields:
        assert f"--{name.replace('_', '-')}" in page
    assert max(map(len, page.splitlines())) <= 100
