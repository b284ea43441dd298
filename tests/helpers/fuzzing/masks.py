"""Accessibility masks: BED files."""

import functools
import pathlib
import random
from typing import Any

from helpers.fuzzing import any_bytes
from helpers.fuzzing.formats import Format, Mutation, Seed
from helpers.fuzzing.genomes import make_vcf
from helpers.fuzzing.programs import (
    PLAIN,
    call,
    change,
    describe_genome,
    make_settings,
    read_json_result,
)


@functools.cache
def _make_seeds() -> tuple[Seed, ...]:
    plain = "chr1\t0\t9000\nchr1\t9500\t40000\nchr2\t100\t50000\n"
    named = "# mask\nchr1\t0\t30000\tA\t0\t+\nbrowser position chr1\ntrack name=x\nchr2\t5\t26000\n"
    overlapping = "chr2 10 30000\nchr1 500 20000\nchr1 100 900\nchr1 19000 31000\n"
    return tuple(Seed(text.encode()) for text in (plain, named, overlapping))


def _read(path: pathlib.Path, _seed: Seed) -> dict[str, Any]:
    pathlib.Path("in.vcf").write_text(make_vcf("phased"))
    observation = {"polarised": False, "mask": str(path)}
    maker = make_settings(
        change(PLAIN, observation=observation, genomes={"mine": {"path": "in.vcf"}})
    )
    call("measure_observation", maker.measure_observation(), output="observed.json")
    described = describe_genome(maker, "in.vcf")
    return {"observed.json": read_json_result("observed.json"), "genome.json": described}


def _set_column(column: int, *values: bytes) -> Mutation:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        lines = content.split(b"\n")
        index = chance.randrange(len(lines))
        columns = lines[index].split(b"\t")
        if column < len(columns):
            columns[column] = chance.choice(values)
        lines[index] = b"\t".join(columns)
        return b"\n".join(lines)

    return mutate


def _reverse(content: bytes, _chance: random.Random) -> bytes:
    """Write the stretches in another order."""
    lines = content.decode().splitlines()
    return "".join(f"{line}\n" for line in reversed(lines)).encode()


def _add_remarks(content: bytes, _chance: random.Random) -> bytes:
    return b"#gffTags\ntrack\ttype=bed\nbrowser hide all\n\n" + content + b"\n\n"


def _add_overlaps(content: bytes, _chance: random.Random) -> bytes:
    return content + b"\n" + content


MUTATIONS = {
    **any_bytes.TEXT,
    "contig": _set_column(0, *any_bytes.ODD_WORDS, b"track1", b"browser_2", b"#chr1", b"track"),
    "start": _set_column(1, *any_bytes.ODD_NUMBERS),
    "end": _set_column(2, *any_bytes.ODD_NUMBERS, b"9223372036854775806"),
    **any_bytes.twice(any_bytes.TEXT),
}
HARMLESS = {
    "end lines as windows": any_bytes.end_lines_as_windows,
    "pack": any_bytes.pack,
    "reversed": _reverse,
    "remarks": _add_remarks,
    "overlaps": _add_overlaps,
}
# Where none of a genome's sites is in the mask, the genome is refused, by the name of both.
BED = Format("bed", "mask.bed", _make_seeds, _read, MUTATIONS, HARMLESS, names=("in.vcf: ",))
