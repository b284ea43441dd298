"""Genomes: VCF, compressed VCF and BCF."""

import functools
import gzip
import pathlib
import random
import struct
import tempfile
from typing import Any

import cyvcf2
from helpers.cases import CASES
from helpers.fuzzing import any_bytes
from helpers.fuzzing.formats import Format, Mutation, Seed
from helpers.fuzzing.packing import pack_bgzf
from helpers.fuzzing.plain_vcf import compare_with_text
from helpers.fuzzing.programs import (
    PLAIN,
    call,
    change,
    describe_genome,
    make_settings,
    read_json_result,
)

from coalflow.config.genomes.parts import name_part

NAMES = ("a1", "a2", "a3", "b1", "b2", "b3")
META = """\
##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##FILTER=<ID=q10,Description="Quality below 10">
##contig=<ID=chr1,length=900000>
##contig=<ID=chr2,length=900000>
##INFO=<ID=AA,Number=1,Type=String,Description="Ancestral allele">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">
"""
COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
SEPARATE = {"phased": "|", "missing": "/", "ancestral": "|", "named": "|"}
# How a file is read, by the name of its variant.
CONFIGS: dict[str, dict[str, Any]] = {
    "phased": change(PLAIN, observation={"polarised": False}),
    "missing": change(PLAIN, observation={"missing": 0.2, "phased": False}),
    "ancestral": change(PLAIN, observation={"polarised": True}),
    "named": change(PLAIN, observation={"polarised": False}),
}
GENOME: dict[str, dict[str, Any]] = {
    "ancestral": {"ancestral": "AA"},
    "named": {"samples": ["a2", "b1", "b2", "b3"]},
}
# Cases that the variant "phased" can read.
CASES_OF_ONE_POPULATION = (
    "01-haploid-chrM-first",
    "05-star-nonref-unused-alt",
    "10-odd-sample-names",
    "12-male-X",
    "13-FILTER-failed",
    "14-phase-sets",
    "15-vcf44-leading-phase",
    "21-inbred-lines",
    "24-overlapping-chunks",
    "32-chrM-first-few-samples",
)


def make_vcf(variant: str, records: int = 40) -> str:
    """Return a small VCF of two contigs."""
    chance = random.Random(variant)
    lines = ["\t".join([*COLUMNS, *NAMES])]
    for contig in ("chr1", "chr2"):
        position = 0
        for _ in range(records):
            position += chance.randint(1, 900)
            ref, alt = chance.sample("ACGT", 2)
            genotypes = [_make_genotype(variant, chance) for _ in NAMES]
            info = f"DP={chance.randint(1, 90)};AA={chance.choice([ref, alt])}"
            columns = (contig, position, ".", ref, alt, "50", "PASS", info, "GT:DP", *genotypes)
            lines.append("\t".join(map(str, columns)))
    return META + "\n".join(lines) + "\n"


def _make_genotype(variant: str, chance: random.Random) -> str:
    alleles = [str(chance.randint(0, 1)) for _ in range(2)]
    if variant == "missing" and chance.random() < 0.1:
        alleles = [".", "."]
    return SEPARATE[variant].join(alleles) + f":{chance.randint(1, 40)}"


@functools.cache
def _make_text_seeds() -> tuple[Seed, ...]:
    made = [Seed(make_vcf(variant).encode(), variant) for variant in CONFIGS]
    cases = [CASES / name / "in.vcf" for name in CASES_OF_ONE_POPULATION]
    return (*made, *(Seed(path.read_bytes(), "phased") for path in cases))


@functools.cache
def _make_packed_seeds() -> tuple[Seed, ...]:
    return tuple(Seed(pack_bgzf(seed.content), seed.variant) for seed in _make_text_seeds()[:4])


@functools.cache
def _make_bcf_seeds() -> tuple[Seed, ...]:
    made = [Seed(_convert_to_bcf(seed.content), seed.variant) for seed in _make_text_seeds()[:4]]
    return (*made, Seed((CASES / "12b-male-X-bcf" / "in.bcf").read_bytes(), "phased"))


def _convert_to_bcf(text: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = pathlib.Path(folder, "in.vcf"), pathlib.Path(folder, "in.bcf")
        plain.write_bytes(text)
        reader = cyvcf2.VCF(str(plain))
        writer = cyvcf2.Writer(str(packed), reader, mode="wb")
        for record in reader:
            writer.write_record(record)
        writer.close()
        return packed.read_bytes()


def read_genome(path: pathlib.Path, seed: Seed) -> dict[str, Any]:
    """Read a genome as the workflow does before anything is simulated."""
    variant = seed.variant
    genome = {"path": str(path), **GENOME.get(variant, {})}
    maker = make_settings(change(CONFIGS[variant], genomes={"mine": genome}))
    call("measure_observation", maker.measure_observation(), output="observed.json")
    found = describe_genome(maker, path)
    if variant in ("phased", "named"):
        compare_with_text(path, maker.observe_genome("mine"), "observed.json", found["records"])
    return found


def measure_genome(path: pathlib.Path, seed: Seed) -> dict[str, Any]:
    """Measure a genome that simulations are to resemble."""
    config = change(CONFIGS[seed.variant], observation={"like": str(path), "missing": None})
    config["observation"].pop("phased", None)
    maker = make_settings(config)
    for part in range(maker.count_measured_parts()):
        output = f"measured/{name_part(part)}.json"
        call("measure_contigs", maker.measure_contigs(part), output=output)
    settings = maker.measure_observation()
    call("measure_observation", settings, measured="measured", output="observed.json")
    return read_json_result("observed.json")


# Structure -----------------------------------------------------------------------------------


def _change_records(change_columns: Any) -> Mutation:
    """Change the columns of one record, or of every one."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        lines = content.split(b"\n")
        records = [i for i, line in enumerate(lines) if line and not line.startswith(b"#")]
        if not records:
            return content
        few = [chance.choice(records)] if chance.random() < 0.7 else records
        for index in few:
            columns = lines[index].split(b"\t")
            change_columns(columns, chance)
            lines[index] = b"\t".join(columns)
        return b"\n".join(lines)

    return mutate


def _set_column(column: int, *values: bytes) -> Mutation:
    def change_columns(columns: list[bytes], chance: random.Random) -> None:
        if column < len(columns):
            columns[column] = chance.choice(values)

    return _change_records(change_columns)


def _set_genotype(*values: bytes) -> Mutation:
    def change_columns(columns: list[bytes], chance: random.Random) -> None:
        if len(columns) > 9:
            columns[chance.randrange(9, len(columns))] = chance.choice(values)

    return _change_records(change_columns)


def _drop_column(columns: list[bytes], chance: random.Random) -> None:
    del columns[chance.randrange(len(columns))]


def _swap_columns(columns: list[bytes], chance: random.Random) -> None:
    one, other = chance.randrange(len(columns)), chance.randrange(len(columns))
    columns[one], columns[other] = columns[other], columns[one]


def _repeat_column(columns: list[bytes], chance: random.Random) -> None:
    index = chance.randrange(len(columns))
    columns[index:index] = [columns[index]] * chance.choice([1, 2, 2000])


def _change_ploidy(columns: list[bytes], chance: random.Random) -> None:
    ploidy = chance.choice([1, 1, 3, 4, 2000])
    columns[9:] = [b"|".join([b"01"[i % 2 : i % 2 + 1] for i in range(ploidy)])] * len(columns[9:])


def _mix_ploidy(columns: list[bytes], chance: random.Random) -> None:
    columns[9:] = [chance.choice([b"0", b"1", b"0|1", b".", b"1|0|0"]) for _ in columns[9:]]


def _change_header(*replaced: tuple[bytes, bytes]) -> Mutation:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        old, new = chance.choice(replaced)
        return content.replace(old, new, 1)

    return mutate


def _drop_meta(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    meta = [i for i, line in enumerate(lines) if line.startswith(b"##")]
    drop = set(meta) if chance.random() < 0.3 else {chance.choice(meta)} if meta else set()
    return b"\n".join(line for i, line in enumerate(lines) if i not in drop)


def _rename_samples(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    for index, line in enumerate(lines):
        if line.startswith(b"#CHROM"):
            columns = line.split(b"\t")
            for column in range(9, len(columns)):
                if chance.random() < 0.5:
                    columns[column] = chance.choice([*any_bytes.ODD_WORDS, b"a1", b"0", b"POS"])
            lines[index] = b"\t".join(columns)
    return b"\n".join(lines)


STRUCTURE: dict[str, Mutation] = {
    "contig": _set_column(0, *any_bytes.ODD_WORDS, b"<X>", b"chr1:5-9", b"track1"),
    "position": _set_column(1, *any_bytes.ODD_NUMBERS),
    "reference": _set_column(3, b"N", b"a", b"*", b"AC", b"", b".", b"<DEL>", b"A" * 9999, b"\xe9"),
    "alternative": _set_column(
        4,
        b".",
        b"*",
        b"<NON_REF>",
        b"T,<*>",
        b"A]2:3]",
        b",",
        b"T,",
        b"\xe9",
        b",".join([b"A"] * 999),
    ),
    "quality": _set_column(5, *any_bytes.ODD_NUMBERS),
    "filter": _set_column(6, b".", b"q10", b"PASS;q10", b"", b"0", b"undeclared", b";"),
    "info": _set_column(
        7, b".", b"AA=", b"AA=a|||", b"AA=-", b"AA", b"END=5", b"DP=x", b";;", b"AA=A,C", b"X=\xe9"
    ),
    "format": _set_column(8, b"DP", b"", b".", b"DP:GT", b"GT:GT", b"GT:XX", b"PL:GT", b"gt"),
    "genotype": _set_genotype(
        *(
            b".",
            b"./.",
            b"0/1",
            b"0|.",
            b"2|0",
            b"-1|0",
            b"99999|0",
            b"0||1",
            b"|",
            b"",
            b"0|1:",
            b"x",
        ),
        *(b"1/", b"0|1|1", b"|0|1", b"/0/1", b"0\\1", b"0|1:1:1:1", b"2147483647|0", b"0|1 "),
    ),
    "column dropped": _change_records(_drop_column),
    "columns swapped": _change_records(_swap_columns),
    "column repeated": _change_records(_repeat_column),
    "ploidy": _change_records(_change_ploidy),
    "ploidy mixed": _change_records(_mix_ploidy),
    "meta dropped": _drop_meta,
    "samples renamed": _rename_samples,
    "header changed": _change_header(
        (b"#CHROM", b"CHROM"),
        (b"\tFORMAT", b""),
        (b"ID=GT,Number=1,Type=String", b"ID=GT,Number=2,Type=Integer"),
        (b"##fileformat=VCFv4.2", b"##fileformat=VCFv9.9"),
        (b"ID=AA,Number=1,Type=String", b"ID=AA,Number=A,Type=Float"),
        (b"length=900000", b"length=10"),
        (b"<ID=chr1", b"<ID="),
        (b"#CHROM\tPOS", b"#CHROM\tpos"),
        (b"\ta1\t", b"\ta2\t"),
    ),
}


# What means the same -------------------------------------------------------------------------


def _add_remarks(content: bytes, _chance: random.Random) -> bytes:
    return content.replace(b"#CHROM", b"##source=me\n##note=<ID=x>\n#CHROM", 1)


def _drop_details(columns: list[bytes], _chance: random.Random) -> None:
    columns[2], columns[5] = b"rs1", b"."
    columns[8:] = [column.split(b":")[0] for column in columns[8:]]


def _drop_details_of_all(content: bytes, chance: random.Random) -> bytes:
    class Every(random.Random):
        def random(self) -> float:
            return 1.0

    return _change_records(_drop_details)(content, Every(0))


HARMLESS: dict[str, Mutation] = {
    "remarks": _add_remarks,
    "nothing but GT": _drop_details_of_all,
    "end lines as windows": any_bytes.end_lines_as_windows,
    "pack": any_bytes.pack,
    "pack as bgzip": lambda content, _chance: pack_bgzf(content),
}


# Inside of what is compressed ----------------------------------------------------------------


def _inside(mutation: Mutation) -> Mutation:
    """Unpack, mutate, and pack again."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        return pack_bgzf(mutation(gzip.decompress(content), chance))

    return mutate


def _change_bcf_field(content: bytes, chance: random.Random) -> bytes:
    """Change a fixed field of one BCF record, or the length of the header."""
    records = []
    start = 9 + struct.unpack("<I", content[5:9])[0]
    while start + 32 <= len(content):
        records.append(start)
        start += 8 + sum(struct.unpack("<II", content[start : start + 8]))
    fields = [5, *(chance.choice(records) + 4 * field for field in range(8) for _ in range(3))]
    where, values = chance.choice(fields), (0, 1, 2, 255, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
    new = struct.pack("<I", chance.choice(values))
    return content[:where] + new + content[where + 4 :]


def _inside_all(mutations: dict[str, Mutation]) -> dict[str, Mutation]:
    return {f"inside: {name}": _inside(mutation) for name, mutation in mutations.items()}


TEXT = {**any_bytes.TEXT, **STRUCTURE, **any_bytes.twice(STRUCTURE)}
VCF = Format("vcf", "in.vcf", _make_text_seeds, read_genome, TEXT, HARMLESS)
VCF_MEASURED = Format("vcf_like", "like.vcf", _make_text_seeds, measure_genome, TEXT, {})
VCF_GZ = Format(
    "vcf_gz",
    "in.vcf.gz",
    _make_packed_seeds,
    read_genome,
    {**any_bytes.BYTES, **_inside_all(TEXT)},
    _inside_all({name: one for name, one in HARMLESS.items() if "pack" not in name}),
)
BCF = Format(
    "bcf",
    "in.bcf",
    _make_bcf_seeds,
    read_genome,
    {
        **any_bytes.BYTES,
        **_inside_all(any_bytes.BYTES),
        **{f"inside: field {index}": _inside(_change_bcf_field) for index in range(1, 10)},
    },
    {"not compressed": lambda content, _chance: gzip.decompress(content)},
)
