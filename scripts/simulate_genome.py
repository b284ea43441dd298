"""Simulate a whole genome and write it as VCF: a scan where the truth is known."""

import argparse
import json

from coalflow import demography, genomes, seeds
from coalflow.errors import run_program
from coalflow.simulation import neutral


def main():
    """Read the arguments, simulate, write the VCF."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: genome, parameters, epochs, samples, seed",
    )
    parser.add_argument("--output", required=True, help="the genome, .vcf.gz")
    arguments = parser.parse_args()
    settings = arguments.settings
    parameters = settings["parameters"]

    graph = demography.from_epochs(parameters["population_size"], settings["epochs"])
    trees = neutral.genome(
        demography.to_msprime(graph),
        settings["samples"],
        parameters,
        seeds.integer(settings["seed"], "genome", settings["genome"]),
    )
    genomes.write_vcf(trees, arguments.output)


if __name__ == "__main__":
    run_program(main)
