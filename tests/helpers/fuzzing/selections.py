"""What is read of a genome: panels, lists of individuals, regions, ancestral sequences."""

import functools
import pathlib
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from helpers.fuzzing import any_bytes
from helpers.fuzzing.formats import Format, Seed
from helpers.fuzzing.genomes import NAMES, make_vcf
from helpers.fuzzing.programs import PLAIN, call, change, make_settings, read_json_result

LENGTH = 900_000  # of both contigs
PROGRAMS = ("plan_genome", "read_contigs")


def _plan(genome: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what is planned to be read, and the sites that are read."""
    pathlib.Path("in.vcf").write_text(make_vcf("phased"))
    maker = make_settings(change(PLAIN, genomes={"mine": {"path": "in.vcf", **genome}}, **changes))
    call("plan_genome", maker.plan_genome("mine"), genome="in.vcf", output="plan.json")
    call(
        "read_contigs",
        maker.read_contigs("mine", 0),
        genome="in.vcf",
        plan="plan.json",
        output="contigs.npz",
    )
    with np.load("contigs.npz") as stored:
        sites = {name: stored[name].tolist() for name in stored.files if name != "meta"}
    return {**read_json_result("plan.json"), **sites}


# Individuals -------------------------------------------------------------------------------------


@functools.cache
def _make_panels() -> tuple[Seed, ...]:
    lines = [f"{name}\tpop{name[0]}\tEUR\tmale\n" for name in NAMES]
    ragged = ["sample\tpop\tsuper_pop\tgender\t\t\n", *lines[:3], lines[3].replace("\n", "\t\t\n")]
    return (
        Seed(
            "".join(["sample\tpop\tsuper_pop\tgender\n", *lines, "x\tpopx\tEUR\tmale\n"]).encode()
        ),
        Seed("".join([*ragged, *lines[4:]]).encode()),
        Seed("".join(["sample pop super_pop\n", *(f"{n} popa EUR\n" for n in NAMES)]).encode()),
    )


def _read_panel(path: pathlib.Path, _seed: Seed) -> dict[str, Any]:
    samples = {"panel": str(path), "population": "super_pop", "populations": ["EUR"]}
    return _plan({"samples": samples})


@functools.cache
def _make_lists() -> tuple[Seed, ...]:
    return (
        Seed("".join(f"{name}\n" for name in NAMES[:5]).encode()),
        Seed(("# mine\n\n" + "".join(f"{name} \n" for name in NAMES[1:5])).encode()),
    )


def _read_list(path: pathlib.Path, _seed: Seed) -> dict[str, Any]:
    return _plan({"samples": str(path)})


# Regions -----------------------------------------------------------------------------------------


@functools.cache
def _make_regions() -> tuple[Seed, ...]:
    return (
        Seed(b"chr1\t0\t9000\nchr1\t9500\t40000\nchr2\t100\t50000\n", "regions"),
        Seed(b"track name=x\nchr1 2000 3000 A\nchr9 0 100 B\n", "exclude"),
        Seed(b"# mine\nchr2\n", "contigs"),
        Seed(b"chr1\n", "exclude"),
    )


def _read_regions(path: pathlib.Path, seed: Seed) -> dict[str, Any]:
    return _plan({seed.variant: str(path)})


# Ancestral sequences -----------------------------------------------------------------------------


@functools.cache
def _make_sequences() -> tuple[Seed, ...]:
    chance = random.Random(3)
    lines = ["".join(chance.choices("ACGTacgtN-.", k=60)) + "\n" for _ in range(LENGTH // 60)]
    named = [">chr1 first\n", *lines, ">chr2\n", *reversed(lines)]
    ensembl = [f">ANCESTOR_for_chromosome:X:2:1:{LENGTH}:1\n", *lines]
    return Seed("".join(named).encode()), Seed("".join(ensembl).encode())


def _read_sequences(path: pathlib.Path, _seed: Seed) -> dict[str, Any]:
    genome = {"ancestral": {"fasta": str(path)}}
    return _plan(genome, observation={"polarised": True})


def _make_format(
    name: str, file: str, seeds: Callable[[], tuple[Seed, ...]], read: Any, **options: Any
) -> Format:
    harmless = {"end lines as windows": any_bytes.end_lines_as_windows}
    harmless |= options.pop("harmless", {"begin with mark": any_bytes.begin_with_mark})
    mutations = {**any_bytes.TEXT, **any_bytes.twice(any_bytes.TEXT)}
    return Format(name, file, seeds, read, mutations, harmless, programs=PROGRAMS, **options)


FORMATS = (
    _make_format("panel", "samples.panel", _make_panels, _read_panel, names=("in.vcf: ",)),
    _make_format("individuals", "names.txt", _make_lists, _read_list, names=("in.vcf: ",)),
    _make_format("regions", "regions.bed", _make_regions, _read_regions, names=("in.vcf: ",)),
    _make_format("fasta", "ancestor.fa", _make_sequences, _read_sequences, harmless={}),
)
