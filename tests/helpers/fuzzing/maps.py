"""Recombination maps in HapMap's format."""

import functools
import pathlib
import random
from typing import Any

from helpers.fuzzing import any_bytes
from helpers.fuzzing.formats import Format, Mutation, Seed
from helpers.fuzzing.histories import SIMULATED, summarise_shard
from helpers.fuzzing.programs import PLAIN, call, change, make_settings

HEAD = "Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)\n"
ROWS = ((0, 1.0), (30_000, 2.0), (60_000, 0.5), (90_000, 3.0), (120_000, 0.0))


@functools.cache
def _make_seeds() -> tuple[Seed, ...]:
    spaced = _make_map().replace(b"\t", b" ")
    return Seed(_make_map()), Seed(spaced), Seed(_make_map(first=2_000))


def _make_map(first: int = 0) -> bytes:
    centimorgans, lines, last = 0.0, [], None
    for position, rate in ROWS:
        if last is not None:
            centimorgans += last[1] * (position - last[0]) / 1e6
        lines.append(f"chr1\t{position + first}\t{rate:.6f}\t{centimorgans:.8f}\n")
        last = (position, rate)
    return (HEAD + "".join(lines)).encode()


def _read(path: pathlib.Path, _seed: Seed) -> dict[str, Any]:
    simulated = {**SIMULATED, "recombination_rate": None, "recombination_map": str(path)}
    maker = make_settings(change(PLAIN, simulation=simulated))
    (cell,) = maker.cells.values()
    call("simulate", maker.simulate_shard(cell, 0), output="shard.npz")
    return summarise_shard("shard.npz")


def _set_column(column: int, *values: bytes) -> Mutation:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        separator = b"\t" if b"\t" in content else b" "
        lines = content.split(b"\n")
        chosen = [chance.randrange(1, len(lines))]
        if chance.random() < 0.3:
            chosen = list(range(1, len(lines)))
        value = chance.choice(values)
        for index in chosen:
            columns = lines[index].split(separator)
            if column < len(columns):
                columns[column] = value
                lines[index] = separator.join(columns)
        return b"\n".join(lines)

    return mutate


def _drop_column(content: bytes, chance: random.Random) -> bytes:
    column = chance.randrange(4)
    lines = [line.split() for line in content.split(b"\n") if line]
    return b"".join(b"\t".join(line[:column] + line[column + 1 :]) + b"\n" for line in lines)


def _append_contig(content: bytes, _chance: random.Random) -> bytes:
    return content + content.partition(b"\n")[2].replace(b"chr1", b"chr2")


MUTATIONS = {
    **any_bytes.TEXT,
    "contig": _set_column(0, *any_bytes.ODD_WORDS, b"chr2"),
    "position": _set_column(1, *any_bytes.ODD_NUMBERS),
    "rate": _set_column(2, *any_bytes.ODD_NUMBERS),
    "centimorgans": _set_column(3, *any_bytes.ODD_NUMBERS),
    "column dropped": _drop_column,
    "contig appended": _append_contig,
}
HARMLESS = {
    "end lines as windows": any_bytes.end_lines_as_windows,
    "pack": any_bytes.pack,
    "by spaces": lambda content, _chance: content.replace(b"\t", b" "),
    "lines at the end": lambda content, _chance: content + b"\n\n",
}
MAP = Format("map", "map.txt", _make_seeds, _read, MUTATIONS, HARMLESS)
