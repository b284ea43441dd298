"""Count missing genotypes and rare alleles in a part of the file that simulations resemble."""

from coalflow.config.settings.observing import MeasureContigsSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.genomes.measuring.measured_parts import measure_part


def main() -> None:
    """Read the records of the part, write what was counted as JSON."""
    arguments = parse_arguments(
        __doc__, MeasureContigsSettings, output="what was counted in the part, .json"
    )
    settings = arguments.settings

    measured = measure_part(settings.like, settings.ploidy, settings.part, settings.parts)
    write_json(arguments.output, measured.as_json())


if __name__ == "__main__":
    run_program(main)
