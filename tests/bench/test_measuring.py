import subprocess
import sys

import pytest

import measuring
from measuring import Mark, Row, Spread

WORK = "sum(range(3_000_000))"


def test_processor_time_of_calls_and_of_programs():
    idle = "import time; time.sleep(0.3)"
    ways = {
        "call": measuring.time_call(lambda: sum(range(3_000_000))),
        "program": measuring.time_command([sys.executable, "-S", "-c", WORK]),
        "call of a program": measuring.time_call(
            lambda: subprocess.run([sys.executable, "-S", "-c", WORK], check=True)
        ),
        "idle": measuring.time_call(lambda: subprocess.run([sys.executable, "-S", "-c", idle])),
    }
    times = measuring.time_rounds(ways, rounds=2, warm_up=1)
    assert {name: len(seconds) for name, seconds in times.items()} == dict.fromkeys(ways, 2)
    assert min(times["program"]) > 0.5 * max(times["call"]) > 0.01
    assert min(times["call of a program"]) > 0.5 * max(times["call"])
    assert max(times["idle"]) < 0.2


def test_ways_run_in_turn():
    ran = []
    ways = {name: lambda name=name: ran.append(name) or 1.0 for name in "ab"}
    measuring.time_rounds(ways, rounds=2, warm_up=1)
    assert "".join(ran) == "ababab"


def test_ratios_are_taken_within_rounds():
    times = {"coalflow": [1.0, 2.0, 4.0], "anchor": [2.0, 6.0, 4.0]}
    row = measuring.compare(
        "w", times, "coalflow", "anchor", amount=2, unit="ms", mark=Mark(">=", 2)
    )
    assert row.value == Spread(1000, 500, 2000)
    assert row.ratio == Spread(2, 1, 3)
    assert row.is_reached
    row = measuring.compare("w", times, "coalflow", amount=8, unit="windows/s")
    assert row.value == Spread(4, 2, 8)
    assert row.ratio is None and row.is_reached is None


@pytest.mark.parametrize(
    ("mark", "reached"),
    [
        (Mark("<=", 60, "value"), True),
        (Mark("<=", 50, "value"), False),
        (Mark(">=", 1.5), False),
    ],
)
def test_rows_are_read_as_they_were_written(tmp_path, capsys, mark, reached):
    rows = [Row("statistics", Spread(55, 50, 61), "s", "before", Spread(1.4, 1.3, 1.6), mark)]
    measuring.hand_over(rows, tmp_path / "rows.json", ["Keras: --keras was not given"])
    assert measuring.read_rows(tmp_path / "rows.json") == (rows, ["Keras: --keras was not given"])
    assert rows[0].is_reached is reached
    printed = capsys.readouterr().out
    assert "55 (50 to 61) s" in printed and "1.4 (1.3 to 1.6)" in printed
    assert printed.splitlines()[2].split("|")[-2].strip() == ("yes" if reached else "no")
    assert "not measured: Keras" in printed


def test_a_failing_program_is_no_measurement():
    with pytest.raises(subprocess.CalledProcessError):
        measuring.run_command([sys.executable, "-S", "-c", "raise SystemExit(1)"])


def test_servers_measure_on_their_own():
    bench = measuring.__file__.replace("/measuring.py", "")
    code = f"import sys; sys.path.append({bench!r}); import measuring; "
    server = measuring.Server([sys.executable, "-c", code + "measuring.serve({'a b': lambda: 7})"])
    assert server.names == ["a b"]
    assert measuring.time_rounds({"a": server.time("a b")}, rounds=1) == {"a": [7]}
    with pytest.raises(measuring.CannotRun):
        measuring.Server([sys.executable, "-c", "raise SystemExit(0)"])


def test_an_earlier_checkout_is_measured_with_its_own_library(tmp_path):
    """The bench is that of today."""
    for name, seconds in {"now": 1, "earlier": 2}.items():
        (tmp_path / name / "scripts").mkdir(parents=True)
        (tmp_path / name / "scripts" / "library.py").write_text(f"SECONDS = {seconds}")
    (tmp_path / "earlier/.venv/bin").mkdir(parents=True)
    (tmp_path / "earlier/.venv/bin/python").symlink_to(sys.executable)
    program = tmp_path / "bench.py"
    program.write_text(
        f"import sys\nsys.path += [{measuring.__file__[: -len('/measuring.py')]!r}, "
        f"{str(tmp_path / 'now/scripts')!r}]\n"
        "import library, measuring\n"
        "assert measuring.make_parser('A bench.').parse_args().serve\n"
        "measuring.serve({'a': lambda: library.SECONDS})"
    )
    assert measuring.start_before(tmp_path / "earlier", str(program)).time("a")() == 2
