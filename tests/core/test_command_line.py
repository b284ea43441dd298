"""Programs by hand: what they are told, and what they say when told wrongly."""

import pathlib
import subprocess
import sys

import pytest

from coalflow.core.command_line import parse_arguments

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
PROGRAMS = sorted(p.stem for p in SCRIPTS.glob("*.py") if p.stem != "document_config")


def parsed(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["program", *words])
    return parse_arguments(
        "A program.", settings="a number", output="the file", by_cell="another file"
    )


def test_settings_come_as_a_dict_and_files_as_paths(monkeypatch):
    words = ["--settings", '{"a": 1}', "--output", "x/y.tsv", "--by-cell", "z"]
    arguments = parsed(monkeypatch, *words)
    assert arguments.settings == {"a": 1}
    assert arguments.output == pathlib.Path("x/y.tsv")
    assert arguments.by_cell == pathlib.Path("z")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--settings", "{", "--output", "x", "--by-cell", "y"], "--settings: is no JSON"),
        (["--settings", "3", "--output", "x", "--by-cell", "y"], "--settings: is no JSON object"),
        (["--settings", "{}", "--output", "x"], "required: --by-cell"),
    ],
)
def test_wrong_arguments_get_one_line(monkeypatch, capsys, words, complaint):
    with pytest.raises(SystemExit) as caught:
        parsed(monkeypatch, *words)
    assert caught.value.code == 2
    assert complaint in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_tells_how_it_is_used(program):
    done = subprocess.run(
        [sys.executable, SCRIPTS / f"{program}.py", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--settings" in done.stdout
    assert done.stderr == ""
