"""Imports: shards hold what the files do, and files that cannot be used get one message."""

import pathlib
import subprocess
import sys
from unittest import mock

import msprime
import numpy as np
import pytest
import tskit
from helpers.data import PROPERTY, make_samples
from hypothesis import given
from hypothesis import strategies as st

import import_simulations
from coalflow.config import grid
from coalflow.config.schema.targets import StatisticTarget
from coalflow.config.settings.making import write_settings
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.windows import shards

PROGRAM = pathlib.Path(import_simulations.__file__)
SAMPLES, HAPLOTYPES, LENGTH = 3, 6, 10_000


def make_settings(*files, replicates, **changes):
    return ImportSettings.model_validate(
        {
            "cell": "class=hard",
            "parameters": {"class": "hard", "sequence_length": LENGTH},
            "format": "ms",
            "files": tuple(str(file) for file in files),
            "truth": {},
            "tables": (),
            "sequence_length": LENGTH,
            "samples": make_samples(SAMPLES),
            "tree_statistics": (),
            "replicates": replicates,
            "shard_size": 4,
            **changes,
        }
    )


def run(folder, settings):
    """Import as the workflow does; return all shards."""
    arguments = ["--settings", write_settings(settings, code=""), "--output", str(folder)]
    arguments += ["--remarks", str(folder.parent / "remarks.json")]
    with mock.patch.object(sys, "argv", [PROGRAM.name, *arguments]):
        import_simulations.main()
    ranges = grid.list_shard_ranges(settings.replicates, settings.shard_size)
    return [
        shards.read_shard(folder / grid.name_shard(index), settings.cell)
        for index in range(len(ranges))
    ]


def replicates_of(imported):
    """Yield alleles (sites, haplotypes) and positions of each replicate of some shards."""
    for shard in imported:
        for first, last in zip(shard.offsets, shard.offsets[1:], strict=False):
            packed = shard.haplotypes[first:last]
            alleles = np.unpackbits(packed, axis=1, count=shard.samples.number_of_haplotypes)
            yield alleles, shard.positions[first:last]


def truth_of(imported, name):
    return np.concatenate([shard.truth[f"parameter/{name}"] for shard in imported])


def text_of(matrices, decimals=6, values="", command="ms 6 1 -t 5"):
    """Return matrices, (sites, haplotypes) each, in ms's format, sites evenly spread."""
    lines = [command, "1 2 3"]
    for matrix in matrices:
        places = " ".join(f"{place:.{decimals}f}" for place in positions_of(matrix))
        lines += ["", f"//{values}", f"segsites: {len(matrix)}", f"positions: {places}"]
        lines += ["".join(map(str, row)) for row in matrix.T]
    return "\n".join(lines) + "\n"


def positions_of(matrix):
    return np.arange(len(matrix)) / max(len(matrix), 1)


def matrices(number, seed=1, most_sites=12):
    generator = np.random.default_rng(seed)
    sites = generator.integers(0, most_sites, number)
    return [generator.integers(0, 2, (n, HAPLOTYPES)).astype(np.uint8) for n in sites]


def segregating(matrix):
    return (matrix.any(axis=1)) & (~matrix.all(axis=1))


def assert_same(imported, expected, decimals=6):
    found = list(replicates_of(imported))
    assert len(found) == len(expected)
    for (alleles, positions), matrix in zip(found, expected, strict=True):
        kept = segregating(matrix)
        np.testing.assert_array_equal(alleles, matrix[kept])
        words = [f"{place:.{decimals}f}" for place in positions_of(matrix)[kept]]
        np.testing.assert_array_equal(positions, [float(word) * LENGTH for word in words])


# ms's format -------------------------------------------------------------------------------------


@st.composite
def drawn_matrices(draw):
    sites = draw(st.lists(st.integers(0, 10), min_size=1, max_size=9))
    bits = draw(st.binary(min_size=sum(sites), max_size=sum(sites)))
    alleles = np.unpackbits(np.frombuffer(bits, np.uint8)[:, None], axis=1, count=HAPLOTYPES)
    return np.split(alleles, np.cumsum(sites)[:-1])


@PROPERTY
@given(drawn_matrices(), st.sampled_from([1, 4, 6]), st.integers(1, 5))
def test_shards_hold_the_segregating_sites_of_the_file(
    tmp_path_factory, expected, decimals, shard_size
):
    """With one decimal many sites share a position; all are kept, in the file's order."""
    if not any(segregating(matrix).any() for matrix in expected):
        expected.append(np.eye(1, HAPLOTYPES, dtype=np.uint8))
    folder = tmp_path_factory.mktemp("imports")
    file = folder / "a.ms"
    file.write_text(text_of(expected, decimals))
    imported = run(folder, make_settings(file, replicates=len(expected), shard_size=shard_size))
    assert_same(imported, expected, decimals)
    numbers = np.concatenate([shard.replicate for shard in imported])
    assert numbers.tolist() == list(range(len(expected)))
    assert len(set(np.concatenate([shard.seed for shard in imported]))) == len(expected)


def test_files_of_a_class_take_turns(tmp_path):
    one, other = matrices(5, seed=1), matrices(4, seed=2)
    for name, content in (("hard_2.ms", one), ("hard_10.ms", other)):
        (tmp_path / name).write_text(text_of(content))
    imported = run(tmp_path, make_settings(tmp_path / "hard_*.ms", replicates=9))
    turns = [one[0], other[0], one[1], other[1], one[2], other[2], one[3], other[3], one[4]]
    assert_same(imported, turns)


def test_more_replicates_leave_full_shards_as_they_are(tmp_path):
    file = tmp_path / "a.ms"
    file.write_text(text_of(matrices(10)))
    run(tmp_path / "few", make_settings(file, replicates=6))
    run(tmp_path / "more", make_settings(file, replicates=10))
    few, more = (sorted((tmp_path / name).iterdir()) for name in ("few", "more"))
    assert few[0].read_bytes() == more[0].read_bytes()
    assert few[1].read_bytes() != more[1].read_bytes()


def test_true_values_of_commands_and_blocks(tmp_path):
    file = tmp_path / "a.ms"
    runs = [
        text_of([matrix], values=f"\t{number}.5\t7", command=f"ms 6 1 -t 1e{number} -r tbs 10000")
        for number, matrix in enumerate(matrices(6))
    ]
    file.write_text("".join(runs))
    truth = {"command": {"theta": "-t"}, "values": {"rho": 1, "gamma": 2}}
    imported = run(tmp_path, make_settings(file, replicates=6, truth=truth))
    assert truth_of(imported, "theta").tolist() == [1.0, 10.0, 100.0, 1e3, 1e4, 1e5]
    assert truth_of(imported, "rho").tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert truth_of(imported, "gamma").tolist() == [7.0] * 6
    assert truth_of(imported, "class").tolist() == ["hard"] * 6


@pytest.mark.parametrize(("name", "separator"), [("a.tsv", "\t"), ("a.csv", ","), ("a.txt", "\t")])
def test_true_values_of_a_table(tmp_path, name, separator):
    file, table = tmp_path / "a.ms", tmp_path / name
    file.write_text(text_of(matrices(5)))
    rows = [["s", "note"], *([f"{n / 10}", "x"] for n in range(5))]
    table.write_text("\r\n".join(separator.join(row) for row in rows), encoding="utf-8-sig")
    truth = {"columns": {"selection_coefficient": "s"}}
    settings = make_settings(file, replicates=5, truth=truth, tables=(str(table),))
    imported = run(tmp_path, settings)
    assert truth_of(imported, "selection_coefficient").tolist() == [0.0, 0.1, 0.2, 0.3, 0.4]


def test_a_cell_without_a_true_value_has_none(tmp_path):
    """As a neutral class has no selection coefficient."""
    file = tmp_path / "a.ms"
    file.write_text(text_of(matrices(5)))
    truth = {"command": {"alpha": "-a"}, "values": {"theta": 1}, "columns": {"s": "s"}}
    (shard, _) = run(tmp_path, make_settings(file, replicates=5, truth=truth))
    assert shard.truth.keys() == {"parameter/class", "parameter/sequence_length"}


# Tree sequences ----------------------------------------------------------------------------------


def simulated(seed, samples=SAMPLES, length=LENGTH, metadata=None, rate=1e-6):
    trees = msprime.sim_mutations(
        msprime.sim_ancestry(
            samples, population_size=1000, sequence_length=length, random_seed=seed
        ),
        rate=rate,
        model=msprime.BinaryMutationModel(),
        discrete_genome=False,
        random_seed=seed,
    )
    if metadata is not None:
        tables = trees.dump_tables()
        tables.metadata_schema = tskit.MetadataSchema.permissive_json()
        tables.metadata = metadata
        trees = tables.tree_sequence()
    return trees


def test_tree_sequences(tmp_path):
    expected = []
    for number in range(12):
        metadata = {"SLiM": {"user_metadata": {"s": [number / 100]}}, "N": 10 * number}
        trees = simulated(number + 1, metadata=metadata)
        trees.dump(tmp_path / f"slim_{number}.trees")
        expected.append(trees)
    (tmp_path / "t.tsv").write_text(
        "file\tage\n" + "".join(f"slim_{n}.trees\t{n}\n" for n in reversed(range(12)))
    )
    truth = {"metadata": {"s": "SLiM.user_metadata.s", "n": "N"}, "columns": {"age": "age"}}
    settings = make_settings(
        tmp_path / "slim_*.trees",
        replicates=12,
        format="trees",
        truth=truth,
        tables=(str(tmp_path / "t.tsv"),),
    )
    imported = run(tmp_path / "shards", settings)
    for (alleles, positions), trees in zip(replicates_of(imported), expected, strict=True):
        assert trees.num_sites > 0
        np.testing.assert_array_equal(alleles, trees.genotype_matrix())
        np.testing.assert_array_equal(positions, trees.sites_position)
    assert truth_of(imported, "s").tolist() == [number / 100 for number in range(12)]
    assert truth_of(imported, "n").tolist() == [10 * number for number in range(12)]
    assert truth_of(imported, "age").tolist() == list(range(12))


TIME = StatisticTarget(statistic="time_to_common_ancestor", mode="branch")


def test_statistics_of_imported_trees(tmp_path):
    made = [simulated(number + 1) for number in range(3)]
    for number, trees in enumerate(made):
        trees.dump(tmp_path / f"{number}.trees")
    settings = make_settings(
        tmp_path / "*.trees", replicates=3, format="trees", tree_statistics=(TIME,)
    )
    (shard,) = run(tmp_path / "shards", settings)
    expected = [
        np.average([tree.time(tree.root) for tree in trees.trees()], weights=spans_of(trees))
        for trees in made
    ]
    times = shard.truth["target/time_to_common_ancestor()"]
    np.testing.assert_allclose(times, expected, rtol=1e-12)


def spans_of(trees):
    return np.diff(trees.breakpoints(as_array=True))


def test_trees_without_times_have_no_statistics(tmp_path):
    tables = simulated(1).dump_tables()
    tables.time_units = "uncalibrated"
    tables.tree_sequence().dump(tmp_path / "a.trees")
    settings = make_settings(tmp_path / "a.trees", replicates=1, format="trees")
    run(tmp_path / "shards", settings)
    with pytest.raises(CoalflowError, match="a.trees: its nodes have no times"):
        run(tmp_path / "shards", settings.model_copy(update={"tree_statistics": (TIME,)}))


def test_only_sites_with_two_alleles_are_taken_from_trees(tmp_path):
    """As at most sites of SLiM's, alleles may be any text, and some have been lost."""
    trees = msprime.sim_ancestry(SAMPLES, sequence_length=LENGTH, random_seed=1)
    tables = trees.dump_tables()
    mutations = {
        10.0: [(0, "C")],
        20.0: [(0, "C"), (1, "G")],  # three alleles
        30.0: [*((node, "C") for node in range(5)), (5, "G")],  # two, both derived
        40.0: [(node, "C") for node in range(6)],  # fixed
        50.0: [(2, ""), (3, "")],
    }
    for position, above in mutations.items():
        site = tables.sites.add_row(position, "A")
        for node, allele in above:
            tables.mutations.add_row(site, node, allele)
    tables.tree_sequence().dump(tmp_path / "a.trees")
    settings = make_settings(tmp_path / "a.trees", replicates=1, format="trees")
    ((alleles, positions),) = replicates_of(run(tmp_path / "shards", settings))
    assert alleles.tolist() == [[1, 0, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0]]
    assert positions.tolist() == [10.0, 50.0]


# What cannot be imported -------------------------------------------------------------------------


def complaint(folder, settings):
    """Import what cannot be; return the message. No shard, and no part of one, is left."""
    output = folder / "shards"
    with pytest.raises(CoalflowError) as caught:
        run(output, settings)
    message = str(caught.value)
    assert "\n" not in message
    assert not output.exists() or not list(output.iterdir())
    return message.replace(f"{folder}/", "")


MS = {
    "too few replicates": (
        {"replicates": 11},
        "a.ms has 10 replicates, but cell class=hard needs 11 of it. Lower "
        "simulation.replicates from 11 to 10, or simulate more",
    ),
    "more samples": (
        {"samples": make_samples(4)},
        "a.ms:13: replicate 1: has 6 haplotypes, but simulation.samples makes 8: "
        "change samples or ploidy, or the simulations",
    ),
    "a value that is tbs": (
        {"truth": {"command": {"rho": "-r"}}},
        "a.ms:4: -r is tbs, so the value of rho follows //: say which one it is in "
        "simulation.import.truth.values",
    ),
    "a value that is not a number": (
        {"truth": {"values": {"rho": 2}}},
        "a.ms:4: value 2 after // is 'x', but must be a number: correct it",
    ),
    "too few values": (
        {"truth": {"values": {"rho": 3}}},
        "a.ms:4: 2 values follow //, but rho should be number 3: correct "
        "simulation.import.truth.values",
    ),
    "no such column": (
        {"truth": {"columns": {"s": "s"}}, "tables": ("t.tsv",)},
        "t.tsv:1: has no column s, but: file, t. Separate columns by tabs, or by commas in a "
        "file named .csv",
    ),
    "a table that is too short": (
        {"truth": {"columns": {"t": "t"}}, "tables": ("t.tsv",)},
        "t.tsv: has 2 rows, but a.ms has more replicates: add rows",
    ),
    "a table that is not there": (
        {"truth": {"columns": {"t": "t"}}, "tables": ("none.tsv",)},
        "none.tsv: there is no such file",
    ),
    "too many tables": (
        {"truth": {"columns": {"t": "t"}}, "tables": ("t.tsv", "t.tsv")},
        "cell class=hard: it has 1 files and 2 tables of true values. Give one table for each "
        "file (simulation.import.truth.tables)",
    ),
    "no file": ({"files": ("none_*.ms",)}, "no file matches none_*.ms"),
}


@pytest.mark.parametrize(("changes", "message"), MS.values(), ids=list(MS))
def test_files_of_ms_that_cannot_be_imported(tmp_path, changes, message):
    content = text_of(
        [np.eye(2, HAPLOTYPES, dtype=np.uint8)] * 10,
        values="\t1\tx",
        command="ms 6 10 -r tbs 10000",
    )
    (tmp_path / "a.ms").write_text(content)
    (tmp_path / "t.tsv").write_text("file\tt\na.trees\t1\nb.trees\t2\n")
    settings = make_settings("a.ms", **{"replicates": 10, **changes})
    found = {
        key: tuple(str(tmp_path / name) for name in getattr(settings, key))
        for key in ("files", "tables")
    }
    settings = settings.model_copy(update=found)
    assert complaint(tmp_path, settings) == message


def test_a_file_with_less_than_its_share(tmp_path):
    for name, number in (("a.ms", 5), ("b.ms", 2)):
        (tmp_path / name).write_text(text_of(matrices(number)))
    settings = make_settings(tmp_path / "a.ms", tmp_path / "b.ms", replicates=9)
    assert complaint(tmp_path, settings) == (
        "b.ms has 2 replicates, but cell class=hard needs 4 of it (its share of 2 files). "
        "Lower simulation.replicates from 9 to 4, or simulate more"
    )


def test_a_file_that_breaks_off_leaves_no_shard(tmp_path):
    (tmp_path / "a.ms").write_text(text_of(matrices(10))[:-10])
    message = complaint(tmp_path, make_settings(tmp_path / "a.ms", replicates=10))
    assert "replicate 10: " in message
    assert "cut off" in message


def test_true_values_of_some_replicates_only(tmp_path):
    (tmp_path / "a.ms").write_text(
        text_of(matrices(2)) + text_of(matrices(1), command="ms 6 1 -s 5")
    )
    truth = {"command": {"theta": "-t"}}
    message = complaint(tmp_path, make_settings(tmp_path / "a.ms", replicates=3, truth=truth))
    assert message == (
        "cell class=hard: some replicates have a true value of theta, but replicate 3 has none: "
        "give one to all of a cell, or to none"
    )


def test_files_without_a_site(tmp_path):
    (tmp_path / "a.ms").write_text("ms 6 9 -t 0\n" + "//\nsegsites: 0\n" * 5)
    message = complaint(tmp_path, make_settings(tmp_path / "a.ms", replicates=5))
    assert "none of its 5 replicates has a segregating site" in message


TREES = {
    "other samples": (
        lambda path: simulated(1, samples=5).dump(path),
        "a.trees: has 5 sampled individuals, of 2 haplotypes each, but simulation.samples has 3: "
        "simplify it to those to be used, or set simulation.import.subsample to true",
    ),
    "another length": (
        lambda path: simulated(1, length=20_000).dump(path),
        "a.trees: is 20,000 bases long, but simulation.sequence_length is 10,000: make them "
        "the same",
    ),
    "a value that is not a number": (
        lambda path: simulated(1, metadata={"s": "strong"}).dump(path),
        "a.trees: s of the metadata is 'strong', but must be a number: correct it",
    ),
    "text": (lambda path: path.write_text("//\nsegsites: 1\n"), "is not a whole tree sequence"),
    "half a file": (
        lambda path: (simulated(1).dump(path), path.write_bytes(path.read_bytes()[:900])),
        "is not a whole tree sequence",
    ),
    "an empty file": (lambda path: path.touch(), "is not a whole tree sequence"),
    "no mutations": (
        lambda path: simulated(1, rate=0).dump(path),
        "has a segregating site. Put mutations on the trees",
    ),
}


@pytest.mark.parametrize(("make", "message"), TREES.values(), ids=list(TREES))
def test_tree_sequences_that_cannot_be_imported(tmp_path, make, message):
    make(tmp_path / "a.trees")
    settings = make_settings(
        tmp_path / "a.trees", replicates=1, format="trees", truth={"metadata": {"s": "s"}}
    )
    assert message in complaint(tmp_path, settings)


def test_haplotypes_without_ancestry(tmp_path):
    tables = simulated(1).dump_tables()
    tables.edges.keep_rows(tables.edges.child != 0)
    tables.sort()
    tables.tree_sequence().dump(tmp_path / "a.trees")
    settings = make_settings(tmp_path / "a.trees", replicates=1, format="trees")
    assert "have no ancestry from 0 to 10,000 (missing data, or null genomes" in complaint(
        tmp_path, settings
    )


def test_a_compressed_tree_sequence(tmp_path):
    (tmp_path / "a.tsz").write_bytes(b"PK")
    settings = make_settings(tmp_path / "a.tsz", replicates=1, format="trees")
    assert complaint(tmp_path, settings).endswith(": unpack it with tsunzip")


def test_too_few_tree_sequences_and_rows(tmp_path):
    for number in range(3):
        simulated(number + 1).dump(tmp_path / f"{number}.trees")
    settings = make_settings(tmp_path / "*.trees", replicates=5, format="trees")
    assert complaint(tmp_path, settings) == (
        "cell class=hard has 3 files, a replicate each, but simulation.replicates is 5: lower it, "
        "or simulate more"
    )
    (tmp_path / "t.tsv").write_text("file\ts\n0.trees\t1\n2.trees\t2\n")
    table = str(tmp_path / "t.tsv")
    more = {"replicates": 3, "truth": {"columns": {"s": "s"}}, "tables": (table,)}
    settings = settings.model_copy(update=more)
    assert complaint(tmp_path, settings) == "t.tsv: has no row of 1.trees: add it"


def test_the_program_prints_one_line(tmp_path):
    (tmp_path / "a.ms").write_text(text_of(matrices(3)))
    settings = write_settings(make_settings(tmp_path / "a.ms", replicates=10), code="")
    done = subprocess.run(
        [
            *(sys.executable, PROGRAM, "--settings", settings, "--output", tmp_path / "shards"),
            *("--remarks", tmp_path / "remarks.json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.npz"))


# Memory ------------------------------------------------------------------------------------------

# Not resource.getrusage: its peak is at least that of the process that started this one.
PEAK_OF_READING = """
import pathlib, re, sys
from coalflow.imports.ms_format import read_ms
replicates = sum(len(block.positions) > 0 for block in read_ms(sys.argv[1], 200))
status = pathlib.Path("/proc/self/status").read_text()
print(replicates, re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])
"""


def peak_of_reading(path):
    """Return how many replicates there are, and the most KiB that a process held."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK_OF_READING, path],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PROGRAM.parent)},
    )
    return tuple(map(int, done.stdout.split()))


@pytest.mark.skipif(not pathlib.Path("/proc/self/status").exists(), reason="needs Linux")
def test_a_large_file_is_never_held_whole(tmp_path):
    """Of 100 MB as of 1 MB, a process holds but one replicate of 100 kB."""
    generator = np.random.default_rng(1)
    block = text_of([generator.integers(0, 2, (500, 200))], command="")
    small, large = tmp_path / "small.ms", tmp_path / "large.ms"
    small.write_text(block * 10)
    with large.open("w") as file:
        for _ in range(100):
            file.write(block * 10)
    assert large.stat().st_size > 100_000_000
    few, little = peak_of_reading(small)
    many, much = peak_of_reading(large)
    assert (few, many) == (10, 1000)
    assert much - little < 5_000
