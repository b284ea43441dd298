"""bench/all.py: all benches run, whatever becomes of each."""

import pathlib
import sys

import pytest

import all as benches
import measuring

BENCH = pathlib.Path(measuring.__file__).parent
GOOD = """
import sys; sys.path.append({bench!r})
from measuring import *
arguments = make_parser("A bench.").parse_args()
rows = [
    Row("fast", Spread(2, 1, 3), "ms", "msprime", Spread(1.5, 1.4, 1.6), Mark(">=", 1.5)),
    Row(f"from {arguments.before.name}", Spread(2, 2, 2), "s", mark=Mark("<=", 1, "value")),
]
hand_over(rows, arguments.output, ["Keras: --keras was not given"])
"""
BROKEN = "raise SystemExit(3)"
ENDLESS = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in place of the checkout, whose benches are those above."""
    (tmp_path / "bench").mkdir()
    monkeypatch.setattr(benches, "ROOT", tmp_path)
    listed = []
    for name, code, seconds in [
        ("broken", BROKEN, 60),
        ("endless", ENDLESS, 2),
        ("good", GOOD, 60),
    ]:
        code = code.replace("{bench!r}", repr(str(BENCH)))
        (tmp_path / "bench" / f"{name}.py").write_text(code)
        uses = ("before",) if name == "good" else ()
        listed.append(benches.Bench(name, f"Of the {name}", "Text.", seconds, uses=uses))
    monkeypatch.setattr(benches, "BENCHES", listed)
    return tmp_path


def run(monkeypatch, folder, *options):
    page = folder / "page.md"
    words = ["all.py", "--page", str(page), "--before", str(folder / "earlier"), *options]
    monkeypatch.setattr(sys, "argv", words)
    return benches.main(), page.read_text()


def test_what_fails_is_named_and_the_others_run(folder, monkeypatch):
    code, page = run(monkeypatch, folder)
    assert code == 1
    assert "**`bench/broken.py` failed with exit code 3.**" in page
    assert "**`bench/endless.py` stopped after 2 seconds.**" in page
    assert "not complete: `bench/broken.py`, `bench/endless.py`" in page
    assert "| fast" in page and "- Keras: --keras was not given" in page


def test_marks_that_were_not_reached_come_first(folder, monkeypatch):
    code, page = run(monkeypatch, folder, "--only", "good")
    assert code == 0
    assert "1 of 2 marks were reached; these were not:\n\n- from earlier\n" in page
    assert page.index("- from earlier") < page.index("## Of the good")
    assert "broken" not in page


def test_the_machine_is_described():
    machine = benches.describe_machine()
    assert all(machine.values())
    assert "torch " in machine["versions"] and "Python " in machine["versions"]


def test_all_take_twenty_five_minutes_and_a_gpu_eight_more():
    seconds = {bench.program: bench.seconds for bench in benches.BENCHES}
    assert all((BENCH / f"{name}.py").exists() for name in seconds)
    assert seconds.pop("gpu") <= 8 * 60
    assert sum(seconds.values()) <= 25 * 60
