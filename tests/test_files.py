"""Files are whole or not there; mistakes of the user and the world are one line."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from coalflow.errors import CoalflowError, run_program
from coalflow.files import Room, remove_unfinished, replacing, write_json, write_table

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "scripts"


def python(code, *arguments):
    """Run code in a Python of its own that finds coalflow."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    )


# Files ---------------------------------------------------------------------------------------


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path):
    (tmp_path / ".writing-123-checkpoint.pt").write_text("half")
    (tmp_path / "card.json").write_text("{}")
    remove_unfinished(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]


def test_the_new_file_takes_the_place_of_the_old(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("old")
    with replacing(file) as temporary:
        temporary.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(file) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_after_an_error_there_is_no_file_where_there_was_none(tmp_path):
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "table.tsv") as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_wrote_nothing_leaves_the_old_file(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(file):
        pass
    assert file.read_text() == "old"


def test_after_a_kill_the_old_file_is_whole(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("old")
    code = """
import os, signal, sys
from coalflow.files import replacing
with replacing(sys.argv[1]) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert python(code, file).returncode != 0
    assert file.read_text() == "old"


def test_folders_are_made(tmp_path):
    file = tmp_path / "a" / "b" / "table.tsv"
    with replacing(str(file)) as temporary:
        temporary.write_text("new")
    assert file.read_text() == "new"


def test_the_temporary_file_is_of_the_same_kind_in_the_same_folder(tmp_path):
    """Writers tell the format from the suffix; a file moves at once only within a disk."""
    file = tmp_path / "genome.vcf.gz"
    with replacing(file) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffixes[-2:] == [".vcf", ".gz"]
        assert temporary != file
        temporary.write_text("new")


def test_two_processes_do_not_write_into_one_temporary_file(tmp_path, monkeypatch):
    with replacing(tmp_path / "a.tsv") as mine:
        mine.write_text("mine")
        monkeypatch.setattr(os, "getpid", lambda: 1)
        with replacing(tmp_path / "a.tsv") as other:
            other.write_text("other")
        assert mine.read_text() == "mine"


def test_json_keeps_the_order_of_keys_and_ends_its_line(tmp_path):
    write_json(tmp_path / "card.json", {"b": 1, "a": [2.5]})
    text = '{\n  "b": 1,\n  "a": [\n    2.5\n  ]\n}\n'
    assert (tmp_path / "card.json").read_text() == text


def test_json_without_nan(tmp_path):
    file = tmp_path / "card.json"
    write_json(file, {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(file, {"a": float("nan")})
    assert file.read_text() == '{\n  "a": 1\n}\n'
    assert list(tmp_path.iterdir()) == [file]


def test_tables_have_ten_digits_and_nan_where_nothing_is(tmp_path):
    table = pd.DataFrame(
        {
            "name": ["a", "b", None, "d e"],
            "number": [0.1 + 0.2, 1 / 3, float("nan"), 1.5e-8],
            "count": [1, 20, 300, 12345678901],
        }
    )
    write_table(tmp_path / "folder" / "table.tsv", table)
    assert (tmp_path / "folder" / "table.tsv").read_text() == (
        "name\tnumber\tcount\n"
        "a\t0.3\t1\n"
        "b\t0.3333333333\t20\n"
        "nan\tnan\t300\n"
        "d e\t1.5e-08\t12345678901\n"
    )


def test_noise_in_the_last_digits_does_not_change_a_table(tmp_path):
    for name, noise in (("one", 1e-15), ("other", -1e-15)):
        write_table(tmp_path / name, pd.DataFrame({"x": [0.123456789 + noise]}))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


# Errors --------------------------------------------------------------------------------------

PROGRAM = """
import sys
from coalflow.errors import CoalflowError, run_program

def main():
    {body}

run_program(main)
print("after", file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("raise CoalflowError('no shard')", "error: no shard"),
        (
            "open('no/such/file')",
            "error: [Errno 2] No such file or directory: 'no/such/file'",
        ),
        (
            "raise OSError(28, 'No space left on device')",
            "error: [Errno 28] No space left on device",
        ),
    ],
)
def test_bad_input_and_a_bad_world_are_one_line_and_exit_code_1(body, line):
    done = python(PROGRAM.format(body=body))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [line]
    assert done.stdout == ""


def test_a_program_without_errors_goes_on_and_ends_with_0():
    done = python(PROGRAM.format(body="pass"))
    assert (done.returncode, done.stderr) == (0, "after\n")


def test_a_bug_keeps_its_traceback():
    done = python(PROGRAM.format(body="{}['key']"))
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert done.stderr.endswith("KeyError: 'key'\n")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_other_errors_pass_through(error):
    def main():
        raise error

    with pytest.raises(error):
        run_program(main)


def test_an_error_of_coalflow_is_no_error_of_python():
    """So that no `except ValueError` swallows it."""
    assert CoalflowError.__bases__ == (Exception,)


def test_large_arrays_stay_on_disk_without_a_name(tmp_path):
    room = Room(80, tmp_path / "model")
    small, large = room.empty((10,), np.float64), room.empty((11, 1), np.float64)
    assert not isinstance(small, np.memmap)
    assert isinstance(large, np.memmap)
    assert list((tmp_path / "model").iterdir()) == []
    large[:] = np.arange(11)[:, None]
    assert large.shape == (11, 1)
    assert large.sum() == 55
