"""Describe a genome that was read, before anything is spent on it."""

from coalflow.config.settings.observing import ObserveGenomeSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.genomes.genes.gene_file import read_genes
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.genomes.suitability.describing import describe_genome
from coalflow.windows import masks
from coalflow.windows.observation import read_observation


def main() -> None:
    """Open the genome, write what was found as JSON."""
    arguments = parse_arguments(
        __doc__,
        ObserveGenomeSettings,
        plan="what plan_genome.py wrote",
        contigs="folder of the contig stores",
        observation="how simulations are observed, .json",
        output="description of the genome, .json",
    )
    settings, options = arguments.settings, arguments.settings.options
    observation, plan = read_observation(arguments.observation), read_plan(arguments.plan)

    # Before hours of work: the null is simulated and compared with genomes later.
    masks.refuse_short(observation.mask, settings.block_length, settings.block_windows)
    samples = observation.observe(settings.samples)
    parts = list_parts(arguments.contigs, plan)
    genome = open_genome(parts, plan, samples, observation, options)
    described = describe_genome(
        genome,
        plan,
        settings.encoding,
        observation,
        options,
        settings.show,
        settings.show_regions,
        settings.painted,
    )
    if settings.genes is not None:
        read_genes(settings.genes).refuse_unfit(plan.find_bounds(genome.contigs), plan.path)
    for note in described.notes:
        print(f"{plan.path}: {note}", flush=True)
    write_json(arguments.output, described.content)


if __name__ == "__main__":
    run_program(main)
