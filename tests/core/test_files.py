"""Files are whole or not there, and refused where they are damaged."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from coalflow.core.errors import CoalflowError
from coalflow.core.files import (
    Room,
    read_json,
    remove_unfinished,
    replace_atomically,
    write_json,
    write_table,
)
from coalflow.core.parquet import read_parquet, write_parquet
from coalflow.models.recipe_trials import read_changes
from coalflow.windows.observation import read_observation

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


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


WRITE_FOR_LONG = """
import os, sys, time
from coalflow.core.files import replace_atomically
with replace_atomically(sys.argv[1]) as temporary:
    temporary.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def start_writer(file):
    """Start a process that is in the middle of writing a file."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_LONG, str(file)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
    )
    assert writer.stdout.readline() == b"writing\n"
    return writer


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path):
    (tmp_path / "card.json").write_text("{}")
    killed, alive = start_writer(tmp_path / "net" / "a.json"), start_writer(tmp_path / "b.json")
    remove_unfinished(tmp_path)
    assert len(list(tmp_path.rglob(".writing-*"))) == 2
    killed.kill()
    killed.wait()
    remove_unfinished(tmp_path)
    (left,) = tmp_path.rglob(".writing-*")
    assert left.name.endswith("-b.json")
    assert (tmp_path / "card.json").exists()
    alive.kill()
    alive.wait()
    remove_unfinished(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["card.json"]


@pytest.mark.parametrize(("hours", "stays"), [(0, True), (23, True), (25, False)])
@pytest.mark.parametrize("writer", ["0a1b2c3d-{pid}-", "123-", ""])
def test_what_another_machine_writes_stays_for_a_day(tmp_path, writer, hours, stays):
    """Of its processes nothing is known, whatever their ids are here."""
    file = tmp_path / f".writing-{writer.format(pid=2**22 + 1)}card.json"
    file.write_text("half")
    then = time.time() - 3600 * hours
    os.utime(file, (then, then))
    remove_unfinished(tmp_path)
    assert file.exists() == stays


def test_what_cannot_be_removed_stays(tmp_path, monkeypatch):
    writer = start_writer(tmp_path / "a.json")
    writer.kill()
    writer.wait()

    def refuse(path, missing_ok=False):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(pathlib.Path, "unlink", refuse)
    remove_unfinished(tmp_path)
    remove_unfinished(tmp_path / "none")


def test_the_new_file_takes_the_place_of_the_old(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("old")
    with replace_atomically(file) as temporary:
        temporary.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("old")
    with pytest.raises(ZeroDivisionError), replace_atomically(file) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_after_an_error_there_is_no_file_where_there_was_none(tmp_path):
    with pytest.raises(ZeroDivisionError), replace_atomically(tmp_path / "table.tsv") as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_wrote_nothing_leaves_the_old_file(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("old")
    with pytest.raises(FileNotFoundError), replace_atomically(file):
        pass
    assert file.read_text() == "old"


def test_after_a_kill_the_old_file_is_whole(tmp_path):
    file = tmp_path / "table.tsv"
    file.write_text("old")
    code = """
import os, signal, sys
from coalflow.core.files import replace_atomically
with replace_atomically(sys.argv[1]) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert python(code, file).returncode != 0
    assert file.read_text() == "old"


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    """After a power cut a name can be there before what was written under it."""
    file, names_at_sync = tmp_path / "table.tsv", []
    monkeypatch.setattr(os, "fsync", lambda _: names_at_sync.append(file.exists()))
    with replace_atomically(file) as temporary:
        temporary.write_text("new")
    assert names_at_sync == [False]


def test_folders_are_made(tmp_path):
    file = tmp_path / "a" / "b" / "table.tsv"
    with replace_atomically(str(file)) as temporary:
        temporary.write_text("new")
    assert file.read_text() == "new"


def test_the_temporary_file_is_of_the_same_kind_in_the_same_folder(tmp_path):
    """Writers tell the format from the suffix; a file moves at once only within a disk."""
    file = tmp_path / "genome.vcf.gz"
    with replace_atomically(file) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffixes[-2:] == [".vcf", ".gz"]
        assert temporary != file
        temporary.write_text("new")


def test_two_processes_do_not_write_into_one_temporary_file(tmp_path, monkeypatch):
    with replace_atomically(tmp_path / "a.tsv") as mine:
        mine.write_text("mine")
        monkeypatch.setattr(os, "getpid", lambda: 1)
        with replace_atomically(tmp_path / "a.tsv") as other:
            other.write_text("other")
        assert mine.read_text() == "mine"


def test_json_keeps_the_order_of_keys_and_ends_its_line(tmp_path):
    write_json(tmp_path / "card.json", {"b": 1, "a": [2.5]})
    text = (tmp_path / "card.json").read_text()
    assert text.startswith('{\n  "b": 1,\n  "a": [\n    2.5\n  ],\n  "sha256": "')
    assert text.endswith('"\n}\n')
    assert read_json(tmp_path / "card.json") == {"b": 1, "a": [2.5]}


def test_json_without_nan(tmp_path):
    file = tmp_path / "card.json"
    write_json(file, {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(file, {"a": float("nan")})
    assert read_json(file) == {"a": 1}
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


def test_no_text_of_a_table_is_a_formula_to_a_spreadsheet(tmp_path):
    texts = [
        "=cmd|' /C calc'!A0",
        "+chr1",
        "-chr1",
        "@SUM(A1)",
        "chr=1",
        "'quoted",
        "-1.5",
        "+1e-8",
    ]
    write_table(tmp_path / "a.tsv", pd.DataFrame({"contig": texts, "start": -1, "value": -0.5}))
    rows = [line.split("\t") for line in (tmp_path / "a.tsv").read_text().splitlines()[1:]]
    assert [contig for contig, *_ in rows] == [
        *("'" + text for text in texts[:4]),
        *texts[4:],
    ]
    assert {tuple(others) for _, *others in rows} == {("-1", "-0.5")}


def test_names_with_tabs_and_newlines_stay_in_their_cells(tmp_path):
    table = pd.DataFrame({"name": ["a\tb", "a\nb", 'a"b', "\tb"], "x": [1, 2, 3, 4]})
    write_table(tmp_path / "a.tsv", table)
    read = pd.read_csv(tmp_path / "a.tsv", sep="\t")
    assert read["name"].tolist() == ["a\tb", "a\nb", 'a"b', "'\tb"]
    assert read["x"].tolist() == [1, 2, 3, 4]


def test_noise_in_the_last_digits_does_not_change_a_table(tmp_path):
    for name, noise in (("one", 1e-15), ("other", -1e-15)):
        write_table(tmp_path / name, pd.DataFrame({"x": [0.123456789 + noise]}))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


# Damage --------------------------------------------------------------------------------------


def flips(content, every):
    """Yield copies of bytes with one bit flipped, every few bits."""
    for bit in range(0, 8 * len(content), every):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        yield bytes(damaged)


def outcomes(path, read, contents, whole):
    """Return what came of reading each of these contents: refused, unchanged or changed."""
    found = []
    for content in contents:
        path.write_bytes(content)
        try:
            found.append("unchanged" if read(path) == whole else "changed")
        except CoalflowError as error:
            assert str(path) in str(error)
            assert "Delete it" in str(error)
            found.append("refused")
    return found


@pytest.fixture
def table():
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {"cell": ["a", "b"] * 50, "seed": np.arange(100, dtype=np.uint64), "d": random.random(100)}
    )


def test_a_table_in_parquet_is_read_by_all_and_checked_by_us(tmp_path, table):
    write_parquet(tmp_path / "a.parquet", table)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), table)
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "a.parquet"), table)


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"\x00\x01\x00\x00PAR1", b"\xff" * 300]
)
def test_a_table_of_another_kind_with_a_right_digest_is_refused(tmp_path, content):
    path = tmp_path / "a.parquet"
    footer = max(len(content) - 8 - int.from_bytes(content[-8:-4], "little"), 0)
    digest = hashlib.sha256(content).digest()
    path.write_bytes(content[:footer] + digest + content[footer:])
    with pytest.raises(CoalflowError, match=r"a.parquet: is not as it was written"):
        read_parquet(path)


def test_a_table_without_a_column_is_refused(tmp_path, table):
    path = tmp_path / "a.parquet"
    write_parquet(path, table)
    assert len(read_parquet(path, ["seed", "cell"])) == 100
    with pytest.raises(CoalflowError, match=r"a.parquet: is not as it was written"):
        read_parquet(path, ["seed", "split"])


def test_a_bit_flipped_in_a_table_is_refused(tmp_path, table):
    path = tmp_path / "a.parquet"
    write_parquet(path, table)
    found = outcomes(path, read_parquet, flips(path.read_bytes(), every=101), None)
    assert len(found) > 200
    assert set(found) == {"refused"}


def test_a_bit_flipped_in_json_is_refused_or_changes_nothing(tmp_path):
    path, whole = tmp_path / "a.json", {"rate": 1.5e-8, "order": ["EUR", "AFR"], "n": 20}
    write_json(path, whole)
    found = outcomes(path, read_json, flips(path.read_bytes(), every=7), whole)
    assert "changed" not in found
    assert found.count("unchanged") < 5  # 1.5e-08 is 1.5E-08


def test_tables_and_json_that_were_cut_off_are_refused(tmp_path, table):
    write_parquet(tmp_path / "a.parquet", table)
    write_json(tmp_path / "a.json", {"rate": 1.5e-8})
    for path, read in ((tmp_path / "a.parquet", read_parquet), (tmp_path / "a.json", read_json)):
        content = path.read_bytes()
        cut = [content[:length] for length in range(0, len(content) - 1, 29)]
        assert set(outcomes(path, read, cut, None)) == {"refused"}
        path.unlink()
        with pytest.raises(CoalflowError, match="there is no such file. Start Snakemake again"):
            read(path)


def test_json_that_is_not_a_file_or_nested_too_deeply_or_too_large_is_refused(tmp_path):
    """A pipe to which nobody writes would be waited for, without end."""
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "deep.json").write_text('{"a":' + 10_000 * "[" + 10_000 * "]" + "}")
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(10**9)
    for name in ("pipe", "folder", "deep", "large"):
        with pytest.raises(CoalflowError, match=rf"{name}.json: is not as it was written"):
            read_json(tmp_path / f"{name}.json")
    for name in ("pipe", "folder"):
        with pytest.raises(CoalflowError, match=rf"{name}.json: is not as it was written"):
            read_parquet(tmp_path / f"{name}.json")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"other": 1}, lambda path: read_observation(path)),
        ({"observation": 3}, lambda path: read_observation(path)),
        ({"observation": {"phased": "maybe"}}, lambda path: read_observation(path)),
        ({"changes": []}, lambda path: read_changes(path.parents[1], 0, 1)),
        ({"changes": 3}, lambda path: read_changes(path.parents[1], 0, 1)),
        ({"other": 3}, lambda path: read_changes(path.parents[1], 0, 1)),
    ],
)
def test_a_file_of_something_else_with_a_right_digest_is_refused(tmp_path, written, read):
    path = tmp_path / "recipes" / "0.json"
    write_json(path, written)
    with pytest.raises(CoalflowError, match=r"recipes/0.json: is not as it was written"):
        read(path)


# Full disks ----------------------------------------------------------------------------------

ON_A_SMALL_DISK = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
SMALL_DISK = 'mount -t tmpfs -o size=256k tmpfs "$1" && cd "$1" && shift && exec "$@"'
WRITERS = """
import pathlib
import matplotlib.pyplot as plt
import msprime
import numpy as np
import pandas as pd
from coalflow.config.schema.samples import Samples
from coalflow.core import errors, files, parquet
from coalflow.genomes import vcf_writer
from coalflow.report.figures import drawing
from coalflow.windows import shards

numbers = np.random.default_rng(1).random(50_000)
trees = msprime.sim_ancestry(20, sequence_length=1e6, population_size=1e4, random_seed=1)
trees = msprime.sim_mutations(
    trees, rate=1e-8, random_seed=1, model=msprime.BinaryMutationModel()
)
meta = shards.ShardMeta(cell="a", samples=Samples.from_config(20, 2))
shard = shards.ShardWriter()
for number in range(100):
    shard.add(trees, number, number)
noise = plt.figure(figsize=(15, 15))
noise.add_subplot().imshow(numbers.reshape(200, 250))


def vcf_on_a_disk_that_has_room_for(size):
    # Next to it is the file that is compressed, so this one must be written when that one is.
    with open("other", "wb") as other:
        other.write(b"x" * (256 * 1024 - size))
    try:
        vcf_writer.write_vcf(trees, "a.vcf.gz")
    finally:
        pathlib.Path("other").unlink()


with open("plain.vcf", "w") as file:
    vcf_writer._name_bases(trees).write_vcf(file)
plain = pathlib.Path("plain.vcf").stat().st_size
pathlib.Path("plain.vcf").unlink()

for write in (
    lambda: files.write_json("a.json", {"a": numbers.tolist()}),
    lambda: files.write_table("a.tsv", pd.DataFrame({"a": numbers})),
    lambda: parquet.write_parquet("a.parquet", pd.DataFrame({"a": numbers})),
    lambda: files.Room(0, ".").allocate((50_000,), float).fill(1),
    lambda: shard.write("a.npz", {}, meta),
    lambda: drawing.save_figure(noise, "a.png"),
    lambda: vcf_on_a_disk_that_has_room_for(plain // 2),
    lambda: vcf_on_a_disk_that_has_room_for(plain + 8192),
):
    try:
        write()
        print("written")
    except errors.CoalflowError as error:
        print(error, sorted(path.name for path in pathlib.Path().rglob("*")))
"""


def test_a_full_disk_is_one_message_and_leaves_nothing(tmp_path):
    """One program for all that write; the last is where htslib says nothing."""
    if shutil.which("unshare") is None or subprocess.run([*ON_A_SMALL_DISK, "true"]).returncode:
        pytest.skip("only Linux can mount a small disk, where it may")
    done = subprocess.run(
        [*ON_A_SMALL_DISK, SMALL_DISK, "sh", tmp_path, sys.executable, "-c", WRITERS],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    names = ["a.json", "a.tsv", "a.parquet", ".", "a.npz", "a.png", "a.vcf.gz", "a.vcf.gz"]
    said = "{}: cannot be written, the disk is full. Make room and start Snakemake again: "
    expected = [f"{said.format(name)}what is done is kept []" for name in names]
    assert done.stdout.splitlines() == expected, done.stderr


def test_large_arrays_stay_on_disk_without_a_name(tmp_path):
    room = Room(80, tmp_path / "model")
    small, large = room.allocate((10,), np.float64), room.allocate((11, 1), np.float64)
    assert not isinstance(small, np.memmap)
    assert isinstance(large, np.memmap)
    assert list((tmp_path / "model").iterdir()) == []
    large[:] = np.arange(11)[:, None]
    assert large.shape == (11, 1)
    assert large.sum() == 55
