"""Write a scan in a format that genome browsers read."""

from coalflow.config.genomes.parts import name_part
from coalflow.config.settings.observing import ExportScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.genomes.scans.scan_exports import export_scan
from coalflow.genomes.scans.scan_outputs import read_lengths
from coalflow.models.card_files import read_card


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
    parts = [arguments.scanned / f"{name_part(part)}.parquet" for part in range(settings.parts)]
    targets = read_card(arguments.models / settings.model).targets
    lengths = read_lengths(arguments.observation)
    export_scan(settings.format, arguments.output, parts, targets, lengths)


if __name__ == "__main__":
    run_program(main)
