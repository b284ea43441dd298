"""Write a scan in a format that genome browsers read."""

from coalflow.config.settings.observing import ExportScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.genomes.scans.judged_scan import open_scan
from coalflow.genomes.scans.scan_exports import export_scan
from coalflow.genomes.scans.scan_outputs import read_lengths


def main() -> None:
    """Read the tables of the parts, write the files of the format."""
    arguments = parse_arguments(
        __doc__,
        ExportScanSettings,
        scanned="folder of the tables of all parts",
        observation="what observe_genome.py wrote",
        models="folder of all models",
        output="folder of the files",
    )
    settings = arguments.settings
    scan = open_scan(arguments.scanned, arguments.models, settings)
    lengths = read_lengths(arguments.observation)
    export_scan(settings.format, arguments.output, scan, lengths)


if __name__ == "__main__":
    run_program(main)
