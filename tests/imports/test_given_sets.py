"""Published test sets: the test is whole, first, and the same however much there is to train on."""

import msprime
import numpy as np
import pytest
from helpers.data import make_samples

from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports.imported_replicates import read_replicates
from coalflow.imports.remarks import Remarks

LENGTH, HAPLOTYPES = 10_000, 6


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(files, replicates, given, **changes):
    """Return the replicates of a cell."""
    settings = ImportSettings.model_validate(
        {
            "cell": "class=hard",
            "parameters": {"class": "hard", "sequence_length": LENGTH},
            "format": "ms",
            "files": tuple(files),
            "truth": {},
            "tables": (),
            "given": given,
            "sequence_length": LENGTH,
            "samples": make_samples(HAPLOTYPES // 2),
            "tree_statistics": (),
            "replicates": replicates,
            "shard_size": 4,
            **changes,
        }
    )
    return list(read_replicates(settings, Remarks()))


def write_ms(folder, sizes):
    """Write a file of replicates for each name; replicate i of the n-th has i + 1 + 20 n sites."""
    for rank, (name, number) in enumerate(sizes.items()):
        lines = ["ms 6 1 -t 5", "1 2 3"]
        for index in range(number):
            sites = index + 1 + 20 * rank
            places = " ".join(f"{place:.4f}" for place in np.arange(sites) / sites)
            lines += ["", "//", f"segsites: {sites}", f"positions: {places}"]
            lines += ["1" * sites, *["0" * sites] * (HAPLOTYPES - 1)]
        (folder / name).write_text("\n".join(lines) + "\n")


def sets_of(replicates):
    return [replicate.given_set for replicate in replicates]


def sites_of(replicates):
    return [len(replicate.positions) for replicate in replicates]


# Files -----------------------------------------------------------------------------------------


def test_files_of_the_test_come_first_and_whole(folder):
    sizes = {"a.ms": 6, "b.ms": 6, "test.ms": 3, "validation.ms": 2}
    write_ms(folder, sizes)
    given = {"test": ["test.ms"], "validation": ["val*.ms"]}
    replicates = read(sizes, 10, given)
    assert sets_of(replicates) == ["test"] * 3 + ["validation"] * 2 + ["train"] * 5
    assert sites_of(replicates) == [41, 42, 43, 61, 62, 1, 21, 2, 22, 3]


def test_more_training_windows_leave_the_test_as_it_is(folder):
    write_ms(folder, {"a.ms": 12, "test.ms": 3})
    few, many = (
        sites_of(read(["a.ms", "test.ms"], number, {"test": ["test.ms"]})) for number in (8, 15)
    )
    assert many[:8] == few


def test_a_test_that_leaves_no_window_to_train_on_is_refused(folder):
    write_ms(folder, {"a.ms": 12, "test.ms": 3})
    with pytest.raises(CoalflowError) as error:
        read(["a.ms", "test.ms"], 3, {"test": ["test.ms"]})
    assert str(error.value) == (
        "cell class=hard: simulation.replicates is 3, but the files of split.given alone have 3 or "
        "more, which are used whole: raise it to as many as there are, training windows too"
    )


def test_too_few_training_windows_are_counted_with_the_test(folder):
    write_ms(folder, {"a.ms": 4, "test.ms": 3})
    with pytest.raises(CoalflowError, match="needs 5 of it. Lower .* from 8 to 7"):
        read(["a.ms", "test.ms"], 8, {"test": ["test.ms"]})


def test_tree_sequences_of_the_test_come_first(folder):
    for index in range(5):
        trees = msprime.sim_ancestry(
            HAPLOTYPES // 2, sequence_length=LENGTH, population_size=1000, random_seed=index + 1
        )
        msprime.sim_mutations(trees, rate=1e-6, random_seed=index + 1).dump(f"{index}.trees")
    given = {"test": ["3.trees"], "validation": ["1.trees"]}
    read_in_turn = read(["*.trees"], 5, given, format="trees")
    assert sets_of(read_in_turn) == ["test", "validation", "train", "train", "train"]
    plain = read(["*.trees"], 5, None, format="trees")
    assert [sites_of(plain)[index] for index in (3, 1, 0, 2, 4)] == sites_of(read_in_turn)
    assert sets_of(plain) == [""] * 5


# A column --------------------------------------------------------------------------------------


def read_with_column(folder, sets):
    """Read a file with a table whose column ``set`` says what replicates are for."""
    write_ms(folder, {"a.ms": 4})
    rows = [f"{index}\t{name}\n" for index, name in enumerate(sets)]
    (folder / "a.tsv").write_text("theta\tset\n" + "".join(rows))
    return read(["a.ms"], 4, "set", tables=("a.tsv",))


def test_a_column_says_what_replicates_are_for(folder):
    names = ["test", "train", "validation", "train"]
    assert sets_of(read_with_column(folder, names)) == names


def test_an_unknown_set_is_refused_with_its_line(folder):
    with pytest.raises(CoalflowError) as error:
        read_with_column(folder, ["test", "train", "holdout", "train"])
    assert str(error.value) == (
        "a.tsv:4: set is 'holdout', but must be one of: train, validation, test (split.given)"
    )


def test_a_missing_row_is_refused(folder):
    with pytest.raises(CoalflowError, match=r"a\.tsv: has 3 rows, but a\.ms has more replicates"):
        read_with_column(folder, ["test", "train", "train"])


def test_a_missing_column_is_refused(folder):
    write_ms(folder, {"a.ms": 4})
    (folder / "a.tsv").write_text("theta\n1\n2\n3\n4\n")
    with pytest.raises(CoalflowError, match=r"a\.tsv:1: has no column set, but: theta"):
        read(["a.ms"], 4, "set", tables=("a.tsv",))
