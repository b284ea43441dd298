"""What imports cost: a file in ms's format to shards, against reading it in plain Python.

1. ``scripts/import_simulations.py``, from start to all shards written and checked for order,
   numbers and allele codes, with its peak memory; also of a gzipped file.
2. A loop as anyone would write it: all lines, ``int`` for each allele, a numpy array for
   each replicate, nothing checked and nothing written.

    python bench/import_simulations.py --replicates 20000
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import numpy as np
import numpy.typing as npt

import measuring
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.making import write_settings
from coalflow.config.settings.simulating import ImportSettings
from measuring import Mark, Row, Spread

LENGTH = 100_000


def main() -> None:
    """Write a file, time all ways in turn, hand over the rows."""
    parser = measuring.make_parser(__doc__, rounds=3)
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--samples", type=int, default=20, help="diploid individuals")
    parser.add_argument("--sites", type=int, default=200, help="of each replicate")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "a.ms"
        write_file(file, arguments.replicates, 2 * arguments.samples, arguments.sites)
        zipped = file.with_suffix(".ms.gz")
        with zipped.open("wb") as output:
            subprocess.run(["gzip", "--stdout", file], stdout=output, check=True)
        costs: list[measuring.Cost] = []

        def run() -> float:
            costs.append(import_file(file, arguments))
            return costs[-1].seconds

        ways: dict[str, measuring.Way] = {
            "text": run,
            "gzipped": lambda: import_file(zipped, arguments).seconds,
            "plain Python": measuring.time_call(read_plainly, file, 2 * arguments.samples),
        }
        times = measuring.time_rounds(ways, arguments.rounds)
    what = f"import of {arguments.replicates:,} windows of {arguments.sites} × "
    what += f"{2 * arguments.samples} in the format of ms"
    rows = [
        measuring.compare(
            f"{what}, {way}",
            times,
            way,
            "plain Python",
            amount=arguments.replicates,
            unit="windows/s",
            mark=Mark(">=", 1.0),
        )
        for way in ("text", "gzipped")
    ]
    memory = Spread.from_values(cost.memory for cost in costs)
    measuring.hand_over([*rows, Row(f"{what}: peak memory", memory, "MiB")], arguments.output)


def write_file(file: pathlib.Path, replicates: int, haplotypes: int, sites: int) -> None:
    """Write random alleles, many of them rare, in ms's format."""
    generator = np.random.default_rng(1)
    with file.open("w", encoding="utf-8") as output:
        output.write(f"ms {haplotypes} {replicates} -t 50\n1 2 3\n")
        for _ in range(replicates):
            alleles = (generator.random((haplotypes, sites)) < 0.2) + np.uint8(ord("0"))
            positions = " ".join(f"{value:.6f}" for value in np.sort(generator.random(sites)))
            rows = "\n".join(row.tobytes().decode() for row in alleles.astype(np.uint8))
            output.write(f"\n//\nsegsites: {sites}\npositions: {positions} \n{rows}\n")


def import_file(file: pathlib.Path, arguments: argparse.Namespace) -> measuring.Cost:
    """Run the program of the workflow on one file; return what it took."""
    settings = ImportSettings(
        cell="class=a",
        parameters={"class": "a", "sequence_length": LENGTH},
        format="ms",
        files=(str(file),),
        truth={},
        tables=(),
        sequence_length=LENGTH,
        samples=Samples.from_config(arguments.samples, ploidy=2),
        tree_statistics=(),
        replicates=arguments.replicates,
        shard_size=2500,
    )
    program = ROOT / "scripts" / "import_simulations.py"
    options: list[str | pathlib.Path] = ["--settings", write_settings(settings, code="")]
    options += ["--output", file.parent / "shards", "--remarks", file.parent / "remarks.json"]
    return measuring.run_command(
        [sys.executable, program, *options],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
    )


def read_plainly(
    file: pathlib.Path, haplotypes: int
) -> list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]]:
    """Return the alleles and positions of all replicates, the simple way."""
    lines = file.read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(lines):
        if line.startswith("segsites"):
            rows = lines[number + 2 : number + 2 + haplotypes]
            alleles = np.array([[int(allele) for allele in row] for row in rows], np.uint8)
            positions = np.array(lines[number + 1].split()[1:], float)
            found.append((alleles.T, positions))
    return found


if __name__ == "__main__":
    main()
