"""Scan a genome with a model alone, from a command line."""

import sys

from coalflow.config.genomes.model_scan_options import parse_options
from coalflow.config.genomes.model_scan_reading import spell_option
from coalflow.core.errors import run_program


def main() -> None:
    """Read the options, scan the genome, write the results."""
    scan = parse_options(sys.argv[1:])
    # Only now: this takes seconds to import, for which wrong options and --help need not wait.
    from coalflow.report.scans.model_scan import scan_with_model

    scan_with_model(scan, spell_option)
    print(f"The results are in {scan.folder}", flush=True)


if __name__ == "__main__":
    run_program(main)
