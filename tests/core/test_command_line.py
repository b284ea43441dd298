"""Programs by hand: what they are given, and what they say when that is wrong."""

import pathlib
import subprocess
import sys

import pytest

from coalflow.config.fields.section import Section
from coalflow.core.command_line import parse_arguments

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


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_explains_how_it_is_used(program):
    done = subprocess.run(
        [sys.executable, SCRIPTS / f"{program}.py", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--settings" in done.stdout
    assert done.stderr == ""
