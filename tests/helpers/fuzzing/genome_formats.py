"""Genomes in other formats than VCF: VCF Zarr, tree sequences and the output of ms."""

import functools
import io
import json
import pathlib
import random
import tempfile
import zipfile
from collections.abc import Callable
from typing import Any

import msprime
import tszip
from helpers.fuzzing import any_bytes, imports
from helpers.fuzzing.formats import Format, Mutation, Seed
from helpers.fuzzing.genomes import make_vcf
from helpers.fuzzing.packing import pack_bgzf
from helpers.fuzzing.programs import PLAIN, call, change, describe_genome, make_settings
from helpers.genome_files import write_vcf_zarr

ZEROS = (1980, 1, 1, 0, 0, 0)  # when members of zip files were written
CONFIGS: dict[str, dict[str, Any]] = {
    "plain": change(PLAIN, observation={"polarised": False}),
    "ancestral": change(PLAIN, observation={"polarised": True}),
}
GENOME = {"plain": {}, "ancestral": {"ancestral": "AA"}}


def _read(path: pathlib.Path, seed: Seed) -> dict[str, Any]:
    """Read a genome as the workflow does before anything is simulated."""
    genome = {"path": str(path), **GENOME[seed.variant]}
    maker = make_settings(change(CONFIGS[seed.variant], genomes={"mine": genome}))
    call("measure_observation", maker.measure_observation(), output="observed.json")
    return describe_genome(maker, path)


# Zip files ----------------------------------------------------------------------------------------


def _pack(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, ZEROS), content)
    return packed.getvalue()


def _unpack(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in sorted({*archive.namelist()})}


def _change_member(mutation: Mutation) -> Mutation:
    """Change one file in a zip file."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        members = _unpack(content)
        name = chance.choice([*members])
        members[name] = mutation(members[name], chance)
        return _pack(members)

    return mutate


def _drop_member(content: bytes, chance: random.Random) -> bytes:
    members = _unpack(content)
    del members[chance.choice([*members])]
    return _pack(members)


def _change_metadata(content: bytes, chance: random.Random) -> bytes:
    """Change a value in the metadata of an array or a group."""
    members = _unpack(content)
    name = chance.choice([name for name in members if name.endswith((".zarray", ".zattrs"))])
    metadata = json.loads(members[name])
    if metadata:
        odd = [None, 0, -1, 10**18, "", "x", [], [0], [10**9] * 3, {}, {"id": "pickle"}, "|O", True]
        metadata[chance.choice([*metadata])] = chance.choice(odd)
    members[name] = json.dumps(metadata).encode()
    return _pack(members)


def _swap_members(content: bytes, chance: random.Random) -> bytes:
    members = _unpack(content)
    one, other = chance.choice([*members]), chance.choice([*members])
    members[one], members[other] = members[other], members[one]
    return _pack(members)


ZIPPED: dict[str, Mutation] = {
    **any_bytes.BYTES,
    **{f"inside: {name}": _change_member(each) for name, each in any_bytes.BYTES.items()},
    "member dropped": _drop_member,
    "members swapped": _swap_members,
    "metadata changed": _change_metadata,
}


def _reorder(content: bytes, chance: random.Random) -> bytes:
    members = [*_unpack(content).items()]
    chance.shuffle(members)
    return _pack(dict(members))


# Seeds --------------------------------------------------------------------------------------------


@functools.cache
def _make_zarr_seeds() -> tuple[Seed, ...]:
    seeds = []
    for variant in CONFIGS:
        text = make_vcf("ancestral" if variant == "ancestral" else "phased")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "in.vcf.gz").write_bytes(pack_bgzf(text.encode()))
            write_vcf_zarr(folder / "in.vcz", folder / "in.vcf.gz", variants=20, samples=3)
            files = sorted(path for path in (folder / "in.vcz").rglob("*") if path.is_file())
            members = {str(path.relative_to(folder / "in.vcz")): path for path in files}
            packed = _pack({name: path.read_bytes() for name, path in members.items()})
        seeds.append(Seed(packed, variant))
    return tuple(seeds)


def _simulate(write: Callable[[Any, str], None]) -> tuple[Seed, ...]:
    trees = msprime.sim_ancestry(
        6,
        population_size=10_000,
        sequence_length=20_000,
        recombination_rate=1e-8,
        random_seed=1,
    )
    trees = msprime.sim_mutations(trees, rate=2e-8, random_seed=2)
    with tempfile.NamedTemporaryFile() as file:
        write(trees, file.name)
        content = pathlib.Path(file.name).read_bytes()
    return tuple(Seed(content, variant) for variant in CONFIGS)


@functools.cache
def _make_tree_seeds() -> tuple[Seed, ...]:
    return _simulate(lambda trees, path: trees.dump(path))


@functools.cache
def _make_tszip_seeds() -> tuple[Seed, ...]:
    packed = _simulate(lambda trees, path: tszip.compress(trees, path))
    return tuple(Seed(_pack(_unpack(seed.content)), seed.variant) for seed in packed)


@functools.cache
def _make_ms_seeds() -> tuple[Seed, ...]:
    chance = random.Random("ms")
    lines = ["ms 8 2 -t 5.0 -r 2 20000", "1 2 3"]
    for _ in range(2):
        positions = sorted(f"{chance.random():.5f}" for _ in range(60))
        lines += ["", "//", "segsites: 60", f"positions: {' '.join(positions)}"]
        lines += ["".join(chance.choice("01") for _ in range(60)) for _ in range(8)]
    content = ("\n".join(lines) + "\n").encode()
    return tuple(Seed(content, variant) for variant in CONFIGS)


FORMATS = (
    Format(
        "vcf_zarr",
        "in.vcz.zip",
        _make_zarr_seeds,
        _read,
        ZIPPED,
        {"members in another order": _reorder},
    ),
    Format("tree_genome", "in.trees", _make_tree_seeds, _read, imports.TREES.mutations, {}),
    Format(
        "tszip", "in.tsz", _make_tszip_seeds, _read, ZIPPED, {"members in another order": _reorder}
    ),
    Format(
        "ms_genome",
        "in.ms",
        _make_ms_seeds,
        _read,
        imports.MS.mutations,
        {"pack": any_bytes.pack, "end lines as windows": any_bytes.end_lines_as_windows},
    ),
)
