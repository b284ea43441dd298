"""Write the report: one page that holds all it needs."""

import argparse
import json
import pathlib

from coalflow import report
from coalflow.errors import run_program
from coalflow.files import replacing


def main():
    """Read a run's tables and pictures, write report.html."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=pathlib.Path, required=True, help="the run's folder")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: the config")
    parser.add_argument("--output", required=True, help="the page, .html")
    arguments = parser.parse_args()

    page = report.render(arguments.results, arguments.settings["config"])
    with replacing(arguments.output) as temporary:
        temporary.write_text(page)


if __name__ == "__main__":
    run_program(main)
