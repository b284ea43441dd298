"""Simulate a whole genome and write it as VCF: a scan where the truth is known."""

from coalflow import demography, histories, seeds, vcf
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.simulation import neutral


def main():
    """Read the arguments, simulate, write the VCF."""
    arguments = parse(
        __doc__,
        settings="genome, parameters, demography, samples, ploidy, seed",
        output="the genome, .vcf.gz",
    )
    settings = arguments.settings
    given = settings["demography"]
    history = histories.content_of(given, settings["parameters"])

    trees = neutral.genome(
        demography.to_msprime(demography.to_graph(history)),
        demography.sample_sets(settings["samples"], settings["ploidy"], given["population"]),
        settings["parameters"],
        seeds.integer(settings["seed"], "genome", settings["genome"]),
    )
    vcf.write(trees, arguments.output)


if __name__ == "__main__":
    run_program(main)
