"""Simulate a whole genome and write it as VCF: a scan where the truth is known."""

from coalflow.config.histories import contents
from coalflow.config.settings.simulating import SimulateGenomeSettings
from coalflow.core import seeds
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.genomes import vcf_writer
from coalflow.simulation import demography, neutral


def main() -> None:
    """Read the arguments, simulate, write the VCF."""
    arguments = parse_arguments(__doc__, SimulateGenomeSettings, output="the genome, .vcf.gz")
    settings: SimulateGenomeSettings = arguments.settings
    content = contents.make_content(settings.history, settings.parameters)

    trees = neutral.simulate_genome(
        demography.convert_to_msprime(demography.build_graph(content)),
        demography.make_sample_sets(settings.samples, settings.history.population),
        {**settings.parameters, "gene_conversion_tract": settings.gene_conversion_tract},
        seeds.derive_seed(settings.seed, "genome", settings.genome),
    )
    vcf_writer.write_vcf(trees, arguments.output)


if __name__ == "__main__":
    run_program(main)
