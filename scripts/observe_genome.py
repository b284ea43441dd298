"""Read a genome and say what it is like, before anything is spent on it."""

import argparse
import json

from coalflow import genomes
from coalflow.errors import CoalflowError, run_program
from coalflow.files import write_json


def main():
    """Read the genome, write what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genome", required=True, help="VCF or BCF file")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: haplotypes, sites, step, samples, ancestral",
    )
    parser.add_argument("--output", required=True, help="what the file is like, .json")
    arguments = parser.parse_args()
    settings = arguments.settings

    contigs, observed = genomes.read(
        arguments.genome, settings["haplotypes"], settings["samples"], settings["ancestral"]
    )
    sites, step = settings["sites"], settings["step"]
    windows = {c.name: len(genomes.windows(c, sites, step)) for c in contigs}
    if not any(windows.values()):
        most = max((len(contig.positions) for contig in contigs), default=0)
        raise CoalflowError(
            f"{arguments.genome}: no window of {sites} usable sites; the contig with the most has "
            f"{most}, after dropping {observed['dropped']}"
        )
    write_json(arguments.output, {**observed, "step": step, "windows": windows})


if __name__ == "__main__":
    run_program(main)
