"""Files with the sexes of individuals."""

import functools
import pathlib
import random
from typing import Any

from helpers.fuzzing import any_bytes
from helpers.fuzzing.formats import Format, Seed
from helpers.fuzzing.genomes import CONFIGS, NAMES, make_vcf
from helpers.fuzzing.programs import call, change, describe_genome, make_settings

SEXES = ("male", "female")
PLOIDY = {"chr1": dict.fromkeys(SEXES, 2), "chr2": 2}


@functools.cache
def _make_seeds() -> tuple[Seed, ...]:
    lines = [f"{name}\t{SEXES[index % 2]}\n" for index, name in enumerate(NAMES)]
    return Seed("".join(lines).encode()), Seed("".join([*lines, "other\tmale\n"]).encode())


def _read(path: pathlib.Path, _seed: Seed) -> dict[str, Any]:
    pathlib.Path("in.vcf").write_text(make_vcf("missing"))
    genome = {"path": "in.vcf", "ploidy": PLOIDY, "sexes": str(path)}
    maker = make_settings(change(CONFIGS["missing"], genomes={"mine": genome}))
    call("measure_observation", maker.measure_observation(), output="observed.json")
    return describe_genome(maker, "in.vcf")


def _turn_around(content: bytes, _chance: random.Random) -> bytes:
    return b"".join(line + b"\n" for line in reversed(content.splitlines()))


SEXES_FORMAT = Format(
    "sexes",
    "sexes.tsv",
    _make_seeds,
    _read,
    {**any_bytes.TEXT, **any_bytes.twice(any_bytes.TEXT)},
    {
        "end lines as windows": any_bytes.end_lines_as_windows,
        "begin with mark": any_bytes.begin_with_mark,
        "turned around": _turn_around,
    },
)
