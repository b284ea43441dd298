"""Tables: joint draws of parameters."""

import functools
import pathlib
import random
from collections.abc import Callable
from typing import Any

from helpers.fuzzing import any_bytes
from helpers.fuzzing.formats import Format, Mutation, Seed
from helpers.fuzzing.histories import SIMULATED, summarise_shard
from helpers.fuzzing.programs import PLAIN, call, change, make_settings


def _change_rows(
    separator: bytes, change: Callable[[list[list[bytes]], random.Random], None]
) -> Mutation:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        rows = [line.split(separator) for line in content.split(b"\n") if line]
        change(rows, chance)
        return b"".join(separator.join(row) + b"\n" for row in rows)

    return mutate


def _drop_column(rows: list[list[bytes]], chance: random.Random) -> None:
    column = chance.randrange(len(rows[0]))
    for row in rows:
        del row[column]


def _repeat_column(rows: list[list[bytes]], chance: random.Random) -> None:
    column = chance.randrange(len(rows[0]))
    for row in rows:
        row.append(row[column])


def _drop_header(rows: list[list[bytes]], _chance: random.Random) -> None:
    del rows[0]


def _rename_column(rows: list[list[bytes]], chance: random.Random) -> None:
    rows[0][chance.randrange(len(rows[0]))] = chance.choice([*any_bytes.ODD_WORDS, b" s", b"S"])


def _drop_cell(rows: list[list[bytes]], chance: random.Random) -> None:
    row = chance.choice(rows)
    del row[chance.randrange(len(row))]


def _add_cell(rows: list[list[bytes]], chance: random.Random) -> None:
    row = chance.choice(rows)
    row.insert(chance.randrange(len(row) + 1), chance.choice([b"", b"1", b"x"]))


def _set_cell(rows: list[list[bytes]], chance: random.Random) -> None:
    row = chance.choice(rows[1:] or rows)
    row[chance.randrange(len(row))] = chance.choice(any_bytes.ODD_NUMBERS)


def _drop_rows(rows: list[list[bytes]], chance: random.Random) -> None:
    del rows[chance.randrange(1, len(rows)) :]


def _add_rows(rows: list[list[bytes]], chance: random.Random) -> None:
    rows += rows[1:] * chance.choice([1, 1000])


def _turn_columns_around(rows: list[list[bytes]], _chance: random.Random) -> None:
    for row in rows:
        row.reverse()


def _add_column(rows: list[list[bytes]], _chance: random.Random) -> None:
    for row in rows:
        row.append(b"x")


def _quote_cells(rows: list[list[bytes]], _chance: random.Random) -> None:
    for row in rows:
        row[:] = [b'"' + cell + b'"' for cell in row]


def make_mutations(separator: bytes) -> dict[str, Mutation]:
    """Return what can happen to a table."""
    changes = (
        *(_drop_column, _repeat_column, _drop_header, _rename_column, _drop_cell, _add_cell),
        *(_set_cell, _drop_rows, _add_rows),
    )
    own = {
        change.__name__.strip("_").replace("_", " "): _change_rows(separator, change)
        for change in changes
    }
    return {**any_bytes.TEXT, **own, "set another cell": _change_rows(separator, _set_cell)}


def make_harmless(separator: bytes) -> dict[str, Mutation]:
    """Return what changes nothing of what a table means."""
    return {
        "end lines as windows": any_bytes.end_lines_as_windows,
        "begin with mark": any_bytes.begin_with_mark,
        "columns turned around": _change_rows(separator, _turn_columns_around),
        "column added": _change_rows(separator, _add_column),
        "cells in quotes": _change_rows(separator, _quote_cells),
    }


# Joint draws -----------------------------------------------------------------------------------


def _make_seeds(separator: str) -> Callable[[], tuple[Seed, ...]]:
    @functools.cache
    def make() -> tuple[Seed, ...]:
        rows = [["population_size", "mutation_rate", "other"]]
        rows += [[str(1000 + 37 * i), f"{1 + i / 7:.5f}e-8", "x"] for i in range(12)]
        return (Seed("".join(separator.join(row) + "\n" for row in rows).encode()),)

    return make


def _read_draws(path: pathlib.Path, _seed: Seed) -> dict[str, Any]:
    prior = {name: {"draws": name} for name in ("population_size", "mutation_rate")}
    simulated = {
        **SIMULATED,
        "mutation_rate": None,
        "demography": None,
        "prior": prior,
        "draws": str(path),
    }
    maker = make_settings(change(PLAIN, simulation=simulated))
    (cell,) = maker.cells.values()
    call("simulate", maker.simulate_shard(cell, 0), output="shard.npz")
    return summarise_shard("shard.npz")


DRAWS_TSV, DRAWS_CSV = (
    Format(
        f"draws_{suffix}",
        f"draws.{suffix}",
        _make_seeds(separator),
        _read_draws,
        make_mutations(separator.encode()),
        make_harmless(separator.encode()),
    )
    for suffix, separator in (("tsv", "\t"), ("csv", ","))
)
