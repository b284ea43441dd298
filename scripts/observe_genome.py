"""Read a genome and say what it is like, before anything is spent on it."""

import argparse
import json

from coalflow import genomes
from coalflow.errors import run_program
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
    tiled = genomes.tile(contigs, settings["sites"], settings["step"])
    windows = {contig.name: len(first) for contig, first in tiled}
    write_json(arguments.output, {**observed, "step": settings["step"], "windows": windows})


if __name__ == "__main__":
    run_program(main)
