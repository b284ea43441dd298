"""What imports cost: a file in ms's format to shards, against reading it in plain Python.

1. ``scripts/import_simulations.py``, from start to all shards written and checked for order,
   numbers and allele codes, with its peak memory.
2. A loop as anyone would write it: all lines, ``int`` for each allele, a numpy array for
   each replicate, nothing checked and nothing written.

    python bench/import_simulations.py --replicates 20000
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.schema.samples import Samples
from coalflow.config.settings.making import write_settings
from coalflow.config.settings.simulating import ImportSettings

LENGTH = 100_000
# Runs a program, then prints how much memory it held at most (Linux).
AND_PEAK = """
import pathlib, runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print(pathlib.Path("/proc/self/status").read_text())
"""


def main():
    """Write a file, time both ways in turn, print replicates a second."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=20000)
    parser.add_argument("--samples", type=int, default=20, help="diploid individuals")
    parser.add_argument("--sites", type=int, default=200, help="of each replicate")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "a.ms"
        write_file(file, arguments.replicates, 2 * arguments.samples, arguments.sites)
        zipped = file.with_suffix(".ms.gz")
        with zipped.open("wb") as output:
            subprocess.run(["gzip", "--stdout", file], stdout=output, check=True)
        size = file.stat().st_size / 1e6
        print(f"{arguments.replicates:,} replicates, {size:,.0f} MB")
        for _ in range(arguments.rounds):
            ours = measure_seconds(import_file, file, arguments)
            ours_zipped = measure_seconds(import_file, zipped, arguments)
            plain = measure_seconds(read_plainly, file, 2 * arguments.samples)
            rates = [arguments.replicates / each for each in (ours, ours_zipped, plain)]
            print(
                "import {:,.0f}/s, of a gzipped file {:,.0f}/s; plain Python {:,.0f}/s".format(
                    *rates
                )
            )
        print(f"peak memory of the import {import_file(file, arguments):,} MiB")


def write_file(file, replicates, haplotypes, sites):
    """Write random alleles, many of them rare, in ms's format."""
    generator = np.random.default_rng(1)
    with file.open("w", encoding="utf-8") as output:
        output.write(f"ms {haplotypes} {replicates} -t 50\n1 2 3\n")
        for _ in range(replicates):
            alleles = (generator.random((haplotypes, sites)) < 0.2) + np.uint8(ord("0"))
            positions = " ".join(f"{value:.6f}" for value in np.sort(generator.random(sites)))
            rows = "\n".join(row.tobytes().decode() for row in alleles.astype(np.uint8))
            output.write(f"\n//\nsegsites: {sites}\npositions: {positions} \n{rows}\n")


def measure_seconds(function, *arguments):
    """Return how long a call takes."""
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def import_file(file, arguments):
    """Run the program of the workflow on one file; return its peak memory in MiB."""
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
    options = ["--settings", write_settings(settings, code=""), "--output", file.parent / "shards"]
    options += ["--remarks", file.parent / "remarks.json"]
    done = subprocess.run(
        [sys.executable, "-c", AND_PEAK, program, *options],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "scripts")},
    )
    return int(re.search(r"VmHWM:\s+(\d+) kB", done.stdout)[1]) // 1024


def read_plainly(file, haplotypes):
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
