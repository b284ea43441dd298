"""Simulations made elsewhere: files in ms's format, tree sequences, and tables of true values."""

import functools
import json
import pathlib
import random
import tempfile
from collections.abc import Callable
from typing import Any

import msprime
import numpy as np
import tskit
from helpers.fuzzing import any_bytes, tables
from helpers.fuzzing.formats import Format, Mutation, Seed
from helpers.fuzzing.histories import summarise_shard
from helpers.fuzzing.programs import call, change, make_settings

REPLICATES = 20
IMPORT: dict[str, Any] = {
    "run": "fuzz",
    "seed": 1,
    "simulation": {
        "samples": 3,
        "sequence_length": 1000,
        "replicates": REPLICATES,
        "shard_size": REPLICATES,
    },
    "encoding": {"sites": 8, "pad": True},
    "target": "diversity",
    "models": {"nets": ["coalflow"], "restarts": 1, "baselines": ["mean"]},
}
MS_TRUTH: dict[str, Any] = {
    "plain": {},
    "values": {"values": {"s": 1}},
    "command": {"command": {"theta": "-t"}},
}
CELL = ("cell class=here",)  # what is named where the files of a cell contradict each other


# Of trees that record which lineages moved.
MOVES: dict[str, Any] = {
    "simulation": {"samples": {"pop_0": 3}},
    "target": {"ancestry": {"of": "pop_0", "from": "pop_1"}},
}


def _import(
    format_name: str, files: list[str], truth: dict[str, Any], **changes: Any
) -> dict[str, Any]:
    """Import the one class from files."""
    imported = {"format": format_name, "files": {"here": files}, "truth": truth}
    simulation = {"import": imported, **changes.pop("simulation", {})}
    maker = make_settings(change(IMPORT, simulation=simulation, **changes))
    (cell,) = maker.cells.values()
    call(
        "import_simulations",
        maker.import_simulations(cell),
        output="shards",
        remarks="remarks.json",
    )
    return summarise_shard("shards/00000.npz")


# ms --------------------------------------------------------------------------------------------


@functools.cache
def _make_ms_seeds() -> tuple[Seed, ...]:
    return tuple(Seed(_make_ms(variant), variant) for variant in MS_TRUTH)


def _make_ms(variant: str) -> bytes:
    chance = random.Random(variant)
    lines = ["ms 6 4 -t 5.0 -r 2 1000", "1 2 3"]
    for _ in range(REPLICATES):
        sites = chance.randint(1, 9)
        if variant == "command":
            lines += ["", f"ms 6 1 -t {chance.uniform(1, 9):.3f} -r 2 1000", "1 2 3"]
        values = f"\t{chance.random():.5f}" if variant == "values" else ""
        places = sorted(f"{chance.random():.5f}" for _ in range(sites))
        lines += ["", f"//{values}", f"segsites: {sites}", f"positions: {' '.join(places)}"]
        lines += ["".join(chance.choice("01") for _ in range(sites)) for _ in range(6)]
    return ("\n".join(lines) + "\n").encode()


def _read_ms(path: pathlib.Path, seed: Seed) -> dict[str, Any]:
    return _import("ms", [str(path)], MS_TRUTH[seed.variant])


def _change_words(what: bytes, *values: bytes) -> Mutation:
    """Change what follows a word, in one replicate or in every one."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        new = chance.choice(values)
        lines = content.split(b"\n")
        found = [index for index, line in enumerate(lines) if line.startswith(what)]
        for index in found if chance.random() < 0.3 else [chance.choice(found)]:
            lines[index] = what + new
        return b"\n".join(lines)

    return mutate


MS = Format(
    "ms",
    "in.ms",
    _make_ms_seeds,
    _read_ms,
    {
        **any_bytes.TEXT,
        **any_bytes.twice(any_bytes.TEXT),
        "segsites": _change_words(b"segsites:", *(b" " + one for one in any_bytes.ODD_NUMBERS)),
        "positions": _change_words(
            b"positions:", b"", b" nan", b" -1 2", b" 0.5" * 9, b" 1e400", b" 0.9 0.1", b" x"
        ),
        "command": _change_words(
            b"ms ",
            b"",
            b"x",
            b"6",
            b"6 4 -t",
            b"6 4 -t nan",
            b"-1 4",
            b"6 4 -I 2 3 3",
            b"8 4 -t 5",
            b"6 4 -I 2 9",
            b"6 4 -r 1",
            b"6 4 -r 1 2000",
            b"6 4 -t 5 -tbs",
            b"6 4 -p x",
            b"9" * 400,
        ),
        "slashes": _change_words(b"//", b"", b" nan", b"\tx", b"\t" + b"9" * 5000, b"/", b" 1 2 3"),
    },
    {
        "end lines as windows": any_bytes.end_lines_as_windows,
        "pack": any_bytes.pack,
        "lines at the end": lambda content, _chance: content + b"\n\n",
    },
    names=CELL,
)


# Trees -----------------------------------------------------------------------------------------


@functools.cache
def _make_tree_seeds() -> tuple[Seed, ...]:
    """Return the trees of different simulations; REPLICATES copies of a file are imported."""
    demography = msprime.Demography.island_model([500, 500], 1e-3)
    seeds = []
    for variant in ("plain", "two", "moves"):
        is_plain = variant == "plain"
        trees = msprime.sim_ancestry(
            3 if is_plain else {"pop_0": 3},
            demography=None if is_plain else demography,
            population_size=1000 if is_plain else None,
            sequence_length=1000,
            recombination_rate=1e-5,
            record_migrations=variant == "moves",
            random_seed=1,
        )
        model = msprime.BinaryMutationModel()
        trees = msprime.sim_mutations(trees, rate=1e-6, model=model, random_seed=2)
        seeds.append(Seed(_write_trees(trees.dump_tables()), variant))
    return tuple(seeds)


def _write_trees(tables_of_trees: tskit.TableCollection) -> bytes:
    with tempfile.NamedTemporaryFile() as file:
        tables_of_trees.dump(file.name)
        return pathlib.Path(file.name).read_bytes()


def _read_trees(path: pathlib.Path, seed: Seed) -> dict[str, Any]:
    names, has_moves = [str(path)], seed.variant == "moves"
    if path.is_file():
        for index in range(1, REPLICATES):
            good = _make_tree_seeds()[-1 if has_moves else 0]
            pathlib.Path(f"{index}.trees").write_bytes(good.content)
            names.append(f"{index}.trees")
    return _import("trees", names, {}, **(MOVES if has_moves else {}))


def _change_trees(
    change_tables: Callable[[tskit.TableCollection, random.Random], None],
) -> Mutation:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        with tempfile.NamedTemporaryFile() as file:
            pathlib.Path(file.name).write_bytes(content)
            found = tskit.TableCollection.load(file.name)
        change_tables(found, chance)
        return _write_trees(found)

    return mutate


def _set_column(table: str, column: str, *values: float) -> Mutation:
    def change_tables(found: tskit.TableCollection, chance: random.Random) -> None:
        rows = getattr(found, table)
        numbers = getattr(rows, column).copy()
        if len(numbers):
            numbers[chance.randrange(len(numbers)) :: chance.choice([1, 1000])] = chance.choice(
                np.array(values, dtype=numbers.dtype).tolist()
            )
            setattr(rows, column, numbers)

    return _change_trees(change_tables)


def _set_states(found: tskit.TableCollection, chance: random.Random) -> None:
    states = [chance.choice(["0", "1", "A", "C", "", "AC", "é", "0,1"]) for _ in range(99)]
    found.sites.packset_ancestral_state(states[: len(found.sites)])
    found.mutations.packset_derived_state(states[-len(found.mutations) :])


def _clear_table(found: tskit.TableCollection, chance: random.Random) -> None:
    name = chance.choice(["edges", "nodes", "sites", "mutations", "individuals", "populations"])
    getattr(found, name).clear()


def _cut_history(found: tskit.TableCollection, _chance: random.Random) -> None:
    times = found.nodes.time
    found.delete_older(float(np.median(times[times > 0])))


def _shorten(found: tskit.TableCollection, chance: random.Random) -> None:
    if chance.random() < 0.5:
        found.migrations.clear()  # with which tskit cuts nothing
        found.keep_intervals([[200, 700]])
    else:
        found.sequence_length = chance.choice([2000.0, 1e18, 1000.5])


def _describe_oddly(found: tskit.TableCollection, chance: random.Random) -> None:
    schema = tskit.MetadataSchema({"codec": "json"})
    for rows in (found, found.populations, found.individuals, found.nodes):
        rows.metadata_schema = schema
    found.metadata = chance.choice([{}, {"SLiM": {"user_metadata": 5}}, {"a": [1] * 999}])
    found.time_units = chance.choice(["years", "uncalibrated", "ticks", "", "é"])
    rows = [row.replace(metadata={"name": chance.choice(any_names)}) for row in found.populations]
    found.populations.clear()
    for row in rows:
        found.populations.append(row)


def _describe_demography_oddly(found: tskit.TableCollection, chance: random.Random) -> None:
    """Change what the provenance says of splits and mass migrations."""
    odd = chance.choice(
        [
            None,
            "x",
            [],
            {},
            {"events": 5, "populations": []},
            {"events": [5], "populations": [{"name": ["x"]}]},
            {"events": [{"__class__": "PopulationSplit"}], "populations": [{}]},
            {
                "events": [{"__class__": "MassMigration", "proportion": 1, "time": "x"}],
                "populations": [],
            },
        ]
    )
    parameters = {"command": chance.choice(["sim_ancestry", "simulate", ["x"], 5])}
    parameters |= {"demography": odd, "record_migrations": chance.choice([True, False, None, 5])}
    record = {"software": {"name": "msprime"}, "parameters": parameters}
    found.provenances.clear()
    found.provenances.add_row(json.dumps(record))


any_names: list[Any] = ["", "A", "A", 1, None, "é", "pop_0", "a" * 300, ["x"], {"x": 1}]

TREES = Format(
    "trees",
    "in.trees",
    _make_tree_seeds,
    _read_trees,
    {
        **any_bytes.BYTES,
        **any_bytes.twice(any_bytes.BYTES),
        "pack": any_bytes.pack,
        "states": _change_trees(_set_states),
        "table cleared": _change_trees(_clear_table),
        "history cut": _change_trees(_cut_history),
        "shortened": _change_trees(_shorten),
        "described oddly": _change_trees(_describe_oddly),
        "demography described oddly": _change_trees(_describe_demography_oddly),
        "flags": _set_column("nodes", "flags", 0, 1, 3, 2**20),
        "times": _set_column("nodes", "time", 0, -5, 1e300, 7, float("nan"), float("inf")),
        "populations": _set_column("nodes", "population", -1, 0, 1, 5),
        "individuals": _set_column("nodes", "individual", -1, 0, 1, 99),
        "parents": _set_column("edges", "parent", 0, 5, -1, 999),
        "lefts": _set_column("edges", "left", 0, -1, 999, 5000, float("nan")),
        "sites": _set_column("sites", "position", 0, -1, 999.5, 5000, float("nan"), 0.5),
        "nodes of mutations": _set_column("mutations", "node", 0, -1, 3, 999),
        "nodes that moved": _set_column("migrations", "node", 0, -1, 3, 999),
        "where they moved": _set_column("migrations", "dest", 0, 1, -1, 5),
        "ends of moves": _set_column("migrations", "left", 0, -1, 999, 5000, float("nan")),
        "times of moves": _set_column("migrations", "time", 0, 1e300, float("nan"), -1),
        "times of mutations": _set_column("mutations", "time", 0, 1e300, float("nan"), -1),
        "parents of mutations": _set_column("mutations", "parent", -1, 0, 3, 999),
    },
    {},
)


# Tables of true values ---------------------------------------------------------------------------


def _read_truth(path: pathlib.Path, seed: Seed) -> dict[str, Any]:
    truth = {"columns": {"s": "s", "age": "age"}, "tables": {"here": [str(path)]}}
    if seed.variant == "trees":
        names = [f"{index}.trees" for index in range(REPLICATES)]
        for name in names:
            pathlib.Path(name).write_bytes(_make_tree_seeds()[0].content)
        return _import("trees", names, truth)
    pathlib.Path("in.ms").write_bytes(_make_ms("plain"))
    return _import("ms", ["in.ms"], truth)


def _make_truth_seeds(separator: str) -> Callable[[], tuple[Seed, ...]]:
    @functools.cache
    def make() -> tuple[Seed, ...]:
        rows = [["s", "age", "file", "note"]]
        rows += [[f"0.{i}", f"{i}e3", f"{i}.trees", f"row {i}"] for i in range(REPLICATES)]
        text = "".join(separator.join(row) + "\n" for row in rows).encode()
        return Seed(text, "ms"), Seed(text, "trees")

    return make


TRUTH_TSV, TRUTH_CSV = (
    Format(
        f"truth_{suffix}",
        f"truth.{suffix}",
        _make_truth_seeds(separator),
        _read_truth,
        tables.make_mutations(separator.encode()),
        tables.make_harmless(separator.encode()),
    )
    for suffix, separator in (("tsv", "\t"), ("csv", ","))
)
