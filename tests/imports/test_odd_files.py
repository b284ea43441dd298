"""What is named as an import and is something else: one line, soon, and in little memory."""

import gzip
import os
import resource

import msprime
import numpy as np
import pytest
import tskit
from helpers.data import make_samples

from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports.imported_replicates import read_replicates
from coalflow.imports.ms_format import LONGEST_LINE
from coalflow.imports.remarks import Remarks

pytestmark = pytest.mark.timeout(20)
LENGTH = 10_000
BLOCK = "//\nsegsites: 2\npositions: 0.1 0.2\n" + "01\n10\n" * 3
MEGABYTES = 400  # more than this is not read into memory


def read(file, tables=(), file_format="ms", columns=None):
    settings = ImportSettings.model_validate(
        {
            "cell": "class=a",
            "parameters": {"class": "a", "sequence_length": LENGTH},
            "format": file_format,
            "files": (str(file),),
            "truth": {"columns": columns} if columns else {},
            "tables": tuple(map(str, tables)),
            "sequence_length": LENGTH,
            "samples": make_samples(3),
            "tree_statistics": (),
            "replicates": 1,
            "shard_size": 1,
        }
    )
    return list(read_replicates(settings, Remarks()))


def refusal(file, **options):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CoalflowError) as caught:
        read(file, **options)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 1000
    return message


def write(path, *parts, times=1):
    """Write bytes many times, gzipped if the file's name says so; few are held at once."""
    with (
        gzip.open(path, "wb", compresslevel=1) if path.suffix == ".gz" else path.open("wb") as file
    ):
        *before, last = parts
        file.write(b"".join(before))
        chunk = last * max(1, (1 << 20) // len(last))
        for _ in range(-(-times * len(last) // len(chunk))):
            file.write(chunk)
    return path


@pytest.mark.parametrize("file_format", ["ms", "trees"])
def test_pipes_devices_and_folders(tmp_path, file_format):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", "/dev/full", tmp_path):
        # The names that patterns stand for are files; a file may become something else later.
        assert refusal(path, file_format=file_format) == f"no file matches {path}"


def test_a_pipe_that_is_named_as_a_table(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.ms").write_text(BLOCK)
    for table, problem in ((tmp_path / "pipe", "is a pipe"), ("/dev/zero", "is a device")):
        assert problem in refusal(tmp_path / "a.ms", tables=[table], columns={"s": "s"})


@pytest.mark.parametrize(
    ("parts", "times", "problem"),
    [
        ((b"0",), 2 * LONGEST_LINE, "a line of more than"),
        ((b"\0",), 2 * LONGEST_LINE, "is not text"),
        ((b"\n",), 1_200_000, "begins with //"),
        ((b"x\n",), 1_200_000, "begins with //"),
        ((b"//\n", b"\n"), 1_200_000, "replicate 1: has more than"),
        ((b"//\nsegsites: 2\npositions: 0.1 0.2\n", b"\n"), 1_200_000, "has more than"),
        ((b"//\nsegsites: 2\npositions: 0.1 0.2\n", b"01\n"), 1_200_000, "has more than"),
        ((b"//\nsegsites: 2\npositions: ", b"0.5 "), LONGEST_LINE // 2, "a line of more than"),
        ((b"//\n", b"0" * (1 << 20) + b"\n"), 1100, "replicate 1: has more than"),
    ],
)
def test_gzipped_files_that_unpack_to_much_more(tmp_path, parts, times, problem):
    assert problem in refusal(write(tmp_path / "a.gz", *parts, times=times))


@pytest.mark.parametrize("digits", [10, 5000])
def test_numbers_of_sites_with_many_digits(tmp_path, digits):
    path = tmp_path / "a.ms"
    path.write_text(BLOCK.replace("segsites: 2", f"segsites: {'9' * digits}"))
    assert "does not say how many sites there are" in refusal(path)


@pytest.mark.parametrize("word", ["0.1_0", "nan", "1e400", "-inf", "0x1", "0,1", "1.5"])
def test_positions_that_are_no_position(tmp_path, word):
    path = tmp_path / "a.ms"
    path.write_text(BLOCK.replace("0.2", word))
    assert "has a position" in refusal(path)


def test_an_option_that_is_there_twice(tmp_path):
    path = tmp_path / "a.ms"
    path.write_text("ms 6 1 -t 5 -en 0.1 1 2 -en 0.2 1 3\n" + BLOCK)
    settings = {"command": {"size": "-en"}}
    with pytest.raises(CoalflowError, match="-en is there 2 times in the command line above"):
        next(iter(_read_with_truth(path, settings)))


def _read_with_truth(path, truth):
    settings = ImportSettings.model_validate(
        {
            "cell": "class=a",
            "parameters": {"class": "a", "sequence_length": LENGTH},
            "format": "ms",
            "files": (str(path),),
            "truth": truth,
            "tables": (),
            "sequence_length": LENGTH,
            "samples": make_samples(3),
            "tree_statistics": (),
            "replicates": 1,
            "shard_size": 1,
        }
    )
    return read_replicates(settings, Remarks())


def test_a_command_line_that_is_cut_short_of_replicates(tmp_path):
    path = tmp_path / "a.ms"
    path.write_text("ms 6 20 -t 5\n1 2 3\n" + BLOCK)
    settings = read_settings_of(path, replicates=2)
    with pytest.raises(CoalflowError) as caught:
        list(read_replicates(settings, Remarks()))
    assert "; its command line makes 20, so it may have been cut off. Lower" in str(caught.value)


def read_settings_of(path, replicates):
    return ImportSettings.model_validate(
        {
            "cell": "class=a",
            "parameters": {"class": "a", "sequence_length": LENGTH},
            "format": "ms",
            "files": (str(path),),
            "truth": {},
            "tables": (),
            "sequence_length": LENGTH,
            "samples": make_samples(3),
            "tree_statistics": (),
            "replicates": replicates,
            "shard_size": 1,
        }
    )


# Tables of true values --------------------------------------------------------------------------

TABLES = {
    "latin-1": ("s\nf\xe9\n".encode("latin-1"), "is not UTF-8"),
    "utf-16": ("s\n1\n".encode("utf-16"), "is in UTF-16"),
    "a column twice": (b"s\ts\n1\t2\n", ":1: has the column s twice"),
    "more cells than columns": (b"s\n1\t2\n", ":2: has more cells than the header"),
    "an underscore": (b"s\n1_000\n", "is '1_000', but must be a number"),
    "nan": (b"s\nnan\n", "must be a finite number"),
    "other digits": ("s\n\u0661\n".encode(), "must be a number"),
    "a cell too few": (b"t\ts\n1\n", "is None, but must be a number"),
    "nothing": (b"", "has no column s"),
    "zero bytes": (b"s\n\0\n", "has a zero byte"),
    "a very long cell": (b"s\n" + b"1" * 200_000 + b"\n", "is not a table"),
    "many columns": (b"\t".join([b"c"] * 100_000) + b"\n1\n", "has no column s"),
    "no end of a quote": (b's\n"1\n2\n', "must be a number"),
}


@pytest.mark.parametrize(("content", "problem"), TABLES.values(), ids=list(TABLES))
def test_tables_that_cannot_be_used(tmp_path, content, problem):
    (tmp_path / "a.ms").write_text(BLOCK)
    (tmp_path / "t.tsv").write_bytes(content)
    message = refusal(tmp_path / "a.ms", tables=[tmp_path / "t.tsv"], columns={"s": "s"})
    assert problem in message
    assert "t.tsv" in message


def test_tables_have_a_row_for_each_replicate(tmp_path):
    """More rows than replicates would be of others; files with more of both may be used in part."""
    (tmp_path / "a.ms").write_text(BLOCK)
    table = tmp_path / "t.tsv"
    table.write_text("s\n1\n2\n")
    options = {"tables": [table], "columns": {"s": "s"}}
    assert "t.tsv: has more rows than " in refusal(tmp_path / "a.ms", **options)
    (tmp_path / "a.ms").write_text(BLOCK + "//\nsegsites: x\n")
    (replicate,) = read(tmp_path / "a.ms", **options)
    assert replicate.truth == {"s": 1.0}


def test_two_rows_of_one_tree_sequence(tmp_path):
    msprime.sim_ancestry(3, sequence_length=LENGTH, random_seed=1).dump(tmp_path / "a.trees")
    table = tmp_path / "t.tsv"
    table.write_text("file\ts\na.trees\t1\nb/a.trees\t2\n")
    options = {"tables": [table], "file_format": "trees", "columns": {"s": "s"}}
    assert "a second row of a.trees with other values" in refusal(tmp_path / "a.trees", **options)


# Tree sequences ---------------------------------------------------------------------------------


def test_damaged_tree_sequences_are_refused_or_read(tmp_path):
    trees = msprime.sim_mutations(
        msprime.sim_ancestry(3, sequence_length=LENGTH, population_size=1000, random_seed=1),
        rate=1e-6,
        random_seed=1,
    )
    path = tmp_path / "a.trees"
    trees.dump(path)
    content, generator = path.read_bytes(), np.random.default_rng(1)
    for _ in range(100):
        damaged = bytearray(content)
        for place in generator.integers(0, len(content), generator.integers(1, 6)):
            damaged[place] = generator.integers(0, 256)
        path.write_bytes(damaged)
        try:
            (replicate,) = read(path, file_format="trees")
        except CoalflowError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either is right
        else:
            assert replicate.alleles.shape[1] == 6


def test_metadata_that_contradict_their_schema(tmp_path):
    tables = msprime.sim_mutations(
        msprime.sim_ancestry(3, sequence_length=LENGTH, population_size=1000, random_seed=1),
        rate=1e-6,
        random_seed=1,
    ).dump_tables()
    json_schema = repr(tskit.MetadataSchema.permissive_json())
    tables.populations.metadata_schema = tskit.MetadataSchema(None)
    tables.populations.packset_metadata([b"{" * 50])
    tables.populations.ll_table.metadata_schema = json_schema
    tables.metadata_schema = tskit.MetadataSchema(None)
    tables.metadata = b"{" * 50
    tables._ll_tables.metadata_schema = json_schema  # noqa: SLF001 - tskit itself would refuse
    tables.tree_sequence().dump(tmp_path / "a.trees")
    (replicate,) = read(tmp_path / "a.trees", file_format="trees")
    assert replicate.alleles.shape[1] == 6
