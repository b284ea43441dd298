"""Decide who of a genome is read, and which job reads which part of it."""

from coalflow.config.settings.observing import PlanGenomeSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.genomes.plan import plan_genome
from coalflow.genomes.readers.formats import open_genome_file


def main() -> None:
    """Open the genome, write the plan as JSON."""
    arguments = parse_arguments(
        __doc__,
        PlanGenomeSettings,
        genome="the genome, of any format that is read",
        output="the plan, .json",
    )
    settings = arguments.settings

    file = open_genome_file(arguments.genome)
    plan = plan_genome(file, settings.samples, settings.options, settings.phased, settings.parts)
    write_json(arguments.output, plan.as_json())


if __name__ == "__main__":
    run_program(main)
