"""The command `coalflow`."""

import pytest
from helpers.genomes import write
from helpers.travelling_models import make_genome, pack_models

from coalflow import read_version
from coalflow.command.main import COMMANDS, run_command

GIVEN = ("--model", "net.zip", "--genome", "genome.vcf", "--ancestral", "AA")


@pytest.fixture(scope="module")
def packed(train, validation, tmp_path_factory):
    run, folder = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("elsewhere")
    return pack_models(folder, run, train, validation)


@pytest.fixture
def here(packed, tmp_path, monkeypatch):
    """Start in a fresh folder with packed models and a genome."""
    monkeypatch.chdir(tmp_path)
    for path in packed.iterdir():
        (tmp_path / path.name).symlink_to(path)
    write(tmp_path / "genome.vcf", make_genome())
    return tmp_path


@pytest.fixture
def coalflow(monkeypatch, capsys):
    """Return a function that runs the command, and returns what it prints."""

    def run(*words):
        monkeypatch.setattr("sys.argv", ["coalflow", *words])
        monkeypatch.setattr("gc.freeze", lambda: None)
        run_command()
        return capsys.readouterr().out

    return run


def refusal(coalflow, *words):
    with pytest.raises(SystemExit) as caught:
        coalflow(*words)
    assert isinstance(caught.value.code, str)  # printed to stderr; the exit code is 1
    return caught.value.code


def test_a_scan_and_its_page_again(coalflow, here):
    assert coalflow("scan", *GIVEN) == "The results are in results/net-genome\n"
    page = here / "results" / "net-genome" / "report.html"
    written = page.read_bytes()
    text = written.decode()
    assert 'id="answer"' in text
    assert "coalflow scan --model net.zip --genome genome.vcf --ancestral AA<" in text
    assert "flagel_tajimas_d of the run tiny" in text
    page.unlink()
    assert "report.html" in coalflow("report", "results/net-genome")
    assert page.read_bytes() == written
    page.parent.rename(here / "moved")
    assert coalflow("report", "moved") == "The page is moved/report.html\n"
    assert "--output moved" in (here / "moved" / "report.html").read_text()


def test_a_check_leaves_no_file(coalflow, here):
    before = sorted(here.rglob("*"))
    said = coalflow("check", *GIVEN, "--step", "1")
    assert sorted(here.rglob("*")) == before
    lines = said.splitlines()
    assert lines[0] == "The model can read genome.vcf."
    assert "  individuals: 3 of 3 are used" in lines
    assert any(line.startswith("  sites: ") and "on 2 contigs" in line for line in lines)
    assert "of which all were looked at" in said
    assert "Whether simulations fit is not known" in lines[-1]


def test_a_check_of_many_windows_looks_at_some(coalflow, here, monkeypatch):
    monkeypatch.setattr("coalflow.command.genome_check.MOST_WINDOWS", 20)
    monkeypatch.setattr("coalflow.genomes.scans.file_scan.NEIGHBOURS", 5)
    said = coalflow("check", *GIVEN, "--step", "1")
    (line,) = [line for line in said.splitlines() if line.startswith("Windows: ")]
    total, looked = (int(word) for word in line.replace(",", "").split() if word.isdigit())
    assert total > 50
    assert 10 <= looked <= 25


def test_what_cannot_be_used_is_one_line(coalflow, here):
    assert "did you mean scan?" in refusal(coalflow, "scna")
    assert refusal(coalflow) == (
        "error: name a command: scan, check, report; `coalflow --help` explains them"
    )
    assert "--gneome is not an option" in refusal(coalflow, "scan", "--gneome", "x")
    assert "--output is not an option" in refusal(coalflow, "check", *GIVEN, "--output", "x")
    assert "no.vcf" in refusal(coalflow, "check", "--model", "net.zip", "--genome", "no.vcf")
    assert "--ancestral is missing" in refusal(coalflow, "check", *GIVEN[:-2])
    assert "the folder of a scan" in refusal(coalflow, "report")
    assert "not the folder of a scan by a model alone" in refusal(coalflow, "report", ".")
    (here / "results").mkdir()
    assert list((here / "results").iterdir()) == []


def test_help_and_version(coalflow):
    usage = coalflow("--help")
    assert all(f"coalflow {name} " in usage for name in COMMANDS)
    assert coalflow("--version") == f"coalflow {read_version()}\n"
    assert coalflow("report", "--help") == usage
    for name in ("scan", "check"):
        with pytest.raises(SystemExit) as caught:
            coalflow(name, "--help")
        assert caught.value.code == 0


@pytest.mark.parametrize("name", ["scan", "check"])
def test_help_names_the_program(coalflow, capsys, name):
    with pytest.raises(SystemExit):
        coalflow(name, "--help")
    said = capsys.readouterr().out
    assert f"usage: coalflow {name} --model MODEL --genome FILE" in said
    assert f"coalflow {name} --model coalflow.zip" in said
    assert ("--output" in said) == (name == "scan")
