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
    given, parameters = settings["demography"], settings["parameters"]

    graph = demography.to_graph(histories.content_of(given, parameters))
    trees = neutral.genome(
        demography.to_msprime(graph),
        demography.sample_sets(settings["samples"], settings["ploidy"], given["population"]),
        parameters,
        seeds.integer(settings["seed"], "genome", settings["genome"]),
    )
    vcf.write(trees, arguments.output)


if __name__ == "__main__":
    run_program(main)
