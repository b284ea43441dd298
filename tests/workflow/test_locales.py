"""Text is UTF-8 wherever coalflow runs, and whatever cannot be shown is shown by escapes."""

import ast
import os
import shutil
import subprocess

import pytest
from helpers.workflow import RESULTS, ROOT, command, overlay

CELL = "history=constant+population_size=10000"
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
GERMAN = "de_DE.ISO-8859-1"


@pytest.fixture(params=["ascii", "latin-1"])
def locale(request, tmp_path_factory):
    """Return the variables of a locale that is not UTF-8."""
    if request.param == "ascii":
        return ASCII
    folder = tmp_path_factory.mktemp("locale")
    if shutil.which("localedef") is None:
        pytest.skip("no locale can be made here")
    make = ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(folder / GERMAN)]
    if subprocess.run(make, check=False, capture_output=True).returncode > 1:
        pytest.skip("the source of the locale is not installed")
    return {**ASCII, "LC_ALL": GERMAN, "LOCPATH": str(folder)}


def run_in(locale, folder, *arguments, configs):
    return subprocess.run(
        command(*arguments, configs=configs),
        cwd=folder,
        env={**os.environ, **locale},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def test_rules_and_programs_run_in_any_locale(fresh, locale):
    """The dry run reads all programs and templates, of which some have other letters."""
    (fresh / "words.yaml").write_text("# Größe, θ\nseed: 7\n", encoding="utf-8")
    configs = ["tiny.yaml", "words.yaml"]
    done = run_in(locale, fresh, "--dry-run", configs=configs)
    assert done.returncode == 0, done.stdout
    targets = [str(RESULTS / name) for name in ("observation.json", f"shards/{CELL}/00000.npz")]
    done = run_in(locale, fresh, *targets, configs=configs)
    assert done.returncode == 0, done.stdout
    assert b"Logging error" not in done.stdout


def test_a_name_that_the_locale_has_not_is_one_message_with_what_to_do(fresh, locale):
    name = "größe_θ.vcf"
    (fresh / name).write_text("##fileformat=VCFv4.2\n")
    configs = overlay(fresh, "named.yaml", genomes={"mine": {"path": name}})
    done = run_in(locale, fresh, "--dry-run", configs=configs)
    assert done.returncode == 1
    assert b"genomes.mine.path is 'gr" in done.stdout
    assert b"start Snakemake with LC_ALL=C.UTF-8" in done.stdout
    assert b"Traceback" not in done.stdout


# What opens text by the locale unless it is told otherwise.
OPENERS = {"open", "read_text", "write_text", "TextIOWrapper", "NamedTemporaryFile", "fdopen"}
# Modules, and zip files by their names, whose files are bytes.
BYTES = ("os", "gzip", "archive", "_archive", "packed", "pyBigWig")


def opens_by_locale(node):
    """Tell whether a call opens a file as text without saying how its text is encoded."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in OPENERS or any(word.arg == "encoding" for word in node.keywords):
        return False
    owner = getattr(function, "value", None)
    owner = getattr(owner, "id", getattr(owner, "attr", ""))
    if owner in BYTES:  # unless the mode says text
        return any(isinstance(each, ast.Constant) and each.value == "rt" for each in node.args)
    values = [*node.args, *(word.value for word in node.keywords)]
    return not any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and "b" in each.value
        for each in values
    )


@pytest.mark.parametrize(
    ("source", "by_locale"),
    [
        ("open(path)", True),
        ("path.open('w', newline='')", True),
        ("path.read_text()", True),
        ("path.write_text(text)", True),
        ("gzip.open(path, 'rt')", True),
        ("open(path, 'rb')", False),
        ("open(path, mode='wb')", False),
        ("gzip.open(path)", False),
        ("path.read_text(encoding='utf-8')", False),
    ],
)
def test_what_opens_by_the_locale_is_found(source, by_locale):
    assert opens_by_locale(ast.parse(source).body[0].value) == by_locale


def test_every_text_file_is_opened_as_utf_8():
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for folder in ("scripts", "tools", "bench", "validation")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and opens_by_locale(node)
    ]
    assert found == []
