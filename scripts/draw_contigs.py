"""Draw a scan along some contigs, each in a picture of its own."""

from coalflow.config.settings.observing import DrawContigsSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.report.scans.results import open_results


def main() -> None:
    """Read the tables of the parts, draw the contigs that the config names."""
    arguments = parse_arguments(
        __doc__,
        DrawContigsSettings,
        scanned="folder of the tables of all parts",
        observation="what observe_genome.py wrote",
        models="folder of all models",
        validation="validation.tsv, which decides which model is shown",
        output="folder of the pictures",
    )
    results = open_results(
        arguments.scanned,
        arguments.observation,
        arguments.models,
        arguments.validation,
        arguments.settings,
    )
    results.draw_contigs(arguments.output, arguments.settings.pictures)


if __name__ == "__main__":
    run_program(main)
