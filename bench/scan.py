"""What reading a genome costs: against cyvcf2 and zarr, which read its genotypes and nothing else.

Genomes are simulated by msprime in pieces, with as many individuals as in SHAPES, and written as
VCF.gz, BCF and VCF Zarr. In each round, in turn, of the same individuals:

- ``cyvcf2``: ``for record in cyvcf2.VCF(path, samples=names): record.genotype.array()``;
- ``zarr``: the chunks of ``call_genotype`` and of ``variant_position``;
- coalflow: records are read in blocks and judged, and alleles of usable sites are packed into bits.

With ``--memory``, the program read_contigs.py reads two genomes, the second with ten times as many
records. Its memory should be the same.

    python bench/scan.py --records 1000000 --rounds 3 --memory 1000000
"""

from __future__ import annotations

import pathlib
import sys
import tempfile

import cyvcf2
import numpy as np
import zarr

import genome_files
import measuring

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.schema.samples import Samples
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.observing import PlanGenomeSettings, ReadContigsSettings
from coalflow.genomes.genotypes.sites import Rules, judge_block
from coalflow.genomes.readers.formats import open_genome_file

SHAPES = [(100, 2504), (200, 200)]  # individuals that are read, and those of the file
# How much slower than the anchor coalflow may be.
MARKS = {"VCF.gz": 1.4, "BCF": 1.8, "VCF Zarr": None}
FLAT = 1.1  # times the memory, of ten times as many records
INDIVIDUALS = 20  # of the genomes whose reading is watched for memory
MUTATION_RATE = 1e-7  # of them, so that 10 M records have room


def main() -> None:
    """Time reading in each format, and watch its memory."""
    parser = measuring.make_parser(__doc__, rounds=3)
    parser.add_argument("--records", type=int, default=50_000, help="of each genome")
    parser.add_argument("--memory", type=int, metavar="RECORDS", help="of the smaller genome")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for read, individuals in SHAPES:
            rows += time_reading(
                pathlib.Path(folder), read, individuals, arguments.records, arguments.rounds
            )
            measuring.write_rows(rows, arguments.output)
        if arguments.memory:
            rows += watch_memory(pathlib.Path(folder), arguments.memory)
    measuring.hand_over(rows, arguments.output)


# Time --------------------------------------------------------------------------------------------


def time_reading(
    folder: pathlib.Path, read: int, individuals: int, records: int, rounds: int
) -> list[measuring.Row]:
    """Return a row for each format of a genome."""
    paths = write_formats(folder, individuals, records)
    names = genome_files.name_individuals(read)
    rows = []
    for name, path in paths.items():
        anchor = "zarr" if name == "VCF Zarr" else "cyvcf2"
        reference = read_with_zarr if anchor == "zarr" else read_with_cyvcf2
        ways = {
            "coalflow": measuring.time_call(read_sites, path, names),
            anchor: measuring.time_call(reference, path, names),
        }
        times = measuring.time_rounds(ways, rounds)
        limit = MARKS[name]
        rows.append(
            measuring.compare(
                f"{name}, {records:,} records, {read} of {individuals} diploids",
                times,
                "coalflow",
                anchor,
                amount=records,
                unit="us",
                mark=None if limit is None else measuring.Mark(">=", 1 / limit),
            )
        )
    return rows


def write_formats(folder: pathlib.Path, individuals: int, records: int) -> dict[str, pathlib.Path]:
    """Write a genome in each format, and return where."""
    stem = folder / f"genome_{individuals}"
    paths = {
        "VCF.gz": stem.with_suffix(".vcf.gz"),
        "BCF": stem.with_suffix(".bcf"),
        "VCF Zarr": stem.with_suffix(".vcz"),
    }
    genome_files.write_genome(paths["VCF.gz"], individuals, records)
    genome_files.convert_to_bcf(paths["BCF"], paths["VCF.gz"])
    genome_files.convert_to_zarr(paths["VCF Zarr"], paths["VCF.gz"])
    return paths


def read_sites(path: pathlib.Path, names: list[str]) -> int:
    """Read, judge and pack sites as coalflow does; return how many there are."""
    rules, sites = Rules(filters=("PASS", ".")), 0
    for block in open_genome_file(path).read_blocks(names):
        judged = judge_block(block, rules)
        rows = judged.usable
        sites += len(np.packbits(judged.alleles[rows].reshape(len(rows), -1), axis=1))
    return sites


def read_with_cyvcf2(path: pathlib.Path, names: list[str]) -> None:
    """Read genotypes of a VCF or BCF file, and nothing else."""
    for record in cyvcf2.VCF(str(path), samples=names):
        record.genotype.array()


def read_with_zarr(path: pathlib.Path, names: list[str]) -> None:
    """Read genotypes and positions of VCF Zarr, and nothing else."""
    store = zarr.open_group(str(path), mode="r")
    genotypes, positions = store["call_genotype"], store["variant_position"]
    step = genotypes.chunks[0]
    for start in range(0, positions.shape[0], step):
        _ = positions[start : start + step]
        # Names of individuals are in the order of the file.
        _ = genotypes[start : start + step, : len(names)]


# Memory ------------------------------------------------------------------------------------------


def watch_memory(folder: pathlib.Path, records: int) -> list[measuring.Row]:
    """Return how much memory reading takes, of two genomes."""
    measured = [measure_reading(folder, number) for number in (records, 10 * records)]
    rows = []
    for number, memory in zip((records, 10 * records), measured, strict=True):
        is_larger = number > records
        rows.append(
            measuring.Row(
                f"memory of read_contigs.py, {number:,} records, {INDIVIDUALS} diploids",
                measuring.Spread.from_values([memory]),
                "MiB",
                f"{records:,} records" if is_larger else "",
                measuring.Spread.from_values([measured[0] / memory]) if is_larger else None,
                measuring.Mark(">=", 1 / FLAT) if is_larger else None,
            )
        )
    return rows


def measure_reading(folder: pathlib.Path, records: int) -> float:
    """Return the MiB that read_contigs.py takes for a genome."""
    path, plan = folder / f"{records}.vcf.gz", folder / f"{records}.json"
    genome_files.write_genome(path, INDIVIDUALS, records, mutation_rate=MUTATION_RATE)
    samples = Samples.from_config(INDIVIDUALS, 2)
    options = GenomeOptions(seed=1, step=1)
    planning = PlanGenomeSettings(options=options, samples=samples, phased=True, parts=1)
    reading = ReadContigsSettings(options=options, part=0)
    run_program("plan_genome", planning.model_dump_json(), genome=path, output=plan)
    cost = run_program(
        "read_contigs",
        reading.model_dump_json(),
        genome=path,
        plan=plan,
        output=folder / f"{records}.npz",
    )
    path.unlink()
    return cost.memory


def run_program(name: str, settings: str, **paths: pathlib.Path) -> measuring.Cost:
    """Run a program of a rule by hand."""
    options = [word for key, path in paths.items() for word in (f"--{key}", str(path))]
    program = ROOT / "scripts" / f"{name}.py"
    return measuring.run_command([sys.executable, program, "--settings", settings, *options])


if __name__ == "__main__":
    main()
