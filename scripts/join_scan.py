"""Join the parts of a scan: the table of windows, BED, regions, the picture, and a verdict."""

from coalflow.config.settings.observing import JoinScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.report.scans.results import open_results


def main() -> None:
    """Read the tables of the parts, write the results of the genome."""
    arguments = parse_arguments(
        __doc__,
        JoinScanSettings,
        scanned="folder of the tables of all parts",
        observation="what observe_genome.py wrote",
        models="folder of all models",
        validation="validation.tsv, which decides which model is shown",
        output="folder of the results",
    )
    results = open_results(
        arguments.scanned,
        arguments.observation,
        arguments.models,
        arguments.validation,
        arguments.settings,
    )
    results.write_files(arguments.output)


if __name__ == "__main__":
    run_program(main)
