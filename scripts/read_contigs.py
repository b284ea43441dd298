"""Read a part of a genome, and keep its usable sites as a contig store."""

from coalflow.config.settings.observing import ReadContigsSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.genomes.plan import read_plan
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.reading import read_part


def main() -> None:
    """Read the records of the part, write the store."""
    arguments = parse_arguments(
        __doc__,
        ReadContigsSettings,
        genome="the genome, of any format that is read",
        plan="what plan_genome.py wrote",
        output="the contig store, .npz",
    )
    settings, plan = arguments.settings, read_plan(arguments.plan)

    file = open_genome_file(arguments.genome)
    read_part(file, plan, settings.part, settings.options, arguments.output)


if __name__ == "__main__":
    run_program(main)
