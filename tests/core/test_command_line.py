"""Programs by hand: what they are given, and what they say when that is wrong."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from coalflow.config.fields.section import Section
from coalflow.core.command_line import parse_arguments, shorten_settings
from coalflow.core.errors import CoalflowError

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
PROGRAMS = sorted(p.stem for p in SCRIPTS.glob("*.py") if p.stem != "document_config")


class Settings(Section):
    seed: int
    cells: tuple[str, ...] = ()


FILES = ["--output", "x", "--by-cell", "y"]


def parse(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["program", *words])
    return parse_arguments(
        "A program.",
        Settings,
        output="the file",
        by_cell="another file",
        optional={"log": "a third file"},
        numbers={"processes": "how many"},
    )


def test_settings_come_typed_files_as_paths_and_numbers_as_numbers(monkeypatch):
    text = '{"seed": 1, "cells": ["a", "b"], "code": "328d091e6897743c"}'
    words = ["--settings", text, "--output", "x/y.tsv", "--by-cell", "z"]
    arguments = parse(monkeypatch, *words)
    assert arguments.settings == Settings(seed=1, cells=("a", "b"))
    assert arguments.output == pathlib.Path("x/y.tsv")
    assert arguments.by_cell == pathlib.Path("z")
    assert (arguments.log, arguments.processes) == (None, 0)
    arguments = parse(monkeypatch, *words, "--log", "w", "--processes", "2")
    assert (arguments.log, arguments.processes) == (pathlib.Path("w"), 2)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--settings", "{", *FILES], "--settings: is not JSON"),
        (["--settings", 5000 * "[", *FILES], "--settings: is nested too deeply"),
        (["--settings", "3", *FILES], "--settings: is not a JSON object"),
        (["--settings", "{}", *FILES], "--settings: does not hold what this program needs"),
        (["--settings", "{}", *FILES], "seed Field required"),
        (["--settings", '{"seed": "1"}', *FILES], "seed Input should be a valid integer"),
        (["--settings", '{"seed": 1, "sede": 2}', *FILES], "sede Extra inputs are not permitted"),
        (["--settings", '{"seed": 1}', "--output", "x"], "required: --by-cell"),
    ],
)
def test_wrong_arguments_get_one_line(monkeypatch, capsys, words, complaint):
    with pytest.raises(SystemExit) as caught:
        parse(monkeypatch, *words)
    assert caught.value.code == 2
    assert complaint in capsys.readouterr().err.splitlines()[-1]


def make_text(count, seed=1):
    return json.dumps({"seed": seed, "cells": [f"cell {index} '" for index in range(count)]})


def test_short_settings_stay_text(tmp_path):
    assert shorten_settings(make_text(3), str(tmp_path), write=True) == make_text(3)
    assert list(tmp_path.iterdir()) == []


def test_long_settings_are_in_a_file_of_another_name_for_each(monkeypatch, tmp_path):
    folder, text = str(tmp_path / "settings"), make_text(20_000)
    given = shorten_settings(text, folder, write=False)
    assert not (tmp_path / "settings").exists()
    assert shorten_settings(text, folder, write=True) == given
    assert given != shorten_settings(make_text(20_000, seed=2), folder, write=False)
    arguments = parse(monkeypatch, "--settings", given, *FILES)
    assert arguments.settings == Settings.model_validate_json(text)
    file = pathlib.Path(given.removeprefix("@"))
    assert list(file.parent.iterdir()) == [file]
    written = file.stat().st_mtime_ns
    assert shorten_settings(text, folder, write=True) == given
    assert file.stat().st_mtime_ns == written


def test_what_a_shell_is_given_counts_with_its_quotes(tmp_path):
    """A quote in a text becomes five characters."""
    text = json.dumps({"names": "'" * 30_000})
    assert shorten_settings(text, str(tmp_path), write=False).startswith("@")


def test_a_damaged_file_of_settings_is_refused(monkeypatch, tmp_path):
    given = shorten_settings(make_text(20_000), str(tmp_path), write=True)
    file = pathlib.Path(given.removeprefix("@"))
    file.write_text(file.read_text().replace("cell 7", "cell 8", 1))
    with pytest.raises(CoalflowError, match="is not as it was written, but damaged. Delete it"):
        parse(monkeypatch, "--settings", given, *FILES)
    file.unlink()
    with pytest.raises(CoalflowError, match="there is no such file. Start Snakemake again"):
        parse(monkeypatch, "--settings", given, *FILES)


# One process for all, as most of the time is that of importing the same packages.
HELP = """
import contextlib, io, json, runpy, sys
said = {}
for path in sys.argv[1:]:
    streams = io.StringIO(), io.StringIO()
    sys.argv = [path, "--help"]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            said[path] = [end.code, *(stream.getvalue() for stream in streams)]
print(json.dumps(said))
"""


def test_every_program_explains_how_it_is_used():
    paths = [str(SCRIPTS / f"{program}.py") for program in PROGRAMS]
    done = subprocess.run(
        [sys.executable, "-c", HELP, *paths],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert list(said) == paths
    for path, (code, output, errors) in said.items():
        # One is for people, and has plain options.
        option = "--model" if path.endswith("scan_genome.py") else "--settings"
        assert (code, option in output, errors) == (0, True, ""), path
