"""Config files that cannot be read end with one line, also those that Snakemake reads first."""

import os
import pathlib
import subprocess
import sys

import pytest

from coalflow.config.sources import check_command_line, read_sources
from coalflow.core.errors import CoalflowError

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOMB = "\n".join(
    [
        "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]",
        *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 20)),
    ]
)
# What is in a file, and what is said of it after its name.
UNUSABLE = {
    "utf-16": ("run: a\n".encode("utf-16"), ": is in UTF-16: save it as UTF-8"),
    "latin-1": ("run: é\n".encode("latin-1"), ": byte 5 (0xe9, in line 1) is not UTF-8"),
    "binary": (b"run: a\n\0", ": line 2 has a zero byte, so it is not a config"),
    "empty": (b"# nothing\n", ": is not a config, which has keys such as run and simulation"),
    "list": (b"[1, 2]\n", ": is not a config, which has keys such as run and simulation"),
    "text": (b"hello\n", ": is not a config, which has keys such as run and simulation"),
    "no yaml": (b"a: 1\nb: [\nc: }", ":3: this is not YAML"),
    "tabs": (b"run:\n\ta: 1\n", ":2: this is not YAML"),
    "two documents": (b"run: a\n---\nseed: 1\n", ":2: this is not YAML"),
    "nested": (b"run: " + b"[" * 3000 + b"]" * 3000, ": is nested more than 40 levels deep"),
    "nested json": (b'{"run": ' * 3000 + b"1" + b"}" * 3000, ": is nested more than 40 levels"),
    "nested less": (b"run: a\nx: " + b"[" * 50 + b"]" * 50, ":2: is nested more than 40 levels"),
    "recursive list": (b"run: &a [*a]\n", ":1: has an anchor that contains itself"),
    "recursive keys": (b"run: &a {b: *a}\n", ":1: has an anchor that contains itself"),
    "exploding": (BOMB.encode(), ": has more than 200,000 values, with those that aliases repeat"),
    "large": (b"# " + b"a" * 1_000_000, ": has 1,000,002 bytes, but a config can have 1,000,000"),
    "date": (b"run: 2001-99-01\n", ":1: run is 2001-99-01, which YAML reads as a date"),
    "digits": (b"seed: " + b"9" * 5000, ":1: seed is a number of 5,000 digits"),
    "tag": (b"run: !mine a\n", ":1: run has the tag !mine: delete it"),
    "null key": (b"~: 1\n", ":1: ~ is a name that YAML does not read as text"),
    "list key": (b"run: {[1]: 1}\n", ":1: run has a key that is not text"),
    "repeated in json": (b'{"run": "a",\t"run": "b"}', ":1: run is given a second time"),
}


def refusal(*files):
    """Return what is said of files before Snakemake reads them."""
    with pytest.raises(CoalflowError) as caught:
        read_sources(files, {})
    with pytest.raises(SystemExit) as left:
        check_command_line(["-n", "--configfile", *map(str, files), "--cores", "1"])
    assert str(left.value) == f"error: {caught.value}"
    return str(caught.value)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("content", "complaint"), UNUSABLE.values(), ids=list(UNUSABLE))
def test_a_file_that_cannot_be_used(tmp_path, content, complaint):
    file = tmp_path / "mine.yaml"
    file.write_bytes(content)
    message = refusal(file)
    assert f"{file}{complaint}" in message
    assert len(message.splitlines()) <= 2


@pytest.mark.timeout(20)
def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    found = [refusal(path) for path in (tmp_path / "none", tmp_path, tmp_path / "pipe")]
    assert [message.split(": ")[1] for message in found] == [
        "there is no such file",
        "is a folder, not a file",
        "is a pipe, not a file",
    ]
    assert "device" in refusal("/dev/zero")


def test_values_in_json_are_what_they_look_like(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text('{\n"run":\t"010", "seed": 1e-08, "x": {"NO": "yes", "1": "2001-01-01"}}')
    (source,) = read_sources([file], {}).files
    assert source.find(("x", "NO"))[0] == 2


def test_the_command_line_names_the_config_files(tmp_path, monkeypatch):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("seed: 1\n")
    bad.write_text("seed: 010\n")
    monkeypatch.chdir(tmp_path)
    check_command_line(["-n", "--config", "seed=010"])
    check_command_line(["--configfile", "good.yaml", "-n"])
    for words in (["--config", "seed"], ["-C", "run=a", "=5"], ["--config", "1a=5"]):
        with pytest.raises(SystemExit, match="write a key and its value, such as seed=2"):
            check_command_line(words)
    for words in (
        ["--configfile", "bad.yaml"],
        ["--configfile=bad.yaml", "--cores", "1"],
        ["--configfiles", "good.yaml", "bad.yaml", "-n"],
    ):
        with pytest.raises(SystemExit, match=r"bad\.yaml:1: seed is 010, which YAML reads as 8"):
            check_command_line(words)
    with pytest.raises(SystemExit, match="Is it a target. Write it before --configfile"):
        check_command_line(["--configfile", "good.yaml", "check"])
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text("[")
    with pytest.raises(SystemExit, match="this is not YAML"):
        check_command_line(["-n"])
    # A model alone is scanned with without a config.
    check_command_line(["scan", "--config", "model=net.zip", "genome=mine.vcf"])
    for words in (["scan"], ["scan", "-n", "--config", "genome=mine.vcf"]):
        with pytest.raises(SystemExit, match=r"name both, as in --config model=net\.zip"):
            check_command_line(words)


@pytest.mark.parametrize("profile", ["default", "slurm"])
def test_the_profiles_look_first(tmp_path, profile):
    """Snakemake alone would show a traceback."""
    (tmp_path / "mine.yaml").write_text("run: &a {b: *a}\n")
    options = ["-s", ROOT / "Snakefile", "--workflow-profile", ROOT / "profiles" / profile]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n", *options, "--configfile", "mine.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "error: mine.yaml:1: has an anchor that contains itself" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
